import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { EntityType } from '../../../edm/declare.ts';
import type { Row } from '../../../edm/primitive.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import { FairQueue, type QueueLimits } from '../../../lib/fair-queue.ts';
import type { RowSet, SelectPlan } from '../../../query/plan.ts';
import type { RowReader } from '../../contract.ts';
import type { SqlValue } from '../../sql/fragment.ts';
import type { Binding } from '../../sql/plan-shape.ts';
import { storeError, unavailable } from '../errors.ts';
import type { PreparedReads } from '../prepared-reads.ts';
import { tenantOf } from '../reader.ts';
import type { ReaderAnswer, ReaderOrder, ReaderStart, ResultRows } from './reader-orders.ts';

/** A thread that nobody has needed for so long is ended: it takes some 15 MiB. */
const IDLE_MS = 60_000;

/** Reads that wait for a thread. */
const WAITING_READS: QueueLimits = { most: 1000, mostOfTenant: 250 };

/** How long reads that have a thread may go on while the store closes, in milliseconds. */
const CLOSING_MS = 3000;

/** Who reads, and until when. */
interface LongRead {
  readonly tenantId: string;
  /** Ends the read, whether it waits or runs, with its reason. */
  readonly signal: AbortSignal;
}

/** How many threads read when nobody says it: one processor is left to the requests. */
export const defaultThreads = (): number => Math.min(availableParallelism() - 1, 4);

/**
 * Threads that read what takes long, each for one read at a time. A thread is started when a read needs one and none is idle; when there are
 * as many as may be, reads wait for their turn.
 */
export class ReaderThreads {
  readonly #path: string;
  readonly #most: number;
  readonly #threads = new Set<ReaderThread>();
  readonly #idle: ReaderThread[] = [];
  readonly #waiting = new FairQueue<ReaderThread>(WAITING_READS);
  /** Work that has a snapshot, or takes one. */
  readonly #working = new Set<Promise<unknown>>();
  #pause: Promise<void> | undefined;
  #closed = false;

  /** @param most how many threads there may be */
  constructor(path: string, most: number) {
    this.#path = path;
    this.#most = most;
  }

