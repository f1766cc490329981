import type { ServerResponse } from 'node:http';
import { answerIds, type HttpBody, type HttpHeaders, type HttpResponse } from '../../lib/http.ts';
import { type AnswerBudget, PIECE_BYTES } from './answer-budget.ts';
import { abandon, isInPieces } from './pieces.ts';
import type { TickBatcher } from './tick-batcher.ts';

/** What decides how an answer is finished, apart from the answer itself. */
export interface Envelope {
  readonly requestId: string;
  /** Those of the request. */
  readonly headers: HttpHeaders;
  /** Whether the server itself speaks https. */
  readonly secure: boolean;
  /** The connection ends with this answer. */
  readonly last: boolean;
}

/** How an answer reaches its client. */
export interface Delivery {
  readonly outgoing: ServerResponse;
  readonly envelope: Envelope;
  /** The request was a HEAD: its answer has the headers of GET and no body. */
  readonly isHead: boolean;
  /** Aborted when the client has closed the connection. */
  readonly closed: AbortSignal;
  readonly budget: AnswerBudget;
  readonly ticks: TickBatcher;
  /** Takes what keeps an answer from being written; its connection is closed. */
  failed(cause: unknown): void;
}

/**
 * Finishes the headers of an answer, whoever made it: ids, security, length, the end of the
 * connection. Nothing else writes these headers.
 */
export function finishedHeaders({ status, headers, body }: HttpResponse<HttpBody>, envelope: Envelope): Record<string, string | number> {
  const finished: Record<string, string | number> = {
    ...securityHeaders(envelope.secure, envelope.headers.host),
    ...headers,
    ...answerIds(envelope),
  };
  if (envelope.last) finished.connection = 'close';
  if (status !== 204 && status !== 304 && !isInPieces(body)) finished['content-length'] = body === undefined ? 0 : Buffer.byteLength(body);
  return finished;
}

/**
 * Writes an answer: a small one with the others of its tick, a large one and one in pieces as its client takes it.
 * @returns of an answer in pieces: what resolves when the client has taken it, and rejects when its maker fails or the client leaves
 */
export function send(response: HttpResponse<HttpBody>, delivery: Delivery): Promise<void> | undefined {
  const { outgoing, budget, closed, ticks } = delivery;
  const body = delivery.isHead ? undefined : response.body;
  if (!isInPieces(body) && (body === undefined || body.length < PIECE_BYTES)) {
    ticks.write(() => {
      if (writeHead(response, delivery)) outgoing.end(body);
    });
    return undefined;
  }
  if (!writeHead(response, delivery)) {
    if (isInPieces(body)) abandon(body);
    return undefined;
  }
  const taken = budget.pour(typeof body === 'string' ? Buffer.from(body) : body, outgoing, closed);
  if (isInPieces(body)) return taken;
  taken.catch(() => undefined); // the client has left: nothing else ends a whole body
  return undefined;
}

/** @returns whether it could be written */
function writeHead(response: HttpResponse<HttpBody>, { outgoing, envelope, failed }: Delivery): boolean {
  try {
    outgoing.writeHead(response.status, finishedHeaders(response, envelope));
    return true;
  } catch (cause) {
    failed(cause);
    outgoing.destroy();
    return false;
  }
}

/** Tells browsers to believe the media type, so that no data is ever run as a script. */
const PLAIN: HttpHeaders = { 'x-content-type-options': 'nosniff' };

/** Over https also: never to come back without it (RFC 6797), for a year. */
const STRICT: HttpHeaders = { ...PLAIN, 'strict-transport-security': 'max-age=31536000' };

const LOCAL = /^localhost(?::|$)/i;

/**
 * The security headers of every answer. A browser applies https-only to a host name and all its ports; `localhost` belongs to other
 * programs too, so it is spared.
 * @param secure whether the server itself speaks https; behind a proxy that does, the proxy has to say so
 */
export const securityHeaders = (secure: boolean, host: string | undefined): HttpHeaders =>
  secure && !LOCAL.test(host ?? '') ? STRICT : PLAIN;
