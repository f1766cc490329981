import type { Value } from '../../edm/primitive.ts';
import type { TemporalOperation } from '../../query/evaluate-arithmetic.ts';
import type { BinaryOperator, FunctionName } from '../../query/expression.ts';
import type { Column, Encoding, Table } from '../schema/table.ts';
import type { Fragment, SqlValue } from './fragment.ts';

/**
 * What differs between databases, and nothing else. The compiler in this folder decides semantics (nulls, three-valued logic,
 * which form a value is compared in) and asks a dialect for the words; `sqlite/dialect.ts` is one.
 */
export interface Dialect {
  /** What stands behind the closing parenthesis of CREATE TABLE. */
  tableOptions(table: Table): string;
  columnType(encoding: Encoding): string;
  /** A column's value as SQL text, for index conditions. */
  literal(column: Column, value: Value): string;
  readonly true: string;
  readonly false: string;
  /** A UUID in the form of a `uuid` column; text that is no UUID becomes something that equals no column value. */
  encodeUuid(value: Value): SqlValue;
  encodeBinary(value: Value): SqlValue;
  /** Whether two values are equal, null being equal to null; never null itself. */
  same(a: Fragment, b: Fragment): Fragment;
  different(a: Fragment, b: Fragment): Fragment;
  /** The OData functions on text and numbers. */
  call(name: FunctionName, values: readonly Fragment[]): Fragment;
  /** Text in a form that is compared without regard to the case of ASCII letters, and indexed by. */
  caseless(text: Fragment): Fragment;
  /** Arithmetic on numbers, in double precision; dividing by zero gives null. `div` with `whole` cuts off the fraction. */
  arithmetic(operator: BinaryOperator | 'negate', operands: readonly Fragment[], whole: boolean): Fragment;
  /** Arithmetic on ticks, forms and dates; `shiftDateTime` takes ticks, form and duration. */
  temporal(operation: TemporalOperation, operands: readonly Fragment[]): Fragment;
  /** A part of the calendar date of so many seconds since 0001-01-01T00:00:00; `date` is its text. */
  calendar(part: 'year' | 'month' | 'day' | 'date', seconds: Fragment): Fragment;
  /** Turns one stored form into another; null when the text has not that form. */
  convert(conversion: Conversion, value: Fragment): Fragment;
  /** The value at `steps` inside JSON (the JSON itself when there are none), null when there is none. */
  jsonValue(json: Fragment, steps: readonly string[], kind: JsonKind): Fragment;
  /** An item of FROM with one row for each element of a JSON array; none when it is null. */
  jsonItems(json: Fragment, alias: string): Fragment;
  /** The element of a row of {@link jsonItems}. */
  jsonItem(alias: string): Fragment;
  /** LIMIT and OFFSET. */
  page(limit: Fragment | undefined, skip: Fragment | undefined): Fragment;
}

/** What a value inside JSON is read as. */
export type JsonKind = 'text' | 'number' | 'boolean' | 'json';

/** `ticks` and `form` are those of DateTimeOffset text; `uuidText` is the text of a `uuid` column. */
export type Conversion = 'ticks' | 'form' | 'duration' | 'timeOfDay' | 'binary' | 'uuidText' | 'lower';