  /**
   * Lends a thread to some work.
   * @throws storeUnavailable when they are closed before there is one for it; busy when too many wait; the reason of the read's signal
   */
  async use<T>(read: LongRead, work: (thread: ReaderThread) => Promise<T>): Promise<T> {
    const { signal } = read;
    const thread = await this.#take(read);
    const stop = () => thread.stop(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await thread.ready;
      while (this.#pause !== undefined) await this.#pause;
      signal.throwIfAborted();
      const working = work(thread);
      this.#working.add(working);
      return await working.finally(() => this.#working.delete(working));
    } finally {
      signal.removeEventListener('abort', stop);
      this.#giveBack(thread);
    }
  }

  /** Lets no work begin until what has begun is over, and something else is done that nobody may read meanwhile. */
  pause(meanwhile: () => Promise<void>): void {
    this.#pause ??= this.#allDone()
      .then(meanwhile)
      .finally(() => {
        this.#pause = undefined;
      });
  }

  async #allDone(): Promise<void> {
    await Promise.allSettled(this.#working);
    // A thread answers in order: it has let go of its snapshot then.
    await Promise.allSettled([...this.#threads].map((thread) => thread.greet()));
  }

  /** Lets reads that have a thread go on for a while, refuses those that wait for one, and ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.refuse(closedError());
    for (const thread of this.#idle.splice(0)) thread.end();
    const timer = setTimeout(() => {
      for (const thread of this.#threads) thread.stop(closedError());
    }, CLOSING_MS);
    await Promise.all([...this.#threads].map((thread) => thread.ended));
    clearTimeout(timer);
  }

  #take({ tenantId, signal }: LongRead): ReaderThread | Promise<ReaderThread> {
    if (this.#closed) throw closedError();
    signal.throwIfAborted();
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle.wake();
    if (this.#threads.size < this.#most) return this.#start();
    return this.#waiting.wait(tenantId, signal);
  }

  #start(): ReaderThread {
    const thread = new ReaderThread(this.#path);
    this.#threads.add(thread);
    void thread.ended.then(() => {
      this.#threads.delete(thread);
      this.#noLongerIdle(thread);
      if (this.#waiting.length > 0) this.#waiting.give(Promise.try(() => this.#start()));
    });
    return thread;
  }

  #giveBack(thread: ReaderThread): void {
    thread.release();
    if (this.#closed) thread.end();
    if (this.#closed || thread.hasFailed) return;
    if (this.#waiting.give(thread)) return;
    this.#idle.push(thread);
    thread.sleep(() => this.#noLongerIdle(thread));
  }

  /** A thread is idle no more. */
  #noLongerIdle(thread: ReaderThread): void {
    const at = this.#idle.indexOf(thread);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}

interface Asked {
  readonly resolve: (rows: ResultRows) => void;
  readonly reject: (error: unknown) => void;
}

const closedError = (): AppError => new AppError('storeUnavailable', 'The store is closed.');

/** One thread with a connection of its own. */
class ReaderThread {
  readonly #worker: Worker;
  /** What it owes answers to, in order. */
  readonly #asked: Asked[] = [];
  #failure: AppError | undefined;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  /** Why its statements are stopped. */
  #stopped: { readonly reason: unknown } | undefined;
  #alarm: NodeJS.Timeout | undefined;
  /** Resolves when it has started. */
  readonly ready: Promise<unknown>;
  /** Resolves when it has ended, however that is. */
  readonly ended: Promise<void>;

  /** @param path of the database */
  constructor(path: string) {
    const workerData: ReaderStart = { path, stop: this.#stop };
    // Source and build have different extensions.
    const program = new URL(`./reader-thread${extname(import.meta.filename)}`, import.meta.url);
    this.#worker = new Worker(program, { workerData, execArgv: [], name: 'reads', resourceLimits: { maxYoungGenerationSizeMb: 4 } });
    this.#worker.on('message', (answer: ReaderAnswer) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#fail(error));
    this.ready = this.greet();
    this.ended = new Promise((resolve) =>
      this.#worker.once('exit', () => {
        this.#fail(undefined);
        resolve();
      }),
    );
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Resolves when it has done all that it was told before. @throws storeUnavailable */
  greet(): Promise<unknown> {
    return this.#ask('hello');
  }

  /** Takes a snapshot; resolves when it has one. @throws storeUnavailable */
  async begin(): Promise<void> {
    await this.#ask('begin');
  }

  /**
   * Runs a statement in the snapshot.
   * @param maxBytes rows end behind the one by which they weigh so much
   * @throws what `storeError` makes sense of
   */
  run(text: string, bound: readonly SqlValue[], maxBytes?: number): Promise<ResultRows> {
    return this.#ask({ text, bound, ...(maxBytes === undefined ? {} : { maxBytes }) });
  }

  /** Stops what it runs, and all that it is asked to run, until it lets go of its snapshot. */
  stop(reason: unknown): void {
    this.#stopped ??= { reason };
    Atomics.store(this.#stop, 0, 1);
  }

  /** Lets go of the snapshot. */
  release(): void {
    this.#stopped = undefined;
    Atomics.store(this.#stop, 0, 0);
    this.#worker.postMessage('release' satisfies ReaderOrder);
  }

  /** Nobody needs it for now: it keeps no program alive, and ends after some time. @param ending told before that */
  sleep(ending: () => void): void {
    this.#worker.unref();
    this.#alarm = setTimeout(() => {
      ending();
      this.end();
    }, IDLE_MS).unref();
  }

  wake(): this {
    this.#worker.ref();
    clearTimeout(this.#alarm);
    return this;
  }

  /** Ends it as soon as it has answered. */
  end(): void {
    this.wake();
    this.#worker.postMessage('end' satisfies ReaderOrder);
  }

  #ask(order: ReaderOrder): Promise<ResultRows> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
      this.#worker.postMessage(order);
    });
  }

  #answered(answer: ReaderAnswer): void {
    const { resolve, reject } = this.#asked.shift()!;
    if (isRows(answer)) resolve(answer);
    else if (this.#stopped !== undefined) reject(this.#stopped.reason);
    else reject(Object.assign(new Error(answer.message), { errcode: answer.errcode }));
  }

  #fail(cause: unknown): void {
    this.#failure ??= unavailable(cause);
    for (const { reject } of this.#asked.splice(0)) reject(this.#failure);
  }
}

const isRows = (answer: ReaderAnswer): answer is ResultRows => Array.isArray(answer);

/** What a {@link ThreadReader} works with. */
interface ThreadReaderParts {
  readonly reads: PreparedReads;
  readonly clock: Clock;
  /** The tenant's number; undefined when it has written nothing. */
  readonly tenant: number | undefined;
  /** Has a snapshot already. */
  readonly thread: ReaderThread;
  /** Called in each turn in which there is an answer, before the work sees it. */
  readonly answered: () => void;
}

/** The reader of work that takes long: a thread runs its statements in its snapshot. */
export class ThreadReader implements RowReader {
  readonly #parts: ThreadReaderParts;
  #revoked = false;
  #owed = 0;

  constructor(parts: ThreadReaderParts) {
    this.#parts = parts;
  }

  /** Whether an answer is under way. */
  get isOwed(): boolean {
    return this.#owed > 0;
  }

  select(plan: SelectPlan): Promise<Row[]> {
    const { reads } = this.#parts;
    return this.#ask(plan.from, [], (binding) => reads.selectBy((...statement) => this.#run(...statement), plan, binding));
  }

  count(rows: RowSet): Promise<number> {
    const { reads } = this.#parts;
    return this.#ask(rows.from, 0, (binding) => reads.countBy((text, bound) => this.#run(text, bound), rows, binding));
  }

  /** The work has ended: later calls are refused. */
  revoke(): void {
    this.#revoked = true;
  }

  async #ask<T>(type: EntityType, none: T, ask: (binding: Binding) => Promise<T>): Promise<T> {
    if (this.#revoked) throw new AppError('internal', 'This reader was used after its work had ended.');
    const { clock, tenant: own } = this.#parts;
    const tenant = tenantOf(type, () => own);
    if (tenant === undefined) return none;
    try {
      return await ask({ tenant, now: clock.now() });
    } catch (error) {
      throw storeError(error);
    }
  }

  async #run(...statement: Parameters<ReaderThread['run']>): ReturnType<ReaderThread['run']> {
    this.#owed++;
    try {
      return await this.#parts.thread.run(...statement);
    } finally {
      this.#owed--;
      this.#parts.answered();
    }
  }
}
