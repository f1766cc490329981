import { readFileSync } from 'node:fs';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type pg from 'pg';
import { AppError } from '../../../lib/app-error.ts';
import { SILENCE_GRACE_MS } from './silence-watch.ts';

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
