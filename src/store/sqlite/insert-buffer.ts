import type { EntityType } from '../../edm/declare.ts';
import { type RowSet, reachesOut, type SelectPlan } from '../../query/plan.ts';

/**
 * New rows of a group's jobs, held back until somebody looks or the group ends, and then written one after another: the code of SQLite
 * and that of the jobs would otherwise drive each other out of the processor's cache, once for every job.
 */
export class InsertBuffer {
  readonly #held: (() => void)[] = [];
  readonly #types = new Set<EntityType>();
  #failed = false;

  /** @param insertion writes the row */
  hold(type: EntityType, insertion: () => void): void {
    this.#held.push(insertion);
    this.#types.add(type);
  }

  /** Call before rows are read, which must be found. */
  beforeReading(plan: RowSet & Partial<SelectPlan>): void {
    if (this.#held.length === 0) return;
    // Links are rows of a type of their own, and views show several.
    if (reachesOut(plan) || plan.linked !== undefined || plan.from.storage?.view === true) this.flush();
    else this.beforeChanging(plan.from);
  }

  /** Call before rows of a type are changed otherwise. */
  beforeChanging(type: EntityType): void {
    if (this.#types.has(type)) this.flush();
  }

  /** Whether a row could not be written, be it in a job that has done nothing wrong: the transaction must be taken back. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Writes what is held. @throws what SQLite throws */
  flush(): void {
    this.#types.clear();
    try {
      for (const write of this.#held) write();
    } catch (error) {
      this.#failed = true;
      throw error;
    } finally {
      this.#held.length = 0;
    }
  }

  /** A transaction begins. */
  clear(): void {
    this.#held.length = 0;
    this.#types.clear();
    this.#failed = false;
  }
}
