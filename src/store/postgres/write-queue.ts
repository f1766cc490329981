import { setImmediate } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { AloneGroup } from './alone-group.ts';
import { AppendGroup, type GroupParts, type Outcome } from './append-group.ts';
import type { PostgresConnection } from './connection/connection.ts';
import type { ConnectionPool } from './connection/connection-pool.ts';
import { isConflict, isTaken, storeError, unavailable } from './errors.ts';
import type { QueuedJob } from './queued-job.ts';
import type { UpdateRow } from './update-row.ts';

/** Most jobs in one transaction, so that the first of them does not wait for ever. */
const GROUP_LIMIT = 512;
/** How often a group is run again that lost against another transaction. */
const CONFLICTS = 8;

/** What a queue tells about itself. */
export interface GroupObserver {
  /** @param milliseconds that the commit took */
  committed?(jobs: number, milliseconds: number): void;
  failed?(error: unknown): void;
}

/** What groups are written with. */
export interface QueueParts extends Omit<GroupParts, 'connection'> {
  /** Its connections are the lanes: as many groups are in flight. */
  readonly pool: ConnectionPool;
  readonly lanes: number;
  /** Whether the jobs of a group must be of one tenant. */
  readonly oneTenant: boolean;
  readonly updates: UpdateRow;
  readonly observer: GroupObserver;
}

/** Runs a group on a connection, which it need not give back. */
type RunGroup = (group: readonly QueuedJob[], connection: PostgresConnection) => Promise<void>;

/** Takes the jobs of the tenant that waits longest out of a queue. */
function takeOneTenant(queue: QueuedJob[]): QueuedJob[] {
  const taken: QueuedJob[] = [];
  const left: QueuedJob[] = [];
  const first = queue[0]!.tenantId;
  for (const job of queue) (job.tenantId === first && taken.length < GROUP_LIMIT ? taken : left).push(job);
  queue.splice(0, queue.length, ...left);
  return taken;
}

/**
 * Group commit. Jobs that arrive in a turn of the event loop, or while all lanes are busy, share a transaction. All of them begin as
 * jobs that append, side by side ({@link AppendGroup}); those that turn out to need more begin again, one after the other, with their
 * tenant to themselves ({@link AloneGroup}). Callers hear of success after the commit. What becomes of a commit whose
 * answer is lost nobody knows, so its jobs are never run again: they fail with `storeUnavailable`.
 */
