import type { EntityType } from '../../edm/declare.ts';
import { indexedColumns, indexName, isTable } from '../schema/ddl.ts';
import { type Column, type Table, tableOf } from '../schema/table.ts';
import type { SqliteConnection } from './connection.ts';
import { hasRowid } from './dialect.ts';

/**
 * Statistics for SQLite's planner, written by us instead of measured: without any it takes the tenant for selective (ten rows)
 * and reads a tenant's whole primary key where an index would do. Fixed ones also give every installation the same plans.
 */

const ROWS = 1_000_000;

/** Writes the statistics of all tables; connections opened later see them. */
export function setStatistics(connection: SqliteConnection, types: readonly EntityType[]): void {
  connection.exec('BEGIN IMMEDIATE');
  connection.exec('ANALYZE sqlite_schema'); // makes the table that they stand in
  connection.exec('DELETE FROM sqlite_stat1');
  const add = connection.prepare('INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)');
  for (const type of types.filter(isTable)) {
    const table = tableOf(type);
    const keyIndex = hasRowid(table) ? `sqlite_autoindex_${table.name}_1` : table.name; // without rowids, the table is its key's index
    add.run([table.name, keyIndex, statistic(table, table.key)]);
    for (const index of type.storage?.indexes ?? []) {
      add.run([table.name, indexName(table, index), statistic(table, indexedColumns(table, index))]);
    }
  }
  connection.exec('COMMIT');
  connection.exec('ANALYZE sqlite_schema');
}

/** Rows in the table, then rows that share the first column, the first two, and so on; the last is a single row. */
function statistic(table: Table, columns: readonly Column[]): string {
  let left = ROWS;
  const shared = columns.map((column, i) => {
    left = i === columns.length - 1 ? 1 : Math.max(10, Math.floor(left / distinctValues(column)));
    return left;
  });
  // A skip-scan visits every value of a column that is not given.
  return [ROWS, ...(table.tenanted ? [ROWS] : []), ...shared, 'noskipscan'].join(' ');
}

const distinctValues = ({ encoding }: Column): number =>
  encoding === 'boolean' || encoding === 'enum' ? 4 : encoding === 'dateTimeOffset' ? 1000 : 100;
