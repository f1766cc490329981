import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { type Table, tableOf } from '../schema/table.ts';
import { quoteName, type SqlValue } from '../sql/fragment.ts';
import { arrayText } from './array-text.ts';
import type { Bound } from './connection.ts';
import { writtenTable } from './dialect.ts';
import { type PhysicalColumn, physicalColumns, type RowEncoder, rowEncoder, tenantColumns } from './physical-columns.ts';
import { NamedStatement } from './statement-names.ts';

/** A row to be written, and whose it is. */
export interface OwnedRow {
  readonly tenant: number;
  readonly row: Row;
}

/** Values of many rows, one array for each column. */
export class RowArrays {
  readonly #columns: readonly PhysicalColumn[];
  readonly #values: SqlValue[][];

  constructor(columns: readonly PhysicalColumn[]) {
    this.#columns = columns;
    this.#values = columns.map(() => []);
  }

  add(values: readonly SqlValue[]): void {
    for (let i = 0; i < values.length; i++) this.#values[i]!.push(values[i]!);
  }

  get bound(): Bound[] {
    return this.#columns.map(({ isDocument }, i) => (isDocument ? this.#values[i]!.join('\n') : arrayText(this.#values[i]!)));
  }
}

/** The rows of {@link RowArrays}, as an item of FROM. @param from the number of the first parameter */
export const rowsFrom = (columns: readonly PhysicalColumn[], alias: string, from = 1): string =>
  `unnest(${columns
    .map(({ type, isDocument }, i) => (isDocument ? `string_to_array($${from + i}::text, E'\\n')` : `$${from + i}::${type}[]`))
    .join(', ')}) AS ${alias}(${columns.map(({ name }) => quoteName(name)).join(', ')})`;

/** What is done about a row whose key is taken. One that fails ends the transaction. */
export type WhenTaken = 'fails' | 'is left out';

interface Prepared {
  readonly table: Table;
  readonly columns: readonly PhysicalColumn[];
  readonly statements: Readonly<Record<WhenTaken, NamedStatement>>;
  readonly encode: RowEncoder;
}

/** INSERT of any number of rows of a type in one statement. */
export class InsertRows {
  readonly #prepared = new Map<EntityType, Prepared>();

  /** A row's columns, in the form in which {@link statement} takes them. @throws invalidValue, internal */
  encode(type: EntityType, { row, tenant }: OwnedRow): SqlValue[] {
    const { table, encode } = this.#of(type);
    return table.tenanted ? [tenant, ...encode(row)] : encode(row);
  }

  statement(type: EntityType, rows: readonly (readonly SqlValue[])[], whenTaken: WhenTaken) {
    const { columns, statements } = this.#of(type);
    const arrays = new RowArrays(columns);
    for (const row of rows) arrays.add(row);
    return { statement: statements[whenTaken].next(), values: arrays.bound };
  }

  #of(type: EntityType): Prepared {
    let prepared = this.#prepared.get(type);
    if (prepared === undefined) {
      const table = tableOf(type);
      const columns = [...tenantColumns(table), ...physicalColumns(table.stored)];
      const names = columns.map(({ name }) => quoteName(name)).join(', ');
      const text = `INSERT INTO ${quoteName(writtenTable(table))} (${names}) SELECT ${names} FROM ${rowsFrom(columns, 'given')}`;
      const statements = { fails: new NamedStatement(text), 'is left out': new NamedStatement(`${text} ON CONFLICT DO NOTHING`) };
      prepared = { table, columns, statements, encode: rowEncoder(type, table.stored) };
      this.#prepared.set(type, prepared);
    }
    return prepared;
  }
}
