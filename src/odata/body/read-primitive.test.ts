import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Facets } from '../../edm/declare.ts';
import type { PrimitiveName } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { primitiveReader } from './read-primitive.ts';

const read = (type: PrimitiveName, value: unknown, facets: Facets = {}) => primitiveReader(type, facets)(value, 'x');

const refused = (type: PrimitiveName, value: unknown, facets: Facets = {}): string => {
  try {
    return `accepted as ${JSON.stringify(read(type, value, facets))}`;
  } catch (error) {
    return error instanceof AppError && error.code === 'invalidValue' && error.target === 'x' ? error.message : String(error);
  }
};

describe('primitiveReader', () => {
  test('binary in any base64 spelling becomes the standard one', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const standard = Buffer.from(bytes).toString('base64');
        for (const text of [standard, standard.replace(/=+$/, ''), Buffer.from(bytes).toString('base64url')]) {
          expect(read('Edm.Binary', text)).toBe(standard);
        }
      }),
    );
  });

  test('whatever binary accepts decodes to the same bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AQg+/-_= \n'), maxLength: 9 }), (text) => {
        const answer = refused('Edm.Binary', text);
        expect(/^(?:[A-Za-z0-9+/]*|[\w-]*)=*$/.test(text) || answer.includes('is not base64')).toBe(true);
      }),
    );
  });

  test.each(['A', 'A===', 'AA=', 'AAA==', 'A A=', 'AA==\n', '+_AA', '=', 'é', 5, null])('binary refuses %j', (value) => {
    expect(refused('Edm.Binary', value)).toMatch(/is not base64|must be base64/);
  });

  test('a binary that is too long is told both numbers', () => {
    expect(refused('Edm.Binary', Buffer.alloc(6).toString('base64'), { maxBytes: 5 })).toBe("'x' has 6 bytes; at most 5 are allowed.");
  });

  test('integers keep their range', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger()), (value) => {
        const fits = Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31;
        expect(refused('Edm.Int32', value).startsWith('accepted')).toBe(fits);
        expect(refused('Edm.Int64', value).startsWith('accepted')).toBe(Number.isSafeInteger(value));
      }),
    );
    expect(Object.is(read('Edm.Int32', -0), 0)).toBe(true);
    expect(read('Edm.Int64', '9007199254740991')).toBe(9007199254740991);
    expect(refused('Edm.Int64', '9007199254740992')).toBe("'x' must be between -9007199254740991 and 9007199254740991.");
    expect(read('Edm.Int32', '-5')).toBe(-5);
    expect(refused('Edm.Int32', 'five')).toBe("'x' must be an integer; a string was sent.");
    expect(refused('Edm.Int32', 24, { maximum: 23, minimum: 1 })).toBe("'x' must be between 1 and 23.");
  });

  test('strings are whole characters without U+0000', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((t) => !t.includes('\0') && t.isWellFormed());
    fc.assert(fc.property(text, (t) => void expect(read('Edm.String', t)).toBe(t)));
    expect(refused('Edm.String', '\ud800')).toMatch(/surrogate/);
    expect(refused('Edm.String', 'a\0')).toMatch(/U\+0000/);
    expect(refused('Edm.String', 'abc', { maxLength: 2 })).toBe("'x' has 3 characters; at most 2 are allowed.");
    expect(refused('Edm.String', {})).toBe("'x' must be a string; an object was sent.");
    expect(read('Edm.String', '3F2504E0-4F89-41D3-9A0C-0305E82C3301', { format: 'uuid' })).toBe('3f2504e0-4f89-41d3-9a0c-0305e82c3301');
  });

  test.each<[PrimitiveName, unknown, unknown]>([
    ['Edm.DateTimeOffset', '2017-01-01T00:02:58.4418045-08:00', '2017-01-01T00:02:58.4418045-08:00'],
    ['Edm.DateTimeOffset', '2017-01-01t00:02z', '2017-01-01T00:02:00Z'],
    ['Edm.DateTimeOffset', '2017-01-01T00:02:58.123456789Z', '2017-01-01T00:02:58.1234567Z'],
    ['Edm.Date', '2016-12-31', '2016-12-31'],
    ['Edm.TimeOfDay', '11:58:36.255', '11:58:36.2550000'],
    ['Edm.Duration', 'PT2M43.444327S', 'PT2M43.444327S'],
    ['Edm.Duration', '-p1dt2h', '-P1DT2H'],
    ['Edm.Guid', '3F2504E0-4F89-41D3-9A0C-0305E82C3301', '3f2504e0-4f89-41d3-9a0c-0305e82c3301'],
    ['Edm.Double', '-INF', Number.NEGATIVE_INFINITY],
    ['Edm.Double', 'NaN', Number.NaN],
    ['Edm.Double', 5e-7, 5e-7],
    ['Edm.Decimal', 1.5, 1.5],
    ['Edm.Boolean', false, false],
  ])('%s reads %j', (type, value, expected) => {
    expect(read(type, value)).toEqual(expected);
  });

  test.each<[PrimitiveName, unknown]>([
    ['Edm.DateTimeOffset', '2017-02-29T00:00:00Z'],
    ['Edm.DateTimeOffset', '2017-01-01T00:00:00'],
    ['Edm.DateTimeOffset', 1483228800000],
    ['Edm.Date', '2017-02-29'],
    ['Edm.Date', '17-02-01'],
    ['Edm.TimeOfDay', '24:00'],
    ['Edm.Duration', 'P'],
    ['Edm.Duration', 'PT'],
    ['Edm.Duration', 'P1Y'],
    ['Edm.Guid', 'not-a-guid'],
    ['Edm.Double', 'one'],
    ['Edm.Double', Number.POSITIVE_INFINITY],
    ['Edm.Decimal', 'INF'],
    ['Edm.Boolean', 'yes'],
    ['Edm.Boolean', 1],
  ])('%s refuses %j', (type, value) => {
    expect(refused(type, value)).toMatch(/^'x' must be /);
  });

  test('any value of any JSON type is read or refused', () => {
    const types: PrimitiveName[] = ['Edm.Binary', 'Edm.Boolean', 'Edm.Date', 'Edm.DateTimeOffset', 'Edm.Decimal', 'Edm.Double'];
    types.push('Edm.Duration', 'Edm.Guid', 'Edm.Int32', 'Edm.Int64', 'Edm.String', 'Edm.TimeOfDay');
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.jsonValue(), (type, value) => void expect(refused(type, value)).toMatch(/^accepted|^'x' /)),
    );
  });
});
