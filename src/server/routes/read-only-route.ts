import { AppError } from '../../lib/app-error.ts';
import type { HttpHandler, HttpResponse, HttpRoute } from '../../lib/http.ts';

/** A route of the server's own, which can only be read. @param show answers GET, and what it throws becomes an error answer */
export const readOnlyRoute = (url: string, show: HttpHandler): HttpRoute => ({
  url,
  async handle(request) {
    const headers = { allow: 'GET, HEAD, OPTIONS' };
    if (request.method === 'OPTIONS') return { status: 204, headers, facts: { operation: 'server' } };
    if (request.method !== 'GET') throw new AppError('methodNotAllowed', `${request.method} is not possible here. Use GET.`, { headers });
    return { ...(await show(request)), facts: { operation: 'server' } };
  },
});

/** A JSON answer that nothing may store. */
export const jsonPage = (status: number, value: object): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(value),
});
