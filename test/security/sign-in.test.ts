import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runServer, type TestServer } from '../support/running-server.ts';

/** Signing in at a whole server, as tools do that know Entra's URLs. */

const data = mkdtempSync(join(tmpdir(), 'muster-sign-in-'));
let server: TestServer;
let secret: string;
beforeAll(async () => {
  server = await runServer({ data });
  secret = (JSON.parse(readFileSync(join(data, 'instance.json'), 'utf8')) as { clientSecret: string }).clientSecret;
});
afterAll(async () => {
  await server.stop();
  rmSync(data, { recursive: true });
});

const post = async (path: string, fields: Record<string, string>): Promise<Record<string, string>> => {
  const answer = await fetch(`${server.url}/${path}`, { method: 'POST', body: new URLSearchParams(fields) });
  return (await answer.json()) as Record<string, string>;
};
const application = () => ({ grant_type: 'client_credentials', client_id: server.clientId, client_secret: secret });
const statusOf = async (path: string, token: string | undefined): Promise<number> =>
  (await fetch(`${server.url}/${path}`, { headers: { authorization: `Bearer ${token}` } })).status;

it.each(['https://graph.microsoft.com', 'https://graph.microsoft.com/', '00000003-0000-0000-c000-000000000000'])(
  'C5 the API takes a token of v1 for %s',
  async (resource) => {
    for (const tenant of [server.tenantId, 'contoso.onmicrosoft.com', 'b0000000-0000-4000-8000-000000000000']) {
      const { access_token } = await post(`${tenant}/oauth2/token`, { ...application(), resource });
      expect(await statusOf('beta/deviceManagement/deviceManagementScripts', access_token)).toBe(200);
    }
  },
);

it('C3 the API takes a token of a tenant that was named by its domain', async () => {
  const fields = { ...application(), scope: 'https://graph.microsoft.com/.default' };
  const { access_token } = await post('contoso.onmicrosoft.com/oauth2/v2.0/token', fields);
  expect(await statusOf('beta/deviceManagement/deviceManagementScripts', access_token)).toBe(200);
});
