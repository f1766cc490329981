import type { HttpBody, HttpHandler, HttpHeaders, HttpRequest, HttpResponse } from '../../lib/http.ts';
import { varyingBy } from './compress.ts';

/**
 * Lets pages of other origins use the server from a browser (Fetch standard, CORS protocol). Tokens alone decide
 * who may do what, and nothing here reads cookies: credentials are never allowed, and any method and header may be sent.
 */

/** Which answers pages of other origins may see. */
export interface Cors {
  /** Answers preflights of allowed origins in place of a handler, and shares its other answers. */
  around(handle: HttpHandler<HttpBody>): HttpHandler<HttpBody>;
  /** An answer with the headers that allow the origin of its request to see it, if it may. */
  shared<Body extends HttpBody>(response: HttpResponse<Body>, request: HttpHeaders): HttpResponse<Body>;
}

/** What a script may send: `PUT` too, so that it gets to see the 405. */
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/** What a script may read besides the headers that Fetch always shows. */
const EXPOSED = [
  'Allow',
  'Client-Request-Id',
  'Content-Encoding',
  'ETag',
  'Location',
  'OData-EntityId',
  'OData-Version',
  'Preference-Applied',
  'Repeatability-Result',
  'Request-Id',
  'Retry-After',
  'WWW-Authenticate',
  'X-MS-AGS-Diagnostic',
].join(', ');

/** Seconds that a browser may remember a preflight: as long as any browser does. */
const MAX_AGE = '7200';

const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*$/;

/** @param origins scheme, host and port of each, or `*` for any. @returns undefined for none: answers stay as they are */
export function corsFor(origins: readonly string[]): Cors | undefined {
  if (origins.length === 0) return undefined;
  const any = origins.includes('*');
  const allowed = new Set(origins);
  const allowedOrigin = ({ origin }: HttpHeaders): string | undefined =>
    any ? '*' : origin !== undefined && allowed.has(origin) ? origin : undefined;
  const preflight = ({ method, headers }: HttpRequest): HttpResponse | undefined => {
    const origin = allowedOrigin(headers);
    if (method !== 'OPTIONS' || origin === undefined) return undefined;
    if (headers.origin === undefined || headers['access-control-request-method'] === undefined) return undefined;
    const names = headers['access-control-request-headers']?.trim() ?? '';
    return {
      status: 204,
      headers: {
        'access-control-allow-origin': origin,
        'access-control-allow-methods': METHODS,
        ...(HEADER_NAMES.test(names) ? { 'access-control-allow-headers': names } : {}),
        'access-control-max-age': MAX_AGE,
        vary: 'Origin, Access-Control-Request-Headers',
      },
      facts: { operation: 'preflight' },
    };
  };
  const shared: Cors['shared'] = (response, request) => {
    const origin = allowedOrigin(request);
    const shown = origin === undefined ? {} : { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED };
    const headers = { ...response.headers, ...shown };
    return { ...response, headers: any ? headers : varyingBy('Origin', headers) };
  };
  return { shared, around: (handle) => async (request) => preflight(request) ?? shared(await handle(request), request.headers) };
}
