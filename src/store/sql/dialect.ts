import type { EnumType } from '../../edm/declare.ts';
import type { Value } from '../../edm/primitive.ts';
import type { TemporalOperation } from '../../query/evaluate/arithmetic.ts';
import type { BinaryOperator, FunctionName } from '../../query/expression.ts';
import type { Column, Encoding, Table } from '../schema/table.ts';
import type { ParameterForm } from './column-encoder.ts';
import type { Fragment } from './fragment.ts';

/**
 * What differs between databases, and nothing else. The compiler in this folder decides semantics (nulls, three-valued logic,
 * which form a value is compared in) and asks a dialect for the words; `sqlite/dialect.ts` is one.
 */
export interface Dialect {
  /** What stands behind the closing parenthesis of CREATE TABLE. */
  tableOptions(table: Table): string;
  columnType(encoding: Encoding): string;
  /** The type of the column that holds the form of a DateTimeOffset. */
  readonly formType: string;
  /** A column's value as SQL text, for index conditions. */
  literal(column: Column, value: Value): string;
  readonly true: string;
  readonly false: string;
  /** What stands at the end of a subquery behind EXISTS whose rows shall be looked for one by one, where the database would not do so by itself. */
  readonly barrier: string;
  /** A condition that every row looked at is asked, so that a statement can be stopped; absent where the database is told otherwise. */
  readonly stop?: string;
  /** The number of the member that has a name; null when none has. */
  memberNumber(type: EnumType, name: Fragment): Fragment;
  /** A parameter. In the form `uuid`, text that is no UUID becomes something that equals no column value. */
  parameter(source: number, form: ParameterForm): Fragment;
  /** Whether the patterns of `matchespattern` must be constants. */
  readonly constantPatterns: boolean;
  /** An item of ORDER BY: null comes first, when descending last. `nullable` says whether there can be any. */
  ordered(value: Fragment, item: { readonly descending: boolean; readonly nullable: boolean }): Fragment;
  /** A column of CREATE INDEX, in the order of {@link ordered}. */
  indexed(column: Column): string;
  /** The table that the rows of a type are written to. It is read under the type's own name. */
  tableOf(table: Table): string;
  /** A name that the database takes whole. */
  nameOf(name: string): string;
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
