import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import type { RowSet } from '../../query/plan.ts';
import type { Accumulation, Key, RowWriter } from '../contract.ts';
import { tableOf } from '../schema/table.ts';
import type { CountRows } from './count-rows.ts';
import { alreadyExists } from './errors.ts';
import type { InsertRows } from './insert-rows.ts';
import { PostgresReader, type ReaderParts } from './reader.ts';
import type { Slots } from './slots.ts';
import type { UpdateRow } from './update-row.ts';

/** What a writer that is alone works with besides. */
export interface AloneParts extends ReaderParts {
  readonly inserts: InsertRows;
  readonly updates: UpdateRow;
  readonly counts: CountRows;
  readonly slots: Slots;
  /** The tenant's number, made if need be. */
  readonly ownTenant: () => Promise<number>;
  /** Called once, before the first change. */
  readonly beforeChange: () => void;
}

/** The writer of a job that has its tenant to itself: one statement for each call, in the order of the calls. */
export class AloneWriter extends PostgresReader implements RowWriter {
  readonly #parts: AloneParts;
  changed = false;
  /** What the database refused, which ends the transaction even if the work goes on. */
  failure: { readonly error: unknown } | undefined;

  constructor(parts: AloneParts) {
    super(parts);
    this.#parts = parts;
  }

  insert(type: EntityType, row: Row): Promise<void> {
    return this.#change(type, async (tenant) => {
      const { inserts, connection } = this.#parts;
      const { statement, values } = inserts.one(type, row, tenant);
      if ((await connection.run(statement, values)).count === 0) throw alreadyExists();
    });
  }

  update(type: EntityType, key: Key, changes: Row): Promise<boolean> {
    return this.#change(type, async (tenant) => {
      const { updates, connection } = this.#parts;
      this.#fold(type, key, tenant);
      if (tableOf(type).document === undefined) return isDone(await runUpdate({ key, changes }));
      const [before] = await this.parts.reads.select({ from: type, scope: key, orderBy: [], limit: 1 }, this.placeOf(type)!);
      return before !== undefined && isDone(await runUpdate({ key, changes, after: { ...before, ...changes } }));

      function runUpdate(change: Parameters<UpdateRow['statement']>[1]) {
        const { statement, values } = updates.statement(type, change, tenant);
        return connection.run(statement, values);
      }
    });
  }

  accumulate(type: EntityType, accumulation: Accumulation): Promise<Row> {
    return this.#change(type, async (tenant) => {
      this.#fold(type, accumulation.key, tenant);
      const [row] = await this.#parts.counts.run(type, [{ tenant, change: accumulation }], this.#parts.connection);
      return row!;
    });
  }

  delete(rows: RowSet, limit?: number): Promise<number> {
    return this.#change(rows.from, async (tenant) => {
      this.#fold(rows.from, keyIn(rows), tenant);
      const place = this.placeOf(rows.from);
      return place === undefined ? 0 : (await this.parts.reads.delete(limit === undefined ? rows : { ...rows, limit }, place)).count;
    });
  }

  /** Sent ahead of the statement that needs it: should it fail, that one does too. */
  #fold(type: EntityType, key: Key | undefined, tenant: number): void {
    if (type.storage?.slotted !== true) return;
    this.#parts.slots.fold(type, { tenant, key }, this.#parts.connection).catch((error: unknown) => this.#note(error));
  }

  #change<T>(type: EntityType, call: (tenant: number) => Promise<T>): Promise<T> {
    return this.ask(async () => {
      if (!this.changed) {
        this.#parts.beforeChange();
        this.changed = true;
      }
      return call(type.storage?.global === true ? 0 : (this.parts.tenant() ?? (await this.#parts.ownTenant())));
    });
  }

  #note(error: unknown): void {
    this.failure ??= { error };
  }

  protected override failed(error: unknown): unknown {
    const named = super.failed(error);
    if (named !== error) this.#note(error);
    return named;
  }
}

const isDone = ({ count }: { readonly count: number }): boolean => count > 0;

/** The key of the one row that a set can hold, if its scope is one. */
function keyIn({ from, scope }: RowSet): Key | undefined {
  const { key } = tableOf(from);
  return key.every(({ name }) => typeof scope[name] === 'string') ? scope : undefined;
}
