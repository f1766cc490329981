import pg from 'pg';
import { storeError, unavailable, unreachable } from '../errors.ts';
import { PostgresConnection, type Statement } from './connection.ts';
import { type DatabaseState, readOnlyError } from './database-state.ts';
import { SilenceWatch, WatchedClient } from './silence-watch.ts';

/** How long a pool that closes waits until the database has said goodbye, in milliseconds. */
const GOODBYE_MS = 2000;

/** How often a backend looks whether its client is there still: a statement that nobody waits for ends. */
const NOTICE_GONE: Statement = { text: "SET client_connection_check_interval = '1s'" };
const READ_ONLY: Statement = {
  text: "SELECT current_setting('transaction_read_only') = 'on', pg_is_in_recovery()",
};

/** What connections are for, and how long they are waited for. */
export interface PoolOptions {
  readonly state: DatabaseState;
  /** Whether its connections must take writes. */
  readonly writes: boolean;
  /** Longest silence of the database while statements wait, in milliseconds. */
  readonly longestSilence: number;
}

/** Connections to the database, each of which is asked for what it is good for before it is used. */
export class ConnectionPool {
  readonly #pool: pg.Pool;
  readonly #options: PoolOptions;
  readonly #watch: SilenceWatch;
  /** Whether the database knows the setting; asked once. */
  #noticesGone = true;
  #checking: Promise<void> | undefined;
  readonly size: number;

  constructor(config: pg.PoolConfig & { readonly max: number }, options: PoolOptions) {
    this.#options = options;
    this.size = config.max;
    this.#watch = new SilenceWatch(options.longestSilence, (cause) => options.state.foundUnreachable(cause));
    this.#pool = new pg.Pool({ ...config, Client: WatchedClient as unknown as new () => pg.ClientBase });
    // A connection that breaks while nobody uses it is replaced; who uses it is told by the statement that fails.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => {
      client.on('error', () => undefined);
      this.#watch.watch(client as unknown as WatchedClient);
    });
  }

  /** @throws storeUnavailable when there is none in time, or the database takes no writes although it shall */
  async take(): Promise<PostgresConnection> {
    const { state, writes } = this.#options;
    for (;;) {
      if (writes) state.refuseWrites();
      const connection = new PostgresConnection(await this.#connect(), state);
      if (connection.isReady) return connection;
      if (connection.isOutdated) {
        connection.discard();
        connection.release();
        continue;
      }
      try {
        await (writes ? this.#requireWritable(connection) : this.#prepareForReads(connection));
        connection.becomeReady();
        return connection;
      } catch (error) {
        connection.discard();
        connection.release();
        throw storeError(error);
      }
    }
  }

  /** @throws storeUnavailable when the database cannot be written to now */
  check(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  get counts(): { readonly open: number; readonly idle: number; readonly waiting: number } {
    return { open: this.#pool.totalCount, idle: this.#pool.idleCount, waiting: this.#pool.waitingCount };
  }

  /** Closes what is open when it is given back, and waits for the database only shortly. */
  async end(): Promise<void> {
    const timer = setTimeout(() => this.#watch.stop(), GOODBYE_MS);
    await this.#pool.end();
    clearTimeout(timer);
    this.#watch.stop();
  }

  async #connect(): Promise<WatchedClient & pg.PoolClient> {
    const { state } = this.#options;
    const isNew = this.#pool.idleCount === 0 && this.#pool.totalCount < this.size;
    try {
      const client = await this.#pool.connect();
      if (isNew) state.foundReachable();
      return client as unknown as WatchedClient & pg.PoolClient;
    } catch (cause) {
      if (!isNew) throw unavailable(cause);
      state.foundUnreachable(cause);
      throw unreachable(cause);
    }
  }

  async #check(): Promise<void> {
    const connection = await this.take();
    try {
      await this.#requireWritable(connection);
    } catch (error) {
      throw storeError(error);
    } finally {
      connection.release();
    }
  }

  async #requireWritable(connection: PostgresConnection): Promise<void> {
    const { state } = this.#options;
    const [isReadOnly, isStandby] = (await connection.run(READ_ONLY)).rows[0]! as unknown as readonly [boolean, boolean];
    if (!isReadOnly) return state.foundWritable();
    const cause = new Error(isStandby ? 'The database is a standby (pg_is_in_recovery).' : 'default_transaction_read_only is on.');
    connection.discard();
    state.foundReadOnly(cause);
    throw readOnlyError(cause);
  }

  /** Old versions, some platforms and some proxies do not know the setting, and it is no fault to do without it. */
  async #prepareForReads(connection: PostgresConnection): Promise<void> {
    if (!this.#noticesGone) return;
    await connection.run(NOTICE_GONE).catch((error: unknown) => {
      if (!(error instanceof pg.DatabaseError) || error.severity === 'FATAL') throw error;
      this.#noticesGone = false;
    });
  }
}
