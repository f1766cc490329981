import fc from 'fast-check';
import { formatDateTimeOffset } from '../../src/edm/date-time-offset.ts';
import type { ComplexType, EntityType } from '../../src/edm/declare.ts';
import { type Property, shapeOf } from '../../src/edm/link.ts';
import { INT32_MAX, INT32_MIN, type Row, type Value } from '../../src/edm/primitive.ts';

/** Arbitrary values of every type, with a liking for edges and for collisions. */

/**
 * Letters with case that Unicode 17 added. The evaluator knows them, PostgreSQL 18 has Unicode 16: `tolower` and `toupper` leave
 * them as they are there (docs/postgresql.md).
 */
const LETTERS_OF_UNICODE_17 = /[\ua7ce-\ua7d5\u{16ea0}-\u{16ed3}]/gu;

/** Text that meets every trap: quotes, wildcards, names of JavaScript, case mapping that changes length, astral characters. */
export const textValue: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', 'a', 'A', 'ab', 'Ab', '%', '_', "o'Brien", '"', '\\', '__proto__', 'constructor', 'null', ' a ', '\u00a0x\u00a0'),
  fc.constantFrom('ß', 'İ', 'Σας', 'Ärger', 'ärger', '😀', 'a😀b', '\uffee', 'é', 'e\u0301', '𐐀', '\u{10ffff}', '%41', '\n', '\t'),
  fc.string({ unit: fc.constantFrom('a', 'b', 'A', '😀', 'é', '%', '_'), maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 8 }).map((text) => text.replaceAll('\0', '').replace(LETTERS_OF_UNICODE_17, 'ÿ')),
);

const digits = (value: number, width: number): string => String(value).padStart(width, '0');

/** DateTimeOffset text in the form that the store answers: any instant, offset and number of digits. */
export const dateTimeValue: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '2017-01-01T00:02:58.4418045-08:00',
    '2017-01-01T08:02:58.4418045Z',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.9999999Z',
    '2024-02-29T23:59:59+14:00',
    '2020-01-01T00:00:00-00:00'.replace('-00:00', '+00:00'),
  ),
  fc
    .record({
      seconds: fc.nat(4_000_000_000),
      sub: fc.nat(9_999_999),
      zone: fc.integer({ min: -840, max: 840 }),
      size: fc.nat(7),
      utc: fc.boolean(),
    })
    .map(({ seconds, sub, zone, size, utc }) => {
      const subTicks = size === 0 ? 0 : Math.floor(sub / 10 ** (7 - size)) * 10 ** (7 - size);
      return formatDateTimeOffset(62_000_000_000 + seconds, subTicks, (utc ? 0 : zone + 841) * 8 + size);
    }),
);

const day = fc
  .record({ y: fc.integer({ min: 1, max: 9999 }), m: fc.integer({ min: 1, max: 12 }), d: fc.integer({ min: 1, max: 28 }) })
  .map(({ y, m, d }) => `${digits(y, 4)}-${digits(m, 2)}-${digits(d, 2)}`);

const time = fc
  .record({ h: fc.nat(23), m: fc.nat(59), s: fc.nat(59), fraction: fc.constantFrom('', '.5', '.50', '.1234567') })
  .map(({ h, m, s, fraction }) => `${digits(h, 2)}:${digits(m, 2)}:${digits(s, 2)}${fraction}`);

export const durationValue = fc.constantFrom('PT0S', 'P1D', 'PT24H', '-PT1.5S', 'P400D', 'PT0.0000001S', 'P1DT2H3M4.5678901S', '-P30000D');

const double = fc.oneof(
  fc.constantFrom(0, 1, -1.5, 0.5, 2.5, 1e300, -1e-300),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((v) => (v === 0 ? 0 : v)),
);

export const uuidValue = fc.uuid().map((id) => id.toLowerCase());

/** A few ids, so that references meet. */
export const knownIds: readonly string[] = Array.from({ length: 6 }, (_, i) => `0000000${i}-0000-7000-8000-00000000000${i}`);

/** A value of one element of a property's type. */
export function elementValue(p: Pick<Property, 'type' | 'format'>): fc.Arbitrary<Value> {
  if (typeof p.type === 'object') {
    if (p.type.kind === 'complex') return complexValue(p.type);
    return fc.constantFrom(...Object.keys(p.type.members));
  }
  if (p.format === 'uuid' || p.type === 'Edm.Guid') return fc.oneof(fc.constantFrom(...knownIds), uuidValue);
  switch (p.type) {
    case 'Edm.Boolean':
      return fc.boolean();
    case 'Edm.Int32':
      return fc.oneof(fc.constantFrom(0, 1, 2, -1, INT32_MIN, INT32_MAX), fc.integer({ min: -5, max: 5 }));
    case 'Edm.Int64':
      return fc.oneof(
        fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER),
        fc.maxSafeInteger().map((v) => v + 0),
      );
    case 'Edm.Double':
    case 'Edm.Decimal':
      return double;
    case 'Edm.Date':
      return day;
    case 'Edm.TimeOfDay':
      return time;
    case 'Edm.Duration':
      return durationValue;
    case 'Edm.DateTimeOffset':
      return dateTimeValue;
    case 'Edm.Binary':
      return fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    default:
      return textValue;
  }
}

const complexValue = (type: ComplexType): fc.Arbitrary<Value> =>
  rowOf(type).map((row) => ({ '@odata.type': `#test.${type.name}`, ...row }));

/** A value of a property, null where it may be. */
export function propertyValue(p: Property): fc.Arbitrary<Value> {
  const present = p.collection ? fc.array(elementValue(p), { maxLength: 3 }) : elementValue(p);
  return p.nullable ? fc.option(present, { nil: null, freq: 4 }) : present;
}

/** A whole row of a type. */
export const rowOf = (type: EntityType | ComplexType): fc.Arbitrary<Row> =>
  fc
    .record(Object.fromEntries(shapeOf(type).properties.map((p) => [p.name, propertyValue(p)])))
    .map((row) => ({ ...row })) as fc.Arbitrary<Row>;
