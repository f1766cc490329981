import { setImmediate } from 'node:timers';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { FairQueue, type QueueLimits } from '../../lib/fair-queue.ts';
import type { SelectPlan } from '../../query/plan.ts';
import { endingAfter, tookTooLong } from '../read-deadline.ts';
import { planShape } from '../sql/plan-shape.ts';
import type { PostgresConnection } from './connection/connection.ts';
import { CONNECT_MS, type ConnectionPool } from './connection/connection-pool.ts';
import { sqlState } from './errors.ts';

/** Reads that wait for a connection, while all are in use. */
export const WAITING_READS: QueueLimits = { most: 2000, mostOfTenant: 1000 };

/** Who reads. */
export interface Asking {
  readonly tenantId: string;
  /** Ends the waiting, with its reason. */
  readonly signal: AbortSignal | undefined;
}

const noneInTime = (): AppError =>
  new AppError('storeUnavailable', 'All connections to the database are in use. Wait a little, and send the request again.', {
    isLogged: true,
  });

/** Connections that no single tenant can keep from the others with reads that take long, where there are enough. */
const SPARE_CONNECTIONS = 1;

/**
 * The snapshots under way: as many as there are connections, one fewer with reads of the same tenant. While there are none left, reads wait for
 * their tenant's turn, which is a snapshot of its own.
 */
export class Snapshots {
  readonly #parts: SnapshotParts;
  readonly #waiting = new FairQueue<Snapshot>(WAITING_READS);
  #underWay = 0;
  /** In how many of them a tenant reads. */
  readonly #shares = new Map<string, number>();
  readonly #largestShare: number;
  /** The one that the reads of this turn share. */
  #current: Snapshot | undefined;

  constructor(parts: Omit<SnapshotParts, 'ended'>) {
    this.#parts = { ...parts, ended: (snapshot) => this.#ended(snapshot) };
    const { size } = parts.pool;
    this.#largestShare = size > 2 * SPARE_CONNECTIONS ? size - SPARE_CONNECTIONS : size;
  }

  /** How many reads wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Joins the snapshot that the reads of this turn share.
   * @throws storeUnavailable when there is no connection in time, busy when too many wait, the reason of the signal
   */
  join(asking: Asking): Snapshot | Promise<Snapshot> {
    const { tenantId } = asking;
    const current = this.#current;
    if (current?.isOpen === true && (current.tenants.has(tenantId) || this.#mayTakeMore(tenantId))) return this.#enter(current, tenantId);
    if (!this.#hasRoom(tenantId)) return this.#wait(asking);
    this.#current = this.#start();
    return this.#enter(this.#current, tenantId);
  }

  /** As {@link join}, and nobody else joins it. */
  async alone(asking: Asking): Promise<Snapshot> {
    const { tenantId } = asking;
    const snapshot = this.#hasRoom(tenantId) ? this.#enter(this.#start(), tenantId) : await this.#wait(asking);
    snapshot.close();
    return snapshot;
  }

  async #wait({ tenantId, signal }: Asking): Promise<Snapshot> {
    const patience = endingAfter(CONNECT_MS, signal, noneInTime);
    try {
      return await this.#waiting.wait(tenantId, patience.signal);
    } finally {
      patience.clear();
    }
  }

  #mayTakeMore(tenantId: string): boolean {
    return (this.#shares.get(tenantId) ?? 0) < this.#largestShare;
  }

  #hasRoom(tenantId: string): boolean {
    return this.#underWay < this.#parts.pool.size && this.#mayTakeMore(tenantId);
  }

  #start(): Snapshot {
    this.#underWay++;
    return new Snapshot(this.#parts);
  }

  #enter(snapshot: Snapshot, tenantId: string): Snapshot {
    if (!snapshot.tenants.has(tenantId)) {
      snapshot.tenants.add(tenantId);
      this.#shares.set(tenantId, (this.#shares.get(tenantId) ?? 0) + 1);
    }
    return snapshot.join();
  }

  #ended({ tenants }: Snapshot): void {
    this.#underWay--;
    for (const tenantId of tenants) {
      const share = this.#shares.get(tenantId)! - 1;
      if (share === 0) this.#shares.delete(tenantId);
      else this.#shares.set(tenantId, share);
    }
    while (this.#waiting.length > 0) {
      const next = this.#waiting.next((tenantId) => this.#hasRoom(tenantId));
      if (next === undefined) return;
      const snapshot = this.#start();
      this.#waiting.giveTenant(next, MOST_READS, () => this.#enter(snapshot, next));
    }
  }
}

