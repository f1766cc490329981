import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { negotiateVersion } from './odata-version.ts';

describe('negotiateVersion', () => {
  it('never answers in a version above the highest that the client reads', () => {
    const version = fc.oneof(
      fc.constantFrom('4.0', '4.01', '4.02', '4.1', '3.0', '10.0', '', 'x'),
      fc.tuple(fc.nat(9), fc.nat(99)).map(([a, b]) => `${a}.${b}`),
    );
    fc.assert(
      fc.property(version, (maxVersion) => {
        try {
          expect(Number(negotiateVersion({ maxVersion }))).toBeLessThanOrEqual(Number(maxVersion));
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
    );
  });

  it.each([
    [undefined, '4.0'],
    ['4.0', '4.0'],
    ['4.01', '4.01'],
    ['4.1', '4.01'],
    ['5.0', '4.01'],
  ])('OData-MaxVersion %s gives %s', (maxVersion, expected) => {
    expect(negotiateVersion({ maxVersion })).toBe(expected);
  });

  it('takes bodies in 4.0 and 4.01 only', () => {
    expect(negotiateVersion({ version: '4.0' })).toBe('4.0');
    expect(negotiateVersion({ version: ' 4.01', maxVersion: '4.01' })).toBe('4.01');
    for (const version of ['3.0', '4.02', '5.0'])
      expect(() => negotiateVersion({ version })).toThrow(expect.objectContaining({ code: 'unsupportedVersion' }));
    expect(() => negotiateVersion({ maxVersion: '3.0' })).toThrow(expect.objectContaining({ code: 'unsupportedVersion' }));
    for (const text of ['4', 'four', '4.0.1', ''])
      expect(() => negotiateVersion({ maxVersion: text })).toThrow(expect.objectContaining({ code: 'invalidHeader' }));
  });
});
