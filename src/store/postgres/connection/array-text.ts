import type { SqlValue } from '../../sql/fragment.ts';

/** Values as the text of a PostgreSQL array. */
export const arrayText = (values: readonly (SqlValue | boolean)[]): string => `{${values.map(element).join()}}`;

function element(value: SqlValue | boolean): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `"${value.replace(/["\\]/g, '\\$&')}"`;
  if (typeof value === 'object') return `"\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}"`;
  return String(value);
}
