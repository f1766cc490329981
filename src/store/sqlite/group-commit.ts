import { setImmediate } from 'node:timers';
import type { WalFlusher } from './durability/wal-flusher.ts';
import { isStoreFault, unavailable } from './errors.ts';

/** The transaction that a group of jobs shares. */
export interface Transaction {
  begin(): void;
  commit(): void;
  rollback(): void;
  /** False when the database has rolled back by itself, as it does after some errors. */
  isOpen(): boolean;
  /**
   * Runs a job. When it rejects, its changes are undone: by themselves where they are `guarded`, which costs something, otherwise
   * with the whole transaction.
   */
  run<T>(job: GroupJob<T>, guarded: boolean): Promise<T>;
}

/** One unit of work. It may be run again when others fail: nobody has been told of what it did before. */
export interface GroupJob<T> {
  readonly tenantId: string;
  readonly work: (writer: never) => Promise<T>;
}

interface Queued {
  readonly job: GroupJob<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  ended: boolean;
}

/** Most jobs in one transaction, so that the first of them does not wait for ever. */
const GROUP_LIMIT = 512;

/**
 * After so long a transaction takes no further job: nothing else happens in the process while it runs. The rest goes to the next one, and requests are
 * read and answered between the two.
 */
export const GROUP_MS = 80;

/** What {@link GroupCommit} tells about itself. */
export interface GroupObserver {
  /** @param milliseconds that the commit took, until it was on disk */
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

/** What a {@link GroupCommit} is made of. */
export interface GroupCommitParts {
  readonly transaction: Transaction;
  readonly gate: Gate;
  /** Puts on disk what was committed; absent where commits do that themselves. */
  readonly flusher?: WalFlusher | undefined;
  /** Called when it is there, before anybody is told. @throws when it cannot be found there */
  readonly verify?: (() => void) | undefined;
  readonly observer?: GroupObserver | undefined;
}

/**
 * Group commit: jobs that arrive in two turns of the event loop, or while a group runs, share one transaction and so one flush to disk;
 * the next group runs while that goes on. A job that fails undoes its own changes only; callers hear of success when the commit is on
 * disk. Few jobs fail after their first change, so a group runs without guarding its jobs from each other; when one does, the others
 * run again, guarded.
 */
export class GroupCommit {
  #queue: Queued[] = [];
  #scheduled = false;
  #running: Promise<void> | undefined;
  /** Resolves when the callers of the last group that was committed have been told. */
  #told: Promise<void> | undefined;
  readonly #transaction: Transaction;
  readonly #gate: Gate;
  readonly #flusher: WalFlusher | undefined;
  readonly #verify: () => void;
  readonly #observer: GroupObserver;

  constructor({ transaction, gate, flusher, verify = () => undefined, observer = {} }: GroupCommitParts) {
    this.#transaction = transaction;
    this.#gate = gate;
    this.#flusher = flusher;
    this.#verify = verify;
    this.#observer = observer;
  }

  /** The group that runs now, until it has been committed. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  submit<T>(job: GroupJob<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ job, resolve, reject, ended: false });
      this.#schedule();
    });
  }

  /** Resolves when nothing is queued or running, and everybody has been told. */
  async drained(): Promise<void> {
    while (this.#queue.length > 0 || this.#running !== undefined) {
      if (this.#running === undefined) await new Promise((resolve) => setImmediate(resolve));
      else await this.#running;
    }
    await this.#told;
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
    if (await this.#attempt(group, group.length === 1 ? 'alone' : 'together')) return;
    const left = group.filter((queued) => !queued.ended);
    if (left.length > 0) await this.#attempt(left, 'guarded');
  }

  /** @returns false when a job took the transaction of all with it: those that have not ended yet must run again */
  async #attempt(group: readonly Queued[], how: 'alone' | 'together' | 'guarded'): Promise<boolean> {
    const outcomes: Outcome[] = [];
    let jobs = group;
    let started = performance.now();
    let isCommitted = false;
    try {
      this.#transaction.begin();
      for (const queued of group) {
        if (outcomes.length > 0 && performance.now() - started >= GROUP_MS) {
          jobs = group.slice(0, outcomes.length);
          this.#queue = [...group.slice(outcomes.length), ...this.#queue];
          break;
        }
        const outcome = await this.#runOne(queued, how === 'guarded');
        outcomes.push(outcome);
        if (this.#transaction.isOpen() || how === 'alone') continue;
        if (how === 'together') {
          this.#noteFault(outcome);
          this.#end(outcome);
          return false;
        }
        // The database took the whole transaction back. Jobs that have not run yet lose nothing: they go to the next group.
        this.#queue = [...group.slice(outcomes.length), ...this.#queue];
        this.#giveUp(outcomes, outcome.error);
        return true;
      }
      started = performance.now();
      isCommitted = this.#transaction.isOpen();
      if (isCommitted) this.#transaction.commit();
      else this.#noteFault(outcomes[0]!);
    } catch (error) {
      const ran = outcomes.length;
      this.#giveUp([...outcomes, ...jobs.slice(ran).map((queued): Outcome => ({ queued, failed: false }))], error);
      return true;
    }
    const tell = (): void => {
      try {
        this.#verify();
      } catch (error) {
        this.#refuse(outcomes, error);
        return;
      }
      if (isCommitted) this.#observer.committed?.(outcomes.length, performance.now() - started);
      for (const outcome of outcomes) this.#end(outcome);
    };
    if (this.#flusher === undefined) tell();
    else this.#told = this.#flusher.flush().then(tell, (cause) => this.#refuse(outcomes, cause));
    return true;
  }

  #end({ queued, failed, error, value }: Outcome): void {
    queued.ended = true;
    if (failed) queued.reject(error);
    else queued.resolve(value as never);
  }

  async #runOne(queued: Queued, guarded: boolean): Promise<Outcome> {
    try {
      return { queued, failed: false, value: await this.#transaction.run(queued.job, guarded) };
    } catch (error) {
      return { queued, failed: true, error };
    }
  }

  /** The database took a job's transaction back: by itself, unless it was for the job's own reasons. */
  #noteFault({ error }: Outcome): void {
    if (isStoreFault(error)) this.#observer.failed?.(error);
  }

  /** Nothing of these jobs is stored. */
  #giveUp(outcomes: readonly Outcome[], cause: unknown): void {
    this.#transaction.rollback();
    this.#refuse(outcomes, unavailable(cause));
  }

  /** Tells jobs what has become of their group. Those that failed by themselves keep their own error. */
  #refuse(outcomes: readonly Outcome[], lost: unknown): void {
    this.#observer.failed?.(lost);
    for (const { queued, failed, error } of outcomes) this.#end({ queued, failed: true, error: failed ? error : lost });
  }
}

/** How a job ended. */
interface Outcome {
  readonly queued: Queued;
  readonly failed: boolean;
  readonly value?: unknown;
  readonly error?: unknown;
}
