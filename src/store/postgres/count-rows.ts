import { newest } from '../../edm/date-time-offset.ts';
import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import type { Accumulation } from '../contract.ts';
import { keyNames, type Table, tableOf } from '../schema/table.ts';
import { columnOutput, splitTicks } from '../sql/compile-plan.ts';
import { changed, countedUp, startRow, timeColumns } from '../sql/count-up.ts';
import { quoteName } from '../sql/fragment.ts';
import { type RowReader, rowReader } from '../sql/row-reader.ts';
import { NamedStatement, type PostgresConnection } from './connection/connection.ts';
import { writtenTable } from './dialect.ts';
import { lost } from './errors.ts';
import { boundRows, givenRows, type PhysicalColumn, physicalColumns, RowArrays, type RowEncoder, rowEncoder } from './insert-rows.ts';
import { postgresDecoders } from './prepared-reads.ts';

/** Changes of counters of a tenant. */
export interface TenantCounts {
  readonly tenant: number;
  readonly changes: readonly Accumulation[];
}

interface Prepared {
  readonly columns: readonly PhysicalColumn[];
  readonly encode: RowEncoder;
  readonly read: RowReader;
}

/** Upserts of counters: any number of rows of a tenant in one statement, whose answer tells what each change of them came to. */
export class CountRows {
  readonly #prepared = new Map<EntityType, Prepared>();
  readonly #statements = new Map<string, NamedStatement>();

  /** Adds. @returns the row after each change, in their order */
  async run(type: EntityType, { tenant, changes }: TenantCounts, connection: PostgresConnection): Promise<Row[]> {
    const table = tableOf(type);
    const alike = Map.groupBy(changes, ({ raise, initial }) => `${Object.keys(raise ?? {}).join()}|${Object.keys(initial ?? {}).join()}`);
    const answers = new Map<Accumulation, Row>();
    const sorted = [...alike].sort(([a], [b]) => (a < b ? -1 : 1)); // two transactions wait for each other in one direction
    const statements = sorted.map(([, changes]) => this.#runAlike(table, { tenant, changes }, { connection, answers }));
    // All of them are looked at, so that none fails unseen.
    for (const outcome of await Promise.allSettled(statements)) if (outcome.status === 'rejected') throw outcome.reason;
    return changes.map((change) => answers.get(change)!);
  }

  /** One statement for changes that are alike in what they raise and start with. */
  async #runAlike(
    table: Table,
    { tenant, changes: all }: TenantCounts,
    { connection, answers }: { readonly connection: PostgresConnection; readonly answers: Map<Accumulation, Row> },
  ): Promise<void> {
    const { type } = table;
    const { columns, encode, read } = this.#of(type);
    const rows = byRow(table, all);
    const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
    const arrays = new RowArrays(columns);
    for (const [, changes] of sorted) arrays.add(encode(startRow(table, addedUp(changes))));
    const statement = this.#statement(table, Object.keys(all[0]!.raise ?? {}));
    const result = await connection.run(statement.next(), boundRows(table, tenant, arrays));
    if (result.rows.length < rows.size) throw lost(table);
    for (const values of result.rows) {
      const after = read(values);
      tellEach(rows.get(placeOf(table, after as Accumulation['key']))!, after, answers);
    }
  }

  #of(type: EntityType): Prepared {
    let prepared = this.#prepared.get(type);
    if (prepared === undefined) {
      const table = tableOf(type);
      prepared = {
        columns: physicalColumns(table.stored),
        encode: rowEncoder(type, table.stored),
        read: rowReader(table.stored.map(columnOutput), postgresDecoders),
      };
      this.#prepared.set(type, prepared);
    }
    return prepared;
  }

  #statement(table: Table, raised: readonly string[]): NamedStatement {
    const shape = `${table.name}|${raised.join()}`;
    let statement = this.#statements.get(shape);
    if (statement === undefined) {
      statement = new NamedStatement(upsertText(table, raised));
      this.#statements.set(shape, statement);
    }
    return statement;
  }
}

function upsertText(table: Table, raised: readonly string[]): string {
  const columns = physicalColumns(table.stored);
  const { names, selected, from } = givenRows(table, columns);
  const key = keyNames(table).map(quoteName).join(', ');
  const set = countedUp(
    table,
    'own',
    timeColumns(table).filter(({ name }) => raised.includes(name)),
  );
  const returned = columns.map(({ name, type }) => returning(name, type)).join(', ');
  return `INSERT INTO ${quoteName(writtenTable(table))} AS own (${names.join(', ')}) SELECT ${selected.join(', ')} FROM ${from} ORDER BY ${key}
    ON CONFLICT (${key}) DO UPDATE SET ${set.join(', ')} RETURNING ${returned}`;

  function returning(name: string, type: string): string {
    const isTime = table.column.get(name)?.encoding === 'dateTimeOffset';
    const column = `own.${quoteName(name)}`;
    return isTime && type === 'int8' ? splitTicks(column) : column;
  }
}

/** Changes by the row that they are about. */
export const byRow = (table: Table, changes: readonly Accumulation[]): Map<string, Accumulation[]> =>
  Map.groupBy(changes, ({ key }) => placeOf(table, key));

function placeOf(table: Table, key: Accumulation['key']): string {
  let place = '';
  for (const { name, encoding } of table.key) place += `|${encoding === 'uuid' ? String(key[name]).toLowerCase() : String(key[name])}`;
  return place;
}

/** Several changes of one row as one. Who comes first makes the row, if it is missing. */
export function addedUp(changes: readonly Accumulation[]): Accumulation {
  const [first] = changes as readonly [Accumulation];
  if (changes.length === 1) return first;
  const add: Record<string, number> = {};
  const raise: Record<string, string> = {};
  for (const change of changes) {
    for (const name in change.add) add[name] = (add[name] ?? 0) + change.add[name]!;
    for (const name in change.raise) raise[name] = newest(raise[name] ?? null, change.raise[name]!)!;
  }
  return { ...first, add, raise };
}

/** Tells each change what the row was behind it: counts exactly, of times the newest of all that came together. */
function tellEach(changes: readonly Accumulation[], after: Row, answers: Map<Accumulation, Row>): void {
  let row = after;
  for (const change of changes.toReversed()) {
    answers.set(change, row);
    if (changes.length > 1) row = changed(row, { ...change, add: negated(change.add), raise: {} });
  }
}

const negated = (add: Accumulation['add']): Accumulation['add'] =>
  Object.fromEntries(Object.entries(add).map(([name, amount]) => [name, -amount]));
