/**
 * Edm.DateTimeOffset without loss: the text keeps the offset and the number of fraction digits it was given, and is
 * compared by instant. The store holds two integers: `ticks` (100 ns since 0001-01-01T00:00:00Z, as .NET counts) and
 * `form` (offset and digits), from which the same text is made again.
 */

/** The parts that a DateTimeOffset is stored as. */
export interface DateTimeOffsetParts {
  /** 100-ns units since 0001-01-01T00:00:00Z, 0 … 3155378975999999999. */
  readonly ticks: bigint;
  /** `zone * 8 + fraction digits`; zone 0 is `Z`, any other is the offset in minutes + 841. */
  readonly form: number;
}

const PATTERN = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,12}))?)?(Z|[+-]\d{2}:\d{2})$/i;
const SECONDS_0001_TO_1970 = 62135596800;
const MAX_SECONDS = 315537897600; // 10000-01-01
const TICKS_PER_SECOND = 10_000_000n;

/** Seconds since 0001-01-01 (UTC) of a calendar date and time, or undefined when there is no such date. */
function secondsOf(parts: readonly number[]): number | undefined {
  const [year, month, day, hour, minute, second] = parts as [number, number, number, number, number, number];
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second + SECONDS_0001_TO_1970;
}

/**
 * Reads a DateTimeOffset (ABNF dateTimeOffsetValue; seconds may be left out, at most 7 fraction digits count).
 * @returns its parts, or undefined when the text is no DateTimeOffset or lies outside the years 1 … 9999
 */
export function parseDateTimeOffset(text: string): DateTimeOffsetParts | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const fraction = (match[7] ?? '').slice(0, 7);
  const zoneText = match[8]!;
  let zone = 0;
  let offsetMinutes = 0;
  if (zoneText !== 'Z' && zoneText !== 'z') {
    const hours = Number(zoneText.slice(1, 3));
    const minutes = Number(zoneText.slice(4, 6));
    if (hours * 60 + minutes > 840 || minutes > 59) return undefined;
    offsetMinutes = (zoneText.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
    zone = offsetMinutes + 841;
  }
  const local = secondsOf([match[1], match[2], match[3], match[4], match[5], match[6] ?? '0'].map(Number));
  if (local === undefined) return undefined;
  const seconds = local - offsetMinutes * 60;
  if (seconds < 0 || seconds >= MAX_SECONDS) return undefined;
  const subTicks = fraction === '' ? 0 : Number(fraction.padEnd(7, '0'));
  return { ticks: BigInt(seconds) * TICKS_PER_SECOND + BigInt(subTicks), form: zone * 8 + fraction.length };
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

const TWO_DIGITS = Array.from({ length: 100 }, (_, value) => pad(value, 2));
const SECONDS_PER_DAY = 86400;

/** The calendar date of the day that was asked for last: rows of a page mostly share few days. */
let dateCache = { day: Number.NaN, text: '' };

/** @param day days since 0001-01-01 */
function dateText(day: number): string {
  if (day !== dateCache.day) {
    const milliseconds = (day * SECONDS_PER_DAY - SECONDS_0001_TO_1970) * 1000;
    dateCache = { day, text: new Date(milliseconds).toISOString().slice(0, 10) };
  }
  return dateCache.text;
}

/**
 * Writes a DateTimeOffset.
 * @param seconds whole seconds since 0001-01-01T00:00:00Z
 * @param subTicks 100-ns units inside the second, 0 … 9999999
 * @param form as in {@link DateTimeOffsetParts}
 */
export function formatDateTimeOffset(seconds: number, subTicks: number, form: number): string {
  const digits = form & 7;
  const zone = form >> 3;
  const offset = zone === 0 ? 0 : zone - 841;
  const local = seconds + offset * 60;
  const day = Math.floor(local / SECONDS_PER_DAY);
  const second = local - day * SECONDS_PER_DAY;
  const minute = Math.floor(second / 60);
  const time = `${TWO_DIGITS[Math.floor(minute / 60)]!}:${TWO_DIGITS[minute % 60]!}:${TWO_DIGITS[second % 60]!}`;
  const fraction = digits === 0 ? '' : `.${pad(subTicks, 7).slice(0, digits)}`;
  const minutes = Math.abs(offset);
  const zoneText = zone === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${TWO_DIGITS[Math.floor(minutes / 60)]!}:${TWO_DIGITS[minutes % 60]!}`;
  return `${dateText(day)}T${time}${fraction}${zoneText}`;
}

/** The text of parts, as {@link parseDateTimeOffset} reads it. */
export const dateTimeOffsetText = ({ ticks, form }: DateTimeOffsetParts): string =>
  formatDateTimeOffset(Number(ticks / TICKS_PER_SECOND), Number(ticks % TICKS_PER_SECOND), form);

/** The text of an instant in UTC with three fraction digits. @param milliseconds since the Unix epoch */
export function dateTimeOffsetOf(milliseconds: number): string {
  if (milliseconds !== lastMilliseconds) {
    lastText = new Date(milliseconds).toISOString();
    lastMilliseconds = milliseconds;
  }
  return lastText;
}

/** Requests that arrive together ask for the same instant. */
let lastMilliseconds: number | undefined;
let lastText = '';

/** The later of two DateTimeOffsets by instant; null is earlier than all. */
export function newest(a: string | null, b: string | null): string | null {
  if (a === null) return b;
  if (b === null) return a;
  // Nearly all are in UTC with as many digits each: then texts stand in the order of their instants. Seven digits count.
  if (a.length === b.length && a.length <= 28 && a.endsWith('Z') && b.endsWith('Z')) return a >= b ? a : b;
  return parseDateTimeOffset(a)!.ticks >= parseDateTimeOffset(b)!.ticks ? a : b;
}
