const STEP_MS = 0.01;
const STEPS = 3_000_000;

/** Latencies counted in steps of 10 µs up to 30 s: no memory per answer, exact percentiles. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(STEPS);
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(milliseconds: number): void {
    this.#counts[Math.min(STEPS - 1, Math.floor(milliseconds / STEP_MS))]! += 1;
    this.#total += 1;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  /** The latency that a share of the answers stayed under. @param share 0.5 for the median */
  percentile(share: number): number {
    let left = this.#total * share;
    for (let step = 0; step < STEPS; step++) {
      left -= this.#counts[step]!;
      if (left <= 0) return Math.round((step + 1) * STEP_MS * 100) / 100;
    }
    return 0;
  }
}
