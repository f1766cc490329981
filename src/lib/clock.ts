/** The only source of time. Everything that needs "now" is handed a {@link Clock}. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, fractions allowed. */
  now(): number;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** A clock that tests set and advance by hand. */
export class FakeClock implements Clock {
  #now: number;

  /** @param start first instant, ms since the Unix epoch */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** Moves the clock forward by `milliseconds`. */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}
