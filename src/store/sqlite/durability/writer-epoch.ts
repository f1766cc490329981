import type { SqliteConnection, Statement } from '../connection.ts';

/** Numbers of SQLite's header are 32 bits wide, with a sign. */
const MOST = 2 ** 31 - 1;

/**
 * A number in the database's header (`user_version`) that says who writes: whoever opens it for writing counts it up. Who finds another than its own
 * must not write, since what it knows besides of the rows may be wrong. The folder's lock keeps others away; this holds where somebody removes it.
 */
export class WriterEpoch {
  readonly #connection: SqliteConnection;
  readonly #read: Statement;
  readonly #own: number;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
    this.#read = connection.prepare('PRAGMA user_version');
    connection.exec('BEGIN IMMEDIATE');
    this.#own = (this.#found() % MOST) + 1;
    this.touch();
    connection.exec('COMMIT');
  }

  /** Whether nobody has begun to write since. To be asked in a transaction that writes: then it holds until that ends. */
  isOwn(): boolean {
    return this.#found() === this.#own;
  }

  /** Writes it again: a page that says nothing new, so that a commit proves that the disk takes it. */
  touch(): void {
    this.#connection.exec(`PRAGMA user_version = ${this.#own}`);
  }

  #found(): number {
    return Number(this.#read.get([])![0]);
  }
}
