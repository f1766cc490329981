import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import type { Store, Writer } from '../../store/contract.ts';
import { type Place, WriteTogether } from './write-together.ts';

/** What becomes of things that are written together. What the store does besides is tested with the stores. */

const tenantId = '00000000-0000-4000-8000-000000000001';

/** A store that runs work in the next turn of the event loop. @param commit called behind the work */
const storeOf = (commit: () => void): Pick<Store, 'write'> => ({
  async write(_tenantId, work) {
    await new Promise(setImmediate);
    const result = await work({} as Writer);
    commit();
    return result;
  },
});

const place = (work: (things: readonly number[]) => readonly number[]): Place<number, number> => ({
  tenantId,
  name: 'p',
  work: async (_writer, things) => work(things),
});

describe('things that are written together', () => {
  it('share the work that begins when they wait, at most 512 of them, and get their own results', async () => {
    const sizes: number[] = [];
    const together = new WriteTogether(storeOf(() => undefined));
    const doubling = place((things) => {
      sizes.push(things.length);
      return things.map((thing) => 2 * thing);
    });
    const numbers = Array.from({ length: 1100 }, (_, i) => i);
    expect(await Promise.all(numbers.map((n) => together.add(doubling, n)))).toEqual(numbers.map((n) => 2 * n));
    expect(sizes).toEqual([512, 512, 76]);
    expect(await together.add(doubling, 1)).toBe(2);
  });

  it('are divided while nothing is under way, so that one half is written while the other is put on disk', async () => {
    const sizes: number[] = [];
    const commits: PromiseWithResolvers<void>[] = [];
    const store: Pick<Store, 'write'> = {
      async write(_tenantId, work) {
        await new Promise(setImmediate);
        const result = await work({} as Writer);
        commits.push(Promise.withResolvers());
        await commits.at(-1)!.promise;
        return result;
      },
    };
    const together = new WriteTogether(store);
    const noting = place((things) => {
      sizes.push(things.length);
      return things;
    });
    const add = (count: number) => Promise.all(Array.from({ length: count }, (_, i) => together.add(noting, i)));
    const begun = [add(64)];
    await vi.waitFor(() => expect(sizes).toEqual([32, 32]));
    commits[0]!.resolve();
    begun.push(add(60));
    await vi.waitFor(() => expect(sizes).toEqual([32, 32, 60]));
    for (const commit of commits) commit.resolve();
    expect((await Promise.all(begun)).map(({ length }) => length)).toEqual([64, 60]);
    begun.push(add(32));
    await vi.waitFor(() => expect(sizes).toEqual([32, 32, 60, 32]));
    commits.at(-1)!.resolve();
    await Promise.all(begun);
  });

  it('keep to themselves at their place', async () => {
    const together = new WriteTogether(storeOf(() => undefined));
    const groups: (readonly number[])[] = [];
    const noting = place((things) => {
      groups.push(things);
      return things;
    });
    const elsewhere = { ...noting, name: 'q' };
    await Promise.all([
      together.add(noting, 1),
      together.add(elsewhere, 2),
      together.add({ ...noting, tenantId: 'other' }, 3),
      together.add(noting, 4),
    ]);
    expect(groups).toEqual([[1, 4], [2], [3]]);
  });

  it('are left to be tried one by one when the work fails', async () => {
    const together = new WriteTogether(storeOf(() => undefined));
    const failing = place(() => {
      throw new AppError('notFound', 'There is nothing.');
    });
    expect(await Promise.all([together.add(failing, 1), together.add(failing, 2)])).toEqual([undefined, undefined]);
  });

  it('B12 that are impossible are told so, and the others are written by the same run of the work', async () => {
    let runs = 0;
    const together = new WriteTogether(storeOf(() => undefined));
    const odd = new AppError('invalidValue', 'It is odd.');
    const evenOnly: Place<number, number> = {
      tenantId,
      name: 'p',
      work: async (_writer, things) => {
        runs++;
        return things.map((thing) => (thing % 2 === 0 ? thing : odd));
      },
    };
    const results = await Promise.allSettled([0, 1, 2, 3].map((n) => together.add(evenOnly, n)));
    expect(results).toEqual(
      [0, 1, 2, 3].map((value) => (value % 2 === 0 ? { status: 'fulfilled', value } : { status: 'rejected', reason: odd })),
    );
    expect(runs).toBe(1);
  });

  it('B12 of which some fail are divided until those are alone', async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 512 }),
      fc.uniqueArray(fc.nat(511), { maxLength: 3 }),
      async (count, all) => {
        const culprits = all.filter((n) => n < count);
        let runs = 0;
        const together = new WriteTogether(storeOf(() => undefined));
        const failing = place((things) => {
          runs++;
          if (things.some((thing) => culprits.includes(thing))) throw new AppError('internal', 'It fails behind a change.');
          return things.map((thing) => 2 * thing);
        });
        const numbers = Array.from({ length: count }, (_, i) => i);
        const results = await Promise.all(numbers.map((n) => together.add(failing, n)));
        expect(results).toEqual(numbers.map((n) => (culprits.includes(n) ? undefined : 2 * n)));
        // Two at the start, as many are divided then anyway, and two for each halving of one culprit's part.
        expect(runs).toBeLessThanOrEqual(2 + culprits.length * 2 * Math.ceil(Math.log2(Math.max(count, 2))));
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  it('all fail with the commit, of which nobody knows what is stored', async () => {
    const lost = new AppError('storeUnavailable', 'The connection is lost.');
    const together = new WriteTogether(
      storeOf(() => {
        throw lost;
      }),
    );
    const results = await Promise.allSettled(
      [1, 2].map((n) =>
        together.add(
          place((things) => things),
          n,
        ),
      ),
    );
    expect(results).toEqual([1, 2].map(() => ({ status: 'rejected', reason: lost })));
  });

  it('all fail when the store does not take work', async () => {
    const closed = new AppError('storeUnavailable', 'The store is closed.');
    const together = new WriteTogether({ write: () => Promise.reject(closed) });
    await expect(
      together.add(
        place((things) => things),
        1,
      ),
    ).rejects.toBe(closed);
    await expect(
      together.add(
        place((things) => things),
        2,
      ),
    ).rejects.toBe(closed);
  });

  it('are written again by the same work when the store runs it again', async () => {
    const runs: (readonly number[])[] = [];
    const twice: Pick<Store, 'write'> = {
      async write(_tenantId, work) {
        await new Promise(setImmediate);
        await work({} as Writer);
        return work({} as Writer);
      },
    };
    const together = new WriteTogether(twice);
    const noting = place((things) => {
      runs.push(things);
      return things;
    });
    const first = [1, 2].map((n) => together.add(noting, n));
    await new Promise(setImmediate);
    expect(await Promise.all([...first, together.add(noting, 3)])).toEqual([1, 2, 3]);
    expect(runs).toEqual([[1, 2], [1, 2], [3], [3]]);
  });
});
