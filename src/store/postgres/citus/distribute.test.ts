import { afterAll, beforeAll, expect, test } from 'vitest';
import { conformanceClock, conformanceTypes } from '../../../../test/support/store-conformance-model.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { openPostgresStore } from '../open.ts';

/** What `test/citus` cannot show: a database without the extension. */

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

const open = (citus: boolean) =>
  openPostgresStore({ address: { url: database.url }, types: conformanceTypes, clock: conformanceClock, citus });

test('a database without the extension cannot be distributed, which is said before anything is made', async () => {
  await expect(open(true)).rejects.toMatchObject({ code: 'invalidConfiguration', target: '--citus' });
  await expect(open(true)).rejects.toThrow(/CREATE EXTENSION citus/);
  expect(await database.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
});

test('it is used as it is without --citus', async () => {
  await (await open(false)).close();
  expect(await database.query("SELECT 1 FROM pg_tables WHERE tablename = 'tenant_home'")).toHaveLength(1);
});
