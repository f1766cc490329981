import { createHash } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import type { Session } from '../commit/session.ts';
import { typedWriter, type Writer } from '../contract.ts';
import type { PostgresConnection, Statement } from './connection/connection.ts';
import { arrayText } from './connection/text.ts';
import { isConflict, storeError, unavailable } from './errors.ts';
import { GroupTenants, type Tenants } from './tenants.ts';
import { WorkGuard } from './work-guard.ts';
import { PostgresWriter, type Statements } from './writer.ts';

/** What the sessions of a store work with. */
interface SessionParts extends Statements {
  readonly tenants: Tenants;
  readonly clock: Clock;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Transactions of one connection. Appends share their tenants with each other; all other work has its tenant to itself, so that what it
 * reads stays true until its commit, in every process.
 */
export class PostgresSession implements Session {
  readonly #parts: SessionParts;
  readonly #connection: PostgresConnection;
  readonly #tenants: GroupTenants;
  #isOpen = false;
  /** Statements whose answers only the commit waits for. */
  readonly #sent: Promise<unknown>[] = [];

  constructor(parts: SessionParts, connection: PostgresConnection) {
    this.#parts = parts;
    this.#connection = connection;
    this.#tenants = new GroupTenants(parts.tenants, connection);
  }

  async begin(tenants: ReadonlySet<string>, isShared: boolean): Promise<void> {
    this.#isOpen = true;
    this.#send(this.#connection.run({ text: 'BEGIN' }));
    this.#send(lockTenants(this.#connection, tenants, isShared ? 'shared' : 'alone'));
    // Most numbers are known: then the first questions of the work need not wait for these answers.
    await this.#tenants.find(tenants);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  async commit(): Promise<{ readonly onDisk: undefined }> {
    const committing = sent(this.#connection.run({ text: 'COMMIT' }));
    await Promise.all(this.#sent);
    const { command } = (await committing) as { readonly command: string };
    this.#isOpen = false;
    if (command !== 'COMMIT') throw unavailable(undefined);
    this.#tenants.committed();
    return { onDisk: undefined };
  }

  async rollback(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await Promise.allSettled(this.#sent);
    try {
      await this.#connection.run({ text: 'ROLLBACK' });
    } catch {
      this.#connection.discard(); // the error that led here is the one that is told
    }
  }

  release(): void {
    this.#connection.release();
  }

  async run<T>(tenantId: string, work: (writer: Writer) => Promise<T>, isGuarded: boolean): Promise<T> {
    const guard = new WorkGuard();
    const connection = this.#connection;
    const saved: Promise<unknown>[] = [];
    const made = isGuarded ? this.#tenants.made : NONE;
    const writer = new PostgresWriter({
      ...this.#parts,
      connection,
      guard,
      tenant: () => this.#tenants.numberOf(tenantId),
      ownTenant: () => this.#tenants.make(tenantId),
      beforeChange: () => {
        if (isGuarded) saved.push(sent(connection.run({ text: 'SAVEPOINT job' })));
      },
      send: (statement) => this.#send(statement),
    });
    try {
      const value = await guard.run(() => work(typedWriter(writer)));
      if (writer.failure !== undefined) throw writer.failure.error; // the work has swallowed it
      if (writer.changed && isGuarded) await connection.run({ text: 'RELEASE job' });
      return value;
    } catch (error) {
      await Promise.allSettled(saved);
      const failure = writer.failure?.error;
      if (failure !== undefined && isFatal(failure)) {
        await this.rollback();
        throw storeError(failure);
      }
      if (isGuarded && writer.changed) {
        await connection.run({ text: 'ROLLBACK TO job' });
        await connection.run({ text: 'RELEASE job' });
        this.#tenants.forgetBut(made);
        // Without a savepoint a statement that failed has ended the transaction, even one that only read.
      } else if (writer.changed || failure !== undefined) await this.rollback();
      throw error;
    }
  }

  #send(statement: Promise<unknown>): void {
    this.#sent.push(sent(statement));
  }
}

/** A statement whose failure is looked at later. */
function sent(statement: Promise<unknown>): Promise<unknown> {
  statement.catch(() => undefined);
  return statement;
}

/** Whether an error is no fault of the job's. */
const isFatal = (error: unknown): boolean =>
  !(error instanceof Error && 'severity' in error && error.severity === 'ERROR') || isConflict(error);

/**
 * Locks of tenants, held until the transaction ends. Whoever only adds and counts shares a tenant with others of its kind; whoever
 * changes anything else has the tenant to itself: so what it reads stays true until its commit, in every process.
 */

const TEXT = (name: string): string => `SELECT ${name}(each) FROM unnest($1::int8[]) AS each`;
const SHARED: Statement = { text: TEXT('pg_advisory_xact_lock_shared'), name: 'muster_share_tenants' };
const ALONE: Statement = { text: TEXT('pg_advisory_xact_lock'), name: 'muster_hold_tenants' };

/** The number that a tenant's lock has: it needs no row, so that new tenants have one too. */
const lockOf = (guid: string): bigint => createHash('sha256').update(guid.toLowerCase()).digest().readBigInt64BE();

/** Takes the locks of some tenants, always in the same order, so that nobody waits in a circle. */
function lockTenants(connection: PostgresConnection, guids: Iterable<string>, how: 'shared' | 'alone'): Promise<unknown> {
  const locks = [...new Set(guids)].map(lockOf).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return connection.run(how === 'shared' ? SHARED : ALONE, [arrayText(locks)]);
}
