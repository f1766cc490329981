/** Asks once for all callers, and holds the answer, or the error, for a while. */
export class SharedAnswer<T> {
  readonly #ask: () => Promise<T>;
  readonly #keptMs: number;
  readonly #now: () => number;
  #last: { readonly answer: Promise<T>; endedAt: number } | undefined;

  /**
   * @param keptMs how long an answer holds, in milliseconds
   * @param now in milliseconds, from any beginning
   */
  constructor(ask: () => Promise<T>, keptMs: number, now: () => number = () => performance.now()) {
    this.#ask = ask;
    this.#keptMs = keptMs;
    this.#now = now;
  }

  /** @returns the answer to the question under way, or the last one while it holds */
  get(): Promise<T> {
    const known = this.#last;
    if (known !== undefined && this.#now() - known.endedAt < this.#keptMs) return known.answer;
    const last = {
      answer: this.#ask().finally(() => {
        last.endedAt = this.#now();
      }),
      endedAt: Number.POSITIVE_INFINITY,
    };
    this.#last = last;
    return last.answer;
  }
}
