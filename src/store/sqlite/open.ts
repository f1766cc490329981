import { chmodSync, closeSync, existsSync, fdatasync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EntityType } from '../../edm/declare.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { folderError } from '../../lib/folder-error.ts';
import type { CommitObserver } from '../commit/session.ts';
import type { Store, WatchedStore } from '../contract.ts';
import { READ_TIMEOUT_MS } from '../read-deadline.ts';
import { createStatements, indexedColumns, indexName, isTable } from '../schema/ddl.ts';
import { checkSchema, migrate, type SchemaConnection, type SchemaTarget } from '../schema/migrate.ts';
import { SCHEMA_VERSION } from '../schema/migrations.ts';
import { type Column, type Table, tableOf, tenant } from '../schema/table.ts';
import { SqliteConnection } from './connection.ts';
import { hasRowid, sqliteDialect } from './dialect.ts';
import { Checkpointer, type CheckpointObserver } from './durability/checkpointer.ts';
import { FolderWatch, LOCK_FILE, NamedFile } from './durability/folder-lock.ts';
import { type ConditionObserver, ReadProbe, StoreCondition } from './durability/store-condition.ts';
import { flushFailed, WalFlusher } from './durability/wal-flusher.ts';
import { isUnwritable, storeError, unavailable } from './errors.ts';
import { indexHeavyRows } from './prepared-reads.ts';
import { SqliteStore } from './store.ts';
import { defaultThreads, ReaderThreads } from './threads/reader-threads.ts';

/**
 * The embedded store on `node:sqlite`: one connection with group commit, rows as typed columns.
 * Imports the store contract, `schema`, `sql`, `query`, `edm` and `lib`. From here: `sqlite/store.ts` (reads and writes),
 * `group-commit.ts` (transactions), `reader-threads.ts` (reads that take long), `prepared-reads.ts` and `prepared-writes.ts` (statements), `dialect.ts` (SQLite's words).
 */
interface SqliteStoreOptions {
  /** The data folder, made when missing; `:memory:` keeps everything in memory. */
  readonly folder: string;
  /** Every stored type of the model. */
  readonly types: readonly EntityType[];
  readonly clock: Clock;
  /** FULL (default): what is answered is on disk. NORMAL may lose the last commits at a power cut. As in SQLite, whose words these are. */
  readonly synchronous?: 'FULL' | 'NORMAL';
  readonly observer?: CommitObserver & CheckpointObserver & ConditionObserver;
  /** Most threads that read what takes long; by default one processor is left to everything else. */
  readonly readerThreads?: number;
  /** The longest that a read may take which takes long, its waiting included, in milliseconds. */
  readonly readTimeout?: number;
  /** Other schema versions than the published ones; for tests. */
  readonly schema?: Pick<SchemaTarget, 'version' | 'migrations'>;
}

const MEMORY = ':memory:';
/** Pages of the WAL with which reads on threads must pause: where one always runs, the WAL cannot be copied whole and never starts again. */
const CROWDED_PAGES = 32_000;
/** The database's file in a data folder. */
export const DATABASE_FILE = 'muster.sqlite';
const OWNER_ONLY = 0o600;

const flushFile = promisify(fdatasync);

/**
 * Opens the store, creating or migrating its tables.
 * @throws dataFolderInUse, schemaTooNew, corruptStore, storeUnavailable
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<WatchedStore> {
  const { folder, clock, observer, synchronous = 'FULL', readerThreads = defaultThreads() } = options;
  const inMemory = folder === MEMORY;
  const open: { close(): void }[] = [];
  let watch: FolderWatch | undefined;
  try {
    if (!inMemory) {
      prepareFolder(folder);
      watch = new FolderWatch(folder);
    }
    const path = inMemory ? MEMORY : join(folder, DATABASE_FILE);
    const writer = new SqliteConnection(path);
    open.push(writer);
    await bringUpToDate(writer, targetOf(options));
    setStatistics(writer, storedTypes(options.types));
    indexHeavyRows(writer, storedTypes(options.types));
    // Reads and groups of writes never overlap, so one connection serves both. A second one would lose its page cache at every commit.
    if (inMemory)
      return new SqliteStore({ reader: writer, writer, clock, release: () => undefined, ...(observer === undefined ? {} : { observer }) });
    // To flush both; some systems want the right to write for that.
    const file = openSync(path, 'r+');
    open.push({ close: () => closeSync(file) });
    const wal = openSync(`${path}-wal`, 'r+');
    open.push({ close: () => closeSync(wal) });
    writer.leaveFlushing();
    const condition = new StoreCondition(observer);
    const folderWatch = watch!;
    const files = { folder: folderWatch, database: new NamedFile(path), wal: new NamedFile(`${path}-wal`) };
    const threads = readerThreads === 0 ? undefined : new ReaderThreads(path, readerThreads);
    const checkpointer = new Checkpointer({ path, file }, writer, {
      failed(error) {
        if (condition.fault === undefined) observer?.failed?.(unavailable(error)); // else it is known already why
      },
      flushFailed: (error) => condition.leave(flushFailed(error)),
      checkpointed(checkpoint) {
        observer?.checkpointed?.(checkpoint);
        if (checkpoint.pages > CROWDED_PAGES) threads?.pause(() => checkpointer.demand());
      },
    });
    const long = threads === undefined ? {} : { long: { threads, timeout: options.readTimeout ?? READ_TIMEOUT_MS } };
    return new SqliteStore({
      reader: writer,
      writer,
      clock,
      checkpointer,
      ...(synchronous === 'FULL'
        ? {
            flusher: new WalFlusher(
              () => flushFile(wal),
              (error) => condition.leave(error),
            ),
          }
        : {}),
      condition,
      files,
      probe: new ReadProbe([file, wal]),
      release() {
        closeSync(wal);
        closeSync(file);
        folderWatch.release();
      },
      ...long,
      ...(observer === undefined ? {} : { observer }),
    });
  } catch (error) {
    for (const connection of open) connection.close();
    watch?.release();
    throw isUnwritable(error) ? folderError(folder, error) : storeError(error);
  }
}

/**
 * Opens a data folder for reading only, also while a server writes to it. Its `write` is refused.
 * @throws schemaTooNew, corruptStore, storeUnavailable (also when the schema is older: only a server migrates)
 */
