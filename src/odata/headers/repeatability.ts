import { AppError } from '../../lib/app-error.ts';
import type { HttpHeaders } from '../../lib/http.ts';

/** What a client says of a request that it may repeat (Repeatable Requests 1.0 §2). */
export interface Repeatability {
  /** Chosen by the client, once for each request: opaque. */
  readonly requestId: string;
  /** Chosen by the client for itself. */
  readonly clientId: string | undefined;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly firstSent: number;
}

const REQUEST_ID = 'Repeatability-Request-ID';
const FIRST_SENT = 'Repeatability-First-Sent';

const malformed = (target: string, message: string): AppError => new AppError('invalidHeader', message, { target });

/**
 * Reads the repeatability headers of a request.
 * @returns undefined when it has none
 * @throws invalidHeader when one is missing or malformed
 */
export function parseRepeatability(headers: HttpHeaders): Repeatability | undefined {
  const requestId = headers['repeatability-request-id'];
  const clientId = headers['repeatability-client-id'];
  const sent = headers['repeatability-first-sent'];
  if (requestId === undefined && clientId === undefined && sent === undefined) return undefined;
  if (requestId === undefined || requestId === '')
    throw malformed(REQUEST_ID, `Send ${REQUEST_ID} too: an id of your own, new for each request, the same when you repeat it.`);
  if (sent === undefined) throw malformed(FIRST_SENT, `Send ${FIRST_SENT} too: when you first sent this request.`);
  const firstSent = Date.parse(sent);
  if (Number.isNaN(firstSent) || new Date(firstSent).toUTCString() !== sent)
    throw malformed(FIRST_SENT, `${FIRST_SENT} is '${sent.slice(0, 80)}'. Write it like 'Sun, 06 Nov 1994 08:49:37 GMT'.`);
  return { requestId, clientId, firstSent };
}
