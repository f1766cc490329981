import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { parseLiteral } from './parse-literal.ts';
import { hasEnumForm, hasPrimitiveForm } from './primitive-form.ts';
import { parseWhole } from './scanner.ts';

const parse = (text: string) => parseWhole({ text, subject: 'literal' }, (scanner) => parseLiteral(scanner) ?? scanner.fail('a literal'));

describe('parseLiteral', () => {
  it('reads any text back that was quoted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const text = `'${value.replaceAll("'", "''")}'`;
        expect(parse(text)).toEqual({ kind: 'literal', type: 'Edm.String', value, text });
      }),
    );
  });

  it('reads any bytes as canonical base64, padded or not', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, padded) => {
        const unpadded = Buffer.from(bytes).toString('base64url');
        const text = `binary'${padded ? unpadded.padEnd(Math.ceil(unpadded.length / 4) * 4, '=') : unpadded}'`;
        expect(parse(text)).toMatchObject({ type: 'Edm.Binary', value: Buffer.from(bytes).toString('base64') });
      }),
    );
  });

  it('reads any number JavaScript can write, and types it by its form', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parse(String(value)).value).toBe(Object.is(value, -0) ? 0 : value);
      }),
    );
    const typeOf = (text: string): string => parse(text).type;
    expect(
      ['1', '-2147483648', '2147483648', '9223372036854775807', '9223372036854775808', '1.0', '1e3', 'INF', 'NaN'].map(typeOf),
    ).toEqual(['Edm.Int32', 'Edm.Int32', 'Edm.Int64', 'Edm.Int64', 'Edm.Decimal', 'Edm.Decimal', 'Edm.Double', 'Edm.Double', 'Edm.Double']);
  });

  it('reads any date that Date writes', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') }), (date) => {
        const text = date.toISOString();
        expect(parse(text)).toMatchObject({ type: 'Edm.DateTimeOffset', value: text });
        expect(parse(text.slice(0, 10))).toMatchObject({ type: 'Edm.Date' });
        expect(parse(text.slice(11, 23))).toMatchObject({ type: 'Edm.TimeOfDay' });
      }),
    );
  });

  it.each([
    ['null', 'null', null],
    ['TRUE', 'Edm.Boolean', true],
    ['01234567-89ab-CDEF-0123-456789abcdef', 'Edm.Guid', '01234567-89ab-CDEF-0123-456789abcdef'],
    ['abcdef01-89ab-cdef-0123-456789abcdef', 'Edm.Guid', 'abcdef01-89ab-cdef-0123-456789abcdef'],
    ["Duration'-P1DT2H3M4.5S'", 'Edm.Duration', '-P1DT2H3M4.5S'],
    ["microsoft.graph.runState'success,fail'", 'enum', 'success,fail'],
    ['2017-01-01T00:02:58.4418045-08:00', 'Edm.DateTimeOffset', '2017-01-01T00:02:58.4418045-08:00'],
    ['2024-01-01T00:00Z', 'Edm.DateTimeOffset', '2024-01-01T00:00Z'],
  ])('%s is %s', (text, type, value) => {
    expect(parse(text)).toMatchObject({ type, value, text });
  });

  it('keeps the type name of an enumeration', () => {
    expect(parse("a.b.c'd'")).toMatchObject({ enumType: 'a.b.c' });
  });

  it.each([
    "'a",
    "X'00'",
    "a'b'",
    "binary'Zh=='",
    "binary'Zm+v'",
    "duration'P'",
    "duration'P1DT'",
    "duration'P1Y'",
    "a.b''",
    "a.b'c d'",
    '42.',
    '.5',
    'NULL',
    'inf',
    '0x1',
    '1e',
    '2024-13-01',
    '2024-01-01T24:00Z',
    '',
  ])('refuses %s', (text) => {
    expect(() => parse(text)).toThrow(AppError);
  });

  it('says where a prefixed literal goes wrong', () => {
    expect(() => parse("duration'x'")).toThrow("expected a duration such as 'P1DT2H' but found 'x'' at position 9");
  });
});

describe('hasPrimitiveForm', () => {
  it('agrees with JavaScript on integers', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (value) => {
        expect(hasPrimitiveForm('Edm.Int64', String(value))).toBe(BigInt.asIntN(64, value) === value);
        expect(hasPrimitiveForm('Edm.Int32', String(value))).toBe(BigInt.asIntN(32, value) === value);
      }),
    );
  });

  it('knows the forms of enumerations', () => {
    expect(['a', 'a,b', '-1', 'a,2'].every(hasEnumForm)).toBe(true);
    expect(['', 'a,', 'a b', 'a.b', '1a'].some(hasEnumForm)).toBe(false);
  });
});
