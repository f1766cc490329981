import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from './clock.ts';
import { isUuid, uuidBytes, uuidText, uuidV4, uuidV5, uuidV7Generator } from './ids.ts';

describe('ids', () => {
  it('makes version 7 ids that rise strictly, also when the clock stands still or goes back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 2, maxLength: 5000 }), (steps) => {
        const clock = new FakeClock();
        const next = uuidV7Generator(clock);
        const ids = steps.map((step) => {
          clock.advance(step);
          return next();
        });
        expect([...ids].sort()).toEqual(ids);
        expect(new Set(ids).size).toBe(ids.length);
        for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      }),
      { numRuns: 20 },
    );
  });

  it('puts the time into version 7 ids', () => {
    const id = uuidV7Generator(new FakeClock(0x0123456789ab))();
    expect(id.slice(0, 13)).toBe('01234567-89ab');
  });

  it('makes the version 5 id of RFC 9562, appendix A.4', () => {
    expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it('writes 16 bytes as the text they came from', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(uuidText(uuidBytes(id))).toBe(id);
      }),
    );
    expect(isUuid(uuidV4())).toBe(true);
    expect(isUuid('not-a-uuid')).toBe(false);
  });
});
