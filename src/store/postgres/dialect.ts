import { createHash } from 'node:crypto';
import type { Value } from '../../edm/primitive.ts';
import { isUuid } from '../../lib/ids.ts';
import type { BinaryOperator, FunctionName } from '../../query/expression.ts';
import type { Encoding, Table } from '../schema/table.ts';
import { columnLiteral, commonEncoders, type ParameterForm, quoteText } from '../sql/column-encoder.ts';
import type { Conversion, Dialect, JsonKind } from '../sql/dialect.ts';
import { type Fragment, joinFragments, parameter, quoteName, raw, type SqlValue, sql } from '../sql/fragment.ts';
import { withoutNul } from './connection/text.ts';
import { postgresPattern } from './pattern.ts';

/**
 * PostgreSQL's words. Every parameter says its type, as the database derives none from its value; text is always compared by
 * code point, whatever the database's collation is. Functions named `muster_…` are those of `functions.ts`.
 */

const TEXT = 'text COLLATE "C"';

const columnTypes: Readonly<Record<Encoding, string>> = {
  text: TEXT,
  uuid: 'uuid',
  integer: 'int8',
  real: 'float8',
  boolean: 'boolean',
  enum: 'int4',
  binary: 'bytea',
  dateTimeOffset: 'int8',
  json: TEXT,
  sealed: TEXT,
  document: TEXT,
};

const literal = columnLiteral({ boolean: String, uuid: (text) => `${quoteText(text)}::uuid` });

/** RFC 9562 keeps this one for such purposes; the store takes no row with it. */
export const NO_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const asText = (value: Value): SqlValue => withoutNul(String(value));
const encoders: Readonly<Record<ParameterForm, (value: Value) => SqlValue>> = {
  ...commonEncoders,
  text: asText,
  guid: (value) => withoutNul(String(value).toLowerCase()),
  pattern: (value) => postgresPattern(withoutNul(String(value))),
  uuid: (value) => (typeof value === 'string' && isUuid(value) ? value : NO_UUID),
};

const parameterTypes: Readonly<Record<ParameterForm, string>> = {
  text: TEXT,
  guid: TEXT,
  integer: 'int8',
  number: 'float8',
  ticks: 'int8',
  form: 'int4',
  duration: 'int8',
  timeOfDay: 'int8',
  uuid: 'uuid',
  binary: 'bytea',
  pattern: TEXT,
  rows: 'int8',
};

const conversions: Readonly<Record<Conversion, (value: Fragment) => Fragment>> = {
  ticks: (value) => sql`muster_ticks(${value})`,
  form: (value) => sql`muster_form(${value})`,
  duration: (value) => sql`muster_duration(${value})`,
  timeOfDay: (value) => sql`muster_time_of_day(${value})`,
  binary: (value) => sql`muster_binary(${value})`,
  uuidText: (value) => sql`(${value}::text COLLATE "C")`,
  lower: (value) => sql`muster_tolower(${value})`,
};

const list = (values: readonly Fragment[]): Fragment => joinFragments(values, ', ');

/** A count of characters: a whole number between 0 and what `substr` can take. */
const characters = (value: Fragment): Fragment => sql`muster_characters(${value})`;

/** Where a part starts, counted from 1; a negative number counts from the end. */
const startIn = (text: Fragment, value: Fragment): Fragment =>
  sql`(CASE WHEN ${value} <= -1 THEN ${characters(sql`length(${text}) + trunc(${value})`)} ELSE ${characters(value)} END + 1)`;

/** This collation knows no letters but those of ASCII. */
const caseless = (value: Fragment): Fragment => sql`lower(${value} COLLATE "C")`;

const double = (value: Fragment): Fragment => sql`(${value})::float8`;
const text = (value: Fragment): Fragment => sql`(${value})::text`;

function call(name: FunctionName, values: readonly Fragment[]): Fragment {
  const [a, b, c] = values as [Fragment, Fragment, Fragment | undefined];
  switch (name) {
    case 'concat':
      return sql`(${text(a)} || ${text(b)})`;
    case 'contains':
      return sql`(strpos(${a}, ${b}) > 0)`;
    case 'startswith':
      return sql`starts_with(${a}, ${b})`;
    case 'endswith':
      return sql`(right(${a}, length(${b})) = ${b})`;
    case 'indexof':
      return sql`(strpos(${a}, ${b}) - 1)`;
    case 'length':
      return sql`length(${a})`;
    case 'substring': {
      const start = startIn(text(a), double(b));
      return c === undefined ? sql`substr(${text(a)}, ${start})` : sql`substr(${text(a)}, ${start}, ${characters(double(c))})`;
    }
    case 'ceiling':
      return sql`ceil(${double(a)})`;
    case 'floor':
      return sql`floor(${double(a)})`;
    case 'round':
      return sql`muster_round(${a})`;
    case 'matchespattern':
      return sql`(${text(a)} ~ ${text(b)})`;
    default:
      return sql`muster_${name}(${list(values)})`;
  }
}

