import { escapeHtml } from '../../lib/html.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { hiddenFields, htmlPage, seeOther } from './answers.ts';
import type { RegisteredClient } from './issuer-setup.ts';

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

/** The ways to answer a client through the browser (OAuth 2.0 Multiple Response Type Encoding Practices §2.1, Form Post Response Mode). */
export const RESPONSE_MODES = ['query', 'fragment', 'form_post'] as const;

/** Where the answer to an authorization request goes, a refusal as well as a code. */
export interface ReturnAddress {
  readonly client: RegisteredClient;
  /** As it was sent: the client repeats it to redeem the code. */
  readonly redirectUri: string;
  readonly target: URL;
  readonly responseMode: (typeof RESPONSE_MODES)[number];
  readonly state: string | undefined;
}

/** Sends an answer to a client through the browser. As there are no scripts, a form is sent by a button. */
export function redirectAnswer(
  { target, responseMode, state, client }: ReturnAddress,
  answer: Readonly<Record<string, string>>,
): HttpResponse {
  const parameters = { ...answer, ...(state === undefined ? {} : { state }) };
  const url = new URL(target);
  if (responseMode === 'form_post') {
    const body = `<h1>Back to ${escapeHtml(client.displayName)}</h1>
<form method="post" action="${escapeHtml(url.href)}" accept-charset="utf-8">
${hiddenFields(Object.entries(parameters))}
<button type="submit">Continue</button>
</form>`;
    return htmlPage({ title: 'Continue', body, formTarget: policySource(url) });
  }
  const text = new URLSearchParams(parameters).toString();
  if (responseMode === 'fragment') url.hash = text;
  else url.search = url.search === '' ? text : `${url.search}&${text}`;
  return seeOther(url);
}
