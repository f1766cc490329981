import { hash } from 'node:crypto';
import type { HttpResponse } from '../../lib/http.ts';

const STYLE = `:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:26rem;padding:2rem 1rem}
label{display:block;font-weight:600;margin-top:1rem}
input{box-sizing:border-box;font:inherit;padding:.5rem;width:100%}
button{font:inherit;margin:1.5rem .5rem 0 0;padding:.5rem 1.25rem}
.note{border-inline-start:.25rem solid;padding-inline-start:.75rem}`;

/** Nothing may load, run or frame the page; the one style is allowed by its hash. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
};

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text made safe for HTML text and quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] as string);

/** What the form shows. */
export interface DeviceForm {
  readonly userCode?: string | undefined;
  readonly userPrincipalName?: string | undefined;
  /** What went wrong with the last attempt, and what to do. */
  readonly problem?: string;
}

/** The page on which somebody approves a device's sign-in. The secret is never filled in again. */
export function deviceForm(form: DeviceForm, status = 200, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  const described = form.problem === undefined ? '' : ' aria-describedby="problem"';
  const field = (id: string, label: string, attributes: string): string =>
    `<label for="${id}">${label}</label><input id="${id}" name="${id}" required${described} ${attributes}>`;
  const problem = form.problem === undefined ? '' : `<p class="note" id="problem" role="alert">${escapeHtml(form.problem)}</p>`;
  const value = (text: string | undefined): string => `value="${escapeHtml(text ?? '')}"`;
  const body = `<h1>Approve a sign-in</h1>
<p>Enter the code that your device or program shows. Approve only what you started yourself.</p>
${problem}<form method="post" accept-charset="utf-8">
${field('user_code', 'Code', `autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20" ${value(form.userCode)}`)}
${field('user_principal_name', 'Sign in as (user principal name)', `autocomplete="username" spellcheck="false" maxlength="254" ${value(form.userPrincipalName)}`)}
${field('client_secret', 'Client secret of the application', 'type="password" autocomplete="current-password" maxlength="1000"')}
<button type="submit" name="action" value="approve">Approve</button>
<button type="submit" name="action" value="deny" formnovalidate>Refuse</button>
</form>`;
  return { status, headers: { ...HEADERS, ...headers }, body: page('Approve a sign-in', body) };
}

/** The page after a decision. */
export function deviceOutcome(title: string, message: string): HttpResponse {
  const body = `<h1>${escapeHtml(title)}</h1>\n<p role="status">${escapeHtml(message)}</p>`;
  return { status: 200, headers: HEADERS, body: page(title, body) };
}

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} – Muster</title><style>${STYLE}</style></head>
<body><main>
${body}
</main></body></html>
`;
