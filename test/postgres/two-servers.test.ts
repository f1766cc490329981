import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { createFleet, type Fleet, type Spawned } from './spawned-muster.ts';

/** Two servers on one database, and clients that do not care which of them answers. */

const POLICIES = 'deviceManagement/hardwareConfigurations';
const policy = { displayName: 'p', fileName: 'a.cctk', configurationFileContent: 'aGk=', hardwareConfigurationFormat: 'dell' };

let database: TestDatabase;
let fleet: Fleet;
let servers: readonly [Spawned, Spawned];
beforeAll(async () => {
  database = await createTestDatabase();
  fleet = createFleet(database.url);
  servers = await Promise.all([fleet.start(), fleet.start()]); // both find an empty database
}, 120_000);
afterAll(async () => {
  await fleet?.stop();
  await database?.drop();
});

const made = async (): Promise<string> => (await servers[0].request('POST', POLICIES, { body: policy })).body.id;
const state = (i: number, configurationState = i % 3 === 0 ? 'fail' : 'success') => ({
  deviceName: `D${i}`,
  upn: `u${i % 7}@contoso.com`,
  internalVersion: 1,
  configurationState,
});

test('are one installation: what one says of itself, and signs, counts at the other', async () => {
  expect(servers[0].tenantId).toBe(servers[1].tenantId);
  const id = await made();
  expect((await servers[1].request('GET', `${POLICIES}/${id}`)).body.displayName).toBe('p');
  for (const server of servers) await server.request('POST', POLICIES, { body: policy });
  const first = await servers[0].request('GET', `${POLICIES}?$top=1&$orderby=id`, { headers: { prefer: 'odata.maxpagesize=1' } });
  const next = String(first.body['@odata.nextLink'] ?? '').replace(servers[0].url, servers[1].url);
  if (next !== '') expect((await servers[1].request('GET', next)).status).toBe(200);
});

