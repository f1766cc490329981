import type { Clock } from '../../lib/clock.ts';
import { typedWriter, type Writer } from '../contract.ts';
import type { SqliteConnection, Statement } from './connection.ts';
import { CounterBuffer } from './counter-buffer.ts';
import type { WriterEpoch } from './durability/writer-epoch.ts';
import { unavailable } from './errors.ts';
import type { GroupJob, Transaction } from './group-commit.ts';
import { PreparedReads } from './prepared-reads.ts';
import { PreparedWrites } from './prepared-writes.ts';
import type { Tenants } from './tenants.ts';
import type { TurnGuard } from './turn-guard.ts';
import { SqliteWriter } from './writer.ts';

/** What transactions need. */
export interface TransactionParts {
  readonly connection: SqliteConnection;
  readonly tenants: Tenants;
  readonly clock: Clock;
  readonly guard: TurnGuard;
  readonly epoch: WriterEpoch;
  /** Says whether the transaction may go on that has just begun. @throws why not */
  readonly begun: () => void;
}

/** Transactions of the writing connection. A guarded job gets a savepoint, opened before its first change. */
export class SqliteTransaction implements Transaction {
  readonly #parts: TransactionParts;
  readonly #reads: PreparedReads;
  readonly #writes: PreparedWrites;
  readonly #counters: CounterBuffer;
  readonly #statements: Readonly<Record<'begin' | 'commit' | 'save' | 'release' | 'undo', Statement>>;

  constructor(parts: TransactionParts) {
    const { connection } = parts;
    this.#parts = parts;
    this.#reads = new PreparedReads(connection);
    this.#writes = new PreparedWrites(connection);
    this.#counters = new CounterBuffer({
      find: (from, scope, tenant) => this.#reads.select({ from, scope, orderBy: [], limit: 1 }, { tenant, now: parts.clock.now() })[0],
      put: (type, row, tenant) => this.#writes.put(type, row, tenant),
    });
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

  commit(): void {
    this.#counters.flush();
    this.#statements.commit.run([]);
    this.#counters.committed();
    this.#parts.tenants.committed();
  }

  rollback(): void {
    this.#counters.rolledBack();
    this.#parts.connection.rollBack();
    this.#parts.tenants.rolledBack();
  }

  isOpen(): boolean {
    return this.#parts.connection.inTransaction;
  }

  async run<T>({ tenantId, work }: GroupJob<T>, guarded: boolean): Promise<T> {
    const { tenants, clock, guard, epoch } = this.#parts;
    const writer = new SqliteWriter({
      reads: this.#reads,
      writes: this.#writes,
      counters: this.#counters,
      clock,
      tenant: () => tenants.findInside(tenantId, false),
      ownTenant: () => tenants.findInside(tenantId, true)!,
      beforeChange: () => {
        if (guarded) this.#statements.save.run([]);
      },
      inTransaction: () => this.isOpen(),
      touch: () => epoch.touch(),
    });
    this.#counters.beginJob();
    try {
      const value = await guard.run(
        () => (work as (writer: Writer) => Promise<T>)(typedWriter(writer)),
        () => {
          writer.revoke();
          return undefined;
        },
      );
      if (!this.isOpen()) throw unavailable(undefined); // the work swallowed an error that ended the transaction
      if (writer.changed && guarded) this.#statements.release.run([]);
      return value;
    } catch (error) {
      if (writer.changed) {
        if (guarded) this.#undo();
        else this.rollback();
      }
      throw error;
    }
  }

  #undo(): void {
    try {
      if (this.isOpen()) {
        this.#statements.undo.run([]);
        this.#statements.release.run([]);
      }
    } catch {
      this.rollback(); // half a job must not be committed
      return;
    }
    this.#counters.undoJob();
    this.#parts.tenants.rolledBack();
  }
}
