import { hash } from 'node:crypto';
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

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text made safe for HTML text and quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] as string);

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

/** Makes the answer. Nothing may load, run, frame or keep the page; the one style is allowed by its hash. */
export function htmlPage({ title, body, status = 200, headers = {}, formTarget }: HtmlPage): HttpResponse {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
    `form-action 'self'${formTarget === undefined ? '' : ` ${formTarget}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'content-security-policy': policy.join('; '),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin', // with none at all, browsers would not say either which page a form was sent from
      ...headers,
    },
    body: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} – Muster</title><style>${STYLE}</style></head>
<body><main>
${body}
</main></body></html>
`,
  };
}

/** A page that says one thing. @param role `alert` for what went wrong */
export const messagePage = (title: string, message: string, page: Partial<HtmlPage> & { readonly role?: string } = {}): HttpResponse =>
  htmlPage({ title, body: `<h1>${escapeHtml(title)}</h1>\n<p role="${page.role ?? 'status'}">${escapeHtml(message)}</p>`, ...page });

/** Fields that a form sends along unseen. */
export const hiddenFields = (fields: Iterable<readonly [string, string]>): string =>
  [...fields].map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`).join('\n');
