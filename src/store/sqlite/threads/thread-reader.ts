import type { EntityType } from '../../../edm/declare.ts';
import type { Row } from '../../../edm/primitive.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { RowSet, SelectPlan } from '../../../query/plan.ts';
import type { RowReader } from '../../contract.ts';
import type { Binding } from '../../sql/bind-shape.ts';
import { storeError } from '../errors.ts';
import type { PreparedReads } from '../prepared-reads.ts';
import { tenantOf } from '../reader.ts';
import type { ReaderThread } from './reader-threads.ts';

/** What a {@link ThreadReader} works with. */
export interface ThreadReaderParts {
  readonly reads: PreparedReads;
  readonly clock: Clock;
  /** The tenant's number; undefined when it has written nothing. */
  readonly tenant: number | undefined;
  /** Has a snapshot already. */
  readonly thread: ReaderThread;
  /** Called in each turn in which there is an answer, before the work sees it. */
  readonly answered: () => void;
}

/** The reader of work that takes long: a thread runs its statements in its snapshot. */
export class ThreadReader implements RowReader {
  readonly #parts: ThreadReaderParts;
  #revoked = false;
  #owed = 0;

  constructor(parts: ThreadReaderParts) {
    this.#parts = parts;
  }

  /** Whether an answer is under way. */
  get isOwed(): boolean {
    return this.#owed > 0;
  }

  select(plan: SelectPlan): Promise<Row[]> {
    const { reads } = this.#parts;
    return this.#ask(plan.from, [], (binding) => reads.selectBy((...statement) => this.#run(...statement), plan, binding));
  }

  count(rows: RowSet): Promise<number> {
    const { reads } = this.#parts;
    return this.#ask(rows.from, 0, (binding) => reads.countBy((text, bound) => this.#run(text, bound), rows, binding));
  }

  /** The work has ended: later calls are refused. */
  revoke(): void {
    this.#revoked = true;
  }

  async #ask<T>(type: EntityType, none: T, ask: (binding: Binding) => Promise<T>): Promise<T> {
    if (this.#revoked) throw new AppError('internal', 'This reader was used after its work had ended.');
    const { clock, tenant: own } = this.#parts;
    const tenant = tenantOf(type, () => own);
    if (tenant === undefined) return none;
    try {
      return await ask({ tenant, now: clock.now() });
    } catch (error) {
      throw storeError(error);
    }
  }

  async #run(...statement: Parameters<ReaderThread['run']>): ReturnType<ReaderThread['run']> {
    this.#owed++;
    try {
      return await this.#parts.thread.run(...statement);
    } finally {
      this.#owed--;
      this.#parts.answered();
    }
  }
}
