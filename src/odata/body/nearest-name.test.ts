import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearestName } from './member-table.ts';

test('a known name is its own nearest, in any case', () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'abcde') }), { minLength: 1 });
  fc.assert(
    fc.property(names, fc.nat(), (known, index) => {
      const name = known[index % known.length]!;
      expect(nearestName(name.toUpperCase(), known)).toBe(name);
    }),
  );
});

test('finds slips, and does no work for absurd names', () => {
  expect(nearestName('dispalyName', ['description', 'displayName', 'fileName'])).toBe('displayName');
  expect(nearestName('x'.repeat(65), ['x'])).toBeUndefined();
  expect(nearestName('x', [])).toBeUndefined();
});
