import { isPossible } from '../../domain/refusal.ts';
import type { AppError } from '../../lib/app-error.ts';
import type { Store, Writer } from '../../store/contract.ts';

/** Most things in one transaction, so that the first of them does not wait for ever. */
const LIMIT = 512;
/** So few are not divided: a transaction costs something by itself. */
const FEW = 32;

/** Where things are written that can be written together, and how. */
export interface Place<T, R> {
  readonly tenantId: string;
  readonly name: string;
  /** Writes things. @returns what became of each, or why it is impossible. When it throws, nothing has been done */
  work(writer: Writer, things: readonly T[]): Promise<readonly (R | AppError)[]>;
}

interface Waiting {
  readonly thing: unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Results of devices mostly come as many requests that each add one entity to the same collection. Those that wait for the store at the
 * same time are written by one piece of work: what is the same for all of them is done once, and the rest side by side, while its code is in
 * the processor's cache. What is seen to be impossible before anything is changed does not keep the others back. Should one of them fail later, none
 * is done: then they are divided until it is found.
 */
export class WriteTogether {
  readonly #store: Pick<Store, 'write'>;
  /** What waits for the store's turn, by tenant and place. */
  readonly #waiting = new Map<string, Waiting[]>();
  /** Pieces of work that have begun and are not on disk yet. */
  #underWay = 0;

  constructor(store: Pick<Store, 'write'>) {
    this.#store = store;
  }

  /**
   * Writes a thing together with others of its place.
   * @param place of all things of one name the work is the same, and does not depend on who asks for it
   * @returns what became of it once that is committed; undefined when it has to be tried by itself: nothing has been done then
   * @throws why it is impossible
   */
  add<T, R>(place: Place<T, R>, thing: T): Promise<R | undefined> {
    const name = `${place.tenantId} ${place.name}`;
    return new Promise((resolve, reject) => {
      const known = this.#waiting.get(name);
      if (known !== undefined) known.push({ thing, resolve, reject });
      else {
        this.#waiting.set(name, [{ thing, resolve, reject }]);
        void this.#write(name, place as Place<unknown, unknown>);
      }
    });
  }

  async #write(name: string, place: Place<unknown, unknown>, isRest = false): Promise<void> {
    await this.#run(place, () => {
      const waiting = this.#waiting.get(name)!;
      // Half of them, while the disk has nothing to do: the rest, which is not divided again, is written while they are put there.
      const isDivided = this.#underWay === 0 && !isRest && waiting.length > FEW;
      const first = waiting.splice(0, Math.min(LIMIT, isDivided ? Math.ceil(waiting.length / 2) : LIMIT));
      if (waiting.length === 0) this.#waiting.delete(name);
      else void this.#write(name, place, true);
      return first;
    });
  }

  /** Writes things. @param take says which, when the store's turn has come; it is called once */
  async #run(place: Place<unknown, unknown>, take: () => readonly Waiting[]): Promise<void> {
    let taken: readonly Waiting[] | undefined; // the work may be run again
    let refusal: unknown;
    const begin = (): readonly Waiting[] => {
      const things = take();
      this.#underWay++;
      return things;
    };
    try {
      const results = await this.#store.write(place.tenantId, async (writer) => {
        taken ??= begin();
        try {
          return await place.work(
            writer,
            taken.map(({ thing }) => thing),
          );
        } catch (error) {
          refusal = error;
          throw error;
        }
      });
      taken!.forEach(({ resolve, reject }, index) => {
        const result = results[index];
        if (isPossible(result)) resolve(result as never);
        else reject(result);
      });
    } catch (error) {
      // Of a commit that has failed nobody knows what is stored: its things must not be tried again.
      if (taken === undefined || error !== refusal) for (const { reject } of taken ?? take()) reject(error);
      else await this.#divide(place, taken);
    } finally {
      if (taken !== undefined) this.#underWay--;
    }
  }

  /** Nothing has been done of these things, as one of them is at fault: each half is tried, until it is alone. */
  async #divide(place: Place<unknown, unknown>, things: readonly Waiting[]): Promise<void> {
    if (things.length === 1) {
      things[0]!.resolve(undefined as never);
      return;
    }
    const middle = Math.ceil(things.length / 2);
    await Promise.all([things.slice(0, middle), things.slice(middle)].map((half) => this.#run(place, () => half)));
  }
}
