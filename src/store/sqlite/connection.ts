import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parseDateTimeOffset } from '../../edm/date-time-offset.ts';
import { AppError } from '../../lib/app-error.ts';
import { uuidText } from '../../lib/ids.ts';
import { roundHalfAway } from '../../query/evaluate/call.ts';
import { dateTicks, shiftDate, shiftTicks } from '../../query/evaluate/date.ts';
import { durationTicks, inDurationRange, timeOfDayTicks } from '../../query/evaluate/duration.ts';
import { matchesPattern } from '../../query/evaluate/text.ts';
import type { SqlValue } from '../sql/fragment.ts';

/** How a database file is opened. */
interface ConnectionOptions {
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

/** The bytes of a result row's texts, in UTF-8, and bytes. */
export function resultWeight(result: readonly SqlValue[]): number {
  let weight = 0;
  for (const value of result) {
    if (typeof value === 'string') weight += Buffer.byteLength(value);
    else if (value instanceof Uint8Array) weight += value.byteLength;
  }
  return weight;
}

/** Result rows up to the one by which they weigh `maxBytes` or more; {@link resultWeight} of all tells whether there is such a one. */
export function rowsWithin(statement: Statement, bound: readonly SqlValue[], maxBytes: number): (readonly SqlValue[])[] {
  const rows: (readonly SqlValue[])[] = [];
  let weight = 0;
  for (const result of statement.iterate(bound)) {
    rows.push(result);
    weight += resultWeight(result);
    if (weight >= maxBytes) break;
  }
  return rows;
}

/**
 * The functions that SQLite lacks or has for ASCII only, in JavaScript: the same ones that `query/evaluate/evaluate.ts` uses, so that
 * both give the same answers. Any null argument makes the result null; integers arrive as BigInt.
 */

type Arguments = readonly SQLInputValue[];

const big = (value: number | null): bigint | null => (value === null ? null : BigInt(value));
const bit = (value: boolean | null): bigint | null => (value === null ? null : value ? 1n : 0n);

const functions: Readonly<Record<string, (...values: Arguments) => SQLInputValue>> = {
  muster_tolower: (text) => String(text).toLowerCase(),
  muster_toupper: (text) => String(text).toUpperCase(),
  muster_trim: (text) => String(text).trim(),
  muster_matchespattern: (text, pattern) => bit(matchesPattern(String(text), String(pattern))),
  muster_round: (value) => roundHalfAway(Number(value)),
  muster_ticks: (text) => parseDateTimeOffset(String(text))?.ticks ?? null,
  muster_form: (text) => big(parseDateTimeOffset(String(text))?.form ?? null),
  muster_duration: (text) => durationTicks(String(text)),
  muster_time_of_day: (text) => big(timeOfDayTicks(String(text))),
  muster_binary: (text) => Buffer.from(String(text), 'base64'),
  muster_uuid: (bytes) => uuidText(bytes as Uint8Array),
  muster_date_ticks: (text) => dateTicks(String(text)),
  muster_shift_date: (text, duration) => shiftDate(String(text), duration as bigint),
  muster_shift_date_time: (ticks, form, duration) => shiftTicks({ ticks: ticks as bigint, form: Number(form) }, duration as bigint),
  muster_add_durations: (a, b) => inDurationRange((a as bigint) + (b as bigint)),
};

/** Makes the functions known to a connection. */
function registerFunctions(database: DatabaseSync): void {
  for (const [name, run] of Object.entries(functions)) {
    const nullSafe = (...values: Arguments): SQLInputValue => (values.includes(null) ? null : run(...values));
    Object.defineProperty(nullSafe, 'length', { value: run.length }); // SQLite is told how many arguments it takes
    database.function(name, { deterministic: true, useBigIntArguments: true, varargs: false }, nullSafe);
  }
}
