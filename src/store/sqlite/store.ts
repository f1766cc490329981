import { setImmediate } from 'node:timers';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { SharedAnswer } from '../../lib/shared-answer.ts';
import { NO_TENANT, type Reader, typedReader, type WatchedStore, type Writer } from '../contract.ts';
import { endingAfter } from '../read-deadline.ts';
import type { SqliteConnection, Statement } from './connection.ts';
import { stoppableDialect } from './dialect.ts';
import type { Checkpointer } from './durability/checkpointer.ts';
import { type FolderWatch, otherWriter } from './durability/folder-watch.ts';
import type { NamedFile } from './durability/named-file.ts';
import type { ReadProbe } from './durability/read-probe.ts';
import { type ConditionObserver, StoreCondition } from './durability/store-condition.ts';
import { flushFailed, type WalFlusher } from './durability/wal-flusher.ts';
import { WriterEpoch } from './durability/writer-epoch.ts';
import { diskFault, isCorrupt, isFailedFlush, storeError, unavailable } from './errors.ts';
import { GroupCommit, type GroupObserver } from './group-commit.ts';
import { type Judge, PreparedReads } from './prepared-reads.ts';
import { SqliteReader } from './reader.ts';
import { Tenants } from './tenants.ts';
import type { ReaderThreads } from './threads/reader-threads.ts';
import { ThreadReader } from './threads/thread-reader.ts';
import { SqliteTransaction } from './transaction.ts';
import { TurnGuard } from './turn-guard.ts';
import type { SqliteWriter } from './writer.ts';

/** What a store is made of. */
export interface SqliteStoreParts {
  readonly reader: SqliteConnection;
  /** Absent when the database is only read. */
  readonly writer?: SqliteConnection;
  readonly clock: Clock;
  readonly observer?: GroupObserver & ConditionObserver;
  /** Whether writes are taken, where others find that out, too; the store tells its observer otherwise. */
  readonly condition?: StoreCondition;
  /** Puts commits on disk; absent where they do that themselves. */
  readonly flusher?: WalFlusher;
  /** Spares commits the checkpoints. */
  readonly checkpointer?: Checkpointer;
  /** Read what takes long, who says what that is, and how long it may take, in milliseconds. */
  readonly long?: { readonly threads: ReaderThreads; readonly judge: Judge; readonly timeout: number };
  /** Tells pages that are damaged from a disk that does not give them. */
  readonly probe?: ReadProbe;
  /** Where the database is, unless it is in memory. */
  readonly files?: { readonly folder: FolderWatch; readonly database: NamedFile; readonly wal: NamedFile };
  /** Gives up the folder. */
  readonly release: () => void;
}

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
 * one taking of SQLite's locks for all of them. A read that meets a statement which may take long begins again on a thread, in a
 * snapshot of its own; for that one nobody waits.
 */
export class SqliteStore implements WatchedStore {
  readonly #parts: SqliteStoreParts;
  readonly #tenants: Tenants;
  readonly #reads: PreparedReads;
  /** For threads. */
  readonly #longReads: PreparedReads;
  readonly #guard = new TurnGuard();
  readonly #commits: GroupCommit | undefined;
  readonly #begin: Statement;
  readonly #end: Statement;
  #reading = 0;
  /** Threads that are taking a snapshot. */
  readonly #beginning = new Set<Promise<void>>();
  #snapshot = false;
  #closed: Promise<void> | undefined;
  readonly #condition: StoreCondition;
  readonly #check = new SharedAnswer(() => this.#tryWriting(), CHECK_MS);
  #roomAt = Number.NEGATIVE_INFINITY;
  #moving: Promise<void> | undefined;

