import { setImmediate } from 'node:timers';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { SharedAnswer } from '../../lib/shared-answer.ts';
import { CommitScheduler } from '../commit/scheduler.ts';
import type { CommitObserver, Sessions } from '../commit/session.ts';
import { type Appending, NO_TENANT, type Reader, type ReadOptions, typedReader, type WatchedStore, type Writer } from '../contract.ts';
import { endingAfter } from '../read-deadline.ts';
import type { SqliteConnection } from './connection.ts';
import { stoppableDialect } from './dialect.ts';
import type { Checkpointer } from './durability/checkpointer.ts';
import { type FolderWatch, type NamedFile, otherWriter } from './durability/folder-lock.ts';
import { type ConditionObserver, type ReadProbe, StoreCondition } from './durability/store-condition.ts';
import { flushFailed, type WalFlusher } from './durability/wal-flusher.ts';
import { diskFault, isCorrupt, isFailedFlush, unavailable } from './errors.ts';
import { PreparedReads } from './prepared-reads.ts';
import { SqliteReader } from './reader.ts';
import { SqliteSession, WriterEpoch } from './session.ts';
import { SharedSnapshot } from './shared-snapshot.ts';
import { Tenants } from './tenants.ts';
import { type ReaderThreads, ThreadReader } from './threads/reader-threads.ts';
import { TurnGuard } from './turn-guard.ts';
import type { SqliteWriter } from './writer.ts';

/** What a store is made of. */
export interface SqliteStoreParts {
  readonly reader: SqliteConnection;
  /** Absent when the database is only read. */
  readonly writer?: SqliteConnection;
  readonly clock: Clock;
  readonly observer?: CommitObserver & ConditionObserver;
  /** Whether writes are taken, where others find that out, too; the store tells its observer otherwise. */
  readonly condition?: StoreCondition;
  /** Puts commits on disk; absent where they do that themselves. */
  readonly flusher?: WalFlusher;
  /** Spares commits the checkpoints. */
  readonly checkpointer?: Checkpointer;
  /** Threads for long reads, and how long one may take, in milliseconds. */
  readonly long?: { readonly threads: ReaderThreads; readonly timeout: number };
  /** Tells pages that are damaged from a disk that does not give them. */
  readonly probe?: ReadProbe;
  /** Where the database is, unless it is in memory. */
  readonly files?: { readonly folder: FolderWatch; readonly database: NamedFile; readonly wal: NamedFile };
  /** Gives up the folder. */
  readonly release: () => void;
}

/**
 * After so long a transaction takes no further work: nothing else happens in the process while it runs. The rest goes to the next one, and
 * requests are read and answered between the two.
 */
export const GROUP_MS = 80;

/** An answer to whether writes are taken holds so long, in milliseconds. */
export const CHECK_MS = 1000;

/** The disk is given room so often at most, in milliseconds. */
const ROOM_MS = 1000;

const NOT_FOUND =
  'its files were removed, moved or replaced while Muster runs. Put them back; or stop Muster, restore a backup, and start it again';

/** Connections that must not be closed, not even since nothing refers to them: to close the last one is to make a checkpoint. */
const abandoned: SqliteConnection[] = [];

/** A read that the store is asked for. */
interface Read<T> {
  readonly tenantId: string;
  readonly work: (reader: Reader) => Promise<T>;
  /** Ends it when nobody wants to know any more. */
  readonly signal: AbortSignal | undefined;
  /** Whether it has met a damaged page before. */
  readonly isAgain?: boolean;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * The embedded store. Reads run at once and see what is committed, and end when that is on disk. They wait while a group of writes
 * runs, and a group starts only when no read is under way. The reads of one turn of the event loop share a transaction: one snapshot, and
 * one taking of SQLite's locks for all of them. A thread does a long read, in a snapshot of its own; nobody waits for it.
 */
export class SqliteStore implements WatchedStore {
  readonly #parts: SqliteStoreParts;
  readonly #tenants: Tenants;
  readonly #reads: PreparedReads;
  /** For threads. */
  readonly #longReads: PreparedReads;
  readonly #guard = new TurnGuard();
  readonly #commits: CommitScheduler | undefined;
  readonly #snapshot: SharedSnapshot;
  /** Threads that are taking a snapshot. */
  readonly #beginning = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;
  readonly #condition: StoreCondition;
  readonly #check = new SharedAnswer(() => this.#tryWriting(), CHECK_MS);
  #roomAt = Number.NEGATIVE_INFINITY;
  #moving: Promise<void> | undefined;

