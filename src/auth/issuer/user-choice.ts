import type { HttpRequest } from '../../lib/http.ts';
import type { IssuerSetup } from './issuer-setup.ts';
import { isLoopbackHost } from './redirect-uri.ts';

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