test('count together: no result is lost or counted twice, whoever adds and whoever changes', { timeout: 120_000 }, async () => {
  const id = await made();
  const states = `${POLICIES}/${id}/deviceRunStates`;
  const answers = await Promise.all(Array.from({ length: 120 }, (_, i) => servers[i % 2]!.request('POST', states, { body: state(i) })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  const ids = answers.map(({ body }) => body.id as string);
  // Both change the same rows at the same time, while more are added.
  const changes = await Promise.all(
    Array.from({ length: 60 }, (_, i) => {
      const server = servers[i % 2]!;
      if (i % 3 === 0) return server.request('POST', states, { body: state(200 + i, 'pending') });
      const body = { configurationState: i % 4 < 2 ? 'success' : 'fail', upn: `u${i % 5}@contoso.com` };
      return server.request('PATCH', `${states}/${ids[i % 6]}`, { body });
    }),
  );
  expect(changes.filter(({ status }) => status >= 300).map(({ body }) => body)).toEqual([]);
  await Promise.all(ids.slice(20, 40).map((one, i) => servers[i % 2]!.request('DELETE', `${states}/${one}`)));
  const summaries = await Promise.all(servers.map((server) => server.request('GET', `${POLICIES}/${id}/runSummary`)));
  const [mine, other] = summaries.map(({ body: { '@odata.context': _, ...rest } }) => rest);
  expect(mine).toEqual(other);
  const counts = ['successful', 'failed', 'pending'].map((name) => mine![`${name}DeviceCount`] as number);
  expect(counts.reduce((a, b) => a + b)).toBe(120 + 20 - 20);
  const { code, output } = await fleet.run('doctor', '--json');
  expect([code, output.trim().split('\n').at(-1)]).toEqual([0, JSON.stringify({ tenants: 1, problems: 0 })]);
});

test('see at once what the other removes', async () => {
  const id = await made();
  const states = `${POLICIES}/${id}/deviceRunStates`;
  await Promise.all(Array.from({ length: 250 }, (_, i) => servers[i % 2]!.request('POST', states, { body: state(i) })));
  expect((await servers[1].request('GET', `${states}?$count=true&$top=1`)).body['@odata.count']).toBe(250);
  expect((await servers[0].request('DELETE', `${POLICIES}/${id}`)).status).toBe(204);
  expect((await servers[1].request('GET', `${POLICIES}/${id}`)).status).toBe(404);
  expect((await servers[1].request('POST', states, { body: state(1) })).status).toBe(404);
});

test('are joined by one that comes later, with nothing in its folder', async () => {
  const late = await fleet.start();
  expect(late.tenantId).toBe(servers[0].tenantId);
  await late.stop();
});

test('do a repeated request once, whoever gets it', async () => {
  const headers = (id: string) => ({
    'repeatability-request-id': id,
    'repeatability-first-sent': new Date().toUTCString(),
  });
  const ids = await Promise.all(
    Array.from({ length: 6 }, async (_, i) => {
      const same = headers(`00000000-0000-4000-8000-00000000000${i}`);
      const both = await Promise.all(servers.map((server) => server.request('POST', POLICIES, { body: policy, headers: same })));
      expect(both.map(({ status }) => status)).toEqual([201, 201]);
      expect(both[0]!.body.id).toBe(both[1]!.body.id);
      return both[0]!.body.id as string;
    }),
  );
  expect(new Set(ids).size).toBe(6);
});

test('share a sign-in by device code: begun, approved and polled wherever that may be, it gives one token', async () => {
  const { tenantId } = servers[0];
  const send = (server: Spawned, path: string, fields: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(`${server.url}/${tenantId}/oauth2/v2.0/${path}`, { method: 'POST', body: new URLSearchParams(fields) });
  const json = async (answer: Promise<Response>) => (await (await answer).json()) as Record<string, string>;
  // The one that made what they share has it in a file; the other only if it began at the same moment.
  const files = servers.map(({ folder }) => join(folder, 'instance.json')).filter((file) => existsSync(file));
  const first = files.map((file) => JSON.parse(readFileSync(file, 'utf8'))).find((each) => each.tenantId === tenantId);
  const client = { client_id: first.clientId as string };
  const started = await json(send(servers[0], 'devicecode', { ...client, scope: 'https://graph.microsoft.com/.default' }));
  const poll = (server: Spawned) =>
    json(send(server, 'token', { ...client, grant_type: 'device_code', device_code: started.device_code! }));
  expect((await poll(servers[1])).error).toBe('authorization_pending');
  expect((await poll(servers[1])).error).toBe('slow_down');
  const approval = {
    user_code: started.user_code!,
    user_principal_name: 'ada@contoso.com',
    client_secret: first.clientSecret,
    action: 'approve',
  };
  const pages = await Promise.all(servers.map((server) => send(server, 'deviceauth', approval)));
  expect(pages.map(({ status }) => status).toSorted()).toEqual([200, 400]);
  // The second server was asked a moment ago: it says so while there is a token to be had.
  const answers = await Promise.all([0, 1, 0, 1, 0, 1].map((i) => poll(servers[i]!)));
  expect(answers.filter(({ access_token }) => access_token !== undefined)).toHaveLength(1);
  // On a slow machine each of the others may come too soon behind another.
  expect(['invalid_grant', 'slow_down']).toEqual(expect.arrayContaining(answers.flatMap(({ error }) => error ?? [])));
  const { access_token } = answers.find(({ error }) => error === undefined)!;
  for (const { url } of servers) {
    const listed = await fetch(`${url}/beta/${POLICIES}`, { headers: { authorization: `Bearer ${access_token}` } });
    expect(listed.status).toBe(200);
  }
  expect(await database.query('SELECT 1 FROM "deviceSignIn"')).toEqual([]);
});

test('tell how their connections and commits are', async () => {
  const text = await (await fetch(`${servers[0].url}/metrics`)).text();
  expect(text).toMatch(/^muster_database_connections\{state="open"\} [1-9]/m);
  expect(text).toMatch(/^muster_database_connections\{state="waiting"\} 0$/m);
  expect(text).toMatch(/^muster_commit_seconds_count [1-9]/m);
});

test('refuse one that has other secret keys', async () => {
  const other = await fleet.run('doctor', '--secret-keys', '/nowhere/keys.json');
  expect(other.code).not.toBe(0);
  const folder = `${servers[0].folder}-stranger`;
  const stranger = await fleet.run('token', '--data', folder, '--config', '/dev/null');
  expect(stranger.code).not.toBe(0);
  expect(stranger.output).not.toContain(database.url);
});
