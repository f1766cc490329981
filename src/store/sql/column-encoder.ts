import { parseDateTimeOffset } from '../../edm/date-time-offset.ts';
import type { EnumType } from '../../edm/declare.ts';
import { documentText } from '../../edm/document.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { parseSealed } from '../../edm/sealed.ts';
import { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import type { Column, Table } from '../schema/table.ts';
import type { SqlValue } from './fragment.ts';

/** Appends a column's value, in the form it is stored in, to what a statement binds. */
export type ColumnEncoder = (row: Row, bound: SqlValue[]) => void;

/** How a database takes what has not the same form in all of them. */
export interface Forms {
  readonly uuid: (value: string) => SqlValue;
  readonly boolean: (value: boolean) => SqlValue;
  /** @throws invalidValue */
  readonly text: (value: string, column: Column) => SqlValue;
}

type Encode = (value: Exclude<Value, null>, column: Column) => SqlValue;

const encodingsOf = (forms: Forms): Readonly<Record<Exclude<Column['encoding'], 'dateTimeOffset' | 'document'>, Encode>> => ({
  text: (value, column) => forms.text(value as string, column),
  integer: (value) => value as number,
  real: (value) => value as number,
  boolean: (value) => forms.boolean(value === true),
  json: (value) => JSON.stringify(value),
  binary: (value) => Buffer.from(value as string, 'base64'),
  uuid: (value, column) => (isUuid(value as string) ? forms.uuid(value as string) : refuse(column, value)),
  enum: (value, column) => (column.property.type as EnumType).members[value as string] ?? refuse(column, value),
  // The value itself must not get into the message.
  sealed: (value, { name }) => (parseSealed(value) === undefined ? unsealed(name) : (value as string)),
});

function unsealed(name: string): never {
  throw new AppError('internal', `'${name}' is secret and must be sealed before it is stored.`);
}

function refuse(column: Column, value: Value): never {
  throw new AppError('invalidValue', `'${String(value)}' is no value of '${column.name}'.`, { target: column.name });
}

/** How one column of a table is bound when a row is written. @throws (the encoder) invalidValue, or internal when the row lacks the column */
export function columnEncoder(column: Column, { type, columns }: Table, forms: Forms): ColumnEncoder {
  const { name } = column;
  if (column.encoding === 'document') {
    const members = columns.filter(({ inDocument }) => inDocument);
    return (row, bound) => {
      for (const member of members) present(row, member);
      bound.push(documentText(type, row));
    };
  }
  if (column.encoding === 'dateTimeOffset') {
    return (row, bound) => {
      const value = present(row, column);
      const parts = value === null ? null : parseDateTimeOffset(value as string);
      if (parts === undefined) refuse(column, value);
      bound.push(parts === null ? null : parts.ticks, parts === null ? null : parts.form);
    };
  }
  const encode = encodingsOf(forms)[column.encoding];
  return (row, bound) => {
    const value = row[name];
    bound.push(value === null ? null : encode(value ?? present(row, column)!, column));
  };
}

function present(row: Row, column: Column): Value {
  const value = row[column.name];
  if (value === undefined) throw new AppError('internal', `A row to be written lacks '${column.name}'.`);
  return value;
}
