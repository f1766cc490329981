import { parseDateTimeOffset } from '../../edm/date-time-offset.ts';
import type { EnumType } from '../../edm/declare.ts';
import { documentText } from '../../edm/document.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { parseSealed } from '../../edm/sealed.ts';
import { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import { durationTicks, timeOfDayTicks } from '../../query/evaluate/duration.ts';
import type { ExpressionType } from '../../query/expression.ts';
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

/** Text as an SQL string. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** How a database writes what databases write in different ways. */
interface LiteralWords {
  readonly boolean: (value: boolean) => string;
  readonly uuid: (text: string) => string;
}

/** Makes the function that writes a column's value as SQL text, for index conditions. @throws (the function) internal for what has no such text */
export const columnLiteral =
  (words: LiteralWords) =>
  (column: Column, value: Value): string => {
    switch (column.encoding) {
      case 'enum': {
        const number = (column.property.type as EnumType).members[String(value)];
        if (number !== undefined) return String(number);
        break;
      }
      case 'boolean':
        return words.boolean(value === true);
      case 'integer':
      case 'real':
        return String(Number(value));
      case 'text':
        return quoteText(String(value));
      case 'uuid':
        return words.uuid(String(value));
    }
    throw new AppError('internal', `'${column.name}' cannot be compared with a constant in the model.`);
  };

/**
 * The forms that parameters are bound in. `integer` is exact, `number` any number of an expression; `ticks` and `form` are those of a
 * DateTimeOffset; `rows` is a number of rows, -1 where there is no limit; `pattern` is a regular expression in RE2's syntax.
 */
export type ParameterForm =
  | 'text'
  | 'guid'
  | 'integer'
  | 'number'
  | 'ticks'
  | 'form'
  | 'duration'
  | 'timeOfDay'
  | 'uuid'
  | 'binary'
  | 'pattern'
  | 'rows';

/** The form in which values of a type are compared: the counterpart of `comparable` in `query/evaluate/compare.ts`. */
export function formOf(type: ExpressionType): ParameterForm {
  switch (type) {
    case 'Edm.DateTimeOffset':
      return 'ticks';
    case 'Edm.Duration':
      return 'duration';
    case 'Edm.TimeOfDay':
      return 'timeOfDay';
    case 'Edm.Guid':
      return 'guid';
    case 'Edm.Binary':
      return 'binary';
    case 'Edm.Int32':
    case 'Edm.Int64':
    case 'Edm.Double':
    case 'Edm.Decimal':
      return 'number';
    default:
      return 'text';
  }
}

/** Ticks of DateTimeOffset text. */
export const encodeTicks = (value: Value): SqlValue => parseDateTimeOffset(String(value))?.ticks ?? null;

/** Form of DateTimeOffset text. */
export const encodeForm = (value: Value): SqlValue => parseDateTimeOffset(String(value))?.form ?? null;

const asIs = (value: Value): SqlValue => value as SqlValue;
const asNumber = (value: Value): SqlValue => Number(value);

/** How values take the forms that are the same in every database. */
export const commonEncoders = {
  text: asIs,
  guid: (value) => String(value).toLowerCase(),
  integer: asNumber,
  number: asIs,
  ticks: encodeTicks,
  form: encodeForm,
  duration: (value) => durationTicks(String(value)),
  timeOfDay: (value) => {
    const ticks = timeOfDayTicks(String(value));
    return ticks === null ? null : BigInt(ticks);
  },
  binary: (value) => Buffer.from(String(value), 'base64'),
  pattern: asIs,
  rows: asNumber,
} as const satisfies Partial<Record<ParameterForm, (value: Value) => SqlValue>>;
