import type { HttpRequest } from '../../lib/http.ts';
import type { IssuerSetup } from './issuer-setup.ts';
import { isLoopbackHost } from './redirect.ts';

/**
 * Whether a form was sent from a page of this server, as far as browsers tell: pages of other sites must not press its buttons. A program that sends
 * neither header is not a browser, and acts for itself.
 */
export function isFromOwnPage({ headers, origin }: Pick<HttpRequest, 'headers' | 'origin'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const from = headers.origin;
  if (from === undefined) return true;
  // Only the host is compared: a proxy may have ended TLS.
  const host = URL.parse(from)?.host;
  return host !== undefined && [new URL(origin).host, headers.host?.toLowerCase()].includes(host);
}

/** Names that only Microsoft or the owner of the machine can lead elsewhere. */
const MICROSOFTS = ['login.microsoftonline.com', 'login.microsoft.com', 'login.windows.net', 'sts.windows.net'];

/** Headers that proxies add: a client behind a proxy is not on this machine. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/**
 * Whether a request may choose a user without a password: if the server allows it, and only under host names that no web page can have. Under its own
 * name, a page that resolves to this machine (DNS rebinding) would be same-site and could choose for the person.
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
