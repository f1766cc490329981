import { setImmediate } from 'node:timers';
import { AppError } from '../../lib/app-error.ts';

/**
 * Enforces that work given to the store awaits nothing but its reader or writer. Those answer in microtasks, so honest work
 * has ended before the event loop turns; whatever is still running then awaits a timer, a socket or the like, and would keep
 * a transaction or snapshot open for everybody. It is rejected, and its reader or writer refuses further calls.
 */
export class TurnGuard {
  readonly #running = new Set<() => void>();
  #armed = false;

  /** Runs `work`. @param revoke called as soon as the work has ended or was given up */
  run<T>(work: () => Promise<T>, revoke: () => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const expire = () => {
        revoke();
        reject(
          new AppError('internal', 'Work given to the store may await nothing but its reader or writer; do the rest before or after.'),
        );
      };
      const end = () => {
        this.#running.delete(expire);
        revoke();
      };
      this.#running.add(expire);
      this.#arm();
      start(work).then(
        (value) => {
          end();
          resolve(value);
        },
        (error: unknown) => {
          end();
          reject(error);
        },
      );
    });
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    setImmediate(() => {
      this.#armed = false;
      const late = [...this.#running];
      this.#running.clear();
      for (const expire of late) expire();
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
