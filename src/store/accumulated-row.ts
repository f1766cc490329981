import { newest } from '../edm/date-time-offset.ts';
import type { Row, Value } from '../edm/primitive.ts';
import type { Accumulation } from './contract.ts';
import { type Column, columnNamed, type Table } from './schema/table.ts';

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
