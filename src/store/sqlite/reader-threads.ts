import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../lib/app-error.ts';
import type { SqlValue } from '../sql/fragment.ts';
import type { ReaderAnswer, ReaderOrder, ReaderStart, ResultRows } from './reader-orders.ts';
import { unavailable } from './sqlite-error.ts';

/** A thread that nobody has needed for so long is ended: it takes some 15 MiB. */
const IDLE_MS = 60_000;

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
  readonly #waiting: Waiting[] = [];
  /** Work that has a snapshot, or takes one. */
  readonly #working = new Set<Promise<unknown>>();
  #pause: Promise<void> | undefined;
  #closed = false;

  /** @param most how many threads there may be */
  constructor(path: string, most: number) {
    this.#path = path;
    this.#most = most;
  }

  /** Lends a thread to some work. @throws storeUnavailable when they are closed before there is one for it */
  async use<T>(work: (thread: ReaderThread) => Promise<T>): Promise<T> {
    const thread = await this.#take();
    try {
      await thread.ready;
      while (this.#pause !== undefined) await this.#pause;
      const working = work(thread);
      this.#working.add(working);
      return await working.finally(() => this.#working.delete(working));
    } finally {
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

  /** Lets reads go on that have a thread, refuses those that wait for one, and ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(closedError());
    for (const thread of this.#idle.splice(0)) thread.end();
    await Promise.all([...this.#threads].map((thread) => thread.ended));
  }

  #take(): ReaderThread | Promise<ReaderThread> {
    if (this.#closed) throw closedError();
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle.wake();
    if (this.#threads.size < this.#most) return this.#start();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #start(): ReaderThread {
    const thread = new ReaderThread(this.#path);
    this.#threads.add(thread);
    void thread.ended.then(() => {
      this.#threads.delete(thread);
      this.#noLongerIdle(thread);
      this.#waiting.shift()?.resolve(Promise.try(() => this.#start()));
    });
    return thread;
  }

  #giveBack(thread: ReaderThread): void {
    thread.release();
    if (this.#closed) thread.end();
    if (this.#closed || thread.hasFailed) return;
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#idle.push(thread);
      thread.sleep(() => this.#noLongerIdle(thread));
    } else next.resolve(thread);
  }

  /** A thread is idle no more. */
  #noLongerIdle(thread: ReaderThread): void {
    const at = this.#idle.indexOf(thread);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}

interface Waiting {
  readonly resolve: (thread: ReaderThread | Promise<ReaderThread>) => void;
  readonly reject: (error: AppError) => void;
}

interface Asked {
  readonly resolve: (rows: ResultRows) => void;
  readonly reject: (error: unknown) => void;
}

const closedError = (): AppError => new AppError('storeUnavailable', 'The store is closed.');

/** One thread with a connection of its own. */
export class ReaderThread {
  readonly #worker: Worker;
  /** What it owes answers to, in order. */
  readonly #asked: Asked[] = [];
  #failure: AppError | undefined;
  #alarm: NodeJS.Timeout | undefined;
  /** Resolves when it has started. */
  readonly ready: Promise<unknown>;
  /** Resolves when it has ended, however that is. */
  readonly ended: Promise<void>;

  /** @param path of the database */
  constructor(path: string) {
    const workerData: ReaderStart = { path };
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

  /** Lets go of the snapshot. */
  release(): void {
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
    else reject(Object.assign(new Error(answer.message), { errcode: answer.errcode }));
  }

  #fail(cause: unknown): void {
    this.#failure ??= unavailable(cause);
    for (const { reject } of this.#asked.splice(0)) reject(this.#failure);
  }
}

const isRows = (answer: ReaderAnswer): answer is ResultRows => Array.isArray(answer);
