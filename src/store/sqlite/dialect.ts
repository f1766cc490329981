import type { Value } from '../../edm/primitive.ts';
import { isUuid, uuidBytes } from '../../lib/ids.ts';
import type { BinaryOperator, FunctionName } from '../../query/expression.ts';
import type { Encoding, Table } from '../schema/table.ts';
import { columnLiteral, commonEncoders, type ParameterForm, quoteText } from '../sql/column-encoder.ts';
import type { Conversion, Dialect } from '../sql/dialect.ts';
import { type Fragment, joinFragments, parameter, quoteName, raw, type SqlValue, sql } from '../sql/fragment.ts';

/** SQLite's words. Functions named `muster_…` are JavaScript, registered by `functions.ts`. */

const columnTypes: Readonly<Record<Encoding, string>> = {
  text: 'TEXT',
  uuid: 'BLOB',
  integer: 'INTEGER',
  real: 'REAL',
  boolean: 'INTEGER',
  enum: 'INTEGER',
  binary: 'BLOB',
  dateTimeOffset: 'INTEGER',
  json: 'TEXT',
  sealed: 'TEXT',
  document: 'TEXT',
};

const literal = columnLiteral({
  boolean: (value) => (value ? '1' : '0'),
  uuid: (text) => `x'${Buffer.from(uuidBytes(text)).toString('hex')}'`,
});

const conversions: Readonly<Record<Conversion, string>> = {
  ticks: 'muster_ticks',
  form: 'muster_form',
  duration: 'muster_duration',
  timeOfDay: 'muster_time_of_day',
  binary: 'muster_binary',
  uuidText: 'muster_uuid',
  lower: 'lower',
};

const encoders: Readonly<Record<ParameterForm, (value: Value) => SqlValue>> = {
  ...commonEncoders,
  uuid: (value) => (typeof value === 'string' && isUuid(value) ? uuidBytes(value) : String(value)),
};

const calendarFormats = { year: '%Y', month: '%m', day: '%d', date: '%Y-%m-%d' } as const;
const SECONDS_0001_TO_1970 = 62135596800;

const list = (values: readonly Fragment[]): Fragment => joinFragments(values, ', ');

/** A count of characters: a whole number between 0 and what `substr` can take. */
const characters = (value: Fragment): Fragment => sql`min(max(CAST(${value} AS INTEGER), 0), 2000000000)`;

/** Where a part starts, counted from 1; a negative number counts from the end. */
const startIn = (text: Fragment, value: Fragment): Fragment =>
  sql`(CASE WHEN ${value} <= -1 THEN ${characters(sql`length(${text}) + CAST(${value} AS INTEGER)`)} ELSE ${characters(value)} END + 1)`;

function call(name: FunctionName, values: readonly Fragment[]): Fragment {
  const [a, b, c] = values as [Fragment, Fragment, Fragment | undefined];
  switch (name) {
    case 'concat':
      return sql`(${a} || ${b})`;
    case 'contains':
      return sql`(instr(${a}, ${b}) > 0)`;
    case 'startswith':
      return sql`(substr(${a}, 1, length(${b})) = ${b})`;
    case 'endswith':
      return sql`(substr(${a}, length(${a}) - length(${b}) + 1) = ${b} AND length(${a}) >= length(${b}))`;
    case 'indexof':
      return sql`(instr(${a}, ${b}) - 1)`;
    case 'length':
      return sql`length(${a})`;
    case 'substring':
      return c === undefined ? sql`substr(${a}, ${startIn(a, b)})` : sql`substr(${a}, ${startIn(a, b)}, ${characters(c)})`;
    case 'ceiling':
      return sql`ceil(${a})`;
    case 'floor':
      return sql`floor(${a})`;
    default:
      return sql`muster_${name}(${list(values)})`;
  }
}

const numberSymbols: Partial<Record<BinaryOperator, string>> = { add: '+', sub: '-', mul: '*', div: '/', divby: '/' };

function arithmetic(operator: BinaryOperator | 'negate', operands: readonly Fragment[], whole: boolean): Fragment {
  const [a, b] = operands.map((o) => sql`CAST(${o} AS REAL)`) as [Fragment, Fragment];
  if (operator === 'negate') return sql`(-${a})`;
  if (operator === 'mod') return sql`mod(${a}, ${b})`;
  const result = sql`(${a} ${numberSymbols[operator]!} ${b})`;
  return whole ? sql`trunc${result}` : result;
}

/**
 * Whether a table is a tree of its own, with the primary key beside it. A tree by key holds whole rows in its inner pages: half a
 * kilobyte each makes it eight levels deep at a million rows, instead of three.
 */
export const hasRowid = ({ document }: Table): boolean => document !== undefined;

/** The SQLite dialect. */
export const sqliteDialect: Dialect = {
  tableOptions: (table) => (hasRowid(table) ? ' STRICT' : ' STRICT, WITHOUT ROWID'),
  columnType: (encoding) => columnTypes[encoding],
  formType: 'INTEGER',
  literal,
  true: '1',
  false: '0',
  barrier: '',
  memberNumber: ({ members }, name) =>
    sql`CASE ${name} ${Object.entries(members)
      .map(([member, number]) => `WHEN ${quoteText(member)} THEN ${number}`)
      .join(' ')} END`,
  parameter: (source, form) => parameter(source, encoders[form]),
  constantPatterns: false,
  ordered: (value, { descending }) => sql`${value}${descending ? ' DESC' : ''}`,
  indexed: ({ name, property }) => `${quoteName(name)}${property.caseless === true ? ' COLLATE NOCASE' : ''}`,
  tableOf: ({ name }) => name,
  nameOf: (name) => name,
  same: (a, b) => sql`${a} IS ${b}`,
  different: (a, b) => sql`${a} IS NOT ${b}`,
  call,
  caseless: (text) => sql`${text} COLLATE NOCASE`,
  arithmetic,
  temporal: (operation, operands) => {
    if (operation === 'dateTimeDistance') return sql`(${joinFragments(operands, ' - ')})`;
    if (operation === 'dateDistance') return sql`(muster_date_ticks(${operands[0]!}) - muster_date_ticks(${operands[1]!}))`;
    const names = { shiftDateTime: 'muster_shift_date_time', shiftDate: 'muster_shift_date', addDurations: 'muster_add_durations' };
    return sql`${names[operation]}(${list(operands)})`;
  },
  calendar: (part, seconds) => {
    const text = sql`strftime('${calendarFormats[part]}', ${seconds} - ${String(SECONDS_0001_TO_1970)}, 'unixepoch')`;
    return part === 'date' ? text : sql`CAST(${text} AS INTEGER)`;
  },
  convert: (conversion, value) => sql`${conversions[conversion]}(${value})`,
  jsonValue: (json, steps) =>
    steps.length === 0
      ? json
      : sql`json_extract(${json}, ${quoteText(`$${steps.map((step) => `."${step.replaceAll('"', '')}"`).join('')}`)})`,
  jsonItems: (json, alias) => sql`json_each(${json}) ${alias}`,
  jsonItem: (alias) => raw(`${alias}.value`),
  page: (limit, skip) => {
    if (limit === undefined && skip === undefined) return raw('');
    const offset = skip === undefined ? '' : sql` OFFSET ${skip}`;
    // `+ 0` hides a bound limit from the planner: it would look at the value, and compile the statement anew for each binding.
    return sql` LIMIT ${limit ?? '-1'} + 0${offset}`;
  },
};

/** The words of statements that threads run: each row that they look at asks whether to go on. */
export const stoppableDialect: Dialect = { ...sqliteDialect, stop: 'muster_continues()' };
