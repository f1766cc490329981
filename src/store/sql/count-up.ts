import { AppError } from '../../lib/app-error.ts';
import { type Column, formColumn, type Table } from '../schema/table.ts';
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
