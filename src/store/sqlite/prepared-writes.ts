import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { uuidBytes } from '../../lib/ids.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';
import { startRow } from '../accumulated-row.ts';
import type { Accumulation, Key } from '../contract.ts';
import { type Column, columnNamed, formColumn, keyNames, type Table, TENANT_COLUMN, tableOf } from '../schema/table.ts';
import { type ColumnEncoder, columnEncoder, type Forms } from '../sql/column-encoder.ts';
import { columnOutput, splitTicks } from '../sql/compile-plan.ts';
import { countedUp } from '../sql/count-up.ts';
import { quoteName, type SqlValue } from '../sql/fragment.ts';
import { type RowReader, rowReader } from '../sql/row-reader.ts';
import { statementWeight } from '../sql/statement-weight.ts';
import type { SqliteConnection, Statement } from './connection.ts';
import { sqliteDecoders } from './prepared-reads.ts';

interface PreparedWrite {
  readonly statement: Statement;
  readonly encoders: readonly ColumnEncoder[];
}

interface PreparedCount extends PreparedWrite {
  /** Absent where nothing is answered. */
  readonly read?: RowReader;
}

/** A change of columns of one row. */
export interface RowChange {
  readonly key: Key;
  readonly changes: Row;
  readonly after?: Row;
}

/** Bytes for statements that change rows. */
export const WRITE_STATEMENTS_WEIGHT = 8 * 1024 ** 2;

/** INSERT, UPDATE and upsert of one connection: prepared once for each type and set of columns. */
export class PreparedWrites {
  readonly #connection: SqliteConnection;
  readonly #inserts = new Map<EntityType, PreparedWrite>();
  readonly #updates = new WeightedCache<PreparedWrite>(WRITE_STATEMENTS_WEIGHT);
  readonly #counts = new WeightedCache<PreparedCount>(WRITE_STATEMENTS_WEIGHT);

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  insert(type: EntityType, row: Row, tenant: number): void {
    let prepared = this.#inserts.get(type);
    if (prepared === undefined) {
      prepared = this.#prepareInsert(tableOf(type));
      this.#inserts.set(type, prepared);
    }
    run(prepared, row, tableOf(type).tenanted ? [tenant] : []);
  }

  /** @param change `after` is the whole row after it, where rows are documents. @returns whether the row exists */
  update(type: EntityType, { key, changes, after }: RowChange, tenant: number): boolean {
    const table = tableOf(type);
    const names = Object.keys(changes);
    const shape = `${type.name}|${names.join('|')}`;
    const prepared = this.#updates.get(shape) ?? this.#updates.set(shape, this.#prepareUpdate(table, names), statementWeight(shape));
    const bound: SqlValue[] = [];
    const set = prepared.encoders.length - table.key.length;
    for (let i = 0; i < set; i++) prepared.encoders[i]!(after ?? changes, bound);
    if (table.tenanted) bound.push(tenant);
    for (let i = set; i < prepared.encoders.length; i++) prepared.encoders[i]!(key, bound);
    return prepared.statement.run(bound) > 0;
  }

  /** Does what {@link Accumulation} says, in one statement. @returns the columns that are asked for */
  count(type: EntityType, change: Accumulation, tenant: number): Row {
    const table = tableOf(type);
    const { raise, returns } = change;
    const shape = `${type.name}|${raise === undefined ? '' : Object.keys(raise).join()}|${returns === undefined ? '*' : returns.join()}`;
    const { statement, encoders, read } =
      this.#counts.get(shape) ?? this.#counts.set(shape, this.#prepareCount(table, change), statementWeight(shape));
    const bound: SqlValue[] = table.tenanted ? [tenant] : [];
    const row = startRow(table, change);
    for (const encode of encoders) encode(row, bound);
    if (read !== undefined) return read(statement.get(bound)!);
    statement.run(bound);
    return {};
  }

  #prepareInsert(table: Table): PreparedWrite {
    return { statement: this.#connection.prepare(insertText(table)), encoders: encodersOf(table.stored, table) };
  }

  #prepareUpdate(table: Table, names: readonly string[]): PreparedWrite {
    const named = names.map((name) => columnNamed(table.column, name, table.type));
    const changed = [...named.filter(({ inDocument }) => !inDocument), ...(table.document === undefined ? [] : [table.document])];
    const set = changed.flatMap(physicalNames).map((name) => `${quoteName(name)} = ?`);
    const where = keyNames(table).map((name) => `${quoteName(name)} = ?`);
    // An update of nothing still has to answer whether the row exists.
    const assignments = set.length === 0 ? [`${quoteName(table.key[0]!.name)} = ${quoteName(table.key[0]!.name)}`] : set;
    return {
      statement: this.#connection.prepare(`UPDATE ${quoteName(table.name)} SET ${assignments.join(', ')} WHERE ${where.join(' AND ')}`),
      encoders: encodersOf([...changed, ...table.key], table),
    };
  }

  #prepareCount(table: Table, { raise = {}, returns }: Accumulation): PreparedCount {
    const named = (names: readonly string[]): readonly Column[] => names.map((name) => columnNamed(table.column, name, table.type));
    const text = upsertText(table, countedUp(table, quoteName(table.name), named(Object.keys(raise))));
    const encoders = encodersOf(table.stored, table);
    const answered = returns === undefined ? table.stored : named(returns);
    if (answered.length === 0) return { statement: this.#connection.prepare(text), encoders };
    const statement = this.#connection.prepare(`${text} RETURNING ${answered.map(answeredText).join(', ')}`);
    return { statement, encoders, read: rowReader(answered.map(columnOutput), sqliteDecoders) };
  }
}

const encodersOf = (columns: readonly Column[], table: Table): readonly ColumnEncoder[] =>
  columns.map((c) => columnEncoder(c, table, forms));

const forms: Forms = { uuid: uuidBytes, boolean: (value) => (value ? 1 : 0), text: (value) => value };

function run({ statement, encoders }: PreparedWrite, row: Row, bound: SqlValue[]): void {
  for (const encode of encoders) encode(row, bound);
  statement.run(bound);
}

const physicalNames = (column: Column): readonly string[] =>
  column.encoding === 'dateTimeOffset' ? [column.name, formColumn(column.name)] : [column.name];

function insertText(table: Table): string {
  const names = [...(table.tenanted ? [TENANT_COLUMN] : []), ...table.stored.flatMap(physicalNames)];
  return `INSERT INTO ${quoteName(table.name)} (${names.map(quoteName).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
}

const upsertText = (table: Table, set: readonly string[]): string =>
  `${insertText(table)} ON CONFLICT (${keyNames(table).map(quoteName).join(', ')}) DO UPDATE SET ${set.join(', ')}`;

/** The result columns of a column, as `columnOutput` reads them. */
function answeredText(column: Column): string {
  const [own, ...form] = physicalNames(column).map(quoteName);
  return [form.length === 0 ? own : splitTicks(own!), ...form].join(', ');
}
