import type { Clock } from './clock.ts';

/** How much a {@link TokenBucket} lets through. */
export interface BucketRate {
  /** At once, after a pause. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Lets a bounded number of things happen in a time (a token bucket). */
export class TokenBucket {
  readonly #rate: BucketRate;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  constructor(rate: BucketRate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate.burst;
    this.#filledAt = clock.now();
  }

  /** Takes one token. @returns 0, or the milliseconds until there is a token when there is none now */
  take(): number {
    const now = this.#clock.now();
    const { burst, perSecond } = this.#rate;
    // A clock that was set back fills nothing.
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, now - this.#filledAt) / 1000) * perSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / perSecond) * 1000);
    this.#tokens -= 1;
    return 0;
  }
}
