import { setTimeout as sleep } from 'node:timers/promises';
import { doPiece, type FoundWork, findWork, isFree, nameOf, type WorkParts } from '../../domain/jobs/background.ts';
import { ChangeWatch } from '../../lib/change-watch.ts';
import type { Observe } from '../observe/observation.ts';

/** How long one piece should keep the store busy: requests wait for it. */
const PIECE_MS = 5;
/** Behind a piece the store is for requests alone, this many times as long as the piece took, and at least so many milliseconds. */
const REST = 3;
const REST_MS = 5;
/** How often it is looked for work when there is none. */
const LOOK_MS = 1000;

const FIRST_ROWS = 50;
const MOST_ROWS = 2000;

/** The next piece's rows, by how long these took. */
const sizeAfter = (size: number, milliseconds: number): number =>
  Math.max(1, Math.min(MOST_ROWS, size * 2, Math.round((size * PIECE_MS) / Math.max(milliseconds, 0.1))));

/**
 * Does, beside the requests, what writes have left for later: all that is found in turn, a piece of each. It never waits for
 * a moment without requests, so that it comes to an end under any load.
 * @returns how to stop; resolves when nothing runs any more
 */
export function startBackgroundWorker(parts: WorkParts, observe: Observe): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const pause = (milliseconds: number): Promise<void> => sleep(milliseconds, undefined, { ref: false, signal }).catch(() => undefined);
  /** Rows of the next piece, of each kind: some are dearer than others. */
  const sizes = new Map<unknown, number>();
  /** What is left of work that this process is at. Its lease is its own. */
  let own: readonly FoundWork[] = [];
  /** The leases of others. */
  const leases = new ChangeWatch();

  async function doOne(work: FoundWork): Promise<FoundWork | undefined> {
    const size = sizes.get(work.kind) ?? FIRST_ROWS;
    const { rows, milliseconds, left } = await doPiece(parts, work, size);
    observe({ kind: 'workDone', workKind: String(work.kind), rows, milliseconds });
    if (rows >= size) sizes.set(work.kind, sizeAfter(size, milliseconds));
    await pause(Math.max(REST_MS, REST * milliseconds));
    return left;
  }

  async function doRound(): Promise<void> {
    const held = new Map(own.map((work) => [nameOf(work), work.leasedUntil]));
    const found = await findWork(parts.store);
    observe({ kind: 'workFound', works: found.length });
    const unchanged = leases.note(new Map(found.map((work) => [nameOf(work), work.leasedUntil])), performance.now());
    const left: FoundWork[] = [];
    const isOurs = (work: FoundWork): boolean => held.get(nameOf(work)) === work.leasedUntil || isFree(work, unchanged.get(nameOf(work))!);
    for (const work of found.filter(isOurs)) {
      if (signal.aborted) return;
      const rest = await doOne(work).catch(failed);
      if (rest !== undefined) left.push(rest);
    }
    own = left;
  }

  /** What has failed is tried again when its lease is over. */
  async function failed(cause: unknown): Promise<undefined> {
    observe({ kind: 'failed', what: 'work in the background', cause });
    await pause(LOOK_MS);
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await doRound().catch(failed);
      if (own.length === 0) await pause(LOOK_MS);
    }
  }

  const running = run();
  return () => {
    stopping.abort();
    return running;
  };
}
