import { setImmediate as nextTurn } from 'node:timers/promises';

/** Runs work one after the other, each piece in a turn of the event loop of its own, so that everything else has its turn between them. */
export class OneByOne {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs work behind what was given before; waits no longer for that than until it has ended, however it has. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => nextTurn()).then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
