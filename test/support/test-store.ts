import type { Clock } from '../../src/lib/clock.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { model } from '../../src/model/index.ts';
import { repeatableAnswer } from '../../src/model/internal.ts';
import type { Store, Writer } from '../../src/store/contract.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { rerunningStore } from './rerunning-store.ts';
import type { TestDatabase } from './test-database.ts';

/** Whether tests run on PostgreSQL, which others may write to, with Citus or without: the Vitest project says so. */
export const isShared = process.env.MUSTER_TEST_STORE === 'postgres' || process.env.MUSTER_TEST_STORE === 'citus';

/** Databases that stand for folders. */
const databases = new Map<string, TestDatabase>();

/** A row that nothing but {@link rerunningStore} sees. */
const neighbour = (writer: Writer): Promise<void> =>
  writer.insert(repeatableAnswer, {
    id: uuidV4(),
    fingerprint: '',
    expiresAt: 0,
    status: 204,
    headers: '{}',
    body: null,
    disclosures: '[]',
  });

/**
 * Opens the store that tests of this project run on; it runs all work more than once (`rerunning-store.ts`).
 * @param folder keeps data; without one they are gone with the store
 */
export const openTestStore = async (folder: string | undefined, clock: Clock): Promise<Store> =>
  rerunningStore(await openPlainTestStore(folder, clock), neighbour);

/** As {@link openTestStore}, for tests that count what reaches the store. */
export async function openPlainTestStore(folder: string | undefined, clock: Clock): Promise<Store> {
  if (!isShared) return openSqliteStore({ folder: folder ?? ':memory:', types: model.stored, clock });
  const { openPostgresStore } = await import('../../src/store/postgres/open.ts');
  if (process.env.MUSTER_TEST_STORE === 'citus') {
    const { url } = await (await import('./citus-database.ts')).citusDatabase();
    return openPostgresStore({ address: { url }, types: model.stored, clock, citus: true });
  }
  const { createTestDatabase } = await import('./test-database.ts');
  const database = (folder === undefined ? undefined : databases.get(folder)) ?? (await createTestDatabase('model'));
  if (folder !== undefined) databases.set(folder, database);
  const store = await openPostgresStore({ address: { url: database.url, pool: 6 }, types: model.stored, clock });
  return {
    read: (tenantId, work, options) => store.read(tenantId, work, options),
    write: (tenantId, work) => store.write(tenantId, work),
    append: (tenantId, appending) => store.append(tenantId, appending),
    async close() {
      await store.close();
      if (folder === undefined) await database.drop();
    },
  };
}
