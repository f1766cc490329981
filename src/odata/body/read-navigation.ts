import type { Navigation } from '../../edm/link.ts';
import { isAnnotation } from './member-table.ts';
import { checkCount } from './read-items.ts';
import { invalidValue } from './read-primitive.ts';
import { isJsonObject } from './resolve-type.ts';

/**
 * Reads `nav@odata.bind` (JSON Format §8.5): one URL, or an array of them for a collection. Null unlinks where the
 * navigation is nullable.
 * @returns the URLs as sent
 * @throws invalidValue
 */
export function readBinding(value: unknown, navigation: Navigation, target: string): readonly string[] {
  if (navigation.collection) {
    if (!Array.isArray(value) || !value.every((url) => typeof url === 'string')) throw invalidValue(target, 'must be an array of URLs');
    checkCount(value, target);
    return value;
  }
  if (value === null && navigation.nullable) return [];
  if (typeof value !== 'string') throw invalidValue(target, 'must be the URL of one entity');
  return [value];
}

/** The URL of an entity reference of 4.01, `{"@id": url}`, or undefined for anything else. */
function referenceOf(value: unknown): string | undefined {
  if (!isJsonObject(value) || !Object.keys(value).every(isAnnotation)) return undefined;
  const id = value['@id'] ?? value['@odata.id'];
  return typeof id === 'string' ? id : undefined;
}

/**
 * Tells entity references inside a navigation's inline content from new content.
 * @returns `references` when there are any, `content` (raw) when there is any, an empty array included
 * @throws invalidValue when an array stands where one object belongs, or the other way round, or is too long
 */
export function splitReferences(
  value: unknown,
  navigation: Navigation,
  target: string,
): { readonly references?: readonly string[]; readonly content?: unknown } {
  if (value !== null && Array.isArray(value) !== navigation.collection) {
    throw invalidValue(target, navigation.collection ? 'must be an array' : 'must be one object');
  }
  if (!Array.isArray(value)) {
    const reference = referenceOf(value);
    return reference === undefined ? { content: value } : { references: [reference] };
  }
  checkCount(value, target);
  const references = value.map(referenceOf).filter((reference) => reference !== undefined);
  const content = value.filter((item) => referenceOf(item) === undefined);
  if (references.length === 0) return { content };
  return content.length === 0 ? { references } : { references, content };
}
