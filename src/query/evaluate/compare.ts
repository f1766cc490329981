import { parseDateTimeOffset } from '../../edm/date-time-offset.ts';
import type { Value } from '../../edm/primitive.ts';
import type { Expression, ExpressionType } from '../expression.ts';
import { durationTicks, timeOfDayTicks } from './duration.ts';
import { compareText, foldCase, isCaseless } from './text.ts';

/** Equality and order of values by type (URL Conventions §5.1.1.1, §5.1.5). */

/** What a value is compared by. */
export type Comparable = string | number | bigint | boolean | null;

/**
 * What a value is compared by: instants and durations by ticks, members of enumerations by number, GUIDs without regard to case.
 * A complex value or a collection is only told from null.
 */
export function comparable(value: Value | undefined, type: ExpressionType): Comparable {
  if (value === null || value === undefined) return null;
  if (typeof value === 'object') return true;
  if (typeof type === 'object') return type.kind === 'enum' ? (type.members[String(value)] ?? null) : true;
  switch (type) {
    case 'Edm.DateTimeOffset':
      return parseDateTimeOffset(String(value))?.ticks ?? null;
    case 'Edm.Duration':
      return durationTicks(String(value));
    case 'Edm.TimeOfDay':
      return timeOfDayTicks(String(value));
    case 'Edm.Guid':
      return String(value).toLowerCase();
    default:
      return value;
  }
}

/** Orders two comparables: null first, text by code point, false before true. */
export function compareComparables(a: Comparable, b: Comparable): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A value without its case, where it is text. */
export const withoutCase = <T>(value: T): T | string => (typeof value === 'string' ? foldCase(value) : value);

/** Orders two values of an expression as `$orderby … asc` does: negative, 0 or positive. */
export function compareForOrder(a: Value, b: Value, of: Expression): number {
  const { type } = of;
  if (type === 'Edm.Binary') {
    const order = Buffer.compare(Buffer.from(String(a ?? ''), 'base64'), Buffer.from(String(b ?? ''), 'base64'));
    return order || Number(a !== null) - Number(b !== null);
  }
  const fold = isCaseless(of) ? withoutCase : (value: Value) => value;
  return compareComparables(comparable(fold(a), type), comparable(fold(b), type));
}
