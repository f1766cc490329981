import { createHash } from 'node:crypto';
import type { EntityType, Index } from '../../edm/declare.ts';
import { isOrDerivesFrom, TYPE_COLUMN } from '../../edm/link.ts';
import type { Dialect } from '../sql/dialect.ts';
import { quoteName } from '../sql/fragment.ts';
import { type Column, columnNamed, formColumn, keyNames, type Table, TENANT_COLUMN, tableOf } from './table.ts';

/** Statements that create the tables and indexes of the types, in a fixed order. */
export const createStatements = (types: readonly EntityType[], dialect: Dialect): readonly string[] =>
  // By name: the order in which a model lists its types is its own business, and bundlers change it. Views stand on tables.
  [...sorted(types.filter(isTable)), ...sorted(types.filter((type) => !isTable(type)))].flatMap((type) => {
    const table = tableOf(type);
    if (!isTable(type)) return [createView(table, sorted(types.filter((other) => isTable(other) && isOrDerivesFrom(other, type))))];
    const indexes = type.storage?.indexes ?? [];
    return [createTable(table, dialect), ...indexes.map((index) => createIndex(table, index, dialect))];
  });

const sorted = (types: readonly EntityType[]): readonly EntityType[] => types.toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** Whether a type has rows of its own. */
export const isTable = ({ storage }: EntityType): boolean => storage?.view !== true;

/** The rows of several types, with the columns that all of them have and the name of their type. */
function createView(table: Table, types: readonly EntityType[]): string {
  const names = table.columns.filter(({ name }) => name !== TYPE_COLUMN).flatMap(columnNames);
  const columns = [...(table.tenanted ? [TENANT_COLUMN] : []), ...names].map(quoteName).join(', ');
  const rows = types.map((type) => `SELECT ${columns}, '${type.name}' AS ${quoteName(TYPE_COLUMN)} FROM ${quoteName(type.name)}`);
  return `CREATE VIEW ${quoteName(table.name)} AS ${rows.join(' UNION ALL ')}`;
}

const columnNames = ({ name, encoding }: Column): readonly string[] => (encoding === 'dateTimeOffset' ? [name, formColumn(name)] : [name]);

/** A hash of statements: two databases with the same one have the same schema. */
export const fingerprint = (statements: readonly string[]): string =>
  createHash('sha256').update(statements.join(';\n')).digest('hex').slice(0, 32);

function createTable(table: Table, dialect: Dialect): string {
  const key = keyNames(table).map(quoteName).join(', ');
  const columns = [
    ...(table.tenanted ? [`${quoteName(TENANT_COLUMN)} ${dialect.columnType('integer')} NOT NULL`] : []),
    ...table.stored.flatMap((column) => columnDefinitions(column, dialect)),
    `PRIMARY KEY (${key})`,
  ];
  return `CREATE TABLE ${quoteName(dialect.tableOf(table))} (\n  ${columns.join(',\n  ')}\n)${dialect.tableOptions(table)}`;
}

function columnDefinitions(column: Column, dialect: Dialect): readonly string[] {
  const rule = column.nullable ? '' : ' NOT NULL';
  const own = `${quoteName(column.name)} ${dialect.columnType(column.encoding)}${rule}`;
  if (column.encoding !== 'dateTimeOffset') return [own];
  return [own, `${quoteName(formColumn(column.name))} ${dialect.formType}${rule}`];
}

function createIndex(table: Table, index: Index, dialect: Dialect): string {
  const columns = [...(table.tenanted ? [quoteName(TENANT_COLUMN)] : []), ...indexedColumns(table, index).map((c) => dialect.indexed(c))];
  const conditions = Object.entries(index.where ?? {}).map(([name, value]) =>
    value === null
      ? `${quoteName(name)} IS NULL`
      : `${quoteName(name)} = ${dialect.literal(columnNamed(table.column, name, table.type), value)}`,
  );
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `CREATE INDEX ${quoteName(dialect.nameOf(indexName(table, index)))} ON ${quoteName(dialect.tableOf(table))} (${columns.join(', ')})${where}`;
}

/** The name of an index, made from what it holds. */
export const indexName = (table: Table, index: Index): string =>
  [table.name, ...index.properties, ...Object.keys(index.where ?? {})].join('_');

/** The columns of an index behind the tenant. The key at the end makes it a total order that keyset paging can seek in, ties included. */
export const indexedColumns = (table: Table, index: Index): readonly Column[] => [
  ...index.properties.map((name) => columnNamed(table.column, name, table.type)),
  ...table.key.filter((c) => !index.properties.includes(c.name)),
];
