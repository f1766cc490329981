import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../../lib/app-error.ts';
import { answerIds, type HttpBody, type HttpHeaders, type HttpResponse, type RenderError } from '../../lib/http.ts';
import { uuidV4 } from '../../lib/ids.ts';
import { type AnswerBudget, PIECE_BYTES } from './answer-budget.ts';
import { abandon, isInPieces } from './pieces.ts';
import type { TickBatcher } from './tick-batcher.ts';

/** What decides how an answer is finished, apart from the answer itself. */
interface Envelope {
  readonly requestId: string;
  /** Those of the request. */
  readonly headers: HttpHeaders;
  /** Whether the server itself speaks https. */
  readonly secure: boolean;
  /** The connection ends with this answer. */
  readonly last: boolean;
}

/** How an answer reaches its client. */
interface Delivery {
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
function finishedHeaders({ status, headers, body }: HttpResponse<HttpBody>, envelope: Envelope): Record<string, string | number> {
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

// From `process`: an `import` of `node:http` runs its getters and so loads Node's own HTTP client, 15 MB and 50 ms.
const { STATUS_CODES } = process.getBuiltinModule('node:http');

/** The report of Node's parser: `code` names the defect. */
type ConnectionError = Error & { readonly code?: string };

/**
 * Answers bytes that are not even an HTTP request, as far as that is possible without one, and closes the connection.
 * @returns whether there was a client left to answer
 */
export function refuseConnection(error: ConnectionError, socket: Socket, renderError: RenderError): boolean {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return false;
  }
  const requestId = uuidV4();
  const response = renderError(meaningOf(error), { requestId, headers: {} });
  const headers = Object.entries(finishedHeaders(response, { requestId, headers: {}, secure: false, last: true }));
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}\r\n${head}\r\n`);
  socket.write(response.body ?? '');
  socket.destroySoon();
  return true;
}

function meaningOf(cause: ConnectionError): AppError {
  switch (cause.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new AppError('headersTooLarge', 'The request line and headers are too large. Shorten the URL or send fewer headers.', {
        cause,
      });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new AppError('requestTimeout', 'The request did not arrive in time. Send it again, without pauses.', { cause });
    case 'HPE_INVALID_METHOD':
      return new AppError('invalidRequest', 'The request line does not start with a method that HTTP knows.', { cause });
    default:
      return new AppError('invalidRequest', 'The request is not valid HTTP/1.1. Check its request line, headers and chunks.', { cause });
  }
}
