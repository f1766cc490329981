import { mkdirSync } from 'node:fs';
import pg from 'pg';
import { loadOrCreateCredentials } from '../src/auth/issuer/credentials.ts';
import { systemClock } from '../src/lib/clock.ts';
import { model } from '../src/model/index.ts';
import { openPostgresStore } from '../src/store/postgres/open.ts';
import { batches, fleet } from './device-states.ts';
import { checkYardstick } from './recount-yardstick-postgres.ts';
import { checkPolicy, seedPolicy } from './seed-policy.ts';
import { seededId } from './uuid-v7.ts';
import { LARGE_POLICY, SMALL_POLICY, SMALL_ROWS } from './works.ts';
import { PostgresYardstick } from './yardstick-postgres.ts';

/** Databases of Muster and of the yardstick in PostgreSQL with the same rows, both recounted and vacuumed. */

/** States in one statement. */
const GROUP = 20_000;

/** Makes an empty database. @param url its address, whose path is its name */
export const makeDatabase = (administrator: string, url: string): Promise<void> =>
  run(administrator, `CREATE DATABASE ${new URL(url).pathname.slice(1)}`);

/** Fills Muster's database. @param folder is made with the credentials that its servers will have. @throws internal when the counters are wrong */
export async function seedMuster(url: string, { folder, rows }: { readonly folder: string; readonly rows: number }): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { tenantId } = await loadOrCreateCredentials(folder);
  const store = await openPostgresStore({ address: { url, timeout: 600_000 }, types: model.stored, clock: systemClock });
  const policies = [
    { policyId: LARGE_POLICY, rows },
    { policyId: SMALL_POLICY, rows: SMALL_ROWS },
  ];
  for (const policy of policies) await seedPolicy(store, tenantId, policy);
  for (const { policyId } of policies) await checkPolicy(store, tenantId, policyId);
  await store.close();
  await run(url, 'VACUUM ANALYZE');
}

/** Fills the yardstick's database. @throws internal when the counters are wrong */
export async function seedYardstick(url: string, rows: number): Promise<void> {
  let index = 0;
  const yardstick = await PostgresYardstick.open(url, () => seededId(index++));
  for (const [policyId, count] of [
    [LARGE_POLICY, rows],
    [SMALL_POLICY, SMALL_ROWS],
  ] as const) {
    await yardstick.createPolicy(policyId);
    for (const states of batches(fleet(count), GROUP)) {
      const bodies = states.map((body) => ({ policyId, body }));
      await new Promise<unknown>((resolve) => yardstick.add(bodies, resolve));
    }
  }
  await yardstick.close();
  await checkYardstick(url, rows + SMALL_ROWS);
  await run(url, 'VACUUM ANALYZE');
}

async function run(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text);
  await client.end();
}
