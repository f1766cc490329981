import { AppError } from '../../../lib/app-error.ts';
import { FairQueue, type QueueLimits } from '../../../lib/fair-queue.ts';
import { endingAfter } from '../../read-deadline.ts';
import { CONNECT_MS } from '../connection/connection-settings.ts';
import { MOST_READS, Snapshot, type SnapshotParts } from './snapshot.ts';

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
export const SPARE_CONNECTIONS = 1;

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
