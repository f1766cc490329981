import { INT32_MAX } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseHeaderList } from './header-list.ts';

/** What a client prefers. What is not listed here is ignored, as RFC 7240 §2 allows. */
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

function pageSize(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Math.min(Number(text), INT32_MAX);
  throw new AppError('invalidHeader', `The preference maxpagesize is '${text.slice(0, 80)}'. Make it a whole number above 0.`, {
    target: 'Prefer',
  });
}

function returns(text: string): 'minimal' | 'representation' {
  if (text === 'minimal' || text === 'representation') return text;
  throw new AppError('invalidHeader', `The preference return is '${text.slice(0, 80)}'. Make it minimal or representation.`, {
    target: 'Prefer',
  });
}

/** Preference name without `odata.` → what it says. */
const READERS: ReadonlyMap<string, (value: string) => Preferences> = new Map<string, (value: string) => Preferences>([
  ['maxpagesize', (value) => ({ maxPageSize: pageSize(value) })],
  ['return', (value) => ({ return: returns(value) })],
  ['include-unknown-enum-members', () => ({ includeUnknownEnumMembers: true })],
  ['muster.profile', (value) => ({ profile: value })],
]);

/**
 * Reads a `Prefer` header (RFC 7240; Protocol §8.2.8). The prefix `odata.` is optional; the first of equal preferences counts.
 * @throws invalidHeader for a malformed header, and for a known preference with an impossible value
 */
export function parsePrefer(header: string | undefined): Preferences {
  let preferences: Preferences = {};
  for (const { name, value } of parseHeaderList('Prefer', header ?? '')) {
    const reader = READERS.get(name.replace(/^odata\./, ''));
    if (reader !== undefined) preferences = { ...reader(value), ...preferences };
  }
  return Object.freeze(preferences);
}
