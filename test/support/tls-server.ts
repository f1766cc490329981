import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import tls from 'node:tls';
import { generate } from 'selfsigned';

/** A server in a process of its own that speaks https, with a certificate that this process trusts: what official clients insist on. */
export interface TlsServer {
  readonly url: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** PEM files of its certificate and key. */
  readonly certificateFile: string;
  readonly keyFile: string;
  stop(): Promise<void>;
}

/** Starts one on a free port. @param ownCertificateIsClients whether its certificate is that of the first client, too */
export async function startTlsServer({ ownCertificateIsClients = false } = {}): Promise<TlsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-tls-'));
  const pair = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const [certificateFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(certificateFile, pair.cert);
  writeFileSync(keyFile, pair.private);
  tls.setDefaultCACertificates([...tls.getCACertificates(), pair.cert]);
  const clients = ownCertificateIsClients ? ['--client-certificate', certificateFile] : [];
  const options = ['--host', 'localhost', '--port', '0', '--tls-cert', certificateFile, '--tls-key', keyFile, ...clients];
  const server = spawn(process.execPath, ['src/main.ts', 'serve', '--data', join(folder, 'data'), '--json', ...options], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(createInterface(server.stdout), 'line')) as [string];
  const { url, tenantId, clientId } = JSON.parse(line) as TlsServer;
  const { clientSecret } = JSON.parse(readFileSync(join(folder, 'data', 'instance.json'), 'utf8')) as TlsServer;
  return {
    ...{ url, tenantId, clientId, clientSecret, certificateFile, keyFile },
    async stop() {
      server.kill('SIGTERM');
      if (server.exitCode === null) await once(server, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}
