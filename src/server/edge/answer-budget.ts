import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../lib/app-error.ts';
import type { AnswerSpace } from '../../lib/http.ts';
import { OneByOne } from '../../lib/one-by-one.ts';
import type { Pieces } from './pieces.ts';

/** A page gets no more than this part of what is left, so that many that are made in one turn share it, … */
const SHARE = 1 / 8;
/** … and no less than so many bytes: most pages are smaller. */
const LEAST_SPACE = 512 * 1024;

/** Answers of fewer bytes fit into the system's buffers and are not watched. Others are written in pieces of this size. */
export const PIECE_BYTES = 128 * 1024;

/** How a client that takes its answer slowly is told from one that does not take it. */
export interface SlowReaders {
  /** How often clients are looked at, in milliseconds. */
  readonly everyMs: number;
  /** Bytes a second that a client must take, on the average of {@link patienceMs}. */
  readonly leastRate: number;
  /** How long it is given, in milliseconds. */
  readonly patienceMs: number;
}

/** Clients behind a telephone line are faster. */
export const SLOW_READERS: SlowReaders = { everyMs: 5000, leastRate: 4096, patienceMs: 15_000 };

interface Watched {
  /** Bytes of it that are in memory. */
  held: number;
  /** Bytes that have been written so far. */
  written: number;
  /** When its client was given time, and what it had taken by then. */
  since: number;
  taken: number;
}

/**
 * Bounds the memory of answers that clients have not taken yet. Clients that take them too slowly are cut off, so that others find room
 * again (`answer-budget.test.ts`).
 */
export class AnswerBudget {
  readonly #total: number;
  readonly #slow: SlowReaders;
  readonly #watched = new Map<ServerResponse, Watched>();
  /** Large answers on their way to be written: each takes the event loop for milliseconds. */
  readonly #toWrite = new OneByOne();
  #underWay = 0;
  #reserved = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param total bytes of all answers under way */
  constructor(total: number, slow: SlowReaders = SLOW_READERS) {
    this.#total = total;
    this.#slow = slow;
  }

  /** Bytes of answers that their clients have not taken yet. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Refuses a request while there is no room for its answer. @throws busy */
  admit(): void {
    if (this.#underWay < this.#total) return;
    const message = 'Clients have not taken the answers to earlier requests yet. Send the request again later.';
    throw new AppError('busy', message, { headers: { 'retry-after': '1' } });
  }

  /** Room for the answer to one request. */
  open(): AnswerSpace & { release(): void } {
    return new Space(this);
  }

  /** Takes room for an answer. @returns the bytes that it may have, `most` or fewer */
  reserve(most: number): number {
    const left = Math.max(0, this.#total - this.#underWay - this.#reserved);
    const granted = Math.min(most, Math.max(LEAST_SPACE, Math.floor(left * SHARE)));
    this.#reserved += granted;
    return granted;
  }

  /** Gives back what was reserved. */
  giveBack(bytes: number): void {
    this.#reserved -= bytes;
  }

  /** Waits for a turn of the event loop in which no other large answer is written; undefined for a small one. */
  turn(bytes: number): Promise<void> | undefined {
    return bytes < PIECE_BYTES ? undefined : this.#toWrite.run(async () => undefined);
  }

  /**
   * Writes the body of an answer whose headers have been written, piece by piece, as its client takes it. A whole body counts until then,
   * one in pieces by what the client has not taken of them.
   * @param closed aborted when the connection is closed: an answer behind others of its connection is not told
   * @returns resolves when the client has taken all; rejects when it leaves or the maker fails, and the connection is cut off
   */
  async pour(body: Uint8Array | Pieces, outgoing: ServerResponse, closed: AbortSignal): Promise<void> {
    const isWhole = body instanceof Uint8Array;
    const watched: Watched = { held: 0, written: 0, since: performance.now(), taken: 0 };
    const hold = (bytes: number): void => {
      if (this.#watched.get(outgoing) !== watched) return; // its client has left: nothing of it counts any more
      watched.held += bytes;
      this.#underWay += bytes;
    };
    const counted = async function* (pieces: Iterable<Uint8Array> | Pieces) {
      for await (const piece of pieces) {
        const bytes = Buffer.byteLength(piece);
        watched.written += bytes;
        if (!isWhole) hold(bytes);
        yield piece;
        if (!isWhole) hold(-bytes);
      }
    };
    const left = Promise.withResolvers<never>();
    const leave = (): void => left.reject(closed.reason);
    this.#watched.set(outgoing, watched);
    if (isWhole) hold(body.length);
    this.#timer ??= setTimeout(() => this.#look(), this.#slow.everyMs).unref();
    closed.addEventListener('abort', leave);
    if (closed.aborted) leave();
    try {
      await Promise.race([left.promise, pipeline(isWhole ? slices(body) : body, counted, outgoing)]);
    } catch (cause) {
      outgoing.destroy();
      throw cause;
    } finally {
      closed.removeEventListener('abort', leave);
      hold(-watched.held);
      this.#watched.delete(outgoing);
    }
  }

  /** Cuts off clients that do not take their answers. */
  #look(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [outgoing, watched] of this.#watched) {
      const elapsed = now - watched.since;
      if (elapsed < this.#slow.patienceMs) continue;
      const taken = watched.written - outgoing.writableLength;
      const owesNothing = outgoing.writableLength === 0; // the maker is slow, not the client
      if (!owesNothing && taken - watched.taken < (elapsed / 1000) * this.#slow.leastRate) outgoing.destroy();
      else Object.assign(watched, { since: now, taken });
    }
    if (this.#watched.size > 0) this.#timer = setTimeout(() => this.#look(), this.#slow.everyMs).unref();
  }
}

function* slices(body: Uint8Array): Iterable<Uint8Array> {
  for (let start = 0; start < body.length; start += PIECE_BYTES) yield body.subarray(start, start + PIECE_BYTES);
}

/** The room of one request. Most requests ask for none, so that it is little more than an object. */
class Space implements AnswerSpace {
  readonly #budget: AnswerBudget;
  #own = 0;

  constructor(budget: AnswerBudget) {
    this.#budget = budget;
  }

  reserve(most: number): number {
    const granted = this.#budget.reserve(most);
    this.#own += granted;
    return granted;
  }

  turn(bytes: number): Promise<void> | undefined {
    return this.#budget.turn(bytes);
  }

  release(): void {
    this.#budget.giveBack(this.#own);
    this.#own = 0;
  }
}
