import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { group } from '../../../test/support/store-conformance-model.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { type EntityType, entityType, string } from '../../edm/declare.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Store } from '../contract.ts';
import type { Migration } from '../schema/migrations.ts';
import { openPostgresReader, openPostgresStore } from './open.ts';

const TENANT = '00000000-0000-4000-8000-000000000001';
const idOf = (i: number): string => `00000000-0000-7000-8000-00000000000${i}`;

/** The same table with a column more. */
const wider: EntityType = entityType('group', {
  properties: { id: string({ format: 'uuid' }), label: string(), note: string({ nullable: true }) },
  storage: { key: ['id'] },
});

const addNote: Migration = {
  version: 2,
  usableFrom: 1,
  statements: [],
  postgres: ['ALTER TABLE "group" ADD COLUMN "note" text COLLATE "C"'],
};
const dropLabel: Migration = { version: 3, statements: ['ALTER TABLE "group" DROP COLUMN "label"'] };

let database: TestDatabase;
const open: Store[] = [];
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((store) => store.close()));
  await database.drop();
});

async function opened(type: EntityType, version: number, migrations: readonly Migration[]): Promise<Store> {
  const store = await openPostgresStore({
    address: { url: database.url, pool: 4 },
    types: [type],
    clock: systemClock,
    schema: { version, migrations },
  });
  open.push(store);
  return store;
}

const rowsOf = (store: Store, type: EntityType) =>
  store.read(TENANT, async (reader) => {
    const rows = await reader.select({ from: type, scope: {}, orderBy: [] });
    return rows.toSorted((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
  });

describe('openPostgresStore', () => {
  it('lets two versions work side by side while servers are replaced', async () => {
    const old = await opened(group, 1, []);
    await old.write(TENANT, (writer) => writer.insert(group, { id: idOf(1), label: 'old' }));
    // Servers of the new version start together: one of them migrates.
    const [fresh] = await Promise.all([opened(wider, 2, [addNote]), opened(wider, 2, [addNote]), opened(wider, 2, [addNote])]);
    await fresh!.write(TENANT, (writer) => writer.insert(wider, { id: idOf(2), label: 'new', note: 'n' }));
    await old.write(TENANT, (writer) => writer.insert(group, { id: idOf(3), label: 'old' }));
    await old.write(TENANT, (writer) => writer.update(group, { id: idOf(2) }, { label: 'changed' }));
    const again = await opened(group, 1, []); // an old one that is started anew meanwhile
    for (const store of [old, again]) {
      expect(await rowsOf(store, group)).toEqual([
        { id: idOf(1), label: 'old' },
        { id: idOf(2), label: 'changed' },
        { id: idOf(3), label: 'old' },
      ]);
    }
    expect((await rowsOf(fresh!, wider)).map(({ note }) => note)).toEqual([null, 'n', null]);
  });

  it('refuses a schema that is newer than it can use', async () => {
    await opened(group, 1, []);
    await opened(wider, 3, [addNote, dropLabel]);
    await expect(opened(group, 1, [])).rejects.toMatchObject({ code: 'schemaTooNew' });
    await expect(opened(wider, 2, [addNote])).rejects.toMatchObject({ code: 'schemaTooNew' });
  });

  it('refuses tables that are not those of their version, and a database without any where it is only read', async () => {
    const address = { url: database.url };
    await expect(openPostgresReader({ address, types: [group], clock: systemClock })).rejects.toMatchObject({ code: 'corruptStore' });
    await opened(group, 1, []);
    await expect(opened(wider, 1, [])).rejects.toMatchObject({ code: 'corruptStore' });
  });

  it('keeps connections to the number that it is told, however many ask at once', async () => {
    const store = await opened(group, 1, []);
    await Promise.all(Array.from({ length: 60 }, () => rowsOf(store, group)));
    const [row] = await database.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'muster'",
    );
    expect(row!.n).toBeLessThanOrEqual(4);
  });
});
