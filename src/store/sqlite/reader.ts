import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';
import type { RowReader } from '../contract.ts';
import { isCorrupt, storeError } from './errors.ts';
import { longRead, type PreparedReads } from './prepared-reads.ts';

/** What a handle works with. */
export interface HandleParts {
  readonly reads: PreparedReads;
  readonly clock: Clock;
  /** The tenant's number; undefined while it has written nothing. */
  readonly tenant: () => number | undefined;
}

/** The reader that one piece of work is handed. */
export class SqliteReader implements RowReader {
  protected readonly parts: HandleParts;
  #revoked = false;
  #isLong = false;
  #damage: AppError | undefined;

  constructor(parts: HandleParts) {
    this.parts = parts;
  }

  /** Whether the work has asked for something that a thread is to read. It gets no answers any more. */
  get isLong(): boolean {
    return this.#isLong;
  }

  /** What it met, where it met a damaged page. */
  get damage(): AppError | undefined {
    return this.#damage;
  }

  select(plan: SelectPlan): Promise<Row[]> {
    return this.attempt(() => {
      this.beforeReading(plan);
      const tenant = this.tenantOf(plan.from);
      return tenant === undefined ? [] : this.rowsOf(plan, tenant);
    });
  }

  count(rows: RowSet): Promise<number> {
    return this.attempt(() => {
      this.beforeReading(rows);
      const tenant = this.tenantOf(rows.from);
      return tenant === undefined ? 0 : this.parts.reads.count(rows, { tenant, now: this.parts.clock.now() });
    });
  }

  /** The work has ended: later calls are refused. @returns false when it had been told before */
  revoke(): boolean {
    const isFirst = !this.#revoked;
    this.#revoked = true;
    return isFirst;
  }

  protected rowsOf(plan: SelectPlan, tenant: number): Row[] {
    return this.parts.reads.select(plan, { tenant, now: this.parts.clock.now() });
  }

  /** What must be done first, so that a read finds all that was written. */
  protected beforeReading(_plan: RowSet & Partial<SelectPlan>): void {}

  /** The number that rows of a type carry, 0 when they carry none; undefined when the tenant has no rows at all. */
  protected tenantOf(type: EntityType): number | undefined {
    return tenantOf(type, this.parts.tenant);
  }

  /** Runs one call now; answers and errors come as a promise all the same, as the contract wants. */
  protected attempt<T>(call: () => T): Promise<T> {
    if (this.#revoked) return Promise.reject(new AppError('internal', 'This reader or writer was used after its work had ended.'));
    if (this.#isLong) return Promise.reject(longRead);
    try {
      return Promise.resolve(call());
    } catch (error) {
      this.#isLong = error === longRead;
      const failure = this.failed(error);
      if (isCorrupt(failure)) this.#damage = failure;
      return Promise.reject(failure);
    }
  }

  protected failed(error: unknown): AppError {
    return storeError(error);
  }
}

/** The number that rows of a type carry, 0 when they carry none. @param tenant asked for the tenant's, undefined when it has no rows at all */
export const tenantOf = (type: EntityType, tenant: () => number | undefined): number | undefined =>
  type.storage?.global === true ? 0 : tenant();
