import { setImmediate } from 'node:timers';
import { AppError } from '../../lib/app-error.ts';

/**
 * Enforces that work given to the store awaits nothing but its reader or writer. Those answer in microtasks, so honest work
 * has ended before the event loop turns; whatever is still running then awaits a timer, a socket or the like, and would keep
 * a transaction or snapshot open for everybody. It is rejected, and its reader or writer refuses further calls. Work that a thread
 * answers takes more turns; it may spend those in which the thread owes it an answer.
 */
export class TurnGuard {
  /** What began in this turn, and what was owed an answer before. An array: a set that much is added to and deleted from keeps garbage alive. */
  #running: Running[] = [];
  #armed = false;

  /**
   * Runs `work`.
   * @param revoke called as soon as the work has ended or was given up. It may return what is to be done instead of work that has ended
   * @param isOwed whether the work waits for an answer of a thread, so that it may go on; {@link look} is to be called after each
   */
  run<T>(work: () => Promise<T>, revoke: () => Instead<T> | undefined, isOwed: () => boolean = never): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const expire = () => {
        revoke();
        reject(
          new AppError('internal', 'Work given to the store may await nothing but its reader or writer; do the rest before or after.'),
        );
      };
      const running: Running = { expire, isOwed, ended: false };
      const end = (): Instead<T> | undefined => {
        running.ended = true;
        return revoke();
      };
      this.#running.push(running);
      this.look();
      start(work).then(
        (value) => resolve(end()?.() ?? value),
        (error: unknown) => {
          const instead = end();
          if (instead === undefined) reject(error);
          else resolve(instead());
        },
      );
    });
  }

  /** Gives up what still runs at the end of this turn, and is owed nothing. */
  look(): void {
    if (this.#armed) return;
    this.#armed = true;
    setImmediate(() => {
      this.#armed = false;
      const looked = this.#running;
      this.#running = [];
      for (const running of looked) {
        if (running.ended) continue;
        if (running.isOwed()) this.#running.push(running);
        else running.expire();
      }
    });
  }
}

type Instead<T> = () => Promise<T>;

interface Running {
  readonly expire: () => void;
  readonly isOwed: () => boolean;
  ended: boolean;
}

const never = (): boolean => false;

/** Starts work; what it throws at once becomes a rejection too. */
function start<T>(work: () => Promise<T>): Promise<T> {
  try {
    return work();
  } catch (error) {
    return Promise.reject(error);
  }
}
