import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { conformanceClock, conformanceTypes, group, owner } from '../../testing/store-conformance-model.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import type { Reader, Store } from '../contract.ts';
import { openPostgresStore } from './open-postgres-store.ts';

const TENANT = '0198c0de-0000-7000-8000-0000000000aa';

let database: TestDatabase;
let store: Store;
beforeEach(async () => {
  database = await createTestDatabase();
  store = await openPostgresStore({ address: { url: database.url, pool: 3 }, types: conformanceTypes, clock: conformanceClock });
  await store.write(TENANT, (writer) => writer.insert(group, { id: TENANT, label: '' }));
});
afterEach(async () => {
  await store.close();
  await database.drop();
});

const count = (reader: Reader): Promise<number> => reader.count({ from: group, scope: {} });

/** The transactions that the statements of some work were sent in. */
async function transactions(work: () => Promise<unknown>): Promise<number> {
  const query = pg.Client.prototype.query;
  let begun = 0;
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    if ((given[0] as { text?: string }).text?.startsWith('BEGIN')) begun += 1;
    return (query as (...given: unknown[]) => unknown).apply(this, given);
  } as typeof query;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = query;
  }
  return begun;
}

it('gives reads that arrive together one snapshot, and a later one its own', async () => {
  await store.read(TENANT, count);
  expect(await transactions(() => Promise.all(Array.from({ length: 10 }, () => store.read(TENANT, count))))).toBe(1);
  expect(await transactions(() => store.read(TENANT, count))).toBe(1);
  expect(await transactions(() => Promise.all(Array.from({ length: 40 }, () => store.read(TENANT, count))))).toBeLessThan(10);
});

it('lets nobody suffer from a read that fails: in the database, by itself, or by waiting for something else', async () => {
  await database.query('DROP TABLE owner');
  const begun = await transactions(async () => {
    const outcomes = await Promise.allSettled([
      store.read(TENANT, count),
      store.read(TENANT, (reader) => reader.count({ from: owner, scope: {} })),
      store.read(TENANT, async (reader) => (await count(reader)) + (await count(reader))),
      store.read(TENANT, async () => {
        throw new AppError('notFound', 'mine');
      }),
      store.read(TENANT, () => new Promise((resolve) => setTimeout(resolve, 50))),
      store.read(TENANT, async (reader) => [await count(reader), await count(reader), await count(reader)]),
    ]);
    const told = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.code));
    expect(told).toEqual([1, 'storeUnavailable', 2, 'notFound', 'internal', [1, 1, 1]]);
  });
  expect(begun).toBe(3); // together, and then two again by themselves
  expect(await store.read(TENANT, count)).toBe(1);
});

it('answers a read from what was committed before it, whatever it waits for', async () => {
  const id = (index: number): string => `0198c0de-0000-7000-8000-0000000001${index + 10}`;
  for (let i = 0; i < 10; i++) {
    const others = Array.from({ length: 20 }, () => store.read(TENANT, count));
    await store.write(TENANT, (writer) => writer.insert(group, { id: id(i), label: '' }));
    expect(await store.read(TENANT, count)).toBe(i + 2);
    await Promise.all(others);
  }
});
