import { afterAll, beforeAll, expect, it } from 'vitest';
import { group } from '../../../test/support/store-conformance-model.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Store } from '../contract.ts';
import { openPostgresStore } from './open.ts';

const idOf = (i: number): string => `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`;
const tenantOf = (i: number): string => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createTestDatabase();
  store = await openPostgresStore({ address: { url: database.url, pool: 3 }, types: [group], clock: systemClock });
}, 60_000);
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

it('a job that fails takes back its own tenant only, not that of a job before it', async () => {
  const failing = (tenantId: string, id: string): Promise<never> =>
    store.write(tenantId, async (writer) => {
      await writer.insert(group, { id, label: 'failed' });
      throw new Error('no');
    });
  /** Looks before it changes anything, as whoever repeats a request does. */
  const counting = (tenantId: string): Promise<number> =>
    store.write(tenantId, async (writer) => {
      const count = await writer.count({ from: group, scope: {} });
      await writer.update(group, { id: idOf(9) }, { label: 'changed' });
      return count;
    });
  for (let round = 1; round <= 3; round++) {
    const [own, other] = [tenantOf(2 * round), tenantOf(2 * round + 1)];
    const outcomes = await Promise.allSettled([
      store.write(own, (writer) => writer.insert(group, { id: idOf(1), label: 'kept' })),
      failing(own, idOf(2)),
      failing(other, idOf(3)),
      failing(own, idOf(4)),
      counting(own),
      counting(other),
    ]);
    expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'failed'))).toEqual([
      undefined,
      'failed',
      'failed',
      'failed',
      1,
      0,
    ]);
    expect(await store.read(own, (reader) => reader.count({ from: group, scope: {} }))).toBe(1);
  }
});
