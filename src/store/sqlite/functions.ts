import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { parseDateTimeOffset } from '../../edm/date-time-offset.ts';
import { uuidText } from '../../lib/ids.ts';
import { roundHalfAway } from '../../query/evaluate/call.ts';
import { dateTicks, shiftDate, shiftTicks } from '../../query/evaluate/date.ts';
import { durationTicks, inDurationRange, timeOfDayTicks } from '../../query/evaluate/duration.ts';
import { matchesPattern } from '../../query/evaluate/text.ts';

/**
 * The functions that SQLite lacks or has for ASCII only, in JavaScript: the same ones that `query/evaluate/evaluate.ts` uses, so that
 * both give the same answers. Any null argument makes the result null; integers arrive as BigInt.
 */

type Arguments = readonly SQLInputValue[];

const big = (value: number | null): bigint | null => (value === null ? null : BigInt(value));
const bit = (value: boolean | null): bigint | null => (value === null ? null : value ? 1n : 0n);

const functions: Readonly<Record<string, (...values: Arguments) => SQLInputValue>> = {
  muster_tolower: (text) => String(text).toLowerCase(),
  muster_toupper: (text) => String(text).toUpperCase(),
  muster_trim: (text) => String(text).trim(),
  muster_matchespattern: (text, pattern) => bit(matchesPattern(String(text), String(pattern))),
  muster_round: (value) => roundHalfAway(Number(value)),
  muster_ticks: (text) => parseDateTimeOffset(String(text))?.ticks ?? null,
  muster_form: (text) => big(parseDateTimeOffset(String(text))?.form ?? null),
  muster_duration: (text) => durationTicks(String(text)),
  muster_time_of_day: (text) => big(timeOfDayTicks(String(text))),
  muster_binary: (text) => Buffer.from(String(text), 'base64'),
  muster_uuid: (bytes) => uuidText(bytes as Uint8Array),
  muster_date_ticks: (text) => dateTicks(String(text)),
  muster_shift_date: (text, duration) => shiftDate(String(text), duration as bigint),
  muster_shift_date_time: (ticks, form, duration) => shiftTicks({ ticks: ticks as bigint, form: Number(form) }, duration as bigint),
  muster_add_durations: (a, b) => inDurationRange((a as bigint) + (b as bigint)),
};

/** Makes the functions known to a connection. */
export function registerFunctions(database: DatabaseSync): void {
  for (const [name, run] of Object.entries(functions)) {
    const nullSafe = (...values: Arguments): SQLInputValue => (values.includes(null) ? null : run(...values));
    Object.defineProperty(nullSafe, 'length', { value: run.length }); // SQLite is told how many arguments it takes
    database.function(name, { deterministic: true, useBigIntArguments: true, varargs: false }, nullSafe);
  }
}
