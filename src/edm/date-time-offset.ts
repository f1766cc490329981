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

const PATTERN = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?(?:Z|[+-]\d{2}:\d{2})$/i;
const MAX_SECONDS = 315537897600; // 10000-01-01
const TICKS_PER_SECOND = 10_000_000n;
const SECONDS_PER_DAY = 86400;

/** The two digits at a place of a text. */
const twoDigits = (text: string, at: number): number => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Days before each month of a year that begins with March, so that a leap day is its last. */
const DAYS_BEFORE = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337];
/** 0001-01-01 in days since the 1st of March before. */
const FIRST_DAY = 306;

/** Days since 0001-01-01 of a date of the (proleptic) Gregorian calendar. */
function dayOf(year: number, month: number, day: number): number {
  const years = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  return 365 * years + leapDays + DAYS_BEFORE[months]! + day - 1 - FIRST_DAY;
}

const daysIn = (year: number, month: number): number =>
  month === 2 ? (isLeapYear(year) ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;

/**
 * Reads a DateTimeOffset (ABNF dateTimeOffsetValue; seconds may be left out, at most 7 fraction digits count).
 * @returns its parts, or undefined when the text is no DateTimeOffset or lies outside the years 1 … 9999
 */
export function parseDateTimeOffset(text: string): DateTimeOffsetParts | undefined {
  if (!PATTERN.test(text)) return undefined;
  const isUtc = (text.charCodeAt(text.length - 1) | 32) === 122; // z
  const end = text.length - (isUtc ? 1 : 6);
  let zone = 0;
  let offsetMinutes = 0;
  if (!isUtc) {
    const minutes = twoDigits(text, end + 4);
    const offset = twoDigits(text, end + 1) * 60 + minutes;
    if (offset > 840 || minutes > 59) return undefined;
    offsetMinutes = text.charCodeAt(end) === 45 ? -offset : offset; // -
    zone = offsetMinutes + 841;
  }
  const [year, month, day] = [twoDigits(text, 0) * 100 + twoDigits(text, 2), twoDigits(text, 5), twoDigits(text, 8)];
  const [hour, minute, second] = [twoDigits(text, 11), twoDigits(text, 14), end > 16 ? twoDigits(text, 17) : 0];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const seconds = dayOf(year, month, day) * SECONDS_PER_DAY + (hour * 60 + minute - offsetMinutes) * 60 + second;
  if (seconds < 0 || seconds >= MAX_SECONDS) return undefined;
  const digits = Math.min(Math.max(end - 20, 0), 7);
  const subTicks = digits === 0 ? 0 : Number(text.slice(20, 20 + digits)) * 10 ** (7 - digits);
  return { ticks: BigInt(seconds) * TICKS_PER_SECOND + BigInt(subTicks), form: zone * 8 + digits };
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

const TWO_DIGITS = Array.from({ length: 100 }, (_, value) => pad(value, 2));

/** The calendar date of a day. @param day days since 0001-01-01 */
function dateText(day: number): string {
  // Centuries of four hundred years, each from a 1st of March, are all alike.
  const days = day + FIRST_DAY;
  const cycle = Math.floor(days / 146097);
  const dayOfCycle = days - cycle * 146097;
  const leapDays = Math.floor(dayOfCycle / 1460) - Math.floor(dayOfCycle / 36524) + Math.floor(dayOfCycle / 146096);
  const yearOfCycle = Math.floor((dayOfCycle - leapDays) / 365);
  const dayOfYear = dayOfCycle - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100));
  const months = Math.floor((5 * dayOfYear + 2) / 153);
  const year = cycle * 400 + yearOfCycle + (months > 9 ? 1 : 0);
  const month = months > 9 ? months - 9 : months + 3;
  return `${TWO_DIGITS[Math.floor(year / 100)]!}${TWO_DIGITS[year % 100]!}-${TWO_DIGITS[month]!}-${TWO_DIGITS[dayOfYear - DAYS_BEFORE[months]! + 1]!}`;
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
