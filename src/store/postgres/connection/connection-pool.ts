import { readFileSync } from 'node:fs';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import pg from 'pg';
import { AppError } from '../../../lib/app-error.ts';
import { storeError, unavailable, unreachable } from '../errors.ts';
import { PostgresConnection, type Statement } from './connection.ts';
import { type DatabaseState, readOnlyError } from './database-state.ts';
import { SILENCE_GRACE_MS, SilenceWatch, WatchedClient } from './silence-watch.ts';

/** How long a pool that closes waits until the database has said goodbye, in milliseconds. */
const GOODBYE_MS = 2000;

/** How often a backend looks whether its client is there still: a statement that nobody waits for ends. */
const NOTICE_GONE: Statement = { text: "SET client_connection_check_interval = '1s'" };
const READ_ONLY: Statement = {
  text: "SELECT current_setting('transaction_read_only') = 'on', pg_is_in_recovery()",
};

/** What connections are for, and how long they are waited for. */
interface PoolOptions {
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

/** How a database is reached. */
export interface DatabaseAddress {
  /** `postgres://user:password@host:port/database?sslmode=…` */
  readonly url: string;
  /** Most connections of this process. */
  readonly pool?: number;
  /** Groups of writes in flight. */
  readonly lanes?: number;
  /** Longest statement, in milliseconds. */
  readonly timeout?: number;
}

const CONNECTIONS = 10;
/** Longest statement when nobody says it, in milliseconds. */
const STATEMENT_MS = 30_000;
/** Longest wait for a connection; then the request is answered with 503. */
export const CONNECT_MS = 5_000;
/** A transaction of which nothing has been heard for so long is of a process that has died or hangs. */
const IDLE_MS = 30_000;

/** Groups of writes in flight: while the commit of one is flushed, the other works. */
export const LANES = 2;
/** On several machines, where a group has one tenant only. */
export const DISTRIBUTED_LANES = 4;

const refuse = (what: string, cause?: unknown): never => {
  throw new AppError('invalidConfiguration', `--database ${what}`, { cause, target: '--database' });
};

/** What pools are made with: for reads, and for groups of writes. @throws invalidConfiguration, whose text holds no part of the URL */
export function poolSettings({ url: text, pool = CONNECTIONS, lanes = LANES, timeout = STATEMENT_MS }: DatabaseAddress) {
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) return refuse('must look like postgres://user:password@host:5432/database.');
  const given = Object.fromEntries(url.searchParams);
  const { sslmode, sslrootcert, sslcert, sslkey, host: socket, application_name = 'muster', ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return refuse(`does not take the parameter '${unknown}'.`);
  const host = socket ?? decodeURIComponent(url.hostname.replace(/^\[|\]$/g, ''));
  const ssl = tlsOf({ sslmode, sslrootcert, sslcert, sslkey }, host);
  const common: pg.PoolConfig & { readonly pipeline: boolean } = {
    host: host === '' ? 'localhost' : host,
    port: url.port === '' ? 5432 : Number(url.port),
    user: decodeURIComponent(url.username) || 'postgres',
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    database: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
    ssl,
    application_name,
    pipeline: true,
    statement_timeout: timeout,
    idle_in_transaction_session_timeout: IDLE_MS,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  };
  return {
    longestSilence: timeout + SILENCE_GRACE_MS,
    readers: { ...common, max: Math.max(1, pool - lanes) },
    writers: { ...common, max: Math.min(lanes, Math.max(1, pool - 1)) },
  };
}

type TlsParameters = Readonly<Record<'sslmode' | 'sslrootcert' | 'sslcert' | 'sslkey', string | undefined>>;

/** TLS as libpq understands its parameters; what would fall back to plain text without saying so is refused. */
function tlsOf({ sslmode = 'disable', sslrootcert, sslcert, sslkey }: TlsParameters, host: string): boolean | TlsOptions {
  const files = {
    ...(sslrootcert === undefined ? {} : { ca: readPem('sslrootcert', sslrootcert) }),
    ...(sslcert === undefined ? {} : { cert: readPem('sslcert', sslcert) }),
    ...(sslkey === undefined ? {} : { key: readPem('sslkey', sslkey) }),
  };
  switch (sslmode) {
    case 'disable':
      return Object.keys(files).length === 0
        ? false
        : refuse('names certificates, and so needs sslmode=verify-full or another that uses them.');
    case 'require':
      return { ...files, rejectUnauthorized: sslrootcert !== undefined, checkServerIdentity: () => undefined };
    case 'verify-ca':
      return { ...files, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { ...files, rejectUnauthorized: true, servername: host };
    default:
      return refuse('takes sslmode=disable, require, verify-ca or verify-full.');
  }
}

function readPem(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    return refuse(`names a file with ${name} that cannot be read.`, cause);
  }
}
