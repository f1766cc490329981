import type { ServerResponse } from 'node:http';
import { AppError } from '../../lib/app-error.ts';
import type { AnswerSpace, HttpResponse } from '../../lib/http.ts';
import { OneByOne } from '../../lib/one-by-one.ts';

/** A page gets no more than this part of what is left, so that many that are made in one turn share it, … */
const SHARE = 1 / 8;
/** … and no less than so many bytes: most pages are smaller. */
const LEAST_SPACE = 512 * 1024;

/** Answers of fewer bytes fit into what the system buffers, and are not watched. Others are written in pieces of that size. */
const PIECE_BYTES = 128 * 1024;

/** How a client that takes its answer slowly is told from one that does not take it. */
export interface SlowReaders {
  /** How often it is looked, in milliseconds. */
  readonly everyMs: number;
  /** Bytes a second that a client must take, on the average of {@link patienceMs}. */
  readonly leastRate: number;
  /** How long it is given, in milliseconds. */
  readonly patienceMs: number;
}

/** Clients behind a telephone line are faster. */
export const SLOW_READERS: SlowReaders = { everyMs: 5000, leastRate: 4096, patienceMs: 15_000 };

interface Watched {
  /** Bytes that have been written so far. */
  written: number;
  /** When its client was given time, and what it had taken by then. */
  since: number;
  taken: number;
}

/**
 * Bounds the memory that answers take until their clients have taken them. Clients that do not are cut off, so that the others find
 * room again.
 */
export class AnswerBudget {
  readonly #total: number;
  readonly #slow: SlowReaders;
  readonly #watched = new Map<ServerResponse, Watched>();
  /** Large answers that are to be written: each takes the event loop for milliseconds. */
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
   * Counts an answer from when it is made until its client has taken it, or has gone.
   * @param closed aborted when the connection is closed: an answer behind others of its connection is not told
   * @returns the same answer, a large one as bytes
   */
  watch(outgoing: ServerResponse, response: HttpResponse, closed: AbortSignal): HttpResponse {
    if (closed.aborted || response.body === undefined || response.body.length < PIECE_BYTES) return response;
    const body = typeof response.body === 'string' ? Buffer.from(response.body) : response.body;
    const bytes = body.length;
    this.#watched.set(outgoing, { written: 0, since: performance.now(), taken: 0 });
    this.#underWay += bytes;
    const end = (): void => {
      outgoing.off('close', end);
      closed.removeEventListener('abort', end);
      this.#watched.delete(outgoing);
      this.#underWay -= bytes;
    };
    outgoing.once('close', end);
    closed.addEventListener('abort', end);
    this.#timer ??= setTimeout(() => this.#look(), this.#slow.everyMs).unref();
    return { ...response, body };
  }

  /** Writes the body of an answer whose headers have been written; a large one piece by piece, as its client takes it. */
  write(outgoing: ServerResponse, body: string | Uint8Array | undefined): void {
    const watched = this.#watched.get(outgoing);
    if (watched === undefined || body === undefined || typeof body === 'string') {
      outgoing.end(body);
      return;
    }
    const next = (): void => {
      while (watched.written < body.length) {
        const piece = body.subarray(watched.written, watched.written + PIECE_BYTES);
        watched.written += piece.length;
        if (!outgoing.write(piece)) {
          outgoing.once('drain', next);
          return;
        }
      }
      outgoing.end();
    };
    next();
  }

  /** Cuts off clients that do not take their answers. */
  #look(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [outgoing, watched] of this.#watched) {
      const elapsed = now - watched.since;
      if (elapsed < this.#slow.patienceMs) continue;
      const taken = watched.written - outgoing.writableLength;
      if (taken - watched.taken < (elapsed / 1000) * this.#slow.leastRate) outgoing.destroy();
      else Object.assign(watched, { since: now, taken });
    }
    if (this.#watched.size > 0) this.#timer = setTimeout(() => this.#look(), this.#slow.everyMs).unref();
  }
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
