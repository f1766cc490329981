import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import type { AppError } from '../../lib/app-error.ts';
import { uuidBytes } from '../../lib/ids.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';
import type { RowSet } from '../../query/plan.ts';
import type { Accumulation, Key, RowWriter } from '../contract.ts';
import { type Column, columnNamed, formColumn, keyNames, type Table, TENANT_COLUMN, tableOf } from '../schema/table.ts';
import { type ColumnEncoder, columnEncoder, type Forms } from '../sql/column-encoder.ts';
import { columnOutput, splitTicks } from '../sql/compile-plan.ts';
import { countedUp, startRow } from '../sql/count-up.ts';
import { quoteName, type SqlValue } from '../sql/fragment.ts';
import { statementWeight } from '../sql/plan-shape.ts';
import { type RowReader, rowReader } from '../sql/row-reader.ts';
import type { SqliteConnection, Statement } from './connection.ts';
import { sqliteDecoders } from './prepared-reads.ts';
import { type HandleParts, SqliteReader } from './reader.ts';

/** What a writer works with besides. */
interface WriterParts extends HandleParts {
  readonly writes: PreparedWrites;
  /** The tenant's number, made if need be. */
  readonly ownTenant: () => number;
  /** Called once, before the first change. */
  readonly beforeChange: () => void;
  readonly inTransaction: () => boolean;
  /** Writes something that says nothing. */
  readonly touch: () => void;
}

/** The writer that one piece of work is handed. It also reads what the work has written so far. */
export class SqliteWriter extends SqliteReader implements RowWriter {
  readonly #parts: WriterParts;
  #changed = false;

  constructor(parts: WriterParts) {
    super(parts);
    this.#parts = parts;
  }

  insert(type: EntityType, ...rows: readonly Row[]): Promise<void> {
    return this.#change(() => {
      const tenant = this.#numberFor(type);
      for (const row of rows) this.#parts.writes.insert(type, row, tenant);
    });
  }

  update(type: EntityType, key: Key, changes: Row): Promise<boolean> {
    return this.#change(() => {
      const tenant = this.tenantOf(type);
      if (tenant === undefined) return false;
      if (tableOf(type).document === undefined) return this.#parts.writes.update(type, { key, changes }, tenant);
      const [before] = super.rowsOf({ from: type, scope: key, orderBy: [], limit: 1 }, tenant);
      return before !== undefined && this.#parts.writes.update(type, { key, changes, after: { ...before, ...changes } }, tenant);
    });
  }

  accumulate(type: EntityType, ...changes: readonly Accumulation[]): Promise<Row[]> {
    return this.#change(() => {
      const tenant = this.#numberFor(type);
      return changes.map((change) => this.#parts.writes.count(type, change, tenant));
    });
  }

  delete(rows: RowSet, limit?: number): Promise<number> {
    return this.#change(() => {
      const tenant = this.tenantOf(rows.from);
      if (tenant === undefined) return 0;
      return this.parts.reads.delete(limit === undefined ? rows : { ...rows, limit }, { tenant, now: this.parts.clock.now() });
    });
  }

  /** Writes something that says nothing: what shows that writes are taken. */
  touch(): Promise<void> {
    return this.#change(() => this.#parts.touch());
  }

  /** Whether anything may have been changed. */
  get changed(): boolean {
    return this.#changed;
  }

  #numberFor(type: EntityType): number {
    return type.storage?.global === true ? 0 : this.#parts.ownTenant();
  }

  #change<T>(call: () => T): Promise<T> {
    return this.attempt(() => {
      if (!this.#changed) {
        this.#parts.beforeChange();
        this.#changed = true;
      }
      return call();
    });
  }

  /** After an error that ended the whole transaction, nothing more may run: it would commit by itself. */
  protected override failed(error: unknown): AppError {
    if (!this.#parts.inTransaction()) this.revoke();
    return super.failed(error);
  }
}

interface PreparedWrite {
  readonly statement: Statement;
  readonly encoders: readonly ColumnEncoder[];
}

interface PreparedCount extends PreparedWrite {
  /** Absent where nothing is answered. */
  readonly read?: RowReader;
}

/** A change of columns of one row. */
interface RowChange {
  readonly key: Key;
  readonly changes: Row;
  readonly after?: Row;
}

/** Bytes for statements that change rows. */
const WRITE_STATEMENTS_WEIGHT = 8 * 1024 ** 2;

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
