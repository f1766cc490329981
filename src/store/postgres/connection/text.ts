import { AppError } from '../../../lib/app-error.ts';
import type { Column } from '../../schema/table.ts';

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
