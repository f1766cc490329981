import { INT32_MAX } from '../../edm/primitive.ts';
import { parseHeaderList } from './header-list.ts';

/** What a client prefers. What is not listed here is ignored, as RFC 7240 §2 asks. */
export interface Preferences {
  /** `maxpagesize`: most rows on a page, at least 1. */
  readonly maxPageSize?: number;
  /** `return`: whether a write answers with the entity. */
  readonly return?: 'minimal' | 'representation';
  /** `include-unknown-enum-members`: members behind `unknownFutureValue` may be answered by name. */
  readonly includeUnknownEnumMembers?: true;
  /** `muster.profile`: which rows of the behaviour table apply to this request. */
  readonly profile?: string;
}

/** Preference name without `odata.` → what its value says; nothing for a value that is not offered. */
const READERS: ReadonlyMap<string, (value: string) => Preferences> = new Map<string, (value: string) => Preferences>([
  ['maxpagesize', (value) => (/^[1-9]\d*$/.test(value) ? { maxPageSize: Math.min(Number(value), INT32_MAX) } : {})],
  ['return', (value) => (value === 'minimal' || value === 'representation' ? { return: value } : {})],
  ['include-unknown-enum-members', () => ({ includeUnknownEnumMembers: true })],
  ['muster.profile', (value) => ({ profile: value })],
]);

const PREFIX = 'odata.';
const NONE: Preferences = Object.freeze({});

/**
 * Reads a `Prefer` header (RFC 7240; Protocol §8.2.8). The prefix `odata.` is optional. The first of equal preferences counts, one
 * without the prefix before one with it. Preferences and values that are not offered are ignored, as both specifications demand;
 * `Preference-Applied` tells the client which ones were followed.
 * @throws invalidHeader for a malformed header
 */
export function parsePrefer(header: string | undefined): Preferences {
  if (header === undefined) return NONE;
  const items = parseHeaderList('Prefer', header);
  const said = new Map<string, Preferences>();
  for (const prefix of ['', PREFIX]) {
    for (const { name, value } of items) {
      const plain = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
      const reader = prefix + plain === name && !said.has(plain) ? READERS.get(plain) : undefined;
      if (reader !== undefined) said.set(plain, reader(value));
    }
  }
  return Object.freeze(Object.assign({}, ...said.values()));
}
