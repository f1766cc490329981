import type { MetadataLevel } from '../headers/negotiate-format.ts';
import type { AdvertisedOperation } from './advertised-operations.ts';
import type { JsonObject } from './write-entity.ts';

/** A page of a collection. */
export interface CollectionParts {
  readonly level: MetadataLevel;
  /** Writes the count as text (`IEEE754Compatible=true`, JSON Format §3.2). */
  readonly longNumbersAsText?: boolean | undefined;
  readonly context: string;
  /** Rows behind the filter, when the client asked for them. */
  readonly count?: number | undefined;
  /** What can be called on the collection, and its URL: written at level full. */
  readonly operations?: { readonly url: string; readonly offered: readonly AdvertisedOperation[] };
  /** Absent on the last page: never null (Graph clients page until it is gone). */
  readonly nextLink?: string | undefined;
  /** Written entities, values or references. */
  readonly value: readonly unknown[];
}

/**
 * Wraps a page (OData JSON Format 4.01, control information `context`, `count` and `nextLink`). Count and next link stay at
 * level none, as the standard asks.
 */
export function writeCollection({ level, longNumbersAsText, context, count, operations, nextLink, value }: CollectionParts): JsonObject {
  const page: JsonObject = {};
  if (level !== 'none') page['@odata.context'] = context;
  if (count !== undefined) page['@odata.count'] = longNumbersAsText === true ? String(count) : count;
  if (nextLink !== undefined) page['@odata.nextLink'] = nextLink;
  if (level === 'full' && operations !== undefined) {
    for (const { member, title, segment } of operations.offered) page[member] = { title, target: `${operations.url}/${segment}` };
  }
  page.value = value;
  return page;
}
