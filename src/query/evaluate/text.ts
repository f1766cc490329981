import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import { isUuid } from '../../lib/ids.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';
import type { Expression } from '../expression.ts';

/**
 * Text as `$filter` sees it. A character is a Unicode code point, and order is the order of code points: that is what SQLite
 * (BINARY) and PostgreSQL (COLLATE "C") do by themselves, whereas JavaScript counts and compares UTF-16 code units.
 */

/** Compares by code point: negative, 0 or positive. */
export function compareText(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Code units in the order of the code points they stand for: surrogates behind everything else of the basic plane. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

/** How many characters. */
export function textLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length - 1; i++) if (text.codePointAt(i)! > 0xffff) length--;
  return length;
}

/** Position of the first occurrence, in characters, or -1. */
export function textIndexOf(text: string, part: string): number {
  const at = text.indexOf(part);
  return at < 0 ? -1 : textLength(text.slice(0, at));
}

/**
 * The characters from `start`, at most `length` of them. A negative `start` counts from the end, and does not leave the text; a
 * negative `length` counts as 0. Fractions are cut off.
 */
export function textSlice(text: string, start: number, length?: number): string {
  const characters = [...text];
  const first = Math.trunc(start);
  const from = first < 0 ? Math.max(characters.length + first, 0) : first;
  return characters.slice(from, length === undefined ? undefined : from + Math.max(Math.trunc(length), 0)).join('');
}

/** Loads re2js at the first pattern: most servers see none. */
const require = createRequire(import.meta.url);

/** Bytes for compiled patterns. */
const PATTERNS_WEIGHT = 4 * 1024 ** 2;
/** A compiled pattern weighs so much for each of its characters; one with a repetition more, of which there are few. */
const PATTERN_CHARACTER_WEIGHT = 400;
const patterns = new WeightedCache<{ readonly compiled: RE2JS | null }>(PATTERNS_WEIGHT);

/**
 * Whether a regular expression matches anywhere (URL Conventions §5.1.1.7.1); null when it is none. Patterns come from clients, so
 * they run on an engine whose time grows with the text alone; what it cannot do (look-around, back references) is no pattern.
 */
export function matchesPattern(text: string, pattern: string): boolean | null {
  const { compiled } =
    patterns.get(pattern) ?? patterns.set(pattern, { compiled: compilePattern(pattern) }, PATTERN_CHARACTER_WEIGHT * pattern.length);
  return compiled === null ? null : compiled.matcher(text).find();
}

/** The regular expression that a pattern stands for, or null when it is malformed. */
export function compilePattern(pattern: string): RE2JS | null {
  try {
    return (require('re2js') as typeof import('re2js')).RE2JS.compile(pattern);
  } catch {
    return null;
  }
}

/** Whether an expression is a column of ids that are kept as 16 bytes: its values are lower-case UUIDs. */
export const isUuidColumn = (e: Expression): boolean =>
  e.kind === 'path' &&
  e.nested.length === 0 &&
  e.property !== undefined &&
  (e.property.format === 'uuid' || e.property.type === 'Edm.Guid');

/** Whether an expression is a column whose values are compared without regard to case. */
export const isCaseless = (e: Expression): boolean => e.kind === 'path' && e.nested.length === 0 && e.property?.caseless === true;

/** A UUID in the case that {@link isUuidColumn} columns have; other values are left alone, and so equal none of them. */
export const foldUuid = <T>(value: T): T | string => (typeof value === 'string' && isUuid(value) ? value.toLowerCase() : value);

/**
 * Text as it is compared where case means nothing (`caseless` properties): capitals of ASCII are small letters, all else is left alone. User
 * principal names have no others, and databases fold just these, whatever language they are set to.
 */
export const foldCase = (text: string): string =>
  /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase()) : text;
