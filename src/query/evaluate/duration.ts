/** Edm.Duration and Edm.TimeOfDay as numbers of ticks (100 ns), and back to text. */

const TICKS_PER_SECOND = 10_000_000n;
const LARGEST = 2n ** 63n - 1n;
const DURATION = /^([+-]?)P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,12})(?:\.(\d+))?S)?)?$/;
const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,12}))?)?$/;

const fractionTicks = (digits: string | undefined): string => (digits ?? '').slice(0, 7).padEnd(7, '0');

/** Ticks of a duration (XML Schema dayTimeDuration), or null when the text is none or does not fit 64 bits. */
export function durationTicks(text: string): bigint | null {
  const match = DURATION.exec(text);
  if (match === null || /[PT]$/.test(text)) return null;
  const [days, hours, minutes, seconds] = match.slice(2, 6).map((part) => BigInt(part ?? 0)) as [bigint, bigint, bigint, bigint];
  const size = (((days * 24n + hours) * 60n + minutes) * 60n + seconds) * TICKS_PER_SECOND + BigInt(fractionTicks(match[6]));
  if (size > LARGEST) return null;
  return match[1] === '-' ? -size : size;
}

/** The text of a duration. @param seconds whole seconds, truncated towards zero @param subTicks the rest, of the same sign */
export function durationText(seconds: number, subTicks: number): string {
  const sign = seconds < 0 || subTicks < 0 ? '-' : '';
  const size = Math.abs(seconds);
  const fraction = Math.abs(subTicks) === 0 ? '' : `.${String(Math.abs(subTicks)).padStart(7, '0').replace(/0+$/, '')}`;
  const days = Math.floor(size / 86400);
  const [hours, minutes, rest] = [Math.floor(size / 3600) % 24, Math.floor(size / 60) % 60, size % 60];
  const time = `${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${rest || fraction ? `${rest}${fraction}S` : ''}`;
  return days === 0 && time === '' ? 'PT0S' : `${sign}P${days ? `${days}D` : ''}${time ? `T${time}` : ''}`;
}

/** The text of a duration of so many ticks. */
export const durationOfTicks = (ticks: bigint): string => durationText(Number(ticks / TICKS_PER_SECOND), Number(ticks % TICKS_PER_SECOND));

/** A duration that fits 64 bits, or null. */
export const inDurationRange = (ticks: bigint): bigint | null => (ticks > LARGEST || ticks < -LARGEST ? null : ticks);

/** Ticks since midnight, or null when the text is no time of day. */
export function timeOfDayTicks(text: string): number | null {
  const match = TIME_OF_DAY.exec(text);
  if (match === null) return null;
  return ((Number(match[1]) * 60 + Number(match[2])) * 60 + Number(match[3] ?? 0)) * 1e7 + Number(fractionTicks(match[4]));
}

const two = (value: number): string => String(value).padStart(2, '0');

/** The text of a time of day. */
export function timeOfDayText(ticks: number): string {
  const seconds = Math.floor(ticks / 1e7);
  const subTicks = ticks % 1e7;
  const fraction = subTicks === 0 ? '' : `.${String(subTicks).padStart(7, '0').replace(/0+$/, '')}`;
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${fraction}`;
}
