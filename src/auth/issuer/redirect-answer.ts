import { escapeHtml } from '../../lib/html.ts';
import type { HttpResponse } from '../../lib/http.ts';
import type { ReturnAddress } from './authorize-request.ts';
import { hiddenFields, htmlPage } from './html-page.ts';
import { policySource } from './redirect-uri.ts';

/**
 * Sends an answer to a client through the browser, in the way that it asked for (OAuth 2.0 Multiple Response Type Encoding Practices §2.1, OAuth 2.0
 * Form Post Response Mode): as there are no scripts, a form is sent by a button.
 */
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

/** A redirect that no cache keeps, and that is followed with GET whatever was sent (RFC 9700 §4.12). */
export const seeOther = (url: URL): HttpResponse => ({
  status: 303,
  headers: { location: url.href, 'cache-control': 'no-store', pragma: 'no-cache', 'referrer-policy': 'no-referrer' },
});
