import pino, { type DestinationStream, type Logger } from 'pino';
import { AppError } from '../../lib/app-error.ts';
import type { HttpBody, HttpResponse, RequestFacts } from '../../lib/http.ts';
import { LogStream } from './log-stream.ts';
import type { Observation, Observe, RequestFinished } from './observation.ts';

/** A log, and a way to be sure that it is written. */
interface Log {
  readonly observe: Observe;
  /** Writes what is still in memory, unless nobody reads it. Happens by itself when the process ends. */
  close(): Promise<void>;
}

/** Where a log goes. */
interface LogTarget {
  /** Takes whole lines; stderr by default. */
  readonly destination?: DestinationStream;
  /** Told of lines that were dropped, since whoever reads stderr did not take them in time. */
  readonly dropped?: (lines: number) => void;
}

/** Lines wait in memory up to this time. */
const FLUSH_MS = 500;

/**
 * Logs observations as JSON lines on stderr; stdout stays for what scripts read.
 * @param level lowest level that is written, `silent` for nothing
 */
export function createLog(level: string, { destination, dropped = () => undefined }: LogTarget = {}): Log {
  const stream = destination === undefined && level !== 'silent' ? new LogStream(process.stderr, { dropped, flowsAgain }) : undefined;
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: pino.stdSerializers.err } },
    destination ?? stream ?? { write: () => undefined },
  );
  const faults = new FaultLines();
  function flowsAgain(lines: number): void {
    logger.warn({ dropped: lines }, 'log lines were dropped here, since nobody read them in time');
  }
  const flush = (): void => stream?.flush();
  const timer = setInterval(flush, FLUSH_MS).unref();
  process.on('exit', flush);
  return {
    observe(observation) {
      const short = faults.shorten(observation);
      if (short !== undefined && writeLine(logger, short)) flush();
    },
    async close() {
      clearInterval(timer);
      process.off('exit', flush);
      await stream?.end();
    },
  };
}

const DATABASE_FAULTS = {
  readOnly: 'the database accepts no writes: requests that write are answered 503 until it does',
  unreachable: 'the database cannot be reached: requests are answered 503 until it can',
};

/** @returns whether the line should not wait in memory */
function writeLine(logger: Logger, observation: Observation): boolean {
  switch (observation.kind) {
    case 'requestStarted':
      return false;
    case 'requestFinished': {
      // The requests of a batch have ids of their own, under which the log has their causes; the time is the batch's.
      const parts = observation.response.facts?.parts ?? [];
      const failed = parts.filter((part) => writeRequest(logger, { ...observation, ...part }));
      return writeRequest(logger, observation) || failed.length > 0;
    }
    case 'requestAborted': {
      const { requestId, clientAddress, cause } = observation;
      logger.debug({ requestId, clientAddress, err: cause }, 'the client went away before its request was complete');
      return false;
    }
    case 'connectionRefused':
      logger.info({ clientAddress: observation.clientAddress, reason: (observation.cause as { code?: string }).code }, 'no valid HTTP');
      return false;
    case 'committed':
      logger.trace({ writes: observation.writes, ms: round(observation.milliseconds) }, 'committed');
      return false;
    case 'checkpointed':
      logger.trace({ pages: observation.pages, ms: round(observation.milliseconds) }, 'checkpointed');
      return false;
    case 'workFound':
    case 'connectionOverLimit':
    case 'logLinesDropped':
      return false;
    case 'workDone':
      logger.debug({ work: observation.workKind, rows: observation.rows, ms: round(observation.milliseconds) }, 'worked in the background');
      return false;
    case 'ready':
      logger.info({ url: observation.url, ms: round(observation.milliseconds) }, 'ready');
      return true;
    case 'citusUnused':
      logger.info('the database has the extension Citus, but its tables are not distributed: --citus spreads tenants over its machines');
      return false;
    case 'databaseChanged':
      if (observation.condition === 'available') logger.info('the database is available again');
      else logger.error({ reason: reasonOf(observation.cause) }, DATABASE_FAULTS[observation.condition]);
      return true;
    case 'warned':
      logger.warn(observation.message);
      return true;
    case 'draining':
      logger.info({ signal: observation.signal }, 'stopping: no new connections, waiting for running requests');
      return true;
    case 'stopped':
      logger.info('stopped');
      return true;
    case 'writesFail': {
      const { message, cause } = observation.cause as Error;
      logger.error(
        { needsRestart: observation.needsRestart, cause: (cause as Error | undefined)?.message },
        `writes are refused: ${message}`,
      );
      return true;
    }
    case 'writesRecovered':
      logger.info('writes are taken again');
      return true;
    case 'failed':
      if ((observation.cause as { isLogged?: boolean } | undefined)?.isLogged === true) return false;
      logger.error({ err: observation.cause }, `${observation.what} failed`);
      return true;
  }
}

/** Where a host has several addresses, the failure of all of them has a code and no message. */
const reasonOf = (cause: unknown): string | undefined => {
  const { message, code } = cause as Error & { readonly code?: string };
  return message || code;
};

/** What is refused with 5xx and is no fault of the server: a limit that is used up, what it does not keep. Stacks of these would hide others. */
const NO_FAULTS: ReadonlySet<string | undefined> = new Set(['busy', 'notKept']);

/** Path and query, never headers or bodies: these hold tokens, secrets and scripts. */
function writeRequest(logger: Logger, { request, response, milliseconds, clientAddress }: RequestFinished): boolean {
  const error = response.facts?.error as { code?: string; isLogged?: boolean } | undefined;
  // A 5xx without an error is the answer itself: a probe that finds the server not ready yet.
  const failed = response.status >= 500 && error !== undefined && !NO_FAULTS.has(error.code) && error.isLogged !== true;
  // A line costs a tenth of a small read, and /metrics counts what went well: by default only the rest is logged.
  const level = failed ? 'error' : response.status >= 400 ? 'info' : 'debug';
  if (!logger.isLevelEnabled(level)) return false;
  const facts = response.facts ?? {};
  const line = {
    requestId: request.requestId,
    method: request.method,
    target: isQueryOpen(facts) ? request.target : request.target.replace(/\?.*$/s, '?…'),
    status: response.status,
    ms: round(milliseconds),
    clientAddress,
    operation: facts.operation,
    tenantId: facts.tenantId,
    clientId: facts.clientId,
  };
  if (failed) logger.error({ ...line, err: facts.error }, 'request failed');
  else if (response.status >= 400) logger.info({ ...line, error: error?.code }, 'request refused');
  else logger.debug(line, 'request');
  return failed;
}

/** A query that was never looked at may hold anything. */
const isQueryOpen = ({ operation, secretQuery }: RequestFacts): boolean => operation !== undefined && secretQuery !== true;

const round = (milliseconds: number): number => Math.round(milliseconds * 100) / 100;

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
