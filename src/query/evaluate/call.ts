import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { Value } from '../../edm/primitive.ts';
import type { CallExpression, FunctionName } from '../expression.ts';
import { localDateTime, MAX_DATE_TIME, MIN_DATE_TIME } from './date.ts';
import { timeOfDayText, timeOfDayTicks } from './duration.ts';
import { matchesPattern, textIndexOf, textLength, textSlice } from './text.ts';

/** The canonical functions (URL Conventions §5.1.1.5–§5.1.1.10). Any null argument makes the result null. */

/** Rounds to the nearest integer, halves away from zero. */
export const roundHalfAway = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));

type Text = (...texts: string[]) => Value;

const textFunctions: Partial<Record<FunctionName, Text>> = {
  concat: (a, b) => a! + b!,
  contains: (a, b) => a!.includes(b!),
  endswith: (a, b) => a!.endsWith(b!),
  startswith: (a, b) => a!.startsWith(b!),
  indexof: (a, b) => textIndexOf(a!, b!),
  length: (a) => textLength(a!),
  tolower: (a) => a!.toLowerCase(),
  toupper: (a) => a!.toUpperCase(),
  trim: (a) => a!.trim(),
  matchespattern: (a, b) => matchesPattern(a!, b!),
};

const numberFunctions: Partial<Record<FunctionName, (value: number) => number>> = {
  ceiling: Math.ceil,
  floor: Math.floor,
  round: roundHalfAway,
};

/** The value of a call. @param values the arguments @param now milliseconds since the Unix epoch */
export function evaluateCall(call: CallExpression, values: readonly Value[], now: number): Value {
  if (call.function === 'now') return dateTimeOffsetOf(now);
  if (call.function === 'mindatetime') return MIN_DATE_TIME;
  if (call.function === 'maxdatetime') return MAX_DATE_TIME;
  if (values.some((v) => v === null)) return null;
  if (call.function === 'substring') return textSlice(values[0] as string, values[1] as number, values[2] as number | undefined);
  const text = textFunctions[call.function];
  if (text !== undefined) return text(...(values as string[]));
  const number = numberFunctions[call.function];
  if (number !== undefined) return number(values[0] as number);
  const argument = values[0] as string;
  const type = call.arguments[0]!.type;
  if (type === 'Edm.TimeOfDay') return timePart(call.function, argument);
  return datePart(call.function, type === 'Edm.Date' ? `${argument}T00:00:00Z` : argument);
}

function timePart(name: FunctionName, text: string): number | null {
  const ticks = timeOfDayTicks(text);
  if (ticks === null) return null;
  const seconds = Math.floor(ticks / 1e7);
  if (name === 'hour') return Math.floor(seconds / 3600);
  if (name === 'minute') return Math.floor(seconds / 60) % 60;
  return name === 'second' ? seconds % 60 : (ticks % 1e7) / 1e7;
}

function datePart(name: FunctionName, text: string): Value {
  const local = localDateTime(text);
  if (local === null) return null;
  const { date } = local;
  switch (name) {
    case 'year':
      return date.getUTCFullYear();
    case 'month':
      return date.getUTCMonth() + 1;
    case 'day':
      return date.getUTCDate();
    case 'hour':
      return date.getUTCHours();
    case 'minute':
      return date.getUTCMinutes();
    case 'second':
      return date.getUTCSeconds();
    case 'fractionalseconds':
      return local.subTicks / 1e7;
    case 'totaloffsetminutes':
      return local.offsetMinutes;
    case 'date':
      return date.toISOString().slice(0, 10);
    default: {
      const seconds = (date.getUTCHours() * 60 + date.getUTCMinutes()) * 60 + date.getUTCSeconds();
      return timeOfDayText(seconds * 1e7 + local.subTicks);
    }
  }
}
