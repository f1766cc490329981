import type { EntityType } from '../../edm/declare.ts';
import { TENANT_COLUMN, tableOf } from '../schema/table.ts';
import { isOfAnyLength } from '../sql/compile-plan.ts';
import type { Dialect } from '../sql/dialect.ts';
import { type Fragment, quoteName, sql, TENANT_SOURCE } from '../sql/fragment.ts';
import type { SqliteConnection } from './connection.ts';
import { sqliteDialect } from './dialect.ts';

/** A row whose texts have more bytes is heavy. */
const HEAVY_ROW = 4096;

const indexName = (type: EntityType): string => quoteName(`${type.name}_heavy`);

/** Makes the indexes that hold the heavy rows of each type, and no others. */
export function indexHeavyRows(connection: SqliteConnection, types: readonly EntityType[]): void {
  for (const type of types) {
    const condition = heavyCondition(type);
    if (condition === undefined) continue;
    const on = `${quoteName(type.name)} (${quoteName(TENANT_COLUMN)})`;
    connection.exec(`CREATE INDEX IF NOT EXISTS ${indexName(type)} ON ${on} WHERE ${condition}`);
  }
}

/** Of rows of a tenant; undefined where no row can be heavy. */
function heavyCondition(type: EntityType): string | undefined {
  const { columns, document, tenanted } = tableOf(type);
  const stored = [...(document === undefined ? [] : [document]), ...columns.filter(({ inDocument }) => !inDocument)];
  const sizes = stored.filter(isOfAnyLength).map(({ name }) => `COALESCE(octet_length(${quoteName(name)}), 0)`);
  return sizes.length === 0 || !tenanted || type.storage?.view === true ? undefined : `${sizes.join(' + ')} > ${HEAVY_ROW}`;
}

/** Whether so many rows cannot weigh so many bytes where none is heavy. */
export const isLight = (rows: number, bytes: number): boolean => rows * HEAVY_ROW < bytes;

/** Finds a heavy row of a tenant; undefined where no row of the type can be heavy. */
export function heavyRow(type: EntityType): Fragment | undefined {
  const condition = heavyCondition(type);
  if (condition === undefined) return undefined;
  const tenant = sqliteDialect.parameter(TENANT_SOURCE, 'integer');
  return sql`SELECT 1 FROM ${quoteName(type.name)} INDEXED BY ${indexName(type)} WHERE ${quoteName(TENANT_COLUMN)} = ${tenant} AND ${condition}`;
}

/**
 * The dialect whose pages are empty where a tenant has a heavy row. The page and the question are one statement: a second one would
 * take and release SQLite's locks again, which costs more than to look.
 */
export const emptyWhereHeavy = (dialect: Dialect, heavy: Fragment): Dialect => ({
  ...dialect,
  page: (limit, skip) => dialect.page(limit && sql`CASE WHEN EXISTS (${heavy}) THEN 0 ELSE ${limit} END`, skip),
});
