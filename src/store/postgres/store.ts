import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { CommitScheduler } from '../commit/scheduler.ts';
import type { CommitObserver } from '../commit/session.ts';
import { type Appending, NO_TENANT, type Reader, type ReadOptions, typedReader, type WatchedStore, type Writer } from '../contract.ts';
import { tenant } from '../schema/table.ts';
import type { ConnectionPool } from './connection/connection-pool.ts';
import { CountRows } from './count-rows.ts';
import { isConflict, storeError } from './errors.ts';
import { InsertRows } from './insert-rows.ts';
import { PreparedReads } from './prepared-reads.ts';
import { PostgresReader } from './reader.ts';
import { PostgresSession } from './session.ts';
import { Slots } from './slots.ts';
import { type Asking, isSpoilt, type Snapshot, Snapshots } from './snapshots.ts';
import { Tenants } from './tenants.ts';
import { WorkGuard } from './work-guard.ts';
import { UpdateRow } from './writer.ts';

/** What a store is made of. */
export interface PostgresStoreParts {
  /** Connections for reads. */
  readonly readers: ConnectionPool;
  /** Connections for groups of writes. */
  readonly writers: ConnectionPool;
  readonly lanes: number;
  /** Whether a transaction shall have one tenant only, as others may be on other machines. */
  readonly oneTenant: boolean;
  readonly clock: Clock;
  readonly observer: CommitObserver;
  /** Longest read behind its waiting for a connection, in milliseconds; for ever when absent. */
  readonly readTimeout?: number;
}

const rename = (error: unknown): never => {
  throw storeError(error);
};

/** Slots of a counter: more than processes times lanes are of no use, and fewer make these wait for each other. */
const SLOTS = 16;

/** The store on PostgreSQL. Reads of one turn share a snapshot (`snapshot.ts`), writes share transactions (`write-queue.ts`). */
export class PostgresStore implements WatchedStore {
  readonly #parts: PostgresStoreParts;
  readonly #reads = new PreparedReads();
  readonly #tenants = new Tenants();
  readonly #commits: CommitScheduler;
  /** Reads under way. A set of them would keep garbage alive, as it is that much added to and deleted from. */
  #reading = 0;
  /** Tells that none is under way any more. */
  #allRead: () => void = () => undefined;
  readonly #snapshots: Snapshots;
  #closed: Promise<void> | undefined;

  constructor(parts: PostgresStoreParts) {
    this.#parts = parts;
    this.#snapshots = new Snapshots({ pool: parts.readers, longest: parts.readTimeout });
    let slot = Math.floor(Math.random() * SLOTS);
    const session = {
      clock: parts.clock,
      reads: this.#reads,
      tenants: this.#tenants,
      inserts: new InsertRows(),
      updates: new UpdateRow(),
      counts: new CountRows(),
      slots: new Slots(() => slot++ % SLOTS),
    };
    this.#commits = new CommitScheduler(
      {
        lanes: parts.lanes,
        mixes: false,
        oneTenant: parts.oneTenant,
        longest: Number.POSITIVE_INFINITY,
        ready: () => undefined,
        open: async () => new PostgresSession(session, await parts.writers.take()),
        isConflict: (error) => isConflict(error) || (error instanceof AppError && isConflict(error.cause)),
        fault: storeError,
      },
      parts.observer,
    );
  }

  async read<T>(tenantId: string, work: (reader: Reader) => Promise<T>, { signal }: ReadOptions = {}): Promise<T> {
    this.#refuseWhenClosed();
    signal?.throwIfAborted();
    this.#reading++;
    try {
      return await this.#read({ tenantId, signal }, work);
    } finally {
      this.#reading--;
      if (this.#reading === 0) this.#allRead();
    }
  }

  async write<T>(tenantId: string, work: (writer: Writer) => Promise<T>): Promise<T> {
    this.#refuseWhenClosed();
    return this.#commits.submit(tenantId, work);
  }

  async append<T, R>(tenantId: string, appending: Appending<T, R>): Promise<R> {
    this.#refuseWhenClosed();
    return this.#commits.append(tenantId, appending);
  }

  async check(): Promise<void> {
    this.#refuseWhenClosed();
    await Promise.all([this.#parts.writers.check(), this.read(NO_TENANT, (reader) => reader.count({ from: tenant, scope: {} }))]);
  }

  /** How its connections are used. */
  connections(): { readonly open: number; readonly idle: number; readonly waiting: number } {
    const [readers, writers] = [this.#parts.readers.counts, this.#parts.writers.counts];
    const waiting = readers.waiting + writers.waiting + this.#snapshots.waiting;
    return { open: readers.open + writers.open, idle: readers.idle + writers.idle, waiting };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const reading = new Promise<void>((resolve) => {
      this.#allRead = resolve;
      if (this.#reading === 0) resolve();
    });
    await Promise.allSettled([this.#commits.drained(), reading]);
    await Promise.all([this.#parts.readers.end(), this.#parts.writers.end()]);
  }

  async #read<T>(asking: Asking, work: (reader: Reader) => Promise<T>): Promise<T> {
    try {
      return await this.#readIn(await this.#snapshots.join(asking), asking, work);
    } catch (error) {
      if (!isSpoilt(error)) throw error;
      return this.#readIn(await this.#snapshots.alone(asking), asking, work);
    }
  }

  async #readIn<T>(snapshot: Snapshot, { tenantId, signal }: Asking, work: (reader: Reader) => Promise<T>): Promise<T> {
    let abandoned = false;
    const abandon = (): void => {
      abandoned = true;
      snapshot.abandon();
    };
    signal?.addEventListener('abort', abandon, { once: true });
    try {
      signal?.throwIfAborted();
      const connection = await snapshot.connection;
      const tenant = await this.#tenants.find(tenantId, connection).catch(rename);
      signal?.throwIfAborted();
      const guard = new WorkGuard();
      const { lookUps } = snapshot;
      const parts = { reads: this.#reads, clock: this.#parts.clock, connection, guard, lookUps, signal, tenant: () => tenant };
      return await guard.run(() => work(typedReader(new PostgresReader(parts))));
    } catch (error) {
      throw abandoned ? signal!.reason : error;
    } finally {
      signal?.removeEventListener('abort', abandon);
      snapshot.leave(abandoned);
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closed !== undefined) throw new AppError('storeUnavailable', 'The store is closed.');
  }
}
