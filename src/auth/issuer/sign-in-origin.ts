import type { HttpRequest } from '../../lib/http.ts';
import type { IssuerSetup } from './issuer-setup.ts';
import { isLoopbackHost } from './redirect.ts';

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

/** Names that nobody but Microsoft can lead elsewhere, unless it is the owner of the machine. */
const MICROSOFTS = ['login.microsoftonline.com', 'login.microsoft.com', 'login.windows.net', 'sts.windows.net'];

/** What proxies add: whoever is behind one is not at this machine. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/**
 * Whether a request may choose a user without a password: where the server is told so, and only under names that no web page can have. Otherwise a page
 * whose own name leads to this machine (DNS rebinding) would be the same site, and could choose in the place of a person.
 */
export function mayChoose(
  { userChoice }: Pick<IssuerSetup, 'userChoice'>,
  { headers, origin }: Pick<HttpRequest, 'headers' | 'origin'>,
): boolean {
  if (userChoice === undefined || FORWARDED.some((name) => headers[name] !== undefined)) return false;
  const url = URL.parse(`http://${headers.host ?? new URL(origin).host}`);
  if (url === null) return false;
  return isLoopbackHost(url.hostname) || [...MICROSOFTS, ...userChoice.hosts].includes(url.hostname);
}
