/** Plain request and response values, passed between the server, the API and the issuer without a socket. */

/** Header names in lower case. A header sent twice is joined with `, ` as RFC 9110 §5.3 allows. */
export type HttpHeaders = Readonly<Record<string, string>>;

/** Longest request target. */
export const URL_LIMIT = 16 * 1024;

/** A request as it arrived. */
export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** Path and query exactly as sent, still percent-encoded: `/beta/deviceManagement?$select=id`. */
  readonly target: string;
  readonly headers: HttpHeaders;
  /** Undefined when the request has no body. */
  readonly body?: Uint8Array;
  /** The body of a request that came inside a JSON document, which has been read with it: stands instead of `body`. */
  readonly json?: { readonly value: unknown };
  /** Scheme, host and port that the client used, without a trailing slash: `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** Names the request in logs and answers (`request-id`). A UUID. */
  readonly requestId: string;
  /** Where it came from, as far as that is known. */
  readonly clientAddress?: string;
  /** Aborted when the client has gone. */
  readonly signal?: AbortSignal;
  /** Room for the answer, where it is bounded over all requests. */
  readonly space?: AnswerSpace;
  /** Bytes that a page of the answer may have, where it is only a part of one. */
  readonly answerBytes?: number;
}

/** Room for the answer to a request. */
export interface AnswerSpace {
  /** Takes room for an answer that may be large, before it is made. @returns the bytes that it may have, `most` or fewer */
  reserve(most: number): number;
  /** Waits, before a large answer is written, for a turn of the event loop in which no other one is. @returns undefined for a small one */
  turn(bytes: number): Promise<void> | undefined;
}

/** Facts about an answered request for the log and the metrics; never sent to a client. */
export interface RequestFacts {
  readonly tenantId?: string;
  readonly clientId?: string;
  /** A bounded name of what was done, for example `create` or `list`: a metrics label. */
  readonly operation?: string;
  /** The query may hold secrets, and is not logged. */
  readonly secretQuery?: boolean;
  /** What went wrong, with its cause. */
  readonly error?: unknown;
  /** Of a batch: its requests. */
  readonly parts?: readonly AnsweredPart[];
}

/** One request of a batch, and its answer. */
export interface AnsweredPart {
  readonly request: Pick<HttpRequest, 'method' | 'target' | 'requestId'>;
  readonly response: HttpResponse;
}

/**
 * The body of an answer: whole, or made piece by piece while the client takes it. The maker of pieces watches `HttpRequest.signal`: when the client
 * has gone, the iterator's `return` is called, which a pending `next` holds up. A failure before the first piece becomes an error answer;
 * a later one cuts the connection off, so that the client cannot take half an answer for the whole.
 */
export type HttpBody = WholeBody | AsyncIterable<WholeBody>;
type WholeBody = string | Uint8Array;

/** An answer. `body` is absent where HTTP has none (204, 304). */
export interface HttpResponse<Body extends HttpBody = WholeBody> {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body?: Body;
  readonly facts?: RequestFacts;
}

/** Answers a request. It never rejects for a reason that is the client's. */
export type HttpHandler<Body extends HttpBody = WholeBody> = (request: HttpRequest) => Promise<HttpResponse<Body>>;

/** A handler whose answers are whole. Only for answers that are small, or bounded by their request. */
export const whole =
  (handle: HttpHandler<HttpBody>): HttpHandler =>
  async (request) => {
    const { body, ...response } = await handle(request);
    if (body === undefined) return response;
    if (typeof body === 'string' || body instanceof Uint8Array) return { ...response, body };
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
    return { ...response, body: Buffer.concat(pieces) };
  };

/** The handler of a URL, for all methods. */
export interface HttpRoute {
  /** In Fastify's syntax: `/:tenant/oauth2/token`, `/docs/*`. Upper and lower case are the same. */
  readonly url: string;
  readonly handle: HttpHandler<HttpBody>;
}

/** Writes any error as the API writes errors. */
export type RenderError = (error: unknown, request: Pick<HttpRequest, 'requestId' | 'headers'>) => HttpResponse;

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
