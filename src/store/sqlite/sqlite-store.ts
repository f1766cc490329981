import { setImmediate } from 'node:timers';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Reader, Store, Writer } from '../contract.ts';
import { endingAfter } from '../read-deadline.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { SqliteConnection, Statement } from './connection.ts';
import { stoppableDialect } from './dialect.ts';
import { GroupCommit, type GroupObserver } from './group-commit.ts';
import { type Judge, PreparedReads } from './prepared-reads.ts';
import type { ReadProbe } from './read-probe.ts';
import type { ReaderThreads } from './reader-threads.ts';
import { isCorrupt, storeError, unavailable } from './sqlite-error.ts';
import { SqliteReader } from './sqlite-reader.ts';
import { SqliteTransaction } from './sqlite-transaction.ts';
import { Tenants } from './tenants.ts';
import { ThreadReader } from './thread-reader.ts';
import { TurnGuard } from './turn-guard.ts';
import type { WalFlusher } from './wal-flusher.ts';

/** What a store is made of. */
export interface SqliteStoreParts {
  readonly reader: SqliteConnection;
  /** Absent when the database is only read. */
  readonly writer?: SqliteConnection;
  readonly clock: Clock;
  readonly observer?: GroupObserver;
  /** Puts commits on disk; absent where they do that themselves. */
  readonly flusher?: WalFlusher;
  /** Spares commits the checkpoints. */
  readonly checkpointer?: Checkpointer;
  /** Read what takes long, who says what that is, and how long it may take, in milliseconds. */
  readonly long?: { readonly threads: ReaderThreads; readonly judge: Judge; readonly timeout: number };
  /** Tells pages that are damaged from a disk that does not give them. */
  readonly probe?: ReadProbe;
  /** Gives up the folder. */
  readonly release: () => void;
}

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
export class SqliteStore implements Store {
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

  constructor(parts: SqliteStoreParts) {
    const { reader, writer: connection, clock } = parts;
    this.#parts = parts;
    this.#reads = new PreparedReads(reader, { judge: parts.long?.judge });
    this.#longReads = new PreparedReads(reader, { dialect: stoppableDialect });
    this.#begin = reader.prepare('BEGIN');
    this.#end = reader.prepare('COMMIT');
    this.#tenants = new Tenants({ reader, ...(connection === undefined ? {} : { writer: connection }) });
    if (connection === undefined) return;
    const transaction = new SqliteTransaction({ connection, tenants: this.#tenants, clock, guard: this.#guard });
    const gate = { enter: () => this.#enter(), leave: () => parts.checkpointer?.leave() };
    this.#commits = new GroupCommit({ transaction, gate, flusher: parts.flusher, observer: parts.observer });
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
      () => work(reader),
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
        () => work(reader),
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
    try {
      if (reader !== writer) reader.close();
      // Everything into the main file, so that the folder can be copied. A reader elsewhere may hinder it: harmless.
      writer?.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      writer?.close();
    } finally {
      release();
    }
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
  }
}
