import type { HttpBody, HttpHandler, HttpResponse } from '../../lib/http.ts';

/** `OPTIONS *` asks what the server can do at all (RFC 9110 §9.3.7). */
const SERVER_OPTIONS: HttpResponse = {
  status: 204,
  headers: { allow: 'GET, HEAD, POST, PATCH, DELETE, OPTIONS' },
  facts: { operation: 'server' },
};

/** The catch-all: the API answers whatever has no route, in its own words where it serves nothing there. */
export const apiRoute =
  (api: HttpHandler<HttpBody>): HttpHandler<HttpBody> =>
  (request) =>
    request.target === '*' && request.method === 'OPTIONS' ? Promise.resolve(SERVER_OPTIONS) : api(request);
