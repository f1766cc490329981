import type { HttpHeaders, HttpRequest } from './http.ts';

/** Longest `client-request-id` that is echoed, in characters. Clients send GUIDs. */
export const CLIENT_REQUEST_ID_LENGTH = 128;

/**
 * The client's own id of a request, as answers echo it: the one place that says which ids are echoed.
 * @returns undefined where there is none, and where it is longer than {@link CLIENT_REQUEST_ID_LENGTH} or not of printable ASCII
 */
export function clientRequestIdOf(headers: HttpHeaders): string | undefined {
  const id = headers['client-request-id'];
  return id !== undefined && id.length <= CLIENT_REQUEST_ID_LENGTH && /^[\x20-\x7e]+$/.test(id) ? id : undefined;
}

/** The ids that every answer carries, that of a request and that of a part of a batch (Graph: "request-id", "client-request-id"). */
export function answerIds({ requestId, headers }: Pick<HttpRequest, 'requestId' | 'headers'>): HttpHeaders {
  const echoed = clientRequestIdOf(headers);
  return echoed === undefined ? { 'request-id': requestId } : { 'request-id': requestId, 'client-request-id': echoed };
}
