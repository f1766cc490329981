import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../../lib/app-error.ts';
import { type HttpBody, type HttpHandler, type HttpHeaders, type HttpResponse, type RenderError, URL_LIMIT } from '../../lib/http.ts';
import { uuidV4 } from '../../lib/ids.ts';
import type { Observe, RequestAborted, RequestFinished } from '../observe/observation.ts';
import type { AnswerBudget } from './answer-budget.ts';
import { compress, contentCoding } from './compress.ts';
import type { Connection, OpenConnections } from './connections.ts';
import type { MemoryReturn } from './memory-return.ts';
import { begun, isInPieces } from './pieces.ts';
import type { RequestOrigin } from './proxies.ts';
import { type BodyBudget, hasBody, readBody } from './read-body.ts';
import { send } from './send.ts';
import type { TickBatcher } from './tick-batcher.ts';

/** What requests are served with. */
export interface Serving {
  readonly renderError: RenderError;
  readonly observe: Observe;
  /** Whether the server itself speaks https. */
  readonly secure: boolean;
  /** Largest body in bytes, sent and decompressed. */
  readonly bodyLimit: number;
  readonly bodies: BodyBudget;
  readonly answers: AnswerBudget;
  readonly connections: OpenConnections;
  readonly ticks: TickBatcher;
  readonly memory: MemoryReturn;
  /** @throws invalidRequest */
  readonly originOf: (message: IncomingMessage, target: string) => RequestOrigin;
  /** @throws busy while a connection gets nothing but that, or too many requests run */
  readonly admit: (message: IncomingMessage) => void;
  /** Whether the answer to a request ends its connection. */
  readonly isLast: (message: IncomingMessage) => boolean;
}

/** A request whose headers have arrived, and where its answer goes. */
export interface Arrival {
  /** The request target exactly as sent; the router may have seen another one. */
  readonly target: string;
  readonly message: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** Serves a request. It is observed to start and to end, once each, and never throws. */
export type Serve = (handle: HttpHandler<HttpBody>, arrival: Arrival) => void;

/**
 * Makes the one way from a request's headers to its answer: origin, coding, body, turn, handler, coding, `send.ts`.
 *
 * It writes to the socket itself. Fastify's `reply.send` closes a connection whose body was refused, writes a charset into every JSON media
 * type, and costs a read by id 32 % more processor time and a write 10 % (2026-12-01, five rounds, ±30 %).
 */
export function requestServer(serving: Serving): Serve {
  const { observe, connections, ticks, bodies, answers } = serving;

  async function serve(handle: HttpHandler<HttpBody>, arrival: Arrival, connection: Connection): Promise<RequestFinished | RequestAborted> {
    const { message, outgoing } = arrival;
    const startedAt = performance.now();
    const requestId = uuidV4();
    const headers = message.headers as HttpHeaders; // strings only, thanks to joinDuplicateHeaders
    const method = message.method!;
    const isHead = method === 'HEAD';
    const signal = connection.closed;
    let { target } = arrival;
    let clientAddress = message.socket.remoteAddress ?? '';
    const share = hasBody(message) ? bodies.open(message.socket) : undefined;
    const space = answers.open();
    let hasTurn = false;
    try {
      let response: HttpResponse<HttpBody>;
      try {
        serving.admit(message);
        if (target.length > URL_LIMIT) throw new AppError('urlTooLong', `The URL is longer than ${URL_LIMIT} characters. Shorten it.`);
        const from = serving.originOf(message, target);
        ({ target, clientAddress } = from);
        const accept = headers['accept-encoding'];
        const coding = accept === undefined ? undefined : contentCoding(accept);
        const body = share === undefined ? undefined : await readBody(message, { limit: serving.bodyLimit, share });
        const turn = connection.beginTurn();
        if (turn !== undefined) await turn;
        hasTurn = true;
        await ticks.next();
        answers.admit();
        const plain = { method: isHead ? 'GET' : method, target, headers, origin: from.origin, requestId, clientAddress, signal, space };
        const request = body === undefined ? plain : { ...plain, body };
        const coded = compress(await handle(request), coding);
        response = coded instanceof Promise ? await coded : coded;
        if (isInPieces(response.body) && !isHead) response = { ...response, body: await begun(response.body) };
      } catch (cause) {
        if (!(cause instanceof AppError) && message.destroyed && !message.complete) return aborted(cause);
        response = serving.renderError(cause, { requestId, headers });
      } finally {
        share?.release();
      }
      const envelope = { requestId, headers, secure: serving.secure, last: serving.isLast(message) };
      const taken = send(response, { outgoing, envelope, isHead, closed: signal, budget: answers, ticks, failed });
      try {
        if (taken !== undefined) await taken;
      } catch (cause) {
        if (signal.aborted || (cause as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return aborted(cause);
        response = { ...response, facts: { ...response.facts, error: cause } };
      }
      const milliseconds = performance.now() - startedAt;
      return { kind: 'requestFinished', request: { method, target, requestId }, response, milliseconds, clientAddress };
    } finally {
      space.release();
      if (hasTurn) connection.endTurn();
    }

    function aborted(cause: unknown): RequestAborted {
      return { kind: 'requestAborted', requestId, clientAddress, cause };
    }
  }

  const failed = (cause: unknown): void => observe({ kind: 'failed', what: 'writing an answer', cause });

  return (handle, arrival) => {
    observe({ kind: 'requestStarted' });
    const connection = connections.began(arrival.message.socket);
    // Each request that has started is observed to end, once, whatever went wrong.
    serve(handle, arrival, connection)
      .catch((cause: unknown): RequestAborted => {
        arrival.outgoing.destroy();
        observe({ kind: 'failed', what: 'answering a request', cause });
        return { kind: 'requestAborted', requestId: '', clientAddress: '', cause };
      })
      .then((end) => {
        connections.ended(connection);
        serving.memory.answered();
        observe(end);
      })
      .catch((cause: unknown) => observe({ kind: 'failed', what: 'observing a request', cause }));
  };
}
