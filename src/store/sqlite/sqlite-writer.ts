import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import type { AppError } from '../../lib/app-error.ts';
import type { RowSet } from '../../query/plan.ts';
import type { Accumulation, Key, Writer } from '../contract.ts';
import type { PreparedWrites } from './prepared-writes.ts';
import { type HandleParts, SqliteReader } from './sqlite-reader.ts';

/** What a writer works with besides. */
export interface WriterParts extends HandleParts {
  readonly writes: PreparedWrites;
  /** The tenant's number, made if need be. */
  readonly ownTenant: () => number;
  /** Called once, before the first change. */
  readonly beforeChange: () => void;
  readonly inTransaction: () => boolean;
}

/** The writer that one piece of work is handed. It also reads what the work has written so far. */
export class SqliteWriter extends SqliteReader implements Writer {
  readonly #parts: WriterParts;
  #changed = false;

  constructor(parts: WriterParts) {
    super(parts);
    this.#parts = parts;
  }

  insert(type: EntityType, row: Row): Promise<void> {
    return this.#change(() => this.#parts.writes.insert(type, row, this.#numberFor(type)));
  }

  update(type: EntityType, key: Key, changes: Row): Promise<boolean> {
    return this.#change(() => {
      const tenant = this.tenantOf(type);
      return tenant !== undefined && this.#parts.writes.update(type, { key, changes }, tenant);
    });
  }

  accumulate(type: EntityType, accumulation: Accumulation): Promise<Row> {
    return this.#change(() => this.#parts.writes.accumulate(type, accumulation, this.#numberFor(type)));
  }

  delete(rows: RowSet): Promise<number> {
    return this.#change(() => {
      const tenant = this.tenantOf(rows.from);
      return tenant === undefined ? 0 : this.parts.reads.delete(rows, { tenant, now: this.parts.clock.now() });
    });
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