export async function openSqliteReader(options: Pick<SqliteStoreOptions, 'folder' | 'types' | 'clock' | 'schema'>): Promise<Store> {
  const path = join(options.folder, DATABASE_FILE);
  if (!existsSync(path)) throw new AppError('storeUnavailable', `There is no data in ${options.folder}; name the data folder with --data.`);
  let reader: SqliteConnection | undefined;
  try {
    reader = new SqliteConnection(path, { readOnly: true });
    const target = targetOf(options);
    const found = await checkSchema(schemaConnection(reader), target);
    if (found !== (target.version ?? SCHEMA_VERSION))
      throw new AppError('storeUnavailable', 'The data folder has an older schema; start the server once.');
    return new SqliteStore({ reader, clock: options.clock, release: () => undefined });
  } catch (error) {
    reader?.close();
    throw storeError(error);
  }
}

const storedTypes = (types: readonly EntityType[]): readonly EntityType[] => [tenant, ...types.filter((t) => t !== tenant)];

const targetOf = ({ types, schema }: Pick<SqliteStoreOptions, 'types' | 'schema'>): SchemaTarget => ({
  create: createStatements(storedTypes(types), sqliteDialect),
  ...schema,
});

/**
 * Makes the folder and its files readable by their owner alone; a folder that was there keeps its mode. Files are only made
 * when missing: opening and closing one that a connection of this process has locked would drop that lock (POSIX).
 */
function prepareFolder(folder: string): void {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of [DATABASE_FILE, LOCK_FILE]) {
      const path = join(folder, name);
      if (existsSync(path)) chmodSync(path, OWNER_ONLY);
      else closeSync(openSync(path, 'a', OWNER_ONLY));
    }
  } catch (cause) {
    throw folderError(folder, cause);
  }
}

async function bringUpToDate(connection: SqliteConnection, target: SchemaTarget): Promise<void> {
  connection.exec('BEGIN IMMEDIATE');
  try {
    await migrate(schemaConnection(connection), target);
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

const schemaConnection = (connection: SqliteConnection): SchemaConnection => ({
  run: async (text, parameters = []) => {
    connection.prepare(text).run(parameters);
  },
  rows: async (text) => connection.prepare(text).all([]),
  hasTable: async (name) => connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get([name]) !== undefined,
});

/**
 * Statistics for SQLite's planner, written by us instead of measured: without any it takes the tenant for selective (ten rows)
 * and reads a tenant's whole primary key where an index would do. Fixed ones also give every installation the same plans.
 */

const ROWS = 1_000_000;

/** Writes the statistics of all tables; connections opened later see them. */
export function setStatistics(connection: SqliteConnection, types: readonly EntityType[]): void {
  connection.exec('BEGIN IMMEDIATE');
  connection.exec('ANALYZE sqlite_schema'); // makes the table that they stand in
  connection.exec('DELETE FROM sqlite_stat1');
  const add = connection.prepare('INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)');
  for (const type of types.filter(isTable)) {
    const table = tableOf(type);
    const keyIndex = hasRowid(table) ? `sqlite_autoindex_${table.name}_1` : table.name; // without rowids, the table is its key's index
    add.run([table.name, keyIndex, statistic(table, table.key)]);
    for (const index of type.storage?.indexes ?? []) {
      add.run([table.name, indexName(table, index), statistic(table, indexedColumns(table, index))]);
    }
  }
  connection.exec('COMMIT');
  connection.exec('ANALYZE sqlite_schema');
}

/** Rows in the table, then rows that share the first column, the first two, and so on; the last is a single row. */
function statistic(table: Table, columns: readonly Column[]): string {
  let left = ROWS;
  const shared = columns.map((column, i) => {
    left = i === columns.length - 1 ? 1 : Math.max(10, Math.floor(left / distinctValues(column)));
    return left;
  });
  // A skip-scan visits every value of a column that is not given.
  return [ROWS, ...(table.tenanted ? [ROWS] : []), ...shared, 'noskipscan'].join(' ');
}

const distinctValues = ({ encoding }: Column): number =>
  encoding === 'boolean' || encoding === 'enum' ? 4 : encoding === 'dateTimeOffset' ? 1000 : 100;
