import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { loadOrCreateCredentials } from '../src/auth/issuer/credentials.ts';
import { AppError } from '../src/lib/app-error.ts';
import { systemClock } from '../src/lib/clock.ts';
import { hardwareConfigurationDeviceState } from '../src/model/hardware-configuration.ts';
import { model } from '../src/model/index.ts';
import type { Store } from '../src/store/contract.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { batches, fleet } from './device-states.ts';
import { recountYardstick } from './recount-yardstick.ts';
import { checkPolicy, seedPolicy } from './seed-policy.ts';
import { seededId } from './uuid-v7.ts';
import { LARGE_POLICY, SMALL_POLICY, SMALL_ROWS } from './works.ts';
import { SqliteYardstick } from './yardstick-sqlite.ts';

/** Data folders of Muster and of the yardstick with the same rows, both recounted. */

/** States in one commit. */
const GROUP = 20_000;

/** Makes Muster's data folder. @throws internal when the counters are wrong */
export async function seedMuster(folder: string, rows: number): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { tenantId } = await loadOrCreateCredentials(folder);
  const using = async (work: (store: Store) => Promise<void>): Promise<void> => {
    const store = await openSqliteStore({ folder, types: model.stored, clock: systemClock, synchronous: 'NORMAL' });
    await work(store);
    await store.close();
  };
  const policies = [
    { policyId: LARGE_POLICY, rows },
    { policyId: SMALL_POLICY, rows: SMALL_ROWS },
  ];
  await using(async () => undefined); // makes the tables
  await withoutIndexes(join(folder, 'muster.sqlite'), hardwareConfigurationDeviceState.name, () =>
    using(async (store) => {
      for (const policy of policies) await seedPolicy(store, tenantId, policy);
    }),
  );
  await using(async (store) => {
    for (const { policyId } of policies) await checkPolicy(store, tenantId, policyId);
  });
}

/** Makes the yardstick's folder. @throws internal when the counters are wrong */
export async function seedYardstick(folder: string, rows: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  new SqliteYardstick(folder).close(); // makes the tables
  await withoutIndexes(join(folder, 'yardstick.sqlite'), 'states', async () => {
    let index = 0;
    const yardstick = new SqliteYardstick(folder, () => seededId(index++));
    for (const [policyId, count] of [
      [LARGE_POLICY, rows],
      [SMALL_POLICY, SMALL_ROWS],
    ] as const) {
      yardstick.createPolicy(policyId);
      for (const states of batches(fleet(count), GROUP)) {
        await new Promise<unknown>((resolve) =>
          yardstick.add(
            states.map((body) => ({ policyId, body })),
            resolve,
          ),
        );
      }
    }
    yardstick.close();
  });
  checkYardstick(folder, rows + SMALL_ROWS);
}

/** Has a table filled while it has no indexes but its key's: to sort its rows once costs far less than to find the place of each. */
async function withoutIndexes(path: string, table: string, fill: () => Promise<void>): Promise<void> {
  const before = new DatabaseSync(path);
  const indexes = before
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?")
    .all(table);
  for (const { name } of indexes) before.exec(`DROP INDEX "${name}"`);
  before.close();
  await fill();
  const after = new DatabaseSync(path);
  for (const { sql } of indexes) after.exec(sql as string);
  after.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  after.close();
}

/** @throws internal when counters are wrong, or there are not so many rows */
export function checkYardstick(folder: string, rows: number): void {
  const database = new DatabaseSync(join(folder, 'yardstick.sqlite'));
  const found = recountYardstick(database);
  database.close();
  if (found !== rows) throw new AppError('internal', `The yardstick has ${found} rows instead of ${rows}.`);
}
