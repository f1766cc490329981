import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { SqlValue } from '../sql/fragment.ts';
import { storeError, unavailable } from './postgres-error.ts';

/** A statement: its text has `$1`, `$2`, …; with a name it is prepared once for each connection. */
export interface Statement {
  readonly text: string;
  readonly name?: string;
}

/** What a parameter can be: a value, or the text of an array. */
export type Bound = SqlValue | boolean;

/** What a statement came to. Rows are arrays of values. */
export interface Result {
  readonly rows: readonly (readonly SqlValue[])[];
  readonly count: number;
  /** `COMMIT`, `ROLLBACK`, … */
  readonly command: string;
}

const BOOL = 16;
const BYTEA = 17;
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 1700]);
const asIs = (text: string): string => text;

/** How values arrive: numbers as numbers (no column holds one beyond 2⁵³), bytes as bytes, all else as text. */
export const valueTypes = {
  getTypeParser: (oid: number): ((text: string) => unknown) => {
    if (NUMBERS.has(oid)) return Number;
    if (oid === BOOL) return (text) => text === 't';
    return oid === BYTEA ? (text) => Buffer.from(text.slice(2), 'hex') : asIs;
  },
} as pg.CustomTypesConfig;

/**
 * One connection, taken out of a pool. Statements are sent as they come, without waiting for the answers of those before: their order
 * is that of the calls, and an error fails one statement only, so whoever sends several looks at each answer.
 */
export class PostgresConnection {
  readonly #client: pg.PoolClient;
  readonly #stream: Duplex | undefined;
  #broken = false;

  private constructor(client: pg.PoolClient) {
    this.#client = client;
    this.#stream = socketOf(client);
  }

  /** @throws storeUnavailable when there is none in time */
  static async from(pool: pg.Pool): Promise<PostgresConnection> {
    try {
      return new PostgresConnection(await pool.connect());
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  /**
   * The answer comes by a callback: with the promises that `pg` makes, it outlives the next collections of garbage (`docs/performance.md`).
   * @throws an error of the database as it came, storeUnavailable when the connection is gone
   */
  run({ text, name }: Statement, values: readonly Bound[] = []): Promise<Result> {
    const query: pg.QueryArrayConfig<Bound[]> = {
      text,
      values: values as Bound[],
      rowMode: 'array',
      types: valueTypes,
      ...(name === undefined ? {} : { name }),
    };
    return new Promise((resolve, reject) => {
      gather(this.#stream);
      this.#client.query<SqlValue[], Bound[]>(query, (error: Error | null, result) => {
        if (error) {
          if (!(error instanceof pg.DatabaseError) || error.severity === 'FATAL') this.#broken = true;
          reject(error);
        } else resolve({ rows: result.rows, count: result.rowCount ?? 0, command: result.command });
      });
    });
  }

  /** Gives the connection back, or up when something has gone wrong with it. */
  release(): void {
    this.#client.release(this.#broken);
  }

  /** Whatever is open on it shall end: it is closed. */
  discard(): void {
    this.#broken = true;
  }
}

/** The socket of a client, which `pg` does not promise to show: without it, statements are sent one by one. */
function socketOf(client: pg.PoolClient): Duplex | undefined {
  const stream = (client as { readonly connection?: { readonly stream?: Partial<Duplex> } }).connection?.stream;
  return typeof stream?.cork === 'function' && typeof stream.uncork === 'function' ? (stream as Duplex) : undefined;
}

/** What is sent in one go of the event loop goes out in one piece: each piece is a call of the system here and a waking up there. */
function gather(stream: Duplex | undefined): void {
  if (stream === undefined || stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

/** Runs a statement on any connection of a pool. @throws AppError */
export async function runOnce(pool: pg.Pool, statement: Statement, values: readonly Bound[] = []): Promise<Result> {
  const connection = await PostgresConnection.from(pool);
  try {
    return await connection.run(statement, values);
  } catch (error) {
    throw storeError(error);
  } finally {
    connection.release();
  }
}
