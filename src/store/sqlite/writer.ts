import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import type { AppError } from '../../lib/app-error.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';
import type { Accumulation, Key, RowWriter } from '../contract.ts';
import { tableOf } from '../schema/table.ts';
import type { CounterBuffer } from './counter-buffer.ts';
import type { PreparedWrites } from './prepared-writes.ts';
import { type HandleParts, SqliteReader } from './reader.ts';

/** What a writer works with besides. */
export interface WriterParts extends HandleParts {
  readonly writes: PreparedWrites;
  readonly counters: CounterBuffer;
  /** The tenant's number, made if need be. */
  readonly ownTenant: () => number;
  /** Called once, before the first change. */
  readonly beforeChange: () => void;
  readonly inTransaction: () => boolean;
  /** Writes something that says nothing. */
  readonly touch: () => void;
}

/** The writer that one piece of work is handed. It also reads what the work has written so far. */
export class SqliteWriter extends SqliteReader implements RowWriter {
  readonly #parts: WriterParts;
  #changed = false;

  constructor(parts: WriterParts) {
    super(parts);
    this.#parts = parts;
  }

  insert(type: EntityType, row: Row): Promise<void> {
    return this.#change(() => {
      const tenant = this.#numberFor(type);
      this.#parts.counters.beforeChanging(type, row as Key, tenant);
      this.#parts.writes.insert(type, row, tenant);
    });
  }

  update(type: EntityType, key: Key, changes: Row): Promise<boolean> {
    return this.#change(() => {
      const tenant = this.tenantOf(type);
      if (tenant === undefined) return false;
      this.#parts.counters.beforeChanging(type, key, tenant);
      if (tableOf(type).document === undefined) return this.#parts.writes.update(type, { key, changes }, tenant);
      const [before] = super.rowsOf({ from: type, scope: key, orderBy: [], limit: 1 }, tenant);
      return before !== undefined && this.#parts.writes.update(type, { key, changes, after: { ...before, ...changes } }, tenant);
    });
  }

  accumulate(type: EntityType, accumulation: Accumulation): Promise<Row> {
    return this.#change(() => {
      const tenant = this.#numberFor(type);
      // Rows that very many writers add to are written once for a group, others hardly come twice in one.
      if (type.storage?.slotted === true) return this.#parts.counters.accumulate(type, accumulation, tenant);
      return this.#parts.writes.count(type, accumulation, tenant);
    });
  }

  delete(rows: RowSet, limit?: number): Promise<number> {
    return this.#change(() => {
      const tenant = this.tenantOf(rows.from);
      if (tenant === undefined) return 0;
      this.beforeReading(rows);
      this.#parts.counters.beforeChanging(rows.from, keyIn(rows), tenant);
      return this.parts.reads.delete(limit === undefined ? rows : { ...rows, limit }, { tenant, now: this.parts.clock.now() });
    });
  }

  /** Writes something that says nothing: what shows that writes are taken. */
  touch(): Promise<void> {
    return this.#change(() => this.#parts.touch());
  }

  /** Whether anything may have been changed. */
  get changed(): boolean {
    return this.#changed;
  }

  #numberFor(type: EntityType): number {
    return type.storage?.global === true ? 0 : this.#parts.ownTenant();
  }

  #change<T>(call: () => T): Promise<T> {
    return this.attempt(() => {
      if (!this.#changed) {
        this.#parts.beforeChange();
        this.#changed = true;
      }
      return call();
    });
  }

  protected override beforeReading(plan: RowSet & Partial<SelectPlan>): void {
    this.#parts.counters.beforeReading(plan);
  }

  /** After an error that ended the whole transaction, nothing more may run: it would commit by itself. */
  protected override failed(error: unknown): AppError {
    if (!this.#parts.inTransaction()) this.revoke();
    return super.failed(error);
  }
}

/** The key of the one row that a set can hold, if its scope is one. */
function keyIn({ from, scope }: RowSet): Key | undefined {
  const { key } = tableOf(from);
  return key.every(({ name }) => typeof scope[name] === 'string') ? scope : undefined;
}
