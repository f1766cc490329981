import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock } from './clock.ts';
import { TokenBucket } from './token-bucket.ts';

test('lets through the burst and the rate, never more, and says truly how long to wait', () => {
  const rates = fc.record({ burst: fc.integer({ min: 1, max: 20 }), perSecond: fc.integer({ min: 1, max: 10 }) });
  fc.assert(
    fc.property(rates, fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 60 }), (rate, pauses) => {
      const clock = new FakeClock();
      const bucket = new TokenBucket(rate, clock);
      let taken = 0;
      let passed = 0;
      for (const pause of pauses) {
        clock.advance(pause);
        passed += pause;
        const wait = bucket.take();
        if (wait === 0) {
          taken += 1;
        } else {
          clock.advance(wait);
          passed += wait;
          expect(bucket.take()).toBe(0);
          taken += 1;
        }
        expect(taken).toBeLessThanOrEqual(rate.burst + (passed / 1000) * rate.perSecond);
      }
    }),
  );
});

test('a clock that is set back gives nothing away', () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket({ burst: 1, perSecond: 1 }, clock);
  expect(bucket.take()).toBe(0);
  clock.advance(-10_000);
  expect(bucket.take()).toBe(1000);
});
