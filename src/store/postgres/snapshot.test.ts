import { afterAll, beforeAll, expect, it } from 'vitest';
import { group } from '../../../test/support/store-conformance-model.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { systemClock } from '../../lib/clock.ts';
import { column } from '../../query/column.ts';
import type { Store } from '../contract.ts';
import { openPostgresStore } from './open.ts';

const TENANT = '00000000-0000-4000-8000-000000000001';
const ID = '00000000-0000-7000-8000-000000000001';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createTestDatabase();
  store = await openPostgresStore({ address: { url: database.url, pool: 3 }, types: [group], clock: systemClock });
  await store.write(TENANT, (writer) => writer.insert(group, { id: ID, label: 'g' }));
}, 60_000);
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const all = { from: group, scope: {}, orderBy: [] };

it('a read that fails does not fail those that share its snapshot', async () => {
  // A repetition of what is repeated already: valid for the evaluator's engine, not for the database's.
  const pattern = { kind: 'literal', type: 'Edm.String', value: '^*' } as const;
  const where = { kind: 'call', type: 'Edm.Boolean', function: 'matchespattern', arguments: [column(group, 'label'), pattern] } as const;
  const outcomes = await Promise.allSettled([
    store.read(TENANT, (reader) => reader.count({ ...all, where })),
    ...Array.from({ length: 20 }, () => store.read(TENANT, (reader) => reader.select(all))),
  ]);
  expect(outcomes[0]).toMatchObject({ status: 'rejected', reason: { code: 'invalidQueryOption' } });
  for (const outcome of outcomes.slice(1)) expect(outcome).toEqual({ status: 'fulfilled', value: [{ id: ID, label: 'g' }] });
});

it('reads see what was committed before they began', async () => {
  for (let i = 2; i < 30; i++) {
    const id = `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`;
    const before = store.read(TENANT, (reader) => reader.count(all));
    await store.write(TENANT, (writer) => writer.insert(group, { id, label: 'more' }));
    expect(await store.read(TENANT, (reader) => reader.count(all))).toBe(i);
    expect(await before).toBeLessThanOrEqual(i);
  }
});
