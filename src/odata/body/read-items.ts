import { AppError } from '../../lib/app-error.ts';
import { join } from './member-table.ts';
import { wrongType } from './read-primitive.ts';

/**
 * Most items of a collection that a client sends: of a property, a parameter or references. Graph itself takes no more ids in one request
 * (`directoryObjects/getByIds`), and nothing that an administrator assigns, tags or names comes near it.
 */
export const MAX_ITEMS = 1000;

/** Most items of a collection with those of the collections inside it. The role definition that allows everything has some hundred. */
export const MAX_NESTED_ITEMS = 10_000;

/**
 * Reads the items of a collection.
 * @param target its path in the body
 * @throws invalidValue when it is no array, or has more than {@link MAX_ITEMS}
 */
export function readItems<T>(value: unknown, target: string, read: (item: unknown, target: string) => T): T[] {
  if (!Array.isArray(value)) throw wrongType(target, 'an array', value);
  checkCount(value, target);
  return value.map((item, index) => read(item, join(target, String(index))));
}

/** @throws invalidValue when a collection has more items than a client may send */
export function checkCount(items: readonly unknown[], target: string): void {
  if (items.length > MAX_ITEMS) throw tooMany(target, `has ${items.length} items; send ${MAX_ITEMS} at most`);
  if (nestedItems(items) > MAX_NESTED_ITEMS)
    throw tooMany(target, `has more than ${MAX_NESTED_ITEMS} items with those inside them; send fewer`);
}

const tooMany = (target: string, problem: string): AppError => new AppError('invalidValue', `'${target}' ${problem}.`, { target });

/** How many items an array has, those of arrays inside it included; no more than is needed is counted. */
function nestedItems(items: readonly unknown[]): number {
  let count = 0;
  const open: object[] = [items];
  for (let next = open.pop(); next !== undefined && count <= MAX_NESTED_ITEMS; next = open.pop()) {
    if (Array.isArray(next)) count += next.length;
    if (count > MAX_NESTED_ITEMS) break;
    for (const value of Object.values(next)) if (typeof value === 'object' && value !== null) open.push(value);
  }
  return count;
}
