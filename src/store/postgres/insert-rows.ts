import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import { type Column, formColumn, type Table, TENANT_COLUMN, tableOf } from '../schema/table.ts';
import { columnEncoder, type Forms } from '../sql/column-encoder.ts';
import { quoteName, type SqlValue } from '../sql/fragment.ts';
import { type Bound, NamedStatement } from './connection/connection.ts';
import { arrayText, columnText } from './connection/text.ts';
import { NO_UUID, postgresDialect, writtenTable } from './dialect.ts';
import { TENANT_HOME } from './tenants.ts';

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

/** The parts of an `INSERT INTO … (names) SELECT selected FROM from`. */
interface GivenRows {
  readonly names: readonly string[];
  readonly selected: readonly string[];
  readonly from: string;
  /** The number of the first parameter that is free. */
  readonly next: number;
}

/**
 * The rows of {@link RowArrays}. Where rows have a tenant they are all of one, whose number is the first parameter. It is taken from a
 * row that every tenant has (`tenants.ts`): so Citus sees that the statement is for the machine that holds this tenant, and
 * sends it there whole.
 */
export function givenRows({ tenanted }: Table, columns: readonly PhysicalColumn[]): GivenRows {
  const first = tenanted ? 2 : 1;
  const own = columns.map(({ name }) => quoteName(name));
  const arrays = columns.map(({ type, isDocument }, i) =>
    isDocument ? `string_to_array($${first + i}::text, E'\\n')` : `$${first + i}::${type}[]`,
  );
  const given = `unnest(${arrays.join(', ')}) AS given(${own.join(', ')})`;
  const selected = own.map((name) => `given.${name}`);
  const next = first + columns.length;
  if (!tenanted) return { names: own, selected, from: given, next };
  const tenant = quoteName(TENANT_COLUMN);
  return {
    names: [tenant, ...own],
    selected: [`home.${tenant}`, ...selected],
    from: `${TENANT_HOME} home, ${given} WHERE home.${tenant} = $1::int8`,
    next,
  };
}

/** What {@link givenRows} is bound to. */
export const boundRows = ({ tenanted }: Table, tenant: number, arrays: RowArrays): Bound[] =>
  tenanted ? [tenant, ...arrays.bound] : arrays.bound;

interface Prepared {
  readonly table: Table;
  readonly columns: readonly PhysicalColumn[];
  readonly one: NamedStatement;
  readonly many: NamedStatement;
  readonly encode: RowEncoder;
}

/** INSERT of rows of a type. */
export class InsertRows {
  readonly #prepared = new Map<EntityType, Prepared>();

  /** The statement for one row, which is left out when its key is taken. @throws invalidValue, internal */
  one(type: EntityType, row: Row, tenant: number) {
    const { table, one, encode } = this.#of(type);
    const values: Bound[] = table.tenanted ? [tenant, ...encode(row)] : encode(row);
    return { statement: one.next(), values };
  }

  /** The statement for any number of rows of one tenant. A key that is taken ends the transaction. @throws invalidValue, internal */
  many(type: EntityType, rows: readonly Row[], tenant: number) {
    const { table, columns, many, encode } = this.#of(type);
    const arrays = new RowArrays(columns);
    for (const row of rows) arrays.add(encode(row));
    return { statement: many.next(), values: boundRows(table, tenant, arrays) };
  }

  #of(type: EntityType): Prepared {
    let prepared = this.#prepared.get(type);
    if (prepared === undefined) {
      const table = tableOf(type);
      const columns = physicalColumns(table.stored);
      const { names, selected, from } = givenRows(table, columns);
      const into = `INSERT INTO ${quoteName(writtenTable(table))} (${names.join(', ')})`;
      const places = [...tenantColumns(table), ...columns].map(({ type }, i) => `$${i + 1}::${type}`);
      prepared = {
        table,
        columns,
        one: new NamedStatement(`${into} VALUES (${places.join(', ')}) ON CONFLICT DO NOTHING`),
        many: new NamedStatement(`${into} SELECT ${selected.join(', ')} FROM ${from}`),
        encode: rowEncoder(type, table.stored),
      };
      this.#prepared.set(type, prepared);
    }
    return prepared;
  }
}

/** A column as the database has it. */
export interface PhysicalColumn {
  readonly name: string;
  readonly type: string;
  /** Whether its texts are JSON: they hold no line feed, and so are quickly put together. */
  readonly isDocument: boolean;
}

/** The table of a slotted type's slots. */
export const slotTable = (table: Table): string => `${table.name}_slot`;

export const physicalColumns = (columns: readonly Column[]): readonly PhysicalColumn[] =>
  columns.flatMap(({ name, encoding }) => {
    const own = { name, type: postgresDialect.columnType(encoding).replace(/ COLLATE.*/, ''), isDocument: encoding === 'document' };
    if (encoding !== 'dateTimeOffset') return [own];
    return [own, { name: formColumn(name), type: postgresDialect.formType, isDocument: false }];
  });

const TENANT: PhysicalColumn = { name: TENANT_COLUMN, type: 'int8', isDocument: false };

/** The tenant's column, where rows have one. */
export const tenantColumns = ({ tenanted }: Table): readonly PhysicalColumn[] => (tenanted ? [TENANT] : []);

const uuidForm = (value: string): string => {
  if (isUuid(value) && value.toLowerCase() !== NO_UUID) return value;
  throw new AppError('invalidValue', `'${value}' is reserved; use another id.`);
};

const forms: Forms = { uuid: uuidForm, boolean: (value) => value as never, text: columnText };

/** Binds some columns of a row. */
export type RowEncoder = (row: Row) => SqlValue[];

/** How columns of a type are bound. @throws (the encoder) invalidValue, or internal when the row lacks one */
export function rowEncoder(type: EntityType, columns: readonly Column[]): RowEncoder {
  const encoders = columns.map((column) => columnEncoder(column, tableOf(type), forms));
  return (row) => {
    const bound: SqlValue[] = [];
    for (const encode of encoders) encode(row, bound);
    return bound;
  };
}
