import { newest } from '../../edm/date-time-offset.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Accumulation } from '../contract.ts';
import { type Column, columnNamed, formColumn, type Table } from '../schema/table.ts';
import { quoteName } from './fragment.ts';

/** Counting rows up, in SQL that all databases understand. */

/** Counters: numbers outside of the key. */
export const counterColumns = ({ stored, key }: Table): readonly Column[] =>
  stored.filter((column) => column.encoding === 'integer' && !column.nullable && !key.includes(column));

/** Times outside of the key, which counting can raise. */
export const timeColumns = ({ stored, key }: Table): readonly Column[] =>
  stored.filter((column) => column.encoding === 'dateTimeOffset' && !key.includes(column));

/** The value of a column in the one of two rows that has the later time, the first when neither has. */
export const later =
  (time: string, a: string, b: string) =>
  (column: string): string =>
    `CASE WHEN ${b}.${time} > ${a}.${time} OR ${a}.${time} IS NULL THEN ${b}.${column} ELSE ${a}.${column} END`;

/**
 * What an upsert sets in a row that is there already: counters to the sums, times to the later ones.
 * @param own what the upsert calls that row
 * @param raised the times that are told; all other columns stay
 * @throws internal when a counter starts with another number than 0: a row that is made while it is counted starts with the sum
 */
export function countedUp(table: Table, own: string, raised: readonly Column[]): readonly string[] {
  const counters = counterColumns(table);
  const wrong = counters.find(({ property }) => (property.default ?? 0) !== 0);
  if (wrong !== undefined) throw new AppError('internal', `The counter '${wrong.name}' of ${table.name} must start with 0.`);
  const added = counters.map(({ name }) => `${quoteName(name)} = ${own}.${quoteName(name)} + excluded.${quoteName(name)}`);
  const times = raised.flatMap(({ name }) =>
    [name, formColumn(name)].map((each) => `${quoteName(each)} = ${later(quoteName(name), own, 'excluded')(quoteName(each))}`),
  );
  const set = [...added, ...times];
  const { name } = table.key.at(-1)!;
  return set.length === 0 ? [`${quoteName(name)} = ${own}.${quoteName(name)}`] : set; // it answers the row only if it sets something
}

/** A row of counters after a change. */
export function changed(row: Row, { add, raise }: Accumulation): Row {
  const after: Record<string, Value> = { ...row };
  for (const name in add) after[name] = (row[name] as number) + add[name]!;
  for (const name in raise) after[name] = newest(row[name] as string | null, raise[name]!);
  return after;
}

/** A row that does not exist yet, after its first change. @throws internal for a column that the type does not have */
export function startRow(table: Table, { key, add, raise, initial }: Accumulation): Row {
  let start = starts.get(table);
  if (start === undefined) {
    start = Object.fromEntries(table.columns.map((column) => [column.name, startValue(column)]));
    starts.set(table, start);
  }
  const row: Record<string, Value> = { ...start, ...initial, ...raise, ...add, ...key };
  for (const name in row) columnNamed(table.column, name, table.type);
  return row;
}

const starts = new WeakMap<Table, Row>();

/** What a row made by `accumulate` starts with: the declared default, else null, 0 or false. */
function startValue({ property, nullable, encoding }: Column): Value {
  if (property.default !== undefined) return property.default;
  if (nullable) return null;
  return encoding === 'boolean' ? false : 0;
}
