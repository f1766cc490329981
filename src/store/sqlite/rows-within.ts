import type { SqlValue } from '../sql/fragment.ts';
import type { Statement } from './connection.ts';

/** The bytes of a result row's texts, in UTF-8, and bytes. */
export function resultWeight(result: readonly SqlValue[]): number {
  let weight = 0;
  for (const value of result) {
    if (typeof value === 'string') weight += Buffer.byteLength(value);
    else if (value instanceof Uint8Array) weight += value.byteLength;
  }
  return weight;
}

/** Result rows up to the one by which they weigh `maxBytes` or more; {@link resultWeight} of all tells whether there is such a one. */
export function rowsWithin(statement: Statement, bound: readonly SqlValue[], maxBytes: number): (readonly SqlValue[])[] {
  const rows: (readonly SqlValue[])[] = [];
  let weight = 0;
  for (const result of statement.iterate(bound)) {
    rows.push(result);
    weight += resultWeight(result);
    if (weight >= maxBytes) break;
  }
  return rows;
}
