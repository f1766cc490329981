import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateTimeOffsetText, newest, parseDateTimeOffset } from './date-time-offset.ts';

const two = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
const zone = fc.oneof(
  fc.constant('Z'),
  fc.tuple(fc.constantFrom('+', '-'), two(13), two(59)).map(([sign, h, m]) => `${sign}${h}:${m}`),
);
const text = fc
  .tuple(
    fc.date({ min: new Date('0002-01-01T00:00:00Z'), max: new Date('9998-12-31T00:00:00Z'), noInvalidDate: true }),
    fc.stringMatching(/^\d{0,7}$/),
    zone,
  )
  .filter(([, , offset]) => offset !== '-00:00') // answered as +00:00
  .map(([date, fraction, offset]) => `${date.toISOString().slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}${offset}`);

describe('DateTimeOffset', () => {
  it('comes back digit for digit', () => {
    fc.assert(
      fc.property(text, (written) => {
        expect(dateTimeOffsetText(parseDateTimeOffset(written)!)).toBe(written);
      }),
    );
  });

  it('is compared by instant', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const instant = (written: string): bigint => parseDateTimeOffset(written)!.ticks / 10_000n;
        const milliseconds = (written: string): bigint =>
          BigInt(Date.parse(written.replace(/\.(\d{0,3})\d*/, (_, ms) => `.${ms.padEnd(3, '0')}`))) + 62_135_596_800_000n;
        expect(instant(a)).toBe(milliseconds(a));
        const later = newest(a, b)!;
        expect(parseDateTimeOffset(later)!.ticks >= parseDateTimeOffset(a)!.ticks).toBe(true);
        expect(parseDateTimeOffset(later)!.ticks >= parseDateTimeOffset(b)!.ticks).toBe(true);
      }),
    );
  });

  it.each([
    '2024-02-30T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:00:60Z',
    '2024-01-01',
    '2024-01-01T00:00:00',
    '0000-01-01T00:00:00Z',
    '2024-01-01T00:00:00+15:00',
    '0001-01-01T00:00:00+01:00',
  ])('refuses %s', (wrong) => expect(parseDateTimeOffset(wrong)).toBeUndefined());

  it('knows the ends of time', () => {
    expect(parseDateTimeOffset('0001-01-01T00:00:00Z')!.ticks).toBe(0n);
    expect(parseDateTimeOffset('9999-12-31T23:59:59.9999999Z')!.ticks).toBe(3155378975999999999n);
  });
});
