import type { HttpHandler, HttpHeaders, HttpResponse, RenderError } from '../../lib/http.ts';
import { varyingBy } from './vary.ts';

/**
 * Lets pages of other origins use the server from a browser (Fetch standard, CORS protocol). Who may do what is decided by tokens
 * alone, and nothing here reads cookies: credentials are never allowed, and any method and header may be sent.
 */

/** Those who make answers. */
export interface Answering {
  readonly handle: HttpHandler;
  readonly renderError: RenderError;
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

/** @param origins scheme, host and port of each, or `*` for any; none leaves answers as they are */
export function withCors(origins: readonly string[], { handle, renderError }: Answering): Answering {
  if (origins.length === 0) return { handle, renderError };
  const any = origins.includes('*');
  const allowed = new Set(origins);
  const allowOrigin = ({ origin }: HttpHeaders): HttpHeaders =>
    any
      ? { 'access-control-allow-origin': '*' }
      : origin !== undefined && allowed.has(origin)
        ? { 'access-control-allow-origin': origin }
        : {};

  const shared = (response: HttpResponse, request: HttpHeaders): HttpResponse => {
    const allow = allowOrigin(request);
    const isAllowed = allow['access-control-allow-origin'] !== undefined;
    const headers = { ...response.headers, ...allow, ...(isAllowed ? { 'access-control-expose-headers': EXPOSED } : {}) };
    return { ...response, headers: any ? headers : varyingBy('Origin', headers) };
  };

  const preflight = (request: HttpHeaders): HttpResponse | undefined => {
    const allow = allowOrigin(request);
    if (request.origin === undefined || allow['access-control-allow-origin'] === undefined) return undefined;
    if (request['access-control-request-method'] === undefined) return undefined;
    const names = request['access-control-request-headers']?.trim() ?? '';
    return {
      status: 204,
      headers: {
        ...allow,
        'access-control-allow-methods': METHODS,
        ...(HEADER_NAMES.test(names) ? { 'access-control-allow-headers': names } : {}),
        'access-control-max-age': MAX_AGE,
        vary: 'Origin, Access-Control-Request-Headers',
      },
      facts: { operation: 'preflight' },
    };
  };

  return {
    async handle(request) {
      const answer = request.method === 'OPTIONS' ? preflight(request.headers) : undefined;
      return answer ?? shared(await handle(request), request.headers);
    },
    renderError: (error, request) => shared(renderError(error, request), request.headers),
  };
}
