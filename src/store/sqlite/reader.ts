import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';
import type { RowReader } from '../contract.ts';
import { isCorrupt, storeError } from './errors.ts';
import type { PreparedReads } from './prepared-reads.ts';

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
  #damage: AppError | undefined;

  constructor(parts: HandleParts) {
    this.parts = parts;
  }

  /** What it met, where it met a damaged page. */
  get damage(): AppError | undefined {
    return this.#damage;
  }

  select(plan: SelectPlan): Promise<Row[]> {
    return this.attempt(() => {
      const tenant = this.tenantOf(plan.from);
      return tenant === undefined ? [] : this.rowsOf(plan, tenant);
    });
  }

  count(rows: RowSet): Promise<number> {
    return this.attempt(() => {
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

  /** The number that rows of a type carry, 0 when they carry none; undefined when the tenant has no rows at all. */
  protected tenantOf(type: EntityType): number | undefined {
    return tenantOf(type, this.parts.tenant);
  }

  /** Runs one call now; answers and errors come as a promise all the same, as the contract wants. */
  protected attempt<T>(call: () => T): Promise<T> {
    if (this.#revoked) return Promise.reject(new AppError('internal', 'This reader or writer was used after its work had ended.'));
    try {
      return Promise.resolve(call());
    } catch (error) {
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
