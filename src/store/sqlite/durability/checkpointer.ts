import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AUTO_CHECKPOINT_PAGES, type SqliteConnection } from '../connection.ts';
import { isFailedFlush } from '../errors.ts';
import { type Checkpointed, type CheckpointFailed, type CheckpointOrder, SHARED } from './checkpoint-state.ts';

/** What a {@link Checkpointer} tells about itself. */
export interface CheckpointObserver {
  checkpointed?(checkpoint: Checkpointed): void;
  /** One was not made; it is tried again. */
  failed?(error: unknown): void;
  /** The disk has not taken what the database's file held: no further one is made. */
  flushFailed?(error: unknown): void;
}

/** Transactions before the thread is started, which takes memory: many servers never see so many. */
const FIRST_COMMITS = 50;

/** A transaction waits no longer than this for a checkpoint, in milliseconds. */
const PATIENCE_MS = 1000;

/**
 * Has the WAL copied into the database file by a thread of its own: in a commit, which does it by default, everybody would wait for
 * it. Until that thread is ready, and when it cannot start or fails, commits do it. It never has anything that could be lost.
 */
export class Checkpointer {
  readonly #place: Pick<CheckpointOrder, 'path' | 'file'>;
  readonly #writer: SqliteConnection;
  readonly #observer: CheckpointObserver;
  readonly #shared = new Int32Array(new SharedArrayBuffer(4 * Object.keys(SHARED).length));
  /** Resolves when the thread has ended; absent until it was started. */
  #ended: Promise<void> | undefined;
  #worker: Worker | undefined;
  /** Lets the transaction go on that waits. */
  #resume: () => void = () => undefined;
  /** Tells who has demanded a checkpoint that it is made. */
  #made: () => void = () => undefined;

  /** @param writer the connection whose commits are spared */
  constructor(place: Pick<CheckpointOrder, 'path' | 'file'>, writer: SqliteConnection, observer: CheckpointObserver = {}) {
    this.#place = place;
    this.#writer = writer;
    this.#observer = observer;
  }

  /** Asks to begin a transaction. @returns undefined when it may, else when to ask again */
  enter(): Promise<void> | undefined {
    Atomics.store(this.#shared, SHARED.writing, 1);
    if (Atomics.load(this.#shared, SHARED.hold) === 0) return undefined;
    this.#setIdle();
    // The thread tells when it is done.
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS);
      this.#resume = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** The transaction has ended. */
  leave(): void {
    this.#setIdle();
    const before = Atomics.add(this.#shared, SHARED.commits, 1);
    Atomics.notify(this.#shared, SHARED.commits);
    if (before + 1 < FIRST_COMMITS || this.#ended !== undefined) return;
    try {
      this.#start();
    } catch (error) {
      this.#ended = Promise.resolve(); // commits go on doing it
      this.#observer.failed?.(error);
    }
  }

  /** Has a checkpoint made that is not due; resolves when it is made, or the thread has ended. No transaction may be open where there is no thread. */
  demand(): Promise<void> {
    if (this.#worker === undefined) {
      this.#copyHere();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#made = resolve;
      Atomics.store(this.#shared, SHARED.demand, 1);
      Atomics.add(this.#shared, SHARED.commits, 1);
      Atomics.notify(this.#shared, SHARED.commits);
    });
  }

  /** Ends the thread; resolves when it has closed its connection. */
  async close(): Promise<void> {
    Atomics.store(this.#shared, SHARED.stop, 1);
    Atomics.notify(this.#shared, SHARED.stop);
    this.#ended ??= Promise.resolve();
    this.#worker?.ref(); // the program may have nothing else left to do
    this.leave();
    await this.#ended;
  }

  #start(): void {
    const workerData: CheckpointOrder = { ...this.#place, shared: this.#shared, duePages: AUTO_CHECKPOINT_PAGES };
    // Source and build have different extensions.
    const program = new URL(`./checkpoint-thread${extname(import.meta.filename)}`, import.meta.url);
    const worker = new Worker(program, { workerData, execArgv: [], name: 'checkpoints', resourceLimits: { maxYoungGenerationSizeMb: 2 } });
    this.#worker = worker;
    worker.unref();
    worker.on('message', (message: 'ready' | Checkpointed | CheckpointFailed) => {
      if (message === 'ready') {
        if (Atomics.load(this.#shared, SHARED.stop) === 0) this.#writer.autoCheckpoint(0);
        return;
      }
      this.#resume();
      if ('pages' in message) this.#observer.checkpointed?.(message);
      else this.#failed(message);
      this.#made();
    });
    worker.on('error', (error) => this.#observer.failed?.(error));
    this.#ended = new Promise((resolve) => worker.once('exit', () => resolve(this.#giveUp())));
  }

  #failed({ message, isFlush, ...codes }: CheckpointFailed): void {
    const error = Object.assign(new Error(message), codes);
    if (isFlush) this.#observer.flushFailed?.(error);
    else this.#observer.failed?.(error);
  }

  /** Until there is a thread. */
  #copyHere(): void {
    if (this.#writer.inTransaction) return;
    try {
      this.#writer.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } catch (error) {
      if (isFailedFlush(error)) this.#observer.flushFailed?.(error);
      else this.#observer.failed?.(error);
    }
  }

  #setIdle(): void {
    Atomics.store(this.#shared, SHARED.writing, 0);
    Atomics.notify(this.#shared, SHARED.writing);
  }

  #giveUp(): void {
    this.#worker = undefined;
    Atomics.store(this.#shared, SHARED.hold, 0);
    this.#resume();
    this.#made();
    this.#writer.autoCheckpoint(AUTO_CHECKPOINT_PAGES);
  }
}
