import { escapeHtml } from '../../lib/html.ts';
import { htmlFrame } from '../../lib/html-frame.ts';
import type { HttpResponse } from '../../lib/http.ts';

/** Pages of the issuer for people: plain HTML that needs no script and loads nothing. */

const STYLE = `:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:26rem;padding:2rem 1rem}
label{display:block;font-weight:600;margin-top:1rem}
input{box-sizing:border-box;font:inherit;padding:.5rem;width:100%}
button{font:inherit;margin:1.5rem .5rem 0 0;padding:.5rem 1.25rem}
ul.users{list-style:none;margin:1rem 0;padding:0}
ul.users button{margin:.25rem 0;overflow-wrap:anywhere;text-align:start;width:100%}
.note{border-inline-start:.25rem solid;padding-inline-start:.75rem}`;

/** What a page is made of. */
export interface HtmlPage {
  readonly title: string;
  /** HTML: every text in it must be escaped. */
  readonly body: string;
  /** 200 by default. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where its forms may lead besides this server, also by a redirect of it: an origin or a scheme, as in a content security policy. */
  readonly formTarget?: string;
}

/** Makes the answer, which nothing may keep. */
export function htmlPage({ title, body, status = 200, headers = {}, formTarget }: HtmlPage): HttpResponse {
  const frame = htmlFrame({
    title,
    style: STYLE,
    body: `<main>\n${body}\n</main>`,
    ...(formTarget === undefined ? {} : { formTarget }),
  });
  return { status, headers: { ...frame.headers, 'cache-control': 'no-store', pragma: 'no-cache', ...headers }, body: frame.body };
}

/** A page that says one thing. @param role `alert` for what went wrong */
export const messagePage = (title: string, message: string, page: Partial<HtmlPage> & { readonly role?: string } = {}): HttpResponse =>
  htmlPage({ title, body: `<h1>${escapeHtml(title)}</h1>\n<p role="${page.role ?? 'status'}">${escapeHtml(message)}</p>`, ...page });

/** Fields that a form sends along unseen. */
export const hiddenFields = (fields: Iterable<readonly [string, string]>): string =>
  [...fields].map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`).join('\n');
