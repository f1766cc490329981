import { AppError } from '../../../lib/app-error.ts';

/**
 * Puts the WAL on disk beside the event loop. Where a commit does that itself (`synchronous=FULL`), everybody waits for the disk with it,
 * also those whose requests could be read or whose writes could be made meanwhile. Whoever is told of what was committed, by an answer to a write or
 * by having read it, has to wait for the flush.
 */
export class WalFlusher {
  readonly #sync: () => Promise<void>;
  readonly #failed: (error: AppError) => void;
  /** The flush under way; one that has failed for good. */
  #running: Promise<void> | undefined;
  /** The one that begins when that has ended. */
  #next: Promise<void> | undefined;

  /**
   * @param sync puts on disk what the file holds when it is called
   * @param failed told when it could not, which is for good
   */
  constructor(sync: () => Promise<void>, failed: (error: AppError) => void = () => undefined) {
    this.#sync = sync;
    this.#failed = failed;
  }

  /**
   * Resolves when all that is committed by now is on disk.
   * @throws storeUnavailable from then on where the disk fails once: what it has kept of what it was given before is not known
   */
  flush(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    // The one under way may have begun before the last commit.
    this.#next ??= this.#running.then(() => this.#start());
    return this.#next;
  }

  /** The last flush that has been asked for, while it has not ended. */
  get pending(): Promise<void> | undefined {
    return this.#next ?? this.#running;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    this.#running = this.#sync().then(
      () => {
        if (this.#next === undefined) this.#running = undefined;
      },
      (cause) => {
        const error = flushFailed(cause);
        this.#failed(error);
        throw error;
      },
    );
    return this.#running;
  }
}

/** The error of a store whose disk has failed to keep what it was given. */
export const flushFailed = (cause: unknown): AppError =>
  new AppError('storeUnavailable', 'The disk did not take what was written. Check it, and start the server again.', { cause });
