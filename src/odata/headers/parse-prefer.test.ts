import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { parseHeaderList } from './header-list.ts';
import { parsePrefer } from './parse-prefer.ts';

const token = fc.stringMatching(/^[a-z][a-z0-9.*-]{0,6}$/);
const value = fc.string({ unit: 'grapheme' });
const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

describe('parseHeaderList', () => {
  it('reads what is printed', () => {
    const parameter = fc.record({ name: token, value });
    const item = fc.record({ name: token, value, parameters: fc.array(parameter, { maxLength: 3 }) });
    const print = (p: { name: string; value: string }): string => `${p.name}=${quote(p.value)}`;
    fc.assert(
      fc.property(fc.array(item), fc.constantFrom(',', ' , ', ', ,'), (items, comma) => {
        const text = items.map((i) => [i, ...i.parameters].map(print).join(' ; ')).join(comma);
        expect(parseHeaderList('X', text)).toEqual(items);
      }),
    );
  });

  it('throws nothing but invalidHeader, in linear time', () => {
    const piece = fc.constantFrom('a', '=', ';', ',', '"', '\\', ' ', '*', '/', 'q=0.5', '\t', 'é');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          expect(parseHeaderList('X', pieces.join(''))).toBeInstanceOf(Array);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect(error).toMatchObject({ code: 'invalidHeader', target: 'X' });
        }
      }),
      { numRuns: 1000 },
    );
    const start = performance.now();
    for (const text of [`a="${'\\'.repeat(100_000)}`, `${' '.repeat(100_000)}"`, `${'a'.repeat(100_000)}(`]) {
      expect(() => parseHeaderList('X', text)).toThrow(AppError);
    }
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('parsePrefer', () => {
  it('reads preferences with and without prefix, in any case, and ignores others', () => {
    expect(parsePrefer('odata.maxpagesize=20, return=minimal, include-unknown-enum-members, muster.profile="service"')).toEqual({
      maxPageSize: 20,
      return: 'minimal',
      includeUnknownEnumMembers: true,
      profile: 'service',
    });
    expect(parsePrefer('MaxPageSize=7; x=y, respond-async, wait=5, odata.callback;url="a:b,c"')).toEqual({ maxPageSize: 7 });
    expect(parsePrefer(undefined)).toEqual({});
    expect(parsePrefer('maxpagesize=99999999999').maxPageSize).toBe(2147483647);
  });

  it('lets the first of equal preferences count, and those without prefix before the others', () => {
    expect(parsePrefer('return=minimal, return=representation, odata.maxpagesize=2, maxpagesize=1')).toEqual({
      return: 'minimal',
      maxPageSize: 1,
    });
    expect(parsePrefer('return=all, return=minimal')).toEqual({});
  });

  it.each(['maxpagesize=0', 'maxpagesize=-1', 'maxpagesize', 'maxpagesize=1.5', 'return=all', 'return'])('ignores %s', (header) => {
    expect(parsePrefer(`${header}, include-unknown-enum-members`)).toEqual({ includeUnknownEnumMembers: true });
  });

  it.each(['a="b', 'a b'])('refuses %s', (header) => {
    expect(() => parsePrefer(header)).toThrow(expect.objectContaining({ code: 'invalidHeader' }));
  });
});
