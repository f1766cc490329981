import type { HttpRequest } from '../../lib/http.ts';

/**
 * Whether a form was sent from a page of this server, as far as browsers say it: pages of others must not press its buttons. Programs that say nothing are
 * no browsers, and act for nobody but themselves.
 */
export function isFromOwnPage({ headers, origin }: Pick<HttpRequest, 'headers' | 'origin'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const from = headers.origin;
  // A proxy may have ended TLS, so that only the host is the same.
  if (from === undefined) return true;
  const host = URL.parse(from)?.host;
  return host !== undefined && [new URL(origin).host, headers.host?.toLowerCase()].includes(host);
}
