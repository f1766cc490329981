import { setImmediate } from 'node:timers';
import type pg from 'pg';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { SelectPlan } from '../../query/plan.ts';
import type { Reader } from '../contract.ts';
import { PostgresConnection } from './connection.ts';
import { LookUps } from './look-ups.ts';
import { sqlState, storeError } from './postgres-error.ts';
import { PostgresReader, type ReaderParts } from './postgres-reader.ts';
import type { PreparedReads } from './prepared-reads.ts';
import type { Tenants } from './tenants.ts';
import { WorkGuard } from './work-guard.ts';

/** One unit of work that waits for its snapshot. It may be run again: what fails in a group takes the snapshot of the others with it. */
interface QueuedRead {
  readonly tenantId: string;
  readonly work: (reader: Reader) => Promise<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** What reads are made with. */
export interface ReadQueueParts {
  /** Each of its connections has one snapshot at a time. */
  readonly pool: pg.Pool;
  readonly reads: PreparedReads;
  readonly tenants: Tenants;
  readonly clock: Clock;
}

/** Most reads on one connection: their statements follow each other, and so a slow one makes others wait. */
const GROUP_LIMIT = 16;

const BEGIN = { text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' };
const COMMIT = { text: 'COMMIT' };

const rename = (error: unknown): never => {
  throw storeError(error);
};

/** What a statement is answered after another of its transaction has failed. */
const SPOILT = '25P02';

/**
 * Reads that arrive in a turn of the event loop, or while all connections are busy, share a snapshot that is taken after the last of them has come:
 * so a read needs little more than its own statement. Those whose snapshot was spoilt by another one begin again, each by itself.
 */
export class ReadQueue {
  readonly #parts: ReadQueueParts;
  readonly #waiting: QueuedRead[] = [];
  readonly #alone: QueuedRead[] = [];
  #connecting = false;

  constructor(parts: ReadQueueParts) {
    this.#parts = parts;
  }

  submit<T>(tenantId: string, work: (reader: Reader) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ tenantId, work, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#connecting || this.#waiting.length + this.#alone.length === 0) return;
    this.#connecting = true;
    setImmediate(() => void this.#next());
  }

  /** Waits for a connection, and only then looks who shall have it. */
  async #next(): Promise<void> {
    const connection = await PostgresConnection.from(this.#parts.pool).catch((error: unknown) => {
      for (const read of this.#take()) read.reject(error);
    });
    this.#connecting = false;
    const group = connection === undefined ? [] : this.#take();
    this.#schedule();
    if (connection !== undefined) await this.#run(group, connection);
  }

  #take(): readonly QueuedRead[] {
    return this.#alone.length > 0 ? this.#alone.splice(0, 1) : this.#waiting.splice(0, GROUP_LIMIT);
  }

  async #run(group: readonly QueuedRead[], connection: PostgresConnection): Promise<void> {
    const begun = connection.run(BEGIN);
    begun.catch(() => undefined);
    const lookUps = new LookUps();
    await Promise.all(group.map((read) => this.#runOne(read, { connection, begun, lookUps, isAlone: group.length === 1 })));
    // The next user of the connection need not wait for the answer: what it sends comes behind.
    connection.run(COMMIT).catch(() => undefined);
    connection.release();
    this.#schedule(); // of who was spoilt
  }

  async #runOne(
    read: QueuedRead,
    {
      connection,
      begun,
      lookUps,
      isAlone,
    }: Pick<ReaderParts, 'connection'> & { begun: Promise<unknown>; lookUps: LookUps; isAlone: boolean },
  ): Promise<void> {
    const { reads, tenants, clock } = this.#parts;
    const guard = new WorkGuard();
    try {
      const tenant = await tenants.find(read.tenantId, connection).catch(rename);
      const reader = new GroupReader({ reads, clock, connection, guard, tenant: () => tenant }, lookUps);
      const answer = await guard.run(() => read.work(reader));
      await begun.catch(rename);
      read.resolve(answer as never);
    } catch (error) {
      if (!isAlone && isSpoilt(error)) this.#alone.push(read);
      else read.reject(error);
    }
  }
}

/** What belongs to no tenant is asked by many reads of a snapshot, and so once for all of them. */
class GroupReader extends PostgresReader {
  readonly #lookUps: LookUps;

  constructor(parts: ReaderParts, lookUps: LookUps) {
    super(parts);
    this.#lookUps = lookUps;
  }

  override select(plan: SelectPlan): Promise<Row[]> {
    if (plan.from.storage?.global !== true) return super.select(plan);
    return this.ask(() => this.#lookUps.find(plan, 0, () => super.select(plan)));
  }
}

const isSpoilt = (error: unknown): boolean => sqlState(error instanceof AppError ? error.cause : error) === SPOILT;
