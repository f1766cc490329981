import type { EntityType } from '../../../edm/declare.ts';
import { AppError } from '../../../lib/app-error.ts';
import { isTable } from '../../schema/ddl.ts';
import { tableOf, tenant } from '../../schema/table.ts';
import { quoteName } from '../../sql/fragment.ts';
import type { PostgresConnection } from '../connection/connection.ts';
import { writtenTable } from '../dialect.ts';
import { slotTable } from '../insert-rows.ts';
import { TENANT_HOME } from '../tenants.ts';

/**
 * Tables on several machines, by the extension Citus: rows of a tenant are on one machine, all tables alike, and what belongs to no tenant
 * is on each (docs/adr/0021-citus-by-tenant.md). The SQL of the store is the same with and without.
 */

/** What a database has of Citus. */
export type CitusState = 'missing' | 'there' | 'in use';

/** Asks a database. */
export async function citusState(connection: PostgresConnection): Promise<CitusState> {
  const [there] = (await connection.run({ text: "SELECT to_regclass('pg_dist_partition') IS NOT NULL" })).rows;
  if (!there![0]) return 'missing';
  const text = 'SELECT count(*) FROM pg_dist_partition WHERE logicalrelid = to_regclass($1)';
  return (await connection.run({ text }, [TENANT_HOME])).rows[0]![0] === 0 ? 'there' : 'in use';
}

/** Readies a transaction that makes tables and distributes them. @throws invalidConfiguration when the server does not have what that needs */
export async function prepareDistribution(connection: PostgresConnection): Promise<void> {
  if ((await citusState(connection)) === 'missing') {
    const advice = 'Run CREATE EXTENSION citus in it on every machine, and tell the coordinator of the others with citus_add_node';
    throw refuse(`needs the extension Citus, which the database does not have. ${advice}; or leave --citus out.`);
  }
  const [coordinator] = (await connection.run({ text: 'SELECT citus_is_coordinator()' })).rows;
  if (!coordinator![0]) throw refuse('needs the coordinator of the cluster, and --database names one of the others.');
  // Otherwise connections to a machine that work side by side would not see each other's new tables.
  await connection.run({ text: "SET LOCAL citus.multi_shard_modify_mode TO 'sequential'" });
}

const refuse = (what: string): AppError => new AppError('invalidConfiguration', `--citus ${what}`, { target: '--citus' });

/** Distributes those tables that are not distributed yet, with their rows. In the transaction that made them, or a later one. */
export async function distribute(types: readonly EntityType[], connection: PostgresConnection): Promise<void> {
  const tables = [tenant, ...types.filter((type) => type !== tenant)].filter(isTable).map(tableOf);
  const known = await connection.run({ text: 'SELECT c.relname FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid' });
  const done = new Set(known.rows.map(([name]) => name));
  const left = (names: readonly string[]): readonly string[] => names.filter((name) => !done.has(name));
  const tenanted = tables
    .filter((table) => table.tenanted)
    .flatMap((table) => [writtenTable(table), ...(table.type.storage?.slotted === true ? [slotTable(table)] : [])]);
  for (const name of left(tables.filter((table) => !table.tenanted).map(writtenTable))) {
    await run('SELECT create_reference_table($1::text::regclass)', name);
  }
  for (const name of left([TENANT_HOME, ...tenanted])) {
    const beside = name === TENANT_HOME ? 'none' : TENANT_HOME;
    await run("SELECT create_distributed_table($1::text::regclass, 'tenant_id', colocate_with => $2)", name, beside);
  }

  async function run(text: string, name: string, ...more: readonly string[]): Promise<void> {
    await connection.run({ text }, [quoteName(name), ...more]);
    await connection.run({ text: 'SELECT truncate_local_data_after_distributing_table($1::text::regclass)' }, [quoteName(name)]);
  }
}
