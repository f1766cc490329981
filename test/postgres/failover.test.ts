import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { createFleet, type Fleet, type Spawned } from './spawned-muster.ts';

/** The database is killed and started again under load. Its commits are flushed here, as in earnest. */

const POLICIES = 'deviceManagement/hardwareConfigurations';
const policy = { displayName: 'p', fileName: 'a.cctk', configurationFileContent: 'aGk=', hardwareConfigurationFormat: 'dell' };

let postgres: PostgresServer;
let fleet: Fleet;
let server: Spawned;
beforeAll(async () => {
  postgres = await startPostgres({ settings: [] });
  fleet = createFleet(postgres.url());
  server = await fleet.start();
}, 120_000);
afterAll(async () => {
  await fleet?.stop();
  await postgres?.stop();
});

test('loses nothing that was acknowledged, does nothing twice, and answers 503 meanwhile', { timeout: 300_000 }, async () => {
  const id = (await server.request('POST', POLICIES, { body: policy })).body.id;
  const states = `${POLICIES}/${id}/deviceRunStates`;
  const acknowledged: string[] = [];
  const answers = new Map<number, number>();
  const codes = new Set<string>();
  const waits = new Set<string | null>();
  let made = 0;
  let over = false;

  /** Sends one state after the other, each until it is answered with success: a request that is repeated says so. */
  async function client(): Promise<void> {
    while (!over) {
      const name = `D${made++}`;
      const headers = {
        'repeatability-request-id': `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`,
        'repeatability-first-sent': new Date().toUTCString(),
      };
      const body = { deviceName: name, upn: `u${made % 5}@contoso.com`, internalVersion: 1, configurationState: 'success' };
      for (let status = 0; status !== 201; ) {
        const answer = await server.request('POST', states, { body, headers });
        status = answer.status;
        answers.set(status, (answers.get(status) ?? 0) + 1);
        if (status === 201) acknowledged.push(name);
        else {
          codes.add(answer.body.error.code);
          waits.add(answer.headers.get('retry-after'));
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    }
  }

  const clients = Array.from({ length: 8 }, client);
  for (let kill = 0; kill < 3; kill++) {
    const target = acknowledged.length + 40;
    while (acknowledged.length < target) await new Promise((resolve) => setTimeout(resolve, 20));
    await postgres.kill();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await postgres.start();
  }
  const target = acknowledged.length + 40;
  while (acknowledged.length < target) await new Promise((resolve) => setTimeout(resolve, 20));
  over = true;
  await Promise.all(clients);

  expect([...answers.keys()].sort()).toEqual([201, 503]);
  expect(codes).toEqual(new Set(['ServiceUnavailable']));
  expect(waits).toEqual(new Set(['1']));
  const stored: string[] = [];
  for (let next: string | undefined = `${states}?$select=deviceName&$top=1000`; next !== undefined; ) {
    const { body } = await server.request('GET', next);
    stored.push(...body.value.map(({ deviceName }: { deviceName: string }) => deviceName));
    next = body['@odata.nextLink'];
  }
  expect(stored.length).toBe(new Set(stored).size);
  expect(stored.sort()).toEqual(acknowledged.sort());
  expect((await server.request('GET', `${POLICIES}/${id}/runSummary`)).body.successfulDeviceCount).toBe(stored.length);
  const { code, output } = await fleet.run('doctor', '--json');
  expect([code, output]).toEqual([0, `${JSON.stringify({ tenants: 1, problems: 0 })}\n`]);
});

test('is not ready while the database is away, and ready again behind that', { timeout: 120_000 }, async () => {
  const ready = async (): Promise<number> => (await fetch(`${server.url}/readyz`)).status;
  expect(await ready()).toBe(200);
  await postgres.kill();
  expect(await ready()).toBe(503);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  await postgres.start();
  while ((await ready()) !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await server.request('POST', POLICIES, { body: policy })).status).toBe(201);
});
