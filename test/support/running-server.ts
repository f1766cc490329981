import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mint } from '../../src/server/admin/mint.ts';
import { loadConfig } from '../../src/server/config/config.ts';
import { type RunningServer, startServer } from '../../src/server/start-server.ts';

/** A whole server in this process, on a port of its own, with a data folder that goes with it unless it was named. */
export interface TestServer extends Pick<RunningServer, 'url' | 'tenantId' | 'clientId'> {
  /** A token with every permission. */
  readonly token: string;
  stop(): Promise<void>;
}

/** Starts one. @param flags settings as on the command line */
export async function runServer(flags: Readonly<Record<string, string | readonly string[]>> = {}): Promise<TestServer> {
  const data = mkdtempSync(join(tmpdir(), 'muster-server-'));
  const config = loadConfig({ flags: { data, port: '0', logLevel: 'silent', sample: 'no', ...flags }, environment: {} });
  const server = await startServer(config);
  const { url, tenantId, clientId } = server;
  return {
    url,
    tenantId,
    clientId,
    token: await mint({ ...config, publicUrl: url }, {}),
    async stop() {
      await server.stop(1_000);
      if (flags.data === undefined) rmSync(data, { recursive: true });
    },
  };
}
