import { AppError } from '../../../lib/app-error.ts';
import type { Column } from '../../schema/table.ts';
import type { SqlValue } from '../../sql/fragment.ts';

/** The one character that no text of PostgreSQL can hold. */
const NUL = '\0';

/** Text to compare with: nothing that is stored equals a text with a NUL, except for what stands for it in documents. */
export const withoutNul = (text: string): string => (text.includes(NUL) ? text.replaceAll(NUL, '\ufffd') : text);

/** Text for a column. @throws invalidValue */
export function columnText(text: string, { name }: Pick<Column, 'name'>): string {
  if (!text.includes(NUL)) return text;
  throw new AppError('invalidValue', `'${name}' holds the character U+0000, which the database cannot keep in it; leave it out.`, {
    target: name,
  });
}

/** Values as the text of a PostgreSQL array. */
export const arrayText = (values: readonly (SqlValue | boolean)[]): string => `{${values.map(element).join()}}`;

function element(value: SqlValue | boolean): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `"${value.replace(/["\\]/g, '\\$&')}"`;
  if (typeof value === 'object') return `"\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}"`;
  return String(value);
}
