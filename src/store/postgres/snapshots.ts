import { AppError } from '../../lib/app-error.ts';
import { FairQueue, type QueueLimits } from '../../lib/fair-queue.ts';
import { endingAfter } from '../read-deadline.ts';
import { CONNECT_MS } from './connection-settings.ts';
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

/** The snapshots under way: as many as there are connections. While there are none left, reads wait for their tenant's turn, which is a snapshot of its own. */
export class Snapshots {
  readonly #parts: SnapshotParts;
  readonly #waiting = new FairQueue<Snapshot>(WAITING_READS);
  #underWay = 0;
  /** The one that the reads of this turn share. */
  #current: Snapshot | undefined;

  constructor(parts: Omit<SnapshotParts, 'ended'>) {
    this.#parts = { ...parts, ended: () => this.#ended() };
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
    if (this.#current?.isOpen === true) return this.#current.join();
    if (this.#underWay >= this.#parts.pool.size) return this.#wait(asking);
    this.#current = this.#start();
    return this.#current.join();
  }

  /** As {@link join}, and nobody else joins it. */
  async alone(asking: Asking): Promise<Snapshot> {
    const snapshot = this.#underWay >= this.#parts.pool.size ? await this.#wait(asking) : this.#start().join();
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

  #start(): Snapshot {
    this.#underWay++;
    return new Snapshot(this.#parts);
  }

  #ended(): void {
    this.#underWay--;
    if (this.#waiting.length === 0) return;
    const snapshot = this.#start();
    this.#waiting.giveTenant(() => snapshot.join(), MOST_READS);
  }
}