  constructor(parts: SqliteStoreParts) {
    const { reader, writer: connection, clock } = parts;
    this.#parts = parts;
    this.#reads = new PreparedReads(reader, { judge: parts.long?.judge });
    this.#longReads = new PreparedReads(reader, { dialect: stoppableDialect });
    this.#begin = reader.prepare('BEGIN');
    this.#end = reader.prepare('COMMIT');
    this.#condition = parts.condition ?? new StoreCondition(parts.observer);
    this.#tenants = new Tenants({ reader, ...(connection === undefined ? {} : { writer: connection }) });
    if (connection === undefined) return;
    const epoch = new WriterEpoch(connection);
    const begun = () => this.#begun(epoch);
    const transaction = new SqliteTransaction({ connection, tenants: this.#tenants, clock, guard: this.#guard, epoch, begun });
    const gate = { enter: () => this.#enter(), leave: () => parts.checkpointer?.leave() };
    const observer: GroupObserver = {
      committed: (jobs, milliseconds) => {
        this.#condition.succeeded();
        parts.observer?.committed?.(jobs, milliseconds);
      },
      failed: (error) => this.#failed(error),
    };
    this.#commits = new GroupCommit({ transaction, gate, flusher: parts.flusher, verify: () => this.#verify(), observer });
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
    while (!this.#endSnapshot()) await nextTurn();
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

  read<T>(tenantId: string, work: (reader: Reader) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const read = { tenantId, work, signal };
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
      this.#beginRead();
    } catch (error) {
      return Promise.reject(error);
    }
    const reader = new SqliteReader({ reads: this.#reads, clock: this.#parts.clock, tenant: () => this.#tenants.find(tenantId) });
    const onDisk = this.#parts.flusher?.pending;
    const reading = this.#guard.run(
      () => work(typedReader(reader)),
      () => {
        if (!reader.revoke()) return undefined;
        this.#reading--;
        if (reader.isLong) return () => this.#readOnThread(read);
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

  /** To be called in the snapshot that the work has left. */
  async #readOnThread<T>({ tenantId, work, signal: left }: Read<T>): Promise<T> {
    const tenant = this.#tenants.find(tenantId);
    const { threads, timeout } = this.#parts.long!;
    this.#verify(); // threads open the database by its path
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

  async write<T>(tenantId: string, work: (writer: Writer) => Promise<T>): Promise<T> {
    this.#refuseWhenClosed();
    if (this.#commits === undefined) throw new AppError('storeUnavailable', 'The data folder is open for reading only.');
    try {
      return await this.#commits.submit({ tenantId, work });
    } catch (error) {
      if (!isCorrupt(error)) throw error;
    }
    // Nothing of it is stored. The disk may have failed for once.
    return await this.#commits.submit({ tenantId, work }).catch(async (error) => {
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
    await this.#commits?.submit({ tenantId: NO_TENANT, work: (writer: SqliteWriter) => writer.touch() });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { reader, writer, checkpointer, long, release } = this.#parts;
    await this.#commits?.drained();
    while (!this.#endSnapshot()) await nextTurn();
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
    return this.#endSnapshot() ? this.#parts.checkpointer?.enter() : nextTurn();
  }

  #beginRead(): void {
    if (!this.#snapshot) {
      try {
        this.#begin.run([]);
      } catch (error) {
        throw storeError(error);
      }
      this.#snapshot = true;
      setImmediate(() => this.#atTurnEnd());
    }
    this.#reading++;
  }

  #atTurnEnd(): void {
    if (!this.#endSnapshot()) setImmediate(() => this.#atTurnEnd());
  }

  /** Ends the snapshot unless a read is under way. @returns whether none is open any more */
  #endSnapshot(): boolean {
    if (this.#reading > 0) return false;
    // An error may have ended it already.
    if (this.#snapshot && this.#parts.reader.inTransaction) this.#endReading();
    this.#snapshot = false;
    return true;
  }

  /** A damaged page makes COMMIT fail, too. Nobody is to hear of it: what has been read is right. */
  #endReading(): void {
    try {
      this.#end.run([]);
    } catch {
      this.#parts.reader.rollBack();
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closed !== undefined) throw new AppError('storeUnavailable', 'The store is closed.');
    if (this.#condition.fatal !== undefined) throw this.#condition.fatal;
  }
}
