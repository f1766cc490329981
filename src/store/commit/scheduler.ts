import { setImmediate } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Appending, Writer } from '../contract.ts';
import { attempt, end, hasFailedForAll, isFault, type Job, type Outcome, type Unit, unitsOf } from './job.ts';
import type { CommitObserver, Session, Sessions } from './session.ts';

/** Most jobs in one transaction, so that the first of them does not wait for ever. */
const GROUP_LIMIT = 512;
/** How often a group runs again that lost against other transactions. */
const CONFLICTS = 8;

/**
 * Group commit, for every store:
 *
 *     submit, append → queue → group → begin → work … work → commit → on disk → callers are told
 *                        ↑________________ a job failed: the others again, guarded
 *
 * Jobs that arrive within two turns of the event loop, or while all lanes are busy, share one transaction and one flush to disk. Few jobs fail
 * after their first change, so a group runs without savepoints; when one does fail, the transaction is rolled back and the others
 * run again behind savepoints. Nobody is told of a write before it is on disk (`scheduler.test.ts`). After a commit whose answer is lost
 * nobody knows what is stored, so its jobs fail and never run again.
 */
export class CommitScheduler {
  readonly #sessions: Sessions;
  readonly #observer: CommitObserver;
  #queue: Job[] = [];
  #open = 0;
  #isScheduled = false;
  #running: Promise<void> | undefined;
  /** Commits that are on their way to the disk. */
  #flushing = 0;
  #drained: (() => void)[] = [];

  constructor(sessions: Sessions, observer: CommitObserver = {}) {
    this.#sessions = sessions;
    this.#observer = observer;
  }

  /** The last group that began, until it has been committed. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  /** Runs work in a transaction. Resolves when it is on disk. */
  submit<T>(tenantId: string, work: (writer: Writer) => Promise<T>): Promise<T> {
    return this.#add({ tenantId, place: undefined, item: undefined, work });
  }

  /** Appends an item, together with others of its place. Resolves when it is on disk. */
  append<T, R>(tenantId: string, { place, item, work }: Appending<T, R>): Promise<R> {
    return this.#add({ tenantId, place, item, work: work as Job['work'] });
  }

