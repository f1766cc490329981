import type { EntityType } from '../../edm/declare.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import type { Accumulation, Key } from '../contract.ts';
import { type Column, columnNamed, formColumn, type Table, TENANT_COLUMN, tableOf } from '../schema/table.ts';
import { columnsToRead } from '../sql/compile-plan.ts';
import { quoteName, type SqlValue } from '../sql/fragment.ts';
import { type ColumnEncoder, columnEncoder } from './column-encoder.ts';
import type { SqliteConnection, Statement } from './connection.ts';
import { Lru } from './lru.ts';
import { type RowReader, rowReader } from './row-reader.ts';

interface PreparedWrite {
  readonly statement: Statement;
  readonly encoders: readonly ColumnEncoder[];
}

interface PreparedAccumulation extends PreparedWrite {
  /** The values of columns that the accumulation does not name. */
  readonly start: Row;
  /** Reads the columns that are returned; absent when none are, which spares SQLite a table of results. */
  readonly read: RowReader | undefined;
}

const STATEMENTS_KEPT = 400;

/** INSERT, UPDATE and accumulate of one connection: prepared once for each type and set of columns. */
export class PreparedWrites {
  readonly #connection: SqliteConnection;
  readonly #inserts = new Map<EntityType, PreparedWrite>();
  readonly #updates = new Lru<PreparedWrite>(STATEMENTS_KEPT);
  readonly #accumulations = new Lru<PreparedAccumulation>(STATEMENTS_KEPT);

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  insert(type: EntityType, row: Row, tenant: number): void {
    let prepared = this.#inserts.get(type);
    if (prepared === undefined) {
      prepared = this.#prepareInsert(tableOf(type));
      this.#inserts.set(type, prepared);
    }
    const bound: SqlValue[] = tableOf(type).tenanted ? [tenant] : [];
    for (const encode of prepared.encoders) encode(row, bound);
    prepared.statement.run(bound);
  }

  /** @returns whether the row exists */
  update(type: EntityType, { key, changes }: { readonly key: Key; readonly changes: Row }, tenant: number): boolean {
    const names = Object.keys(changes);
    const shape = `${type.name}|${names.join('|')}`;
    const prepared = this.#updates.get(shape) ?? this.#updates.set(shape, this.#prepareUpdate(tableOf(type), names));
    const bound: SqlValue[] = [];
    for (let i = 0; i < names.length; i++) prepared.encoders[i]!(changes, bound);
    if (tableOf(type).tenanted) bound.push(tenant);
    for (let i = names.length; i < prepared.encoders.length; i++) prepared.encoders[i]!(key, bound);
    return prepared.statement.run(bound) > 0;
  }

  /** @returns the row afterwards */
  accumulate(type: EntityType, change: Accumulation, tenant: number): Row {
    const { key, add, raise, initial, returns } = change;
    let shape = type.name;
    for (const name in add) shape += `|+${name}`;
    for (const name in raise) shape += `|^${name}`;
    for (const name in initial) shape += `|=${name}`;
    if (returns !== undefined) shape += `|>${returns.join()}`;
    const prepared = this.#accumulations.get(shape) ?? this.#accumulations.set(shape, this.#prepareAccumulation(tableOf(type), change));
    const row: Row = { ...prepared.start, ...initial, ...raise, ...add, ...key };
    const bound: SqlValue[] = tableOf(type).tenanted ? [tenant] : [];
    for (const encode of prepared.encoders) encode(row, bound);
    if (prepared.read !== undefined) return prepared.read(prepared.statement.get(bound)!);
    prepared.statement.run(bound);
    return NOTHING;
  }

  #prepareInsert(table: Table): PreparedWrite {
    return { statement: this.#connection.prepare(insertText(table)), encoders: table.columns.map(columnEncoder) };
  }

  #prepareUpdate(table: Table, names: readonly string[]): PreparedWrite {
    const changed = names.map((name) => columnNamed(table.column, name, table.type));
    const set = changed.flatMap(physicalNames).map((name) => `${quoteName(name)} = ?`);
    const where = keyNames(table).map((name) => `${quoteName(name)} = ?`);
    // An update of nothing still has to answer whether the row exists.
    const assignments = set.length === 0 ? [`${quoteName(table.key[0]!.name)} = ${quoteName(table.key[0]!.name)}`] : set;
    return {
      statement: this.#connection.prepare(`UPDATE ${quoteName(table.name)} SET ${assignments.join(', ')} WHERE ${where.join(' AND ')}`),
      encoders: [...changed, ...table.key].map(columnEncoder),
    };
  }

  #prepareAccumulation(table: Table, { key, add, raise = {}, initial = {}, returns }: Accumulation): PreparedAccumulation {
    const own = (name: string) => `${quoteName(table.name)}.${quoteName(name)}`;
    const named = (names: object) => Object.keys(names).map((name) => columnNamed(table.column, name, table.type).name);
    const added = named(add).map((name) => `${quoteName(name)} = ${own(name)} + excluded.${quoteName(name)}`);
    const raised = named(raise).flatMap((name) => {
      const later = `${own(name)} IS NULL OR excluded.${quoteName(name)} > ${own(name)}`;
      return [name, formColumn(name)].map(
        (column) => `${quoteName(column)} = CASE WHEN ${later} THEN excluded.${quoteName(column)} ELSE ${own(column)} END`,
      );
    });
    // Without a change the conflict must still answer the row, which DO NOTHING would not.
    const changes = [...added, ...raised];
    const set = changes.length === 0 ? [`${quoteName(table.key[0]!.name)} = ${own(table.key[0]!.name)}`] : changes;
    const wanted = returns === undefined ? table.columns : returns.map((name) => columnNamed(table.column, name, table.type));
    const { text, outputs } = columnsToRead(wanted, quoteName(table.name));
    const returning = outputs.length === 0 ? '' : ` RETURNING ${text}`;
    const conflict = keyNames(table).map(quoteName).join(', ');
    const given = new Set([...Object.keys(key), ...named(add), ...named(raise), ...named(initial)]);
    return {
      statement: this.#connection.prepare(`${insertText(table)} ON CONFLICT (${conflict}) DO UPDATE SET ${set.join(', ')}${returning}`),
      encoders: table.columns.map(columnEncoder),
      start: Object.fromEntries(table.columns.filter((c) => !given.has(c.name)).map((c) => [c.name, startValue(c)])),
      read: outputs.length === 0 ? undefined : rowReader(outputs),
    };
  }
}

/** What is returned when nothing was asked for. */
const NOTHING: Row = Object.freeze({});

const physicalNames = (column: Column): readonly string[] =>
  column.encoding === 'dateTimeOffset' ? [column.name, formColumn(column.name)] : [column.name];

const keyNames = (table: Table): readonly string[] => [...(table.tenanted ? [TENANT_COLUMN] : []), ...table.key.map((c) => c.name)];

function insertText(table: Table): string {
  const names = [...(table.tenanted ? [TENANT_COLUMN] : []), ...table.columns.flatMap(physicalNames)];
  return `INSERT INTO ${quoteName(table.name)} (${names.map(quoteName).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
}

/** What a row made by `accumulate` starts with: the declared default, else null, 0 or false. */
function startValue({ property, nullable, encoding }: Column): Value {
  if (property.default !== undefined) return property.default;
  if (nullable) return null;
  return encoding === 'boolean' ? false : 0;
}
