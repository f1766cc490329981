import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Lru } from './lru.ts';

it('holds at most its capacity, and never the wrong value', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (keys) => {
      const lru = new Lru<number>(8);
      for (const key of keys) {
        const known = lru.get(String(key));
        expect(known === undefined || known === key).toBe(true);
        if (known === undefined) lru.set(String(key), key);
        expect(lru.get(String(key))).toBe(key);
        expect(lru.size).toBeLessThanOrEqual(8);
      }
    }),
  );
});
