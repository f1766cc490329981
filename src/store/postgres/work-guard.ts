import { setImmediate } from 'node:timers';
import { AppError } from '../../lib/app-error.ts';

/**
 * Enforces that work given to the store awaits nothing but its reader or writer. After each answer of the database honest work asks
 * the next thing, or ends, before the event loop turns; work that has not is awaiting a timer, a socket or the like while it keeps a
 * connection and its locks. It is rejected, and its reader or writer refuses further calls.
 */
export class WorkGuard {
  #asking = 0;
  #ended = false;
  #expire: (error: AppError) => void = () => undefined;

  /** Runs work. Resolves or rejects with it, or when it is given up. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const given = new Promise<never>((_, reject) => {
      this.#expire = reject;
    });
    given.catch(() => undefined);
    this.#watch();
    try {
      return await Promise.race([start(work), given]);
    } finally {
      this.#ended = true;
    }
  }

  /** Runs one call of the work. @throws internal when the work has ended */
  async ask<T>(call: () => Promise<T>): Promise<T> {
    if (this.#ended) throw new AppError('internal', 'This reader or writer was used after its work had ended.');
    this.#asking++;
    try {
      return await call();
    } finally {
      this.#asking--;
      this.#watch();
    }
  }

  /** Ends the work from outside. */
  giveUp(error: AppError): void {
    this.#ended = true;
    this.#expire(error);
  }

  /** Whether the work waits for an answer. */
  get asking(): boolean {
    return this.#asking > 0;
  }

  get ended(): boolean {
    return this.#ended;
  }

  #watch(): void {
    if (this.#asking > 0 || this.#ended) return;
    setImmediate(() => {
      if (this.#asking > 0 || this.#ended) return;
      this.giveUp(
        new AppError('internal', 'Work given to the store may await nothing but its reader or writer; do the rest before or after.'),
      );
    });
  }
}

/** Starts work; what it throws at once becomes a rejection too. */
function start<T>(work: () => Promise<T>): Promise<T> {
  try {
    return work();
  } catch (error) {
    return Promise.reject(error);
  }
}
