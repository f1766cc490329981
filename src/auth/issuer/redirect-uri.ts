/** Longest redirect URI, in characters: it is kept with a code. */
export const MAX_REDIRECT_URI = 2048;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a host name, in the form of a URL, is always this machine. */
export const isLoopbackHost = (hostname: string): boolean => LOOPBACK.has(hostname.toLowerCase());

/**
 * Where a browser may be sent to: to a URI of the application, letter by letter, or to a program on the browser's own machine, at any port and path
 * (RFC 8252 §7.3).
 * @returns undefined when it may not
 */
export function redirectTarget(text: string, registered: readonly string[]): URL | undefined {
  // What programs read differently from each other is refused: backslashes, blanks, control characters.
  if (text.length > MAX_REDIRECT_URI || /[\s\\#\p{Cc}]/u.test(text)) return undefined;
  const url = URL.parse(text);
  if (url === null || url.username + url.password !== '') return undefined;
  const isLoopback = /^https?:$/.test(url.protocol) && isLoopbackHost(url.hostname);
  return isLoopback || registered.includes(text) ? url : undefined;
}

/** A URI in the words of a content security policy, which cannot name addresses of IPv6. */
export const policySource = (url: URL): string => (url.origin === 'null' || url.hostname.startsWith('[') ? url.protocol : url.origin);
