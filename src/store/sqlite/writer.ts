import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import type { AppError } from '../../lib/app-error.ts';
import type { RowSet } from '../../query/plan.ts';
import type { Accumulation, Key, RowWriter } from '../contract.ts';
import { tableOf } from '../schema/table.ts';
import type { PreparedWrites } from './prepared-writes.ts';
import { type HandleParts, SqliteReader } from './reader.ts';

/** What a writer works with besides. */
export interface WriterParts extends HandleParts {
  readonly writes: PreparedWrites;
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

  insert(type: EntityType, ...rows: readonly Row[]): Promise<void> {
    return this.#change(() => {
      const tenant = this.#numberFor(type);
      for (const row of rows) this.#parts.writes.insert(type, row, tenant);
    });
  }

  update(type: EntityType, key: Key, changes: Row): Promise<boolean> {
    return this.#change(() => {
      const tenant = this.tenantOf(type);
      if (tenant === undefined) return false;
      if (tableOf(type).document === undefined) return this.#parts.writes.update(type, { key, changes }, tenant);
      const [before] = super.rowsOf({ from: type, scope: key, orderBy: [], limit: 1 }, tenant);
      return before !== undefined && this.#parts.writes.update(type, { key, changes, after: { ...before, ...changes } }, tenant);
    });
  }

  accumulate(type: EntityType, ...changes: readonly Accumulation[]): Promise<Row[]> {
    return this.#change(() => {
      const tenant = this.#numberFor(type);
      return changes.map((change) => this.#parts.writes.count(type, change, tenant));
    });
  }

  delete(rows: RowSet, limit?: number): Promise<number> {
    return this.#change(() => {
      const tenant = this.tenantOf(rows.from);
      if (tenant === undefined) return 0;
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

  /** After an error that ended the whole transaction, nothing more may run: it would commit by itself. */
  protected override failed(error: unknown): AppError {
    if (!this.#parts.inTransaction()) this.revoke();
    return super.failed(error);
  }
}