  constructor(parts: SqliteStoreParts) {
    const { reader, writer: connection, clock } = parts;
    this.#parts = parts;
    this.#reads = new PreparedReads(reader);
    this.#longReads = new PreparedReads(reader, stoppableDialect);
    this.#snapshot = new SharedSnapshot(reader);
    this.#condition = parts.condition ?? new StoreCondition(parts.observer);
    this.#tenants = new Tenants({ reader, ...(connection === undefined ? {} : { writer: connection }) });
    if (connection === undefined) return;
    const epoch = new WriterEpoch(connection);
    const session = new SqliteSession({
      connection,
      tenants: this.#tenants,
      clock,
      guard: this.#guard,
      epoch,
      begun: () => this.#begun(epoch),
      flush: () => this.#flush(),
      released: () => parts.checkpointer?.leave(),
    });
    const sessions: Sessions = {
      lanes: 1,
      mixes: true,
      oneTenant: false,
      longest: GROUP_MS,
      ready: () => this.#enter(),
      open: async () => session,
      isConflict: () => false,
      fault: unavailable,
    };
    const observer: CommitObserver = {
      committed: (jobs, milliseconds) => {
        this.#condition.succeeded();
        parts.observer?.committed?.(jobs, milliseconds);
      },
      failed: (error) => this.#failed(error),
    };
    this.#commits = new CommitScheduler(sessions, observer);
    parts.files?.folder.start({ look: () => this.#isFound(), taken: (error) => this.#condition.end(error) });
  }

  /** The epoch is asked first: a page that is written again would be the other one's. */
  #begun(epoch: WriterEpoch): void {
    if (!epoch.isOwn()) this.#condition.end(otherWriter());
    const { fatal, fault } = this.#condition;
    if (fatal !== undefined) throw fatal;
    if (fault === undefined) return;
    this.#verify();
    epoch.touch(); // a group that changes nothing would not show that the disk takes it
  }

  /** Resolves when what is committed is on disk and can be found there. */
  #flush(): Promise<void> | undefined {
    const { flusher, files } = this.#parts;
    if (flusher === undefined) {
      if (files !== undefined) this.#verify();
      return undefined;
    }
    return flusher.flush().then(() => this.#verify());
  }

  #failed(error: unknown): void {
    const fault = unavailable(error);
    this.#condition.failed(fault);
    if (diskFault(fault.cause) !== 'full' || performance.now() - this.#roomAt < ROOM_MS) return;
    this.#roomAt = performance.now();
    void this.#parts.checkpointer?.demand(); // what is moved out of the WAL gives it room
  }

  /** @throws storeUnavailable when nobody else finds the database where it was, so that what is in it would be gone with this process */
  #verify(): void {
    const { files } = this.#parts;
    if (files === undefined || (files.database.isNamed() && files.wal.isNamed())) return;
    if (!files.database.isNamed()) this.#condition.failed(new AppError('storeUnavailable', `The database cannot be found: ${NOT_FOUND}.`));
    else if (this.#condition.fatal === undefined) {
      this.#condition.leave(new AppError('storeUnavailable', `The write-ahead log cannot be found: ${NOT_FOUND}.`));
      this.#moving = this.#moveLog();
    }
    throw this.#condition.fault!;
  }

  #isFound(): boolean {
    try {
      this.#verify();
      return true;
    } catch {
      return false;
    }
  }

