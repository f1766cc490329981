import { escapeHtml, type HtmlFrame, htmlFrame } from '../../lib/html.ts';
import type { HttpHeaders, HttpResponse } from '../../lib/http.ts';

/** The answers of the issuer: JSON for programs, redirects, and pages for people that need no script and load nothing. No cache may keep any (RFC 6749 §5.1). */
const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' };

export const jsonAnswer = (body: unknown, status = 200, headers: HttpHeaders = {}): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...NO_STORE, ...headers },
  body: JSON.stringify(body),
});

/** A redirect that is followed with GET whatever was sent (RFC 9700 §4.12). */
export const seeOther = (url: URL): HttpResponse => ({
  status: 303,
  headers: { location: url.href, ...NO_STORE, 'referrer-policy': 'no-referrer' },
});

const STYLE = `:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:26rem;padding:2rem 1rem}
label{display:block;font-weight:600;margin-top:1rem}
input{box-sizing:border-box;font:inherit;padding:.5rem;width:100%}
button{font:inherit;margin:1.5rem .5rem 0 0;padding:.5rem 1.25rem}
ul.users{list-style:none;margin:1rem 0;padding:0}
ul.users button{margin:.25rem 0;overflow-wrap:anywhere;text-align:start;width:100%}
.note{border-inline-start:.25rem solid;padding-inline-start:.75rem}`;

/** A page: its `body` is HTML, in which every text must be escaped. */
export interface HtmlPage extends Omit<HtmlFrame, 'style'> {
  /** 200 by default. */
  readonly status?: number | undefined;
  readonly headers?: HttpHeaders | undefined;
}

export function htmlPage({ status = 200, headers = {}, body, ...page }: HtmlPage): HttpResponse {
  const frame = htmlFrame({ ...page, style: STYLE, body: `<main>\n${body}\n</main>` });
  return { status, headers: { ...frame.headers, ...NO_STORE, ...headers }, body: frame.body };
}

/** A page that says one thing. @param role `alert` for what went wrong */
export const messagePage = (title: string, message: string, page: Partial<HtmlPage> & { readonly role?: string } = {}): HttpResponse =>
  htmlPage({ title, body: `<h1>${escapeHtml(title)}</h1>\n<p role="${page.role ?? 'status'}">${escapeHtml(message)}</p>`, ...page });

/** Fields that a form sends along unseen. */
export const hiddenFields = (fields: Iterable<readonly [string, string]>): string =>
  [...fields].map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`).join('\n');
