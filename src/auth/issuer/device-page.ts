import { escapeHtml } from '../../lib/html.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { htmlPage, messagePage } from './html-page.ts';

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
  return htmlPage({ title: 'Approve a sign-in', body, status, headers });
}

/** The page after a decision. */
export const deviceOutcome = (title: string, message: string): HttpResponse => messagePage(title, message);
