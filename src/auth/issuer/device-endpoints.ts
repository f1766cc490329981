import { escapeHtml } from '../../lib/html.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { isOneOf } from '../../lib/same-secret.ts';
import { htmlPage, jsonAnswer, messagePage } from './answers.ts';
import { type DeviceCodes, INTERVAL_SECONDS, type Judgement, LIFETIME_SECONDS } from './device-codes.ts';
import { type Form, readForm } from './form.ts';
import { findClient, type IssuerCall, type IssuerSetup, ownNames, type RegisteredClient, resolveTenant } from './issuer-setup.ts';
import { scopesOf } from './scope.ts';

/** The two endpoints that the device code flow has beside the token endpoint (RFC 8628 §3.1–3.3). */
export interface DeviceEndpoints {
  /** `POST …/devicecode`: a device starts a sign-in. @throws OAuthError */
  start(call: IssuerCall): Promise<HttpResponse>;
  /** `GET` and `POST …/deviceauth`: a person approves it. @throws OAuthError unknownTenant, invalidRequest */
  approve(call: IssuerCall): Promise<HttpResponse>;
}

export function createDeviceEndpoints(setup: IssuerSetup, codes: DeviceCodes): DeviceEndpoints {
  return {
    start: async ({ request, tenantSegment, version }) => {
      const tenantId = resolveTenant(tenantSegment, 'user', setup.defaultTenant);
      const form = readForm(request);
      const client = findClient(setup.clients, form.require('client_id'));
      const scopes = scopesOf(form, client.scopes, { version, ownNames: ownNames(setup, request) });
      const signIn = await codes.start({ client, tenantId, scopes, clientAddress: request.clientAddress });
      const page = `${request.origin}/${tenantId}/oauth2/v2.0/deviceauth`;
      const codeAnswer = {
        user_code: signIn.userCode,
        device_code: signIn.deviceCode,
        message: `To sign in, open ${page} in a browser and enter the code ${signIn.userCode}.`,
      };
      if (version === 'v1')
        return jsonAnswer({
          ...codeAnswer,
          verification_url: page,
          expires_in: String(LIFETIME_SECONDS),
          interval: String(INTERVAL_SECONDS),
        });
      return jsonAnswer({
        ...codeAnswer,
        verification_uri: page,
        verification_uri_complete: `${page}?user_code=${signIn.userCode}`,
        expires_in: LIFETIME_SECONDS,
        interval: INTERVAL_SECONDS,
      });
    },

    approve: async ({ request, tenantSegment }) => {
      const tenantId = resolveTenant(tenantSegment, 'user', setup.defaultTenant);
      if (request.method !== 'POST') {
        const query = new URLSearchParams(request.target.split('?')[1] ?? '');
        return deviceForm({ userCode: query.get('user_code') ?? undefined });
      }
      const fields = readForm(request);
      const typed = { userCode: fields.get('user_code'), userPrincipalName: fields.get('user_principal_name')?.trim() };
      const attempt = { userCode: typed.userCode ?? '', tenantId, clientAddress: request.clientAddress };
      const judged = await codes.attempt(attempt, (client) => judge(client, typed, fields));
      if (judged.verdict !== 'wait') return judged.answer;
      const { retryAfterSeconds } = judged;
      const problem = `Too many wrong attempts. Wait ${retryAfterSeconds} seconds and try again.`;
      return deviceForm({ ...typed, problem }, 429, { 'retry-after': String(retryAfterSeconds) });
    },
  };
}

/** Judges a form of the page. @param client the client of the sign-in with the typed code */
function judge(
  client: RegisteredClient | undefined,
  typed: { readonly userCode: string | undefined; readonly userPrincipalName: string | undefined },
  fields: Form,
): Judgement & { readonly answer: HttpResponse } {
  const refused = (verdict: 'wrong' | 'incomplete', problem: string) => ({ verdict, answer: deviceForm({ ...typed, problem }, 400) });
  if (client === undefined) return refused('wrong', 'This code is unknown, used or expired. Check it, or start the sign-in again.');
  if (fields.get('action') === 'deny')
    return { verdict: 'denied', answer: messagePage('Refused', `${client.displayName} gets no access. You can close this page.`) };
  const { userPrincipalName = '' } = typed;
  if (!/^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(userPrincipalName) || userPrincipalName.length > 254)
    return refused('incomplete', 'Enter a user principal name such as ada@contoso.com.');
  // Anybody can reach this page and type any name, so the secret shows that the person runs the application.
  if (!isOneOf(client.secrets ?? [], fields.get('client_secret') ?? ''))
    return refused('wrong', `The client secret is wrong. Enter the one of ${client.displayName}.`);
  const answer = messagePage('Approved', `${client.displayName} now acts as ${userPrincipalName}. You can close this page.`);
  return { verdict: { userPrincipalName }, answer };
}

/** The content of the form. */
export interface DeviceForm {
  readonly userCode?: string | undefined;
  readonly userPrincipalName?: string | undefined;
  /** Why the last attempt failed, and what to do. */
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
