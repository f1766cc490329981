import { setImmediate } from 'node:timers';
import type pg from 'pg';
import { AppError } from '../../lib/app-error.ts';
import { PostgresConnection } from './connection.ts';
import { LookUps } from './look-ups.ts';
import { sqlState } from './postgres-error.ts';

/** Most reads in one snapshot: the statements of each wait for those of the others. */
const MOST_READS = 16;

/** The transaction was ended by an error before. */
const ENDED = '25P02';

/** Whether a read failed only since another one that shares its snapshot did. */
export const isSpoilt = (error: unknown): boolean => error instanceof AppError && sqlState(error.cause) === ENDED;

/**
 * One state of the data for the reads of one turn of the event loop, which so share the beginning and the end of a transaction. What
 * several of them ask is asked once.
 */
export class Snapshot {
  readonly connection: Promise<PostgresConnection>;
  readonly lookUps = new LookUps();
  #reads = 0;
  #open = true;

  readonly #pool: pg.Pool;
  readonly #begin: (connection: Promise<PostgresConnection>) => void;

  constructor(pool: pg.Pool) {
    const { promise, resolve } = Promise.withResolvers<PostgresConnection>();
    this.#pool = pool;
    this.connection = promise;
    this.#begin = resolve;
    this.connection.catch(() => undefined);
    setImmediate(() => this.close());
  }

  /** @returns whether another read may join after this one */
  join(): boolean {
    this.#reads++;
    return this.#reads < MOST_READS;
  }

  leave(): void {
    this.#reads--;
    this.#endIfOver();
  }

  /** Nobody joins any more, and only now it begins: so each read finds what was committed before it. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#begin(this.#beginNow());
    this.#endIfOver();
  }

  async #beginNow(): Promise<PostgresConnection> {
    const connection = await PostgresConnection.from(this.#pool);
    connection.run({ text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' }).catch(() => undefined);
    return connection;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  #endIfOver(): void {
    if (this.#open || this.#reads > 0) return;
    this.connection.then(
      (connection) => {
        // The next user of the connection need not wait for the answer: what it sends comes behind.
        connection.run({ text: 'COMMIT' }).catch(() => undefined);
        connection.release();
      },
      () => undefined,
    );
  }
}
