import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { group, thing } from '../../../test/support/store-conformance-model.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { systemClock } from '../../lib/clock.ts';
import { openPostgresStore } from './open.ts';
import { WAITING_READS } from './snapshots.ts';
import type { PostgresStore } from './store.ts';

/** One connection reads, and a lock keeps it busy for as long as a test wants. */

const TENANT = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';
const READ_TIMEOUT_MS = 3000;

let database: TestDatabase;
let store: PostgresStore;
let locker: pg.Client;
beforeEach(async () => {
  database = await createTestDatabase();
  store = await openPostgresStore({
    address: { url: database.url, pool: 3 },
    types: [group, thing],
    clock: systemClock,
    readTimeout: READ_TIMEOUT_MS,
  });
  for (const tenant of [TENANT, OTHER]) {
    await store.write(tenant, (writer) => writer.insert(group, { id: '00000000-0000-7000-8000-000000000001', label: 'g' }));
  }
  locker = new pg.Client({ connectionString: database.url });
  await locker.connect();
  await locker.query('BEGIN');
  await locker.query('LOCK TABLE "group" IN ACCESS EXCLUSIVE MODE');
}, 60_000);
afterEach(async () => {
  await locker.end();
  await store.close();
  await database.drop();
});

const blocked = (tenantId: string, signal?: AbortSignal): Promise<number> =>
  store.read(tenantId, (reader) => reader.count({ from: group, scope: {} }), { signal });
const unblock = (): Promise<unknown> => locker.query('ROLLBACK');
const waitingBackends = async (): Promise<unknown> =>
  (
    await database.query("SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
  )[0]!.n;
/** Until a read is at the database, and so keeps the connection. */
async function busy(): Promise<void> {
  while ((await waitingBackends()) === 0) await sleep(10);
}
/** A read that no lock stops. */
const free = (): Promise<number> => store.read(TENANT, (reader) => reader.count({ from: thing, scope: {} }));

it('B2 a read whose client has gone frees its connection, and the database ends its statement', async () => {
  const gone = new AbortController();
  const read = blocked(TENANT, gone.signal);
  await busy();
  const waiting = free();
  gone.abort(new Error('gone'));
  await expect(read).rejects.toThrow('gone');
  expect(await waiting).toBe(0);
  const since = performance.now();
  while ((await waitingBackends()) !== 0) await sleep(20);
  expect(performance.now() - since).toBeLessThan(10_000);
});

it('B2 a read whose client has gone goes on while another one shares its snapshot', async () => {
  const gone = new AbortController();
  const reads = [blocked(TENANT, gone.signal), blocked(OTHER)];
  await busy();
  gone.abort(new Error('gone'));
  await unblock();
  await Promise.allSettled(reads);
  expect(await reads[1]).toBe(1);
});

it('B2 reads that wait for a connection leave the queue with their clients', async () => {
  const first = blocked(TENANT);
  await busy();
  const gone = new AbortController();
  const waiting = [free(), ...Array.from({ length: 20 }, () => blocked(TENANT, gone.signal))];
  await sleep(20);
  expect(store.connections().waiting).toBe(21);
  gone.abort(new Error('gone'));
  const outcomes = await Promise.allSettled(waiting.slice(1));
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
  expect(store.connections().waiting).toBe(1);
  await unblock();
  expect([await first, await waiting[0]]).toEqual([1, 0]);
});

it('B2 a read that takes too long is ended', async () => {
  const read = blocked(TENANT);
  await expect(read).rejects.toMatchObject({ code: 'storeUnavailable', message: expect.stringContaining('--read-timeout') });
  expect(await free()).toBe(0);
});

it('B2 tenants have their turn one after the other, however many reads of each wait', async () => {
  const first = blocked(TENANT);
  await busy();
  const ended: string[] = [];
  const note = (tenantId: string) => () => void ended.push(tenantId);
  const reads = [...Array.from({ length: 100 }, () => blocked(TENANT).then(note(TENANT))), blocked(OTHER).then(note(OTHER))];
  await sleep(20);
  await unblock();
  await Promise.all([first, ...reads]);
  expect(ended.indexOf(OTHER)).toBeLessThan(40);
});

it('B2 no more reads wait than may', async () => {
  const first = blocked(TENANT);
  await busy();
  const reads = Array.from({ length: WAITING_READS.mostOfTenant + 5 }, () => blocked(TENANT));
  const refused = await Promise.allSettled(reads.slice(WAITING_READS.mostOfTenant));
  for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'busy', headers: { 'retry-after': '2' } } });
  await unblock();
  expect(await first).toBe(1);
  expect(new Set(await Promise.all(reads.slice(0, WAITING_READS.mostOfTenant)))).toEqual(new Set([1]));
});

it('A4 reads of one tenant that take long leave a connection to the others', async () => {
  const wide = await openPostgresStore({ address: { url: database.url, pool: 6 }, types: [group, thing], clock: systemClock });
  const first = Array.from({ length: 60 }, async (_, i) => {
    await sleep(i * 5);
    return wide.read(TENANT, (reader) => reader.count({ from: group, scope: {} }));
  });
  const outcomes = Promise.allSettled(first);
  await sleep(500);
  const since = performance.now();
  expect(await wide.read(OTHER, (reader) => reader.count({ from: thing, scope: {} }))).toBe(0);
  expect(performance.now() - since).toBeLessThan(2000);
  await unblock();
  for (const outcome of await outcomes) expect(outcome).toEqual({ status: 'fulfilled', value: 1 });
  await wide.close();
});