  /** Moves into the database what was acknowledged and is in a log that only this process has. Once: after that, others may have a log of that name. */
  async #moveLog(): Promise<void> {
    await this.#commits!.drained();
    while (!this.#snapshot.end()) await nextTurn();
    this.#checkpoint('PASSIVE');
  }

  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    try {
      this.#parts.writer?.exec(`PRAGMA wal_checkpoint(${mode})`);
    } catch (error) {
      if (isFailedFlush(error)) this.#condition.leave(flushFailed(error));
      else this.#parts.observer?.failed?.(unavailable(error));
    }
  }

  read<T>(tenantId: string, work: (reader: Reader) => Promise<T>, { signal, isLong = false }: ReadOptions = {}): Promise<T> {
    const read = { tenantId, work, signal };
    if (isLong && this.#parts.long !== undefined) return this.#readOnThread(read, this.#parts.long);
    return this.#commits?.running === undefined ? this.#readNow(read) : this.#readLater(read);
  }

  async #readLater<T>(read: Read<T>): Promise<T> {
    while (this.#commits?.running !== undefined) await this.#commits.running;
    read.signal?.throwIfAborted();
    return await this.#readNow(read);
  }

  /** No promise more than the work needs: half of the cost of a small read would be promises. */
  #readNow<T>(read: Read<T>): Promise<T> {
    const { tenantId, work } = read;
    try {
      this.#refuseWhenClosed();
      this.#snapshot.enter();
    } catch (error) {
      return Promise.reject(error);
    }
    const reader = new SqliteReader({ reads: this.#reads, clock: this.#parts.clock, tenant: () => this.#tenants.find(tenantId) });
    const onDisk = this.#parts.flusher?.pending;
    const reading = this.#guard.run(
      () => work(typedReader(reader)),
      () => {
        if (!reader.revoke()) return undefined;
        this.#snapshot.leave();
        const { damage } = reader;
        return damage === undefined ? undefined : () => this.#readDamaged(read, damage);
      },
    );
    return onDisk === undefined ? reading : Promise.all([reading, onDisk]).then(([value]) => value);
  }

  /** The disk may have failed for once. */
  async #readDamaged<T>(read: Read<T>, damage: AppError): Promise<T> {
    if (read.isAgain === true) throw await this.#causeOf(damage);
    await nextTurn(); // the snapshot has ended then
    return await this.#readLater({ ...read, isAgain: true });
  }

  /** @param damage corruptStore @returns storeUnavailable where the disk is the cause */
  async #causeOf(damage: AppError): Promise<AppError> {
    const failure = await this.#parts.probe?.failure();
    return failure === undefined ? damage : unavailable(failure);
  }

  async #readOnThread<T>(
    { tenantId, work, signal: left }: Read<T>,
    { threads, timeout }: NonNullable<SqliteStoreParts['long']>,
  ): Promise<T> {
    this.#refuseWhenClosed();
    this.#verify(); // threads open the database by its path
    const tenant = this.#tenants.find(tenantId);
    const { signal, clear } = endingAfter(timeout, left);
    const reading = threads.use({ tenantId, signal }, async (thread) => {
      while (this.#commits?.running !== undefined) await this.#commits.running;
      // No group begins meanwhile: what is known besides of what is stored, by callers, is to be true of the snapshot.
      const beginning = thread.begin();
      this.#beginning.add(beginning);
      await beginning.finally(() => this.#beginning.delete(beginning));
      const { clock, flusher } = this.#parts;
      const onDisk = flusher?.pending;
      const reader = new ThreadReader({ reads: this.#longReads, clock, tenant, thread, answered: () => this.#guard.look() });
      const reading = this.#guard.run(
        () => work(typedReader(reader)),
        () => {
          reader.revoke();
          return undefined;
        },
        () => reader.isOwed,
      );
      const [value] = await Promise.all([reading, onDisk]);
      return value;
    });
    try {
      return await reading;
    } catch (error) {
      throw isCorrupt(error) ? await this.#causeOf(error) : error;
    } finally {
      clear();
    }
  }

  write<T>(tenantId: string, work: (writer: Writer) => Promise<T>): Promise<T> {
    return this.#commit((commits) => commits.submit(tenantId, work));
  }

  append<T, R>(tenantId: string, appending: Appending<T, R>): Promise<R> {
    return this.#commit((commits) => commits.append(tenantId, appending));
  }

  async #commit<T>(submit: (commits: CommitScheduler) => Promise<T>): Promise<T> {
    this.#refuseWhenClosed();
    if (this.#commits === undefined) throw new AppError('storeUnavailable', 'The data folder is open for reading only.');
    try {
      return await submit(this.#commits);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
    }
    // Nothing of it is stored. The disk may have failed for once.
    return await submit(this.#commits).catch(async (error) => {
      throw isCorrupt(error) ? await this.#causeOf(error) : error;
    });
  }

  check(): Promise<void> {
    return this.#check.get();
  }

  get needsRestart(): AppError | undefined {
    return this.#condition.fatal;
  }

  async #tryWriting(): Promise<void> {
    this.#refuseWhenClosed();
    await this.#commits?.submit(NO_TENANT, (writer) => (writer as SqliteWriter).touch());
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { reader, writer, checkpointer, long, release } = this.#parts;
    await this.#commits?.drained();
    while (!this.#snapshot.end()) await nextTurn();
    await long?.threads.close();
    await checkpointer?.close();
    await this.#moving;
    try {
      if (reader !== writer) reader.close();
      // Everything into the main file, so that the folder can be copied. Where a reader elsewhere or a full disk hinders it, the next start goes on with the log.
      if (!this.#condition.mustLeave) this.#checkpoint('TRUNCATE');
      if (this.#condition.mustLeave) this.#abandon();
      else writer?.close();
    } finally {
      release();
    }
  }

  /** @throws why, and the process should end without closing anything */
  #abandon(): never {
    abandoned.push(this.#parts.writer!);
    throw this.#condition.fatal!;
  }

  /** No read may be under way when a transaction begins, and no checkpoint that ends. */
  #enter(): Promise<void> | undefined {
    if (this.#beginning.size > 0) return Promise.allSettled(this.#beginning).then(nextTurn); // the work first
    return this.#snapshot.end() ? this.#parts.checkpointer?.enter() : nextTurn();
  }

  #refuseWhenClosed(): void {
    if (this.#closed !== undefined) throw new AppError('storeUnavailable', 'The store is closed.');
    if (this.#condition.fatal !== undefined) throw this.#condition.fatal;
  }
}