export class WriteQueue {
  readonly #parts: QueueParts;
  #appending: QueuedJob[] = [];
  #alone: QueuedJob[] = [];
  /** Jobs that share a transaction with one that fails after its changes, and so must be guarded. */
  #guarded: QueuedJob[] = [];
  #busy = 0;
  #scheduled = false;
  #drained: (() => void)[] = [];

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  submit<T>(job: Pick<QueuedJob, 'tenantId' | 'work'>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#appending.push({ ...job, resolve, reject, conflicts: 0, since: performance.now() });
      this.#schedule();
    });
  }

  /** Resolves when nothing is queued or running. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained.push(resolve);
      this.#tellDrained();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#busy >= this.#parts.lanes || this.#waiting === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#start();
      this.#schedule();
    });
  }

  get #waiting(): number {
    return this.#appending.length + this.#alone.length + this.#guarded.length;
  }

  #start(): void {
    // The rarer ones first: they wait for a second time already.
    const [queue, run]: readonly [QueuedJob[], RunGroup] =
      this.#guarded.length > 0
        ? [this.#guarded, (group, connection) => this.#runAlone(group, { connection, guarded: true })]
        : this.#alone.length > 0
          ? [this.#alone, (group, connection) => this.#runAlone(group, { connection, guarded: false })]
          : [this.#appending, (group, connection) => this.#runAppending(group, connection)];
    const group = this.#parts.oneTenant ? takeOneTenant(queue) : queue.splice(0, GROUP_LIMIT);
    this.#busy++;
    void this.#runWithConnection(group, run)
      .catch((error: unknown) => this.#fail(group, error))
      .finally(() => {
        this.#busy--;
        this.#schedule();
        this.#tellDrained();
      });
  }

  #tellDrained(): void {
    if (this.#busy > 0 || this.#waiting > 0) return;
    for (const tell of this.#drained.splice(0)) tell();
  }

  async #runWithConnection(group: readonly QueuedJob[], run: RunGroup): Promise<void> {
    const started = performance.now();
    let connection: PostgresConnection;
    try {
      connection = await this.#parts.pool.take();
    } catch (error) {
      // Those who have waited as long would wait for the same, group by group.
      return this.#fail([...group, ...this.#takeSince(started)], error);
    }
    try {
      await run(group, connection);
    } finally {
      connection.release();
    }
  }

  /** Takes what has waited since a time or longer out of the queues. */
  #takeSince(time: number): readonly QueuedJob[] {
    return [this.#appending, this.#alone, this.#guarded].flatMap((queue) => {
      const taken = queue.filter(({ since }) => since <= time);
      const left = queue.filter(({ since }) => since > time);
      queue.splice(0, queue.length, ...left);
      return taken;
    });
  }

  async #runAppending(jobs: readonly QueuedJob[], connection: PostgresConnection): Promise<void> {
    const group = new AppendGroup({ ...this.#parts, connection });
    let outcomes: Outcome[] = [];
    try {
      outcomes = await group.run(jobs);
      const spoilt = outcomes.filter((outcome) => !('value' in outcome) && outcome.changed);
      if (spoilt.length > 0) {
        await group.quiet();
        await connection.run({ text: 'ROLLBACK' });
        return this.#rerun(outcomes);
      }
    } catch (error) {
      await group.quiet();
      return await this.#recover(jobs, { error, connection });
    }
    await this.#commit(group, outcomes, connection);
  }

  async #runAlone(
    jobs: readonly QueuedJob[],
    { connection, guarded }: { readonly connection: PostgresConnection; readonly guarded: boolean },
  ): Promise<void> {
    const group = new AloneGroup({ ...this.#parts, connection, guarded });
    let outcomes: Outcome[] = [];
    try {
      outcomes = await group.run(jobs);
      const last = outcomes.at(-1)!;
      if (!guarded && 'error' in last && last.changed) {
        await connection.run({ text: 'ROLLBACK' });
        this.#end(last);
        this.#guarded.push(...jobs.filter((job) => job !== last.job));
        return;
      }
    } catch (error) {
      return await this.#recover(jobs, { error, connection });
    }
    await this.#commit(group, outcomes, connection);
  }

  /** Commits, and tells everybody. */
  async #commit(group: AppendGroup | AloneGroup, outcomes: readonly Outcome[], connection: PostgresConnection): Promise<void> {
    const jobs = outcomes.map(({ job }) => job);
    const started = performance.now();
    try {
      if (!(await group.commit())) throw unavailable(undefined);
    } catch (error) {
      // Only an error of the database tells that nothing is stored.
      if (isConflict(error) || isTaken(error)) return this.#recover(jobs, { error, connection });
      return this.#fail(jobs, error);
    }
    if (group.changed) this.#parts.observer.committed?.(outcomes.length, performance.now() - started);
    for (const outcome of outcomes) this.#end(outcome);
  }

  /** A transaction in which nothing is committed has failed. Its jobs run again where that may help. */
  async #recover(
    jobs: readonly QueuedJob[],
    { error, connection }: { readonly error: unknown; readonly connection: PostgresConnection },
  ): Promise<void> {
    if (!isConflict(error) && !isTaken(error)) {
      connection.discard();
      return this.#fail(jobs, error);
    }
    await connection.run({ text: 'ROLLBACK' });
    if (isTaken(error)) {
      this.#guarded.push(...jobs);
      return;
    }
    const conflicts = Math.max(...jobs.map((job) => ++job.conflicts));
    if (conflicts > CONFLICTS) return this.#fail(jobs, error);
    await sleep(Math.random() * 5 * 2 ** conflicts);
    (conflicts <= 2 ? this.#appending : this.#guarded).push(...jobs);
  }

  /** Everything was taken back, as some jobs failed or want to run otherwise; nobody else shall suffer from that. */
  #rerun(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      if ('error' in outcome && outcome.changed) this.#end(outcome);
      else if ('needsTenant' in outcome) this.#alone.push(outcome.job);
      else this.#guarded.push(outcome.job);
    }
  }

  #end(outcome: Outcome): void {
    if ('value' in outcome) outcome.job.resolve(outcome.value as never);
    else if ('error' in outcome) outcome.job.reject(outcome.error);
    else this.#alone.push(outcome.job);
  }

  #fail(jobs: readonly QueuedJob[], cause: unknown): void {
    const error = storeError(cause);
    if (!error.isLogged) this.#parts.observer.failed?.(cause);
    for (const job of jobs) job.reject(error);
  }
}