const arithmeticNames: Partial<Record<BinaryOperator, string>> = {
  add: 'add',
  sub: 'sub',
  mul: 'mul',
  div: 'div',
  divby: 'div',
  mod: 'mod',
};

function arithmetic(operator: BinaryOperator | 'negate', operands: readonly Fragment[], whole: boolean): Fragment {
  const [a, b] = operands.map(double) as [Fragment, Fragment];
  if (operator === 'negate') return sql`(- ${a})`;
  const result = sql`muster_${arithmeticNames[operator]!}(${a}, ${b})`;
  return whole ? sql`trunc(${result})` : result;
}

const asKind: Readonly<Record<JsonKind, (value: Fragment) => Fragment>> = {
  text: (value) => sql`(${value} COLLATE "C")`,
  json: (value) => sql`(${value} COLLATE "C")`,
  number: (value) => sql`(${value})::float8`,
  boolean: (value) => sql`(${value})::boolean`,
};

function jsonValue(json: Fragment, steps: readonly string[], kind: JsonKind): Fragment {
  const path = quoteText(`{${steps.map((step) => `"${step.replaceAll('"', '')}"`).join()}}`);
  return asKind[kind](sql`(muster_json((${json})::text) #>> ${path})`);
}

/** The table that the rows of a type are written to (`slots.ts`). */
export const writtenTable = ({ name, type }: Table): string => (type.storage?.slotted === true ? `${name}_base` : name);

/** Names are cut off behind 63 bytes. */
const LONGEST_NAME = 63;
const nameOf = (name: string): string =>
  name.length <= LONGEST_NAME ? name : `${name.slice(0, 50)}_${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;

/** The PostgreSQL dialect. */
export const postgresDialect: Dialect = {
  tableOptions: () => '',
  columnType: (encoding) => columnTypes[encoding],
  formType: 'int4',
  literal,
  true: 'true',
  false: '(1 = 0)', // the bare word, alone in a condition, ends a coordinator of Citus
  barrier: ' OFFSET 0',
  // No CASE: Citus evaluates parts of it too early, and a name inside JSON is dear to find, so it is looked for once.
  memberNumber: ({ members }, name) => {
    const names = Object.keys(members).map((member) => `"${member.replace(/["\\]/g, '\\$&')}"`);
    return sql`('{${Object.values(members).join()}}'::int4[])[array_position(${quoteText(`{${names.join()}}`)}::text[], ${name})]`;
  },
  parameter: (source, form) => {
    const { slots } = parameter(source, encoders[form]);
    return { text: `(?::${parameterTypes[form]})`, slots };
  },
  constantPatterns: true,
  // Only what can be null says where null stands: an index of what cannot be would not serve the order otherwise.
  ordered: (value, { descending, nullable }) =>
    sql`${value}${descending ? ' DESC' : ''}${nullable ? (descending ? ' NULLS LAST' : ' NULLS FIRST') : ''}`,
  indexed: ({ name, nullable, property }) =>
    `${property.caseless === true ? caseless(raw(quoteName(name))).text : quoteName(name)}${nullable ? ' NULLS FIRST' : ''}`,
  tableOf: writtenTable,
  nameOf,
  same: (a, b) => sql`${a} IS NOT DISTINCT FROM ${b}`,
  different: (a, b) => sql`${a} IS DISTINCT FROM ${b}`,
  call,
  caseless,
  arithmetic,
  temporal: (operation, operands) => {
    if (operation === 'dateTimeDistance') return sql`(${joinFragments(operands, ' - ')})`;
    if (operation === 'dateDistance') return sql`(muster_date_ticks(${operands[0]!}) - muster_date_ticks(${operands[1]!}))`;
    const names = { shiftDateTime: 'muster_shift_date_time', shiftDate: 'muster_shift_date', addDurations: 'muster_add_durations' };
    return sql`${names[operation]}(${list(operands)})`;
  },
  calendar: (part, seconds) => {
    if (part === 'date') return sql`muster_date(${seconds})`;
    return sql`extract(${part} FROM date '0001-01-01' + (${seconds} / 86400)::int4)::int4`;
  },
  convert: (conversion, value) => conversions[conversion](value),
  jsonValue,
  jsonItems: (json, alias) => sql`json_array_elements(muster_json(${json})) AS ${alias}(value)`,
  jsonItem: (alias) => raw(`${alias}.value`),
  page: (limit, skip) => {
    // A limit of -1 is none: in PostgreSQL that is null.
    const rows = limit === undefined ? '' : sql` LIMIT NULLIF(${limit}, -1)`;
    return sql`${rows}${skip === undefined ? '' : sql` OFFSET ${skip}`}`;
  },
};
