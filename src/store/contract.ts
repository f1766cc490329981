import type { EntityType } from '../edm/declare.ts';
import type { Column, ColumnOf, Columns, Infer } from '../edm/infer.ts';
import type { Row } from '../edm/primitive.ts';
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
  /** The rows of a plan. Those of a plan with `properties` have these columns alone. */
  select<T extends EntityType, const K extends Column<T>>(
    plan: SelectPlan<T> & { readonly properties: readonly K[] },
  ): Promise<Columns<T, K>[]>;
  select<T extends EntityType>(plan: SelectPlan<T>): Promise<Infer<T>[]>;
  count<T extends EntityType>(rows: RowSet<T>): Promise<number>;
}

/** In whose name rows of no tenant are read and written. */
export const NO_TENANT = '00000000-0000-0000-0000-000000000000';

/** Column values that name one row: every property of the type's `storage.key`. */
export type Key<T extends EntityType = EntityType> = Changes<T>;

/** A change of counters, which makes the row if it is missing. */
export interface Accumulation<T extends EntityType = EntityType, K extends Column<T> = Column<T>> {
  readonly key: Key<T>;
  /** Column → amount to add (0 is the start of a missing row). */
  readonly add: string extends Column<T> ? Readonly<Record<string, number>> : { readonly [C in ColumnOf<T, number>]?: number };
  /** DateTimeOffset column → raised to this value if that is later (by instant) or the column is null. */
  readonly raise?: string extends Column<T> ? Readonly<Record<string, string>> : { readonly [C in Column<T>]?: string };
  /** Values of further columns, no counters, when the row is made; an existing row keeps its own. */
  readonly initial?: Changes<T>;
  /** The columns that the caller wants to see afterwards; all of them when absent. */
  readonly returns?: readonly K[];
}

/** New values of some columns of a row. */
export type Changes<T extends EntityType = EntityType> = T extends unknown
  ? string extends keyof T['properties']
    ? Row
    : Partial<Infer<T>>
  : never;

/** Reads and adds inside one transaction. */
export interface Appender extends Reader {
  /** Adds rows; every column of the type must be there. @throws alreadyExists */
  insert<T extends EntityType>(type: T, ...rows: readonly Infer<T>[]): Promise<void>;
  /** Adds to counters, each of another row, and makes rows that are missing. @returns of each row afterwards the columns that were asked for, or more */
  accumulate<T extends EntityType, const K extends Column<T>>(type: T, ...changes: readonly Accumulation<T, K>[]): Promise<Columns<T, K>[]>;
}

/** Reads and writes inside one transaction. */
export interface Writer extends Appender {
  /** Changes columns of one row. @returns whether the row exists */
  update<T extends EntityType>(type: T, key: Key<T>, changes: Changes<T>): Promise<boolean>;
  /** Removes rows; of more than `limit` the first ones in key order. @returns how many */
  delete<T extends EntityType>(rows: RowSet<T>, limit?: number): Promise<number>;
}

/** A {@link Reader} as stores implement it, and those that stand before one: for any type, without the types of rows. */
export interface RowReader {
  select(plan: SelectPlan): Promise<Row[]>;
  count(rows: RowSet): Promise<number>;
}

/** An {@link Appender} as stores implement it. */
export interface RowAppender extends RowReader {
  insert(type: EntityType, ...rows: readonly Row[]): Promise<void>;
  accumulate(type: EntityType, ...changes: readonly Accumulation[]): Promise<Row[]>;
}

/** A {@link Writer} as stores implement it. */
export interface RowWriter extends RowAppender {
  update(type: EntityType, key: Key, changes: Row): Promise<boolean>;
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

/** The same reader with the types of rows. The compiler cannot follow that a store answers with what a type declares. */
export const typedReader = (reader: RowReader): Reader => reader as Reader;

/** The same writer with the types of rows. */
export const typedWriter = (writer: RowWriter): Writer => writer as Writer;

/** The same appender with the types of rows. */
export const typedAppender = (appender: RowAppender): Appender => appender as Appender;

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
