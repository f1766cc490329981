import { AppError } from '../../lib/app-error.ts';
import type { HttpBody, HttpResponse } from '../../lib/http.ts';
import type { Observation } from './observation.ts';

/** Of requests and works that the store's fault makes fail, one line of each kind is logged in so many milliseconds; the next one counts the others. */
export const FAULT_LINE_MS = 1000;

/** What is left of an error in a line: no stack, which for a fault of the disk is always the same. */
interface ShortError {
  readonly code: string;
  readonly message: string;
  /** Lines that were left out before. */
  readonly unlogged?: number;
}

interface Kind {
  at: number;
  unlogged: number;
}

/** Keeps a store that does not work from filling the log: each request fails then, for one and the same reason. */
export class FaultLines {
  readonly #kinds = new Map<string, Kind>();
  readonly #now: () => number;

  /** @param now in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @returns what is to be logged, undefined for nothing */
  shorten(observation: Observation): Observation | undefined {
    if (observation.kind === 'failed') {
      const { cause } = observation;
      if (!isFault(cause)) return observation;
      const short = this.#short(cause, observation.what);
      return short === undefined ? undefined : { ...observation, cause: short };
    }
    if (observation.kind !== 'requestFinished') return observation;
    const { facts } = observation.response;
    if (facts?.parts?.some(({ response }) => isFault(response.facts?.error))) {
      const parts = facts.parts.flatMap((part) => this.#shortAnswer(part) ?? []);
      return { ...observation, response: { ...observation.response, facts: { ...facts, parts } } };
    }
    return this.#shortAnswer(observation);
  }

  #shortAnswer<T extends { readonly response: HttpResponse<HttpBody> }>(answered: T): T | undefined {
    const { facts } = answered.response;
    if (!isFault(facts?.error)) return answered;
    const error = this.#short(facts.error, 'request');
    return error === undefined ? undefined : { ...answered, response: { ...answered.response, facts: { ...facts, error } } };
  }

  #short({ code, message, cause }: AppError, what: string): ShortError | undefined {
    const name = `${what} ${code}`;
    const now = this.#now();
    const kind = this.#kinds.get(name);
    if (kind !== undefined && now - kind.at < FAULT_LINE_MS) {
      kind.unlogged++;
      return undefined;
    }
    this.#kinds.set(name, { at: now, unlogged: 0 });
    const unlogged = kind?.unlogged ?? 0;
    const because = cause instanceof Error ? ` (${cause.message})` : '';
    return { code, message: `${message}${because}`, ...(unlogged === 0 ? {} : { unlogged }) };
  }
}

/** What is said once for a change of the database (`isLogged`) needs no line here. */
const isFault = (error: unknown): error is AppError =>
  error instanceof AppError &&
  (error.code === 'storeUnavailable' || error.code === 'corruptStore') &&
  (error as { isLogged?: boolean }).isLogged !== true;
