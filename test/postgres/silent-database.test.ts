import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { createFleet, type Fleet, type Spawned } from './spawned-muster.ts';

/** A database that is there and silent: its processes are stopped where they are. */

const POLICIES = 'deviceManagement/hardwareConfigurations';
const policy = { displayName: 'p', fileName: 'a.cctk', configurationFileContent: 'aGk=', hardwareConfigurationFormat: 'dell' };
const TIMEOUT_S = 2;
/** The timeout, its grace, the longest wait for a connection, and some time for a machine that is busy. */
const LONGEST_MS = TIMEOUT_S * 1000 + 2000 + 5000 + 3000;

let postgres: PostgresServer;
let fleet: Fleet;
let server: Spawned;
beforeAll(async () => {
  postgres = await startPostgres();
  fleet = createFleet(postgres.url());
  server = await fleet.start(['--database-timeout', String(TIMEOUT_S)]);
}, 120_000);
afterAll(async () => {
  await fleet?.stop();
  await postgres?.stop();
});

const ready = async (): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(`${server.url}/readyz`);
  return { status: response.status, body: await response.json() };
};

test('B2 a silent database is answered 503 in time, and the server comes back by itself', { timeout: 180_000 }, async () => {
  const { id } = (await server.request('POST', POLICIES, { body: policy })).body;
  const stored = new Set<string>([id]);
  const answers = new Map<number, number>();
  let over = false;
  /** How long each request took that was begun while the database was silent. */
  const waits: number[] = [];
  let frozenAt: number | undefined;

  async function client(i: number): Promise<void> {
    for (let n = 0; !over; n++) {
      const started = performance.now();
      const frozen = frozenAt !== undefined;
      const isWrite = (n + i) % 2 === 0;
      const answer = isWrite ? await server.request('POST', POLICIES, { body: policy }) : await server.request('GET', `${POLICIES}/${id}`);
      if (frozen || (frozenAt !== undefined && answer.status === 503)) waits.push(performance.now() - started);
      answers.set(answer.status, (answers.get(answer.status) ?? 0) + 1);
      if (isWrite && answer.status === 201) stored.add(answer.body.id);
      if (answer.status >= 500) expect([answer.body.error.code, answer.headers.get('retry-after')]).toEqual(['ServiceUnavailable', '1']);
    }
  }

  const clients = Array.from({ length: 12 }, (_, i) => client(i));
  while (stored.size < 50) await sleep(20);
  frozenAt = performance.now();
  postgres.freeze();
  const asked = performance.now();
  expect((await ready()).status).toBe(503);
  expect(performance.now() - asked).toBeLessThan(5000);
  await sleep(LONGEST_MS);
  expect((await ready()).status).toBe(503);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  postgres.thaw();
  frozenAt = undefined;
  while ((await ready()).status !== 200) await sleep(50);
  const target = stored.size + 50;
  while (stored.size < target) await sleep(20);
  over = true;
  await Promise.all(clients);

  expect(answers.get(503)).toBeGreaterThanOrEqual(12);
  expect([...answers.keys()].filter((status) => ![200, 201, 503].includes(status))).toEqual([]);
  expect(Math.max(...waits)).toBeLessThan(LONGEST_MS);
  // A commit whose answer was lost may have happened, once: nothing that was acknowledged is lost.
  const there: string[] = [];
  for (let next: string | undefined = `${POLICIES}?$select=id&$top=1000`; next !== undefined; ) {
    const { body } = await server.request('GET', next);
    there.push(...body.value.map((row: { id: string }) => row.id));
    next = body['@odata.nextLink'];
  }
  expect([...stored].filter((one) => !there.includes(one))).toEqual([]);
  expect(there.length - stored.size).toBeLessThanOrEqual(answers.get(503)!);
});

test('B2 a server stops in time although the database is silent', { timeout: 120_000 }, async () => {
  const other = await fleet.start(['--database-timeout', String(TIMEOUT_S)]);
  postgres.freeze();
  const waiting = other.request('GET', POLICIES).catch(() => undefined);
  const started = performance.now();
  await other.stop();
  expect(performance.now() - started).toBeLessThan(30_000);
  await waiting;
  postgres.thaw();
});
