import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setPassword } from '../../src/server/admin/set-password.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { createFleet, type Fleet, type Spawned } from './spawned-muster.ts';

/** Sign-in on a page where several servers share a database. */

let database: TestDatabase;
let fleet: Fleet;
let servers: readonly [Spawned, Spawned];
beforeAll(async () => {
  database = await createTestDatabase();
  fleet = createFleet(database.url);
  servers = [await fleet.start(['--sign-in', 'password']), await fleet.start(['--sign-in', 'password'])];
}, 120_000);
afterAll(async () => {
  await fleet?.stop();
  await database?.drop();
});

test('C4 a password is set while servers run, one signs the user in, and the other redeems the code', async () => {
  const userPrincipalName = 'ada@contoso.com';
  const config = { data: tmpdir(), database: database.url, secretKeys: fleet.keys, issuer: undefined };
  const set = await setPassword(config, { userPrincipalName, password: 'a long password' });
  expect(set).toEqual({ tenantId: servers[0].tenantId, isNewUser: true });
  const { clientId: client_id } = servers[0] as Spawned & { readonly clientId: string };
  const redirect_uri = 'http://localhost:1/';
  const post = (server: Spawned, path: string, fields: Record<string, string>) =>
    fetch(`${server.url}/common/oauth2/v2.0/${path}`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  const wish = {
    client_id,
    response_type: 'code',
    redirect_uri,
    scope: 'https://graph.microsoft.com/User.Read',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', // with its verifier, the pair of RFC 7636, appendix B
    code_challenge_method: 'S256',
  };
  const answer = await post(servers[0], 'authorize', { ...wish, user_principal_name: userPrincipalName, password: 'a long password' });
  expect(answer.status, await answer.clone().text()).toBe(303);
  const code = new URL(answer.headers.get('location')!).searchParams.get('code')!;
  const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  const grant = { grant_type: 'authorization_code', client_id, redirect_uri, code, code_verifier };
  const { access_token } = (await (await post(servers[1], 'token', grant)).json()) as { access_token: string };
  const me = await servers[0].request('GET', 'me', { headers: { authorization: `Bearer ${access_token}` } });
  expect(me.body).toMatchObject({ userPrincipalName });
  expect((await post(servers[0], 'token', grant)).status).toBe(400);
  const events = await servers[1].request('GET', 'deviceManagement/auditEvents?$filter=activityOperationType eq %27Action%27');
  expect(events.body.value).toMatchObject([{ activity: 'ResetPassword User' }]);
}, 60_000);
