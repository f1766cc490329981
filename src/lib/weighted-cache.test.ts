import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WeightedCache } from './weighted-cache.ts';

it('A2 weighs at most its limit, and never has the wrong value', () => {
  const entry = fc.record({ key: fc.nat(20).map(String), weight: fc.nat(3000) });
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const cache = new WeightedCache<string>(8000);
      for (const { key, weight } of entries) {
        expect(cache.get(key) ?? key).toBe(key);
        cache.set(key, key, weight);
        expect(cache.weight).toBeLessThanOrEqual(8000);
        expect(cache.get(key)).toBe(100 + 2 * key.length + weight <= 1000 ? key : undefined);
      }
    }),
  );
});

it('A2 replacing an entry drops no other', () => {
  const cache = new WeightedCache<string>(8 * 200);
  for (const key of ['a', 'b', 'c']) cache.set(key, key, 10);
  for (let again = 0; again < 100; again++) cache.set('a', 'A', 10);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['A', 'b', 'c']);
});

it('A2 an entry that has grown weighs more', () => {
  const cache = new WeightedCache<object>(8000);
  const value = {};
  for (const weight of [1, 500, 20]) {
    cache.set('key', value, weight);
    expect(cache.weight).toBe(106 + weight);
  }
});

it('A2 drops what was unused for longest', () => {
  const cache = new WeightedCache<number>(1600);
  for (let i = 0; i < 50; i++) {
    cache.set(String(i), i, 0);
    expect(cache.get('0')).toBe(0);
  }
  expect(cache.get('1')).toBeUndefined();
  expect(cache.get('49')).toBe(49);
});
