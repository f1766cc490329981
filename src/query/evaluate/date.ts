import { type DateTimeOffsetParts, dateTimeOffsetText, parseDateTimeOffset } from '../../edm/date-time-offset.ts';

/** Calendar arithmetic on DateTimeOffset and Date. Parts of a date are those it was written with: its own offset counts. */

const TICKS_PER_SECOND = 10_000_000n;
const TICKS_PER_DAY = 86400n * TICKS_PER_SECOND;
const LAST_TICK = 3155378975999999999n;
const SECONDS_0001_TO_1970 = 62135596800;

/** First and last instant (URL Conventions §5.1.1.8). */
export const MIN_DATE_TIME = '0001-01-01T00:00:00Z';
export const MAX_DATE_TIME = '9999-12-31T23:59:59.9999999Z';

/** Minutes east of UTC that a form stands for. */
export const offsetMinutes = (form: number): number => (form >> 3 === 0 ? 0 : (form >> 3) - 841);

/** A date and time as its own clock shows it. */
export interface LocalDateTime {
  readonly date: Date;
  /** 100-ns units inside the second. */
  readonly subTicks: number;
  readonly offsetMinutes: number;
}

/** Takes a DateTimeOffset apart, or null when the text is none. */
export function localDateTime(text: string): LocalDateTime | null {
  const parts = parseDateTimeOffset(text);
  if (parts === undefined) return null;
  const offset = offsetMinutes(parts.form);
  const seconds = Number(parts.ticks / TICKS_PER_SECOND) + offset * 60;
  return {
    date: new Date((seconds - SECONDS_0001_TO_1970) * 1000),
    subTicks: Number(parts.ticks % TICKS_PER_SECOND),
    offsetMinutes: offset,
  };
}

/** The form of a computed date: the offset of the one it was computed from, with all seven digits. */
export const computedForm = (form: number): number => form | 7;

/** Ticks moved by a duration, or null when that leaves the years 1 … 9999, in UTC or on the value's own clock. */
export function shiftTicks(parts: DateTimeOffsetParts, duration: bigint): bigint | null {
  const ticks = parts.ticks + duration;
  const local = ticks + BigInt(offsetMinutes(parts.form) * 60) * TICKS_PER_SECOND;
  return ticks < 0n || ticks > LAST_TICK || local < 0n || local > LAST_TICK ? null : ticks;
}

/** A DateTimeOffset moved by a duration, or null. */
export function shiftDateTime(text: string, duration: bigint): string | null {
  const parts = parseDateTimeOffset(text);
  const ticks = parts === undefined ? null : shiftTicks(parts, duration);
  return ticks === null ? null : dateTimeOffsetText({ ticks, form: computedForm(parts!.form) });
}

/** Ticks at the start of a day (UTC), or null when the text is no date of the years 1 … 9999. */
export function dateTicks(text: string): bigint | null {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? (parseDateTimeOffset(`${text}T00:00:00Z`)?.ticks ?? null) : null;
}

/** A date moved by the whole days of a duration, or null. */
export function shiftDate(text: string, duration: bigint): string | null {
  const start = dateTicks(text);
  if (start === null) return null;
  const ticks = start + (duration / TICKS_PER_DAY) * TICKS_PER_DAY;
  return ticks < 0n || ticks > LAST_TICK ? null : dateTimeOffsetText({ ticks, form: 0 }).slice(0, 10);
}