  /** Resolves when nothing is queued, running or on its way to the disk. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained.push(resolve);
      this.#tellDrained();
    });
  }

  #add<T>(job: Pick<Job, 'tenantId' | 'place' | 'item' | 'work'>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ ...job, resolve, reject, since: performance.now(), isGuarded: false, conflicts: 0 });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#queue.length === 0 || this.#open >= this.#sessions.lanes) return;
    this.#isScheduled = true;
    // The second turn lets jobs join whose requests are being read now. It costs a lone job next to nothing.
    setImmediate(() => setImmediate(() => this.#start()));
  }

  #start(): void {
    const wait = this.#sessions.ready();
    if (wait !== undefined) {
      void wait.then(() => this.#start());
      return;
    }
    this.#isScheduled = false;
    this.#open++;
    const running = this.#run(this.#take()).finally(() => {
      this.#open--;
      if (this.#running === running) this.#running = undefined;
      this.#schedule();
      this.#tellDrained();
    });
    this.#running = running;
    this.#schedule();
  }

  /** Takes the jobs that can share a transaction with the one that waits longest. */
  #take(): readonly Job[] {
    const [first] = this.#queue as [Job];
    const { mixes, oneTenant } = this.#sessions;
    const taken: Job[] = [];
    const left: Job[] = [];
    for (const job of this.#queue) {
      const fits =
        job.isGuarded === first.isGuarded &&
        (mixes || (job.place === undefined) === (first.place === undefined)) &&
        (!oneTenant || job.tenantId === first.tenantId);
      (fits && taken.length < GROUP_LIMIT ? taken : left).push(job);
    }
    this.#queue = left;
    return taken;
  }

  async #run(group: readonly Job[]): Promise<void> {
    const started = performance.now();
    let session: Session;
    try {
      session = await this.#sessions.open();
    } catch (error) {
      // Jobs that have waited as long would wait for the same connection, group by group.
      const others = this.#queue.filter(({ since }) => since <= started);
      this.#queue = this.#queue.filter(({ since }) => since > started);
      return this.#refuse([...group, ...others].map(unended), error);
    }
    try {
      await this.#runIn(session, group);
    } finally {
      session.release();
    }
  }

  async #runIn(session: Session, group: readonly Job[]): Promise<void> {
    const units = unitsOf(group);
    const outcomes: Outcome[] = [];
    try {
      await session.begin(new Set(group.map(({ tenantId }) => tenantId)), !this.#sessions.mixes && group[0]!.place !== undefined);
      const begun = performance.now();
      for (const [index, unit] of units.entries()) {
        if (index > 0 && performance.now() - begun >= this.#sessions.longest) {
          this.#again(units.slice(index).flat());
          break;
        }
        const done = await attempt(session, unit);
        if (!session.isOpen) return await this.#undone(session, { outcomes, unit, done, rest: units.slice(index + 1).flat() });
        if (hasFailedForAll(done)) this.#again(unit, true);
        else outcomes.push(...done);
      }
      const committing = performance.now();
      const { onDisk } = await session.commit();
      const tell = (): void => {
        this.#observer.committed?.(outcomes.length, performance.now() - committing);
        outcomes.forEach(end);
      };
      if (onDisk === undefined) return tell();
      this.#flushing++;
      void onDisk
        .then(tell, (cause) => this.#refuse(outcomes, cause))
        .finally(() => {
          this.#flushing--;
          this.#tellDrained();
        });
    } catch (error) {
      await session.rollback();
      const ran = new Set(outcomes.map(({ job }) => job));
      const left = group.filter((job) => !ran.has(job) && !this.#queue.includes(job));
      if (this.#sessions.isConflict(error)) return await this.#retry([...ran, ...left], error);
      this.#refuse([...outcomes, ...left.map(unended)], error);
    }
  }

  /** The transaction is gone, with all that its jobs did: who is at fault is told, the others run again. */
  async #undone(
    session: Session,
    { outcomes, unit, done, rest }: { outcomes: readonly Outcome[]; unit: Unit; done: readonly Outcome[]; rest: readonly Job[] },
  ): Promise<void> {
    await session.rollback();
    const ran = outcomes.map(({ job }) => job);
    const error = done[0]!.failure?.error;
    if (this.#sessions.isConflict(error)) return await this.#retry([...ran, ...unit, ...rest], error);
    if (unit[0].isGuarded) {
      // Behind a savepoint a job takes the transaction with it only where the database does. Jobs that have not run lose nothing.
      this.#again(rest, false);
      return this.#refuse([...outcomes, ...done], error);
    }
    if (isFault(error)) this.#observer.failed?.(error);
    if (unit.length === 1) end(done[0]!);
    this.#again(unit.length === 1 ? [...ran, ...rest] : [...ran, ...unit, ...rest], true);
  }

  /** @param isGuarded whether each of them runs for itself, behind a savepoint; as before when absent */
  #again(jobs: readonly Job[], isGuarded?: boolean): void {
    for (const job of jobs) job.isGuarded = isGuarded ?? job.isGuarded;
    this.#queue.unshift(...jobs);
  }

  async #retry(jobs: readonly Job[], error: unknown): Promise<void> {
    const conflicts = Math.max(...jobs.map((job) => ++job.conflicts));
    if (conflicts > CONFLICTS) return this.#refuse(jobs.map(unended), error);
    await sleep(Math.random() * 5 * 2 ** conflicts);
    this.#again(jobs);
  }

  /** A fault of the store has hit these jobs. Those that failed for their own reasons keep their own error. */
  #refuse(outcomes: readonly Outcome[], cause: unknown): void {
    const error = this.#sessions.fault(cause);
    if (!error.isLogged) this.#observer.failed?.(error);
    for (const outcome of outcomes) outcome.job.reject(outcome.failure === undefined ? error : outcome.failure.error);
  }

  #tellDrained(): void {
    if (this.#queue.length > 0 || this.#open > 0 || this.#flushing > 0) return;
    for (const tell of this.#drained.splice(0)) tell();
  }
}

const unended = (job: Job): Outcome => ({ job });