/** What the jobs of a group read, of types that nobody changes meanwhile: the same is asked for once. */
export class LookUps {
  readonly #found = new Map<string, Promise<Row[]>>();

  /** The rows of a plan: those known or being asked for, or those that `select` finds. */
  async find(plan: SelectPlan, tenant: number | undefined, select: () => Promise<Row[]>): Promise<Row[]> {
    if (tenant === undefined) return select();
    const { key, values } = planShape('look-up', plan);
    const place = `${tenant}|${key}|${plan.limit}|${JSON.stringify(values)}`;
    let found = this.#found.get(place);
    if (found === undefined) {
      found = select();
      this.#found.set(place, found);
    }
    return [...(await found)];
  }
}

/** Most reads in one snapshot: the statements of each wait for those of the others. */
const MOST_READS = 16;

/** The transaction was ended by an error before. */
const ENDED = '25P02';

/** Whether a read failed only since another one that shares its snapshot did. */
export const isSpoilt = (error: unknown): boolean => error instanceof AppError && sqlState(error.cause) === ENDED;

/** What snapshots are taken with. */
interface SnapshotParts {
  readonly pool: ConnectionPool;
  /** The longest that one may last, in milliseconds; for ever when absent. */
  readonly longest: number | undefined;
  /** Told when it has let go of its connection. */
  readonly ended: (snapshot: Snapshot) => void;
}

/**
 * One state of the data for the reads of one turn of the event loop, which so share the beginning and the end of a transaction. What
 * several of them ask is asked once.
 */
export class Snapshot {
  readonly connection: Promise<PostgresConnection>;
  readonly lookUps = new LookUps();
  /** Who reads in it. */
  readonly tenants = new Set<string>();
  #reads = 0;
  /** Those of its reads that nobody waits for any more. */
  #abandoned = 0;
  #open = true;
  /** The connection, while it is this snapshot's. */
  #own: PostgresConnection | undefined;
  #timer: NodeJS.Timeout | undefined;

  readonly #parts: SnapshotParts;
  readonly #begin: (connection: Promise<PostgresConnection>) => void;

  constructor(parts: SnapshotParts) {
    const { promise, resolve } = Promise.withResolvers<PostgresConnection>();
    this.#parts = parts;
    this.connection = promise;
    this.#begin = resolve;
    this.connection.catch(() => undefined);
    setImmediate(() => this.close());
  }

  /** A read joins; behind the last that may, nobody does any more. */
  join(): this {
    this.#reads++;
    if (this.#reads >= MOST_READS) this.close();
    return this;
  }

  /** Nobody waits any more for one of its reads. When that is true of all of them, it ends at once, whatever runs. */
  abandon(): void {
    this.#abandoned++;
    this.#endIfAbandoned();
  }

  /** @param abandoned whether {@link abandon} was called for this read */
  leave(abandoned: boolean): void {
    this.#reads--;
    if (abandoned) this.#abandoned--;
    this.#endIfOver();
    this.#endIfAbandoned();
  }

  /** Nobody joins any more, and only now it begins: so each read finds what was committed before it. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#begin(this.#beginNow());
    this.#endIfOver();
  }

  async #beginNow(): Promise<PostgresConnection> {
    const connection = await this.#parts.pool.take();
    this.#own = connection;
    const { longest } = this.#parts;
    if (longest !== undefined) this.#timer = setTimeout(() => connection.destroy(tookTooLong()), longest);
    connection.run({ text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' }).catch(() => undefined);
    return connection;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  #endIfOver(): void {
    if (this.#open || this.#reads > 0) return;
    this.connection
      .then(
        (connection) => {
          clearTimeout(this.#timer);
          this.#own = undefined;
          // The next user of the connection need not wait for the answer: what it sends comes behind.
          connection.run({ text: 'COMMIT' }).catch(() => undefined);
          connection.release();
        },
        () => undefined,
      )
      .then(() => this.#parts.ended(this));
  }

  #endIfAbandoned(): void {
    if (this.#reads > 0 && this.#abandoned === this.#reads) {
      this.#own?.destroy(new AppError('storeUnavailable', 'The read was given up, as nobody waited for its answer.'));
    }
  }
}
