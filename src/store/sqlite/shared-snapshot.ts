import { setImmediate } from 'node:timers';
import type { SqliteConnection, Statement } from './connection.ts';
import { storeError } from './errors.ts';

/**
 * The snapshot of the reading connection. Reads of one turn of the event loop share it, and with it one taking of SQLite's locks. It ends
 * when the turn is over and no read is under way.
 */
export class SharedSnapshot {
  readonly #connection: SqliteConnection;
  readonly #begin: Statement;
  readonly #commit: Statement;
  #reading = 0;
  #isOpen = false;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
    this.#begin = connection.prepare('BEGIN');
    this.#commit = connection.prepare('COMMIT');
  }

  /** A read begins. @throws storeUnavailable, corruptStore */
  enter(): void {
    if (!this.#isOpen) {
      try {
        this.#begin.run([]);
      } catch (error) {
        throw storeError(error);
      }
      this.#isOpen = true;
      setImmediate(() => this.#atTurnEnd());
    }
    this.#reading++;
  }

  /** A read has ended. */
  leave(): void {
    this.#reading--;
  }

  /** Ends the snapshot unless a read is under way. @returns whether none is open any more */
  end(): boolean {
    if (this.#reading > 0) return false;
    // An error may have ended it already.
    if (this.#isOpen && this.#connection.inTransaction) this.#close();
    this.#isOpen = false;
    return true;
  }

  #atTurnEnd(): void {
    if (!this.end()) setImmediate(() => this.#atTurnEnd());
  }

  /** A damaged page makes COMMIT fail, too. Nobody hears of it: what has been read is right. */
  #close(): void {
    try {
      this.#commit.run([]);
    } catch {
      this.#connection.rollBack();
    }
  }
}
