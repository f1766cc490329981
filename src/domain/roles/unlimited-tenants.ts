import type { Clock } from '../../lib/clock.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';

/** How long another process may go unnoticed that makes the first role assignment of a tenant. Changes of this one count at once. */
const TRUSTED_MS = 1000;

/** Bytes for the tenants that are remembered: some 10,000. */
const TENANTS_WEIGHT = 2 * 1024 ** 2;

/** Remembers which tenants have no role assignment, so that their callers pay nothing for scope tags. */
export class UnlimitedTenants {
  readonly #clock: Clock;
  readonly #until = new WeightedCache<number>(TENANTS_WEIGHT);
  /** Counts what was forgotten: what a read found before that is no longer to be remembered. */
  #forgotten = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(tenantId: string): boolean {
    const until = this.#until.get(tenantId);
    return until !== undefined && this.#clock.now() < until;
  }

  /** Notes what a read is about to find. @returns to be called when it has found that nobody is limited */
  observe(tenantId: string): () => void {
    const before = this.#forgotten;
    return () => {
      if (before !== this.#forgotten) return;
      this.#until.set(tenantId, this.#clock.now() + TRUSTED_MS, 8);
    };
  }

  /** Role assignments of a tenant may have changed. */
  forget(tenantId: string): void {
    this.#forgotten++;
    this.#until.delete(tenantId);
  }
}
