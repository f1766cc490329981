import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { Fragment, SqlValue } from '../../sql/fragment.ts';
import { isReadOnly } from '../errors.ts';
import type { DatabaseState } from './database-state.ts';
import type { WatchedClient } from './silence-watch.ts';

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
const valueTypes = {
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
  readonly #client: WatchedClient & pg.PoolClient;
  readonly #stream: Duplex | undefined;
  readonly #state: DatabaseState;
  #broken = false;

  constructor(client: WatchedClient & pg.PoolClient, state: DatabaseState) {
    this.#client = client;
    this.#stream = socketOf(client);
    this.#state = state;
  }

  /**
   * The answer comes by a callback: with the promises that `pg` makes, it outlives the next collections of garbage (`bench/NOTES.md`).
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
      this.#client.asked();
      this.#client.query<SqlValue[], Bound[]>(query, (error: Error | null, result) => {
        this.#client.answered();
        if (error) {
          this.#failed(error);
          reject(error);
        } else resolve({ rows: result.rows, count: result.rowCount ?? 0, command: result.command });
      });
    });
  }

  /** Gives the connection back, or up when something has gone wrong with it. */
  release(): void {
    this.#client.release(this.#broken || this.isOutdated);
  }

  /** Whatever is open on it shall end: it is closed. */
  discard(): void {
    this.#broken = true;
  }

  /** Closes it now, whatever runs on it: the statements that wait for answers fail with this error. */
  destroy(error: Error): void {
    this.#broken = true;
    this.#client.destroy(error);
  }

  /** Waits for the answers of `work` for as long as it takes. */
  async withoutDeadline<T>(work: () => Promise<T>): Promise<T> {
    this.#client.isPatient = true;
    try {
      return await work();
    } finally {
      this.#client.isPatient = false;
    }
  }

  /** Whether it was asked for what it is good for. */
  get isReady(): boolean {
    return this.#client.era === this.#state.era;
  }

  /** Whether the database has become another since. */
  get isOutdated(): boolean {
    return this.#client.era !== undefined && !this.isReady;
  }

  becomeReady(): void {
    this.#client.era = this.#state.era;
  }

  #failed(error: Error): void {
    if (!(error instanceof pg.DatabaseError) || error.severity === 'FATAL') this.#broken = true;
    if (!isReadOnly(error)) return;
    this.#broken = true;
    this.#state.foundReadOnly(error);
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

/** Most statements that a connection keeps prepared: their shapes are in the hands of clients, and PostgreSQL forgets none by itself. */
const NAMED = 400;
/** Uses before a statement gets a name; four times as many for each hundred that have one, so that nobody takes them all in passing. */
const USES = 3;
const usesNeeded = (): number => USES * 4 ** Math.floor(named / 100);
/** Each connection keeps its text and its plan. */
const LONGEST_NAMED = 20_000;

const QUOTED_OR_PLACE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g;

/** The text of a fragment with `$1`, `$2`, … in the places of its parameters. */
export function numbered({ text }: Pick<Fragment, 'text'>): string {
  let places = 0;
  return text.replace(QUOTED_OR_PLACE, (found) => (found === '?' ? `$${++places}` : found));
}

let named = 0;

/** One text, which gets a name when it has been used a few times: preparing costs more than it saves before. */
export class NamedStatement {
  readonly #text: string;
  #uses = 0;
  #name: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The statement for its next use. */
  next(): Statement {
    if (this.#name === undefined) {
      if (++this.#uses < usesNeeded() || named >= NAMED || this.#text.length > LONGEST_NAMED) return { text: this.#text };
      this.#name = `muster_${++named}`;
    }
    return { text: this.#text, name: this.#name };
  }
}
