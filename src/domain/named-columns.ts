import type { EntityType } from '../edm/declare.ts';
import type { Column } from '../edm/infer.ts';
import type { Row } from '../edm/primitive.ts';
import type { Changes } from '../store/contract.ts';

/**
 * Columns whose names are data: a family of policies says what its columns are called, a complex value may be of any derived type. Readers
 * are total, so that they need no cast; the names are checked where they are written.
 */

/** The text in a column; null where there is none. */
export function textIn(row: Row | undefined, column: string | undefined): string | null {
  const value = column === undefined ? undefined : row?.[column];
  return typeof value === 'string' ? value : null;
}

/** The number in a column; 0 where there is no row. */
export function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column];
  return typeof value === 'number' ? value : 0;
}

/** The change of one column. */
export function changeOf<T extends EntityType>(_type: T, column: Column<T>, value: string | null): Changes<T>;
export function changeOf(_type: EntityType, column: string, value: string | null): Row {
  return { [column]: value };
}

/** Zero in each of some columns. */
export function zerosIn<T extends EntityType>(_type: T, columns: readonly Column<T>[]): Changes<T>;
export function zerosIn(_type: EntityType, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, 0]));
}
