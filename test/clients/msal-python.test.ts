import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTlsServer, type TlsServer } from '../support/tls-server.ts';

/** MSAL for Python against the embedded issuer, where a Python has it (in Debian, the package `python3-msal`). */

const python = ['python3', '/usr/bin/python3'].find((command) => {
  try {
    execFileSync(command, ['-c', 'import msal'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});
if (python === undefined) process.stdout.write('MSAL for Python is not tried: no python3 here has the module msal.\n');

describe.skipIf(python === undefined)('MSAL for Python', () => {
  let server: TlsServer;
  beforeAll(async () => {
    server = await startTlsServer({ ownCertificateIsClients: true });
  });
  afterAll(() => server.stop());

  it('C1 C2 C3 C4 signs in by secret, certificate and browser, in a tenant by its domain, with no special option', async () => {
    const token = await applicationToken(server);
    const user = { userPrincipalName: 'ada@contoso.com', displayName: 'Ada' };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const made = await fetch(`${server.url}/beta/users`, { method: 'POST', headers, body: JSON.stringify(user) });
    expect(made.status, await made.clone().text()).toBe(201);
    const { url, tenantId, clientId, clientSecret, certificateFile, keyFile } = server;
    const thumbprint = new X509Certificate(readFileSync(certificateFile)).fingerprint.replaceAll(':', '');
    const input = { url, tenantId, clientId, clientSecret, certificateFile, keyFile, thumbprint, user: 'ada@contoso.com' };
    const output = execFileSync(python!, ['test/clients/msal-for-python.py'], { input: JSON.stringify(input), encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual({
      secret: { status: 200, user: null },
      domain: { status: 200, user: null },
      certificate: { status: 200, user: null },
      browser: { status: 200, user: 'ada@contoso.com' },
      accounts: ['ada@contoso.com'],
      renewed: { status: 200, user: 'ada@contoso.com' },
    });
  }, 60_000);
});

async function applicationToken({ url, tenantId, clientId, clientSecret }: TlsServer): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    resource: 'https://graph.microsoft.com',
  };
  const answer = await fetch(`${url}/${tenantId}/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) });
  return ((await answer.json()) as { access_token: string }).access_token;
}
