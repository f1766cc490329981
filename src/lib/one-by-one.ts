import { setImmediate as nextTurn } from 'node:timers/promises';

/** Runs work one after the other, each in a turn of the event loop of its own, so that everything else runs in between. */
export class OneByOne {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs work after all earlier work has ended, whether it succeeded or failed. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => nextTurn()).then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
