import type { Clock } from '../../lib/clock.ts';
import type { Session } from '../commit/session.ts';
import { typedWriter, type Writer } from '../contract.ts';
import type { SqliteConnection, Statement } from './connection.ts';
import { unavailable } from './errors.ts';
import { PreparedReads } from './prepared-reads.ts';
import type { Tenants } from './tenants.ts';
import type { TurnGuard } from './turn-guard.ts';
import { PreparedWrites, SqliteWriter } from './writer.ts';

/** What the session of a store works with. */
interface SessionParts {
  readonly connection: SqliteConnection;
  readonly tenants: Tenants;
  readonly clock: Clock;
  readonly guard: TurnGuard;
  readonly epoch: WriterEpoch;
  /** Says whether the transaction that has just begun may go on. @throws why not */
  begun(): void;
  /** Puts on disk what was committed; undefined where the commit did. */
  flush(): Promise<void> | undefined;
  /** The session was given back. */
  released(): void;
}

/** Transactions of the one connection that writes. A guarded job gets a savepoint, opened before its first change. */
export class SqliteSession implements Session {
  readonly #parts: SessionParts;
  readonly #reads: PreparedReads;
  readonly #writes: PreparedWrites;
  readonly #statements: Readonly<Record<'begin' | 'commit' | 'save' | 'release' | 'undo', Statement>>;

  constructor(parts: SessionParts) {
    const { connection } = parts;
    this.#parts = parts;
    this.#reads = new PreparedReads(connection);
    this.#writes = new PreparedWrites(connection);
    this.#statements = {
      begin: connection.prepare('BEGIN IMMEDIATE'),
      commit: connection.prepare('COMMIT'),
      save: connection.prepare('SAVEPOINT job'),
      release: connection.prepare('RELEASE job'),
      undo: connection.prepare('ROLLBACK TO job'),
    };
  }

  begin(): void {
    this.#statements.begin.run([]);
    this.#parts.begun();
  }

  async commit(): Promise<{ readonly onDisk: Promise<void> | undefined }> {
    this.#statements.commit.run([]);
    this.#parts.tenants.committed();
    return { onDisk: this.#parts.flush() };
  }

  rollback(): void {
    this.#parts.connection.rollBack();
    this.#parts.tenants.rolledBack();
  }

  get isOpen(): boolean {
    return this.#parts.connection.inTransaction;
  }

  release(): void {
    this.#parts.released();
  }

  async run<T>(tenantId: string, work: (writer: Writer) => Promise<T>, isGuarded: boolean): Promise<T> {
    const { tenants, clock, guard, epoch } = this.#parts;
    const writer = new SqliteWriter({
      reads: this.#reads,
      writes: this.#writes,
      clock,
      tenant: () => tenants.findInside(tenantId, false),
      ownTenant: () => tenants.findInside(tenantId, true)!,
      beforeChange: () => {
        if (isGuarded) this.#statements.save.run([]);
      },
      inTransaction: () => this.isOpen,
      touch: () => epoch.touch(),
    });
    try {
      const value = await guard.run(
        () => work(typedWriter(writer)),
        () => {
          writer.revoke();
          return undefined;
        },
      );
      if (!this.isOpen) throw unavailable(undefined); // the work swallowed an error that ended the transaction
      if (writer.changed && isGuarded) this.#statements.release.run([]);
      return value;
    } catch (error) {
      if (writer.changed) {
        if (isGuarded) this.#undo();
        else this.rollback();
      }
      throw error;
    }
  }

  #undo(): void {
    try {
      if (this.isOpen) {
        this.#statements.undo.run([]);
        this.#statements.release.run([]);
      }
    } catch {
      this.rollback(); // half a job must not be committed
      return;
    }
    this.#parts.tenants.rolledBack();
  }
}

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
