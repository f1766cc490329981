import type { EntityType } from '../edm/declare.ts';
import type { Row, Value } from '../edm/primitive.ts';
import type { AppError } from '../lib/app-error.ts';
import type { RowSet, SelectPlan } from '../query/plan.ts';

/**
 * The store: durable rows of the model's entity types, one tenant at a time. It speaks plans and named facts, never HTTP.
 * Imports `query`, `edm` and `lib`. Implementations are in `sqlite/` and `postgres/`; `test/support/store-conformance.ts` is what each must pass.
 *
 * Facts it throws: `alreadyExists` (primary key taken), `storeUnavailable`, `dataFolderInUse`, `schemaTooNew`, `corruptStore`.
 */

/** Reads inside one snapshot. */
export interface Reader {
  select(plan: SelectPlan): Promise<Row[]>;
  count(rows: RowSet): Promise<number>;
}

/** In whose name rows of no tenant are read and written. */
export const NO_TENANT = '00000000-0000-0000-0000-000000000000';

/** Column values that name one row: every property of the type's `storage.key`. */
export type Key = Readonly<Record<string, Value>>;

/** A change of counters, which makes the row if it is missing. */
export interface Accumulation {
  readonly key: Key;
  /** Column → amount to add (0 is the start of a missing row). */
  readonly add: Readonly<Record<string, number>>;
  /** DateTimeOffset column → raised to this value if that is later (by instant) or the column is null. */
  readonly raise?: Readonly<Record<string, string>>;
  /** Values of further columns, no counters, when the row is made; an existing row keeps its own. */
  readonly initial?: Row;
  /** The columns that the caller wants to see afterwards; all of them when absent. */
  readonly returns?: readonly string[];
}

/** Reads and adds inside one transaction. */
export interface Appender extends Reader {
  /** Adds rows; every column of the type must be there. @throws alreadyExists */
  insert(type: EntityType, ...rows: readonly Row[]): Promise<void>;
  /** Adds to counters, each of another row, and makes rows that are missing. @returns of each row afterwards the columns that were asked for, or more */
  accumulate(type: EntityType, ...changes: readonly Accumulation[]): Promise<Row[]>;
}

/** Reads and writes inside one transaction. */
export interface Writer extends Appender {
  /** Changes columns of one row. @returns whether the row exists */
  update(type: EntityType, key: Key, changes: Row): Promise<boolean>;
  /** Removes rows; of more than `limit` the first ones in key order. @returns how many */
  delete(rows: RowSet, limit?: number): Promise<number>;
}

/** An item that is added to a place together with others: a new run state of a policy. */
export interface Appending<T, R> {
  /** Names the place within the tenant. Items of one place must have the same `work`, whoever sends them. */
  readonly place: string;
  readonly item: T;
  /**
   * Adds items. It may run again, with other items of the place.
   * @returns of each item its result, or what is wrong with that item alone. When it throws, nothing of it is kept
   */
  work(appender: Appender, items: readonly T[]): Promise<readonly (R | AppError)[]>;
}

/** How a read is done. */
export interface ReadOptions {
  /** Ends the read, with its reason, when nobody wants to know any more. */
  readonly signal?: AbortSignal | undefined;
  /** Whether it may look at very many rows (`query/access-path.ts`): a store that would keep others waiting meanwhile reads it elsewhere. */
  readonly isLong?: boolean;
}

/** A store. Work given to it may await nothing but the reader or writer it is handed. */
export interface Store {
  /**
   * Runs `work` on one snapshot of what is committed. It may be run again, when a fault that is not its own ended the snapshot, or where it
   * keeps nobody waiting.
   */
  read<T>(tenantId: string, work: (reader: Reader) => Promise<T>, options?: ReadOptions): Promise<T>;
  /**
   * Runs `work` in a transaction and resolves after the commit that holds it is on disk. When `work` rejects, its own
   * changes are undone and nobody else's, and the promise rejects with the same error.
   */
  write<T>(tenantId: string, work: (writer: Writer) => Promise<T>): Promise<T>;
  /**
   * Adds an item in a transaction, in one piece of work with others that arrive for its place at the same time. What the work reads does not
   * change until the commit, unless it was itself added by an append. @throws what is wrong with the item
   */
  append<T, R>(tenantId: string, appending: Appending<T, R>): Promise<R>;
  /** Finishes what runs, refuses what comes, closes the files. */
  close(): Promise<void>;
}

/** A store that tells of itself. */
export interface WatchedStore extends Store {
  /**
   * Resolves when writes are taken now, which it tries where nothing else shows it; many may ask at once and often.
   * @throws storeUnavailable, corruptStore: why they are not
   */
  check(): Promise<void>;
  /** Why the store answers nothing any more until the process is started again; undefined while that is not so. */
  readonly needsRestart?: AppError | undefined;
}
