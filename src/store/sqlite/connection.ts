import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { AppError } from '../../lib/app-error.ts';
import type { SqlValue } from '../sql/fragment.ts';
import { registerFunctions } from './functions.ts';

/** How a database file is opened. */
export interface ConnectionOptions {
  readonly readOnly?: boolean;
  /** The page cache, in KiB. */
  readonly cache?: number;
}

/** A statement whose rows come as arrays. */
export interface Statement {
  all(bound: readonly SqlValue[]): readonly (readonly SqlValue[])[];
  /** Rows one by one. */
  iterate(bound: readonly SqlValue[]): Iterable<readonly SqlValue[]>;
  /** The first row. */
  get(bound: readonly SqlValue[]): readonly SqlValue[] | undefined;
  /** @returns how many rows it changed */
  run(bound: readonly SqlValue[]): number;
}

/** Pages that come into a WAL until they are moved into the database (4 MiB): with more, commits wait longer for the disk each time. */
export const AUTO_CHECKPOINT_PAGES = 1000;

/** One connection to a database file. */
export class SqliteConnection {
  readonly #database: DatabaseSync;

  constructor(path: string, options: ConnectionOptions = {}) {
    const { readOnly = false, cache = 32_768 } = options;
    this.#database = new DatabaseSync(path, { readOnly, enableForeignKeyConstraints: false });
    this.exec('PRAGMA busy_timeout = 5000'); // first: setting the journal mode may have to wait for a lock
    if (!readOnly) {
      this.exec('PRAGMA journal_mode = WAL');
      this.exec('PRAGMA synchronous = FULL'); // a commit is on disk when it returns
      this.autoCheckpoint(AUTO_CHECKPOINT_PAGES);
    }
    this.exec(`PRAGMA cache_size = -${cache}`);
    this.exec('PRAGMA temp_store = MEMORY');
    registerFunctions(this.#database);
  }

  exec(text: string): void {
    this.#database.exec(text);
  }

  /** @param pages of the WAL with which a commit moves it into the database; 0: none does */
  autoCheckpoint(pages: number): void {
    this.exec(`PRAGMA wal_autocheckpoint = ${pages}`);
  }

  /** From now on somebody else puts on disk what is committed. That nothing is torn SQLite sees to still (`synchronous=NORMAL`). */
  leaveFlushing(): void {
    this.exec('PRAGMA synchronous = NORMAL');
  }

  /** Makes `muster_continues()` known, a condition that holds for every row, or throws. */
  registerStop(isStopped: () => boolean): void {
    this.#database.function('muster_continues', () => {
      if (isStopped()) throw new AppError('internal', 'The statement was stopped.');
      return 1;
    });
  }

  /** Whether a transaction is open: some errors make SQLite roll back by itself. */
  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  /** Takes back what is open. Never throws: SQLite ends the transaction also where it cannot read what was there before. */
  rollBack(): void {
    try {
      if (this.inTransaction) this.exec('ROLLBACK');
    } catch {
      // The error that led here is the one that is told.
    }
  }

  prepare(text: string): Statement {
    const statement: StatementSync = this.#database.prepare(text);
    statement.setReturnArrays(true);
    return {
      all: (bound) => statement.all(...(bound as SQLInputValue[])) as unknown as SqlValue[][],
      iterate: (bound) => statement.iterate(...(bound as SQLInputValue[])) as unknown as Iterable<SqlValue[]>,
      get: (bound) => statement.get(...(bound as SQLInputValue[])) as unknown as SqlValue[] | undefined,
      run: (bound) => Number(statement.run(...(bound as SQLInputValue[])).changes),
    };
  }

  close(): void {
    this.#database.close();
  }
}
