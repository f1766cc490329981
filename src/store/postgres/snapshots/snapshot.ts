import { setImmediate } from 'node:timers';
import { AppError } from '../../../lib/app-error.ts';
import { tookTooLong } from '../../read-deadline.ts';
import type { PostgresConnection } from '../connection/connection.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { sqlState } from '../errors.ts';
import { LookUps } from './look-ups.ts';

/** Most reads in one snapshot: the statements of each wait for those of the others. */
export const MOST_READS = 16;

/** The transaction was ended by an error before. */
const ENDED = '25P02';

/** Whether a read failed only since another one that shares its snapshot did. */
export const isSpoilt = (error: unknown): boolean => error instanceof AppError && sqlState(error.cause) === ENDED;

/** What snapshots are taken with. */
export interface SnapshotParts {
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
