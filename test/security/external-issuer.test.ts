import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../../src/server/config/config.ts';
import { type RunningServer, startServer } from '../../src/server/start-server.ts';

/** A server that trusts another issuer: the second Muster issues, the first one serves. */

const folder = mkdtempSync(join(tmpdir(), 'muster-issuer-'));
const AUDIENCE = 'https://graph.microsoft.com';
let issuer: RunningServer;
let api: RunningServer;

const start = (name: string, flags: Record<string, string | readonly string[]> = {}): Promise<RunningServer> =>
  startServer(loadConfig({ flags: { data: join(folder, name), port: '0', logLevel: 'silent', sample: 'no', ...flags }, environment: {} }));

beforeAll(async () => {
  issuer = await start('issuer');
  api = await start('api', { issuer: `${issuer.url}/${issuer.tenantId}/v2.0`, audience: [AUDIENCE] });
});

afterAll(async () => {
  await api.stop(1000);
  await issuer.stop(1000);
  rmSync(folder, { recursive: true });
});

/** A token from a server's own token endpoint, by the first secret of its data folder. */
async function tokenFrom(server: RunningServer, tenantId = server.tenantId): Promise<string> {
  const { clientSecret } = JSON.parse(readFileSync(join(server.data, 'instance.json'), 'utf8')) as { clientSecret: string };
  const answer = await fetch(`${server.url}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: server.clientId,
      client_secret: clientSecret,
      grant_type: 'client_credentials',
      scope: `${AUDIENCE}/.default`,
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

const list = (token: string): Promise<Response> =>
  fetch(`${api.url}/beta/deviceManagement/hardwareConfigurations`, { headers: { authorization: `Bearer ${token}` } });

it('accepts the tokens of the issuer that it was given', async () => {
  const answer = await list(await tokenFrom(issuer));
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ value: [] });
});

it('refuses tokens of another tenant of that issuer: its name is another', async () => {
  const answer = await list(await tokenFrom(issuer, '0f0e0d0c-0b0a-4000-8000-010203040506'));
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
});

it('has no issuer of its own any more', async () => {
  const answer = await fetch(`${api.url}/${api.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  expect(answer.status).toBe(400);
});
