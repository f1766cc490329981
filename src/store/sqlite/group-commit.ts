import { setImmediate } from 'node:timers';
import { unavailable } from './sqlite-error.ts';

/** The transaction that a group of jobs shares. */
export interface Transaction {
  begin(): void;
  commit(): void;
  rollback(): void;
  /** False when the database has rolled back by itself, as it does after some errors. */
  isOpen(): boolean;
  /** Runs a job so that its changes can be undone alone; they are, when it rejects. @param alone no other job shares the transaction */
  run<T>(job: GroupJob<T>, alone: boolean): Promise<T>;
}

/** One unit of work. */
export interface GroupJob<T> {
  readonly tenantId: string;
  readonly work: (writer: never) => Promise<T>;
}

interface Queued {
  readonly job: GroupJob<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Most jobs in one transaction, so that the first of them does not wait for ever. */
const GROUP_LIMIT = 512;

/** What {@link GroupCommit} tells about itself. */
export interface GroupObserver {
  /** @param milliseconds that the commit took, its flush to disk included */
  committed?(jobs: number, milliseconds: number): void;
  failed?(error: unknown): void;
}

/** Says when transactions may run. */
export interface Gate {
  /** Asks to begin one. @returns undefined when it may, else when to ask again */
  enter(): Promise<void> | undefined;
  /** It has ended. */
  leave(): void;
}

/**
 * Group commit: jobs that arrive in two turns of the event loop, or while a group runs, share one transaction and so one
 * flush to disk. A job that fails undoes its own changes only; callers hear of success after the commit.
 */
export class GroupCommit {
  #queue: Queued[] = [];
  #scheduled = false;
  #running: Promise<void> | undefined;
  readonly #transaction: Transaction;
  readonly #gate: Gate;
  readonly #observer: GroupObserver;

  constructor(transaction: Transaction, gate: Gate, observer: GroupObserver = {}) {
    this.#transaction = transaction;
    this.#gate = gate;
    this.#observer = observer;
  }

  /** The group that runs now, until it has ended. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  submit<T>(job: GroupJob<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ job, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing is queued or running. */
  async drained(): Promise<void> {
    while (this.#queue.length > 0 || this.#running !== undefined) {
      if (this.#running === undefined) await new Promise((resolve) => setImmediate(resolve));
      else await this.#running;
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#running !== undefined || this.#queue.length === 0) return;
    this.#scheduled = true;
    // A turn more than needed: jobs that arrive while those of this turn are made ready join them, which costs a lone job next to
    // nothing and spares flushes under load.
    setImmediate(() => setImmediate(() => this.#start()));
  }

  #start(): void {
    const wait = this.#gate.enter();
    if (wait !== undefined) {
      void wait.then(() => this.#start());
      return;
    }
    this.#scheduled = false;
    const group = this.#queue.length <= GROUP_LIMIT ? this.#queue : this.#queue.slice(0, GROUP_LIMIT);
    this.#queue = this.#queue.slice(group.length);
    this.#running = this.#flush(group).finally(() => {
      this.#running = undefined;
      this.#gate.leave();
      this.#schedule();
    });
  }

  async #flush(group: readonly Queued[]): Promise<void> {
    const outcomes: Outcome[] = [];
    let committed = 0;
    try {
      this.#transaction.begin();
      for (const queued of group) {
        outcomes.push(await this.#runOne(queued, group.length === 1));
        if (this.#transaction.isOpen() || group.length === 1) continue;
        // The database took the whole transaction back. Jobs that have not run yet lose nothing: they go to the next group.
        this.#queue = [...group.slice(outcomes.length), ...this.#queue];
        return this.#giveUp(outcomes, outcomes.at(-1)!.error);
      }
      const started = performance.now();
      if (this.#transaction.isOpen()) this.#transaction.commit();
      committed = performance.now() - started;
    } catch (error) {
      const ran = outcomes.length;
      return this.#giveUp([...outcomes, ...group.slice(ran).map((queued): Outcome => ({ queued, failed: false }))], error);
    }
    this.#observer.committed?.(outcomes.length, committed);
    for (const { queued, failed, error, value } of outcomes) failed ? queued.reject(error) : queued.resolve(value as never);
  }

  async #runOne(queued: Queued, alone: boolean): Promise<Outcome> {
    try {
      return { queued, failed: false, value: await this.#transaction.run(queued.job, alone) };
    } catch (error) {
      return { queued, failed: true, error };
    }
  }

  /** Nothing of these jobs is stored. Those that failed by themselves keep their own error. */
  #giveUp(outcomes: readonly Outcome[], cause: unknown): void {
    const lost = unavailable(cause);
    this.#observer.failed?.(lost);
    this.#transaction.rollback();
    for (const { queued, failed, error } of outcomes) queued.reject(failed ? error : lost);
  }
}

/** How a job ended. */
interface Outcome {
  readonly queued: Queued;
  readonly failed: boolean;
  readonly value?: unknown;
  readonly error?: unknown;
}
