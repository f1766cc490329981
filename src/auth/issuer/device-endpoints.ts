import type { HttpResponse } from '../../lib/http.ts';
import { isOneOf } from '../../lib/same-secret.ts';
import type { DeviceCodes, Judgement } from './device-codes.ts';
import { deviceForm, deviceOutcome } from './device-page.ts';
import { type Form, readForm } from './form.ts';
import { type IssuerCall, type IssuerSetup, ownNames } from './issuer-setup.ts';
import { jsonAnswer } from './json-answer.ts';
import { findClient, type RegisteredClient } from './registered-client.ts';
import { resolveTenant } from './resolve-tenant.ts';
import { delegatedScopes, resourceScopes } from './scope.ts';

/** The two endpoints of the device code flow besides the token endpoint (RFC 8628 §3.1–3.3). */
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
      const own = ownNames(setup, request);
      const scopes =
        version === 'v1'
          ? resourceScopes(form.require('resource'), client.scopes, own)
          : delegatedScopes(form.require('scope'), client.scopes, own);
      const signIn = await codes.start({ client, tenantId, scopes, clientAddress: request.clientAddress });
      const page = `${request.origin}/${tenantId}/oauth2/v2.0/deviceauth`;
      const codeAnswer = {
        user_code: signIn.userCode,
        device_code: signIn.deviceCode,
        message: `To sign in, open ${page} in a browser and enter the code ${signIn.userCode}.`,
      };
      const { lifetimeSeconds, intervalSeconds } = signIn;
      if (version === 'v1')
        return jsonAnswer({
          ...codeAnswer,
          verification_url: page,
          expires_in: String(lifetimeSeconds),
          interval: String(intervalSeconds),
        });
      return jsonAnswer({
        ...codeAnswer,
        verification_uri: page,
        verification_uri_complete: `${page}?user_code=${signIn.userCode}`,
        expires_in: lifetimeSeconds,
        interval: intervalSeconds,
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

/** What comes of a form that somebody sent. @param client whose sign-in its code leads to */
function judge(
  client: RegisteredClient | undefined,
  typed: { readonly userCode: string | undefined; readonly userPrincipalName: string | undefined },
  fields: Form,
): Judgement & { readonly answer: HttpResponse } {
  const refused = (verdict: 'wrong' | 'incomplete', problem: string) => ({ verdict, answer: deviceForm({ ...typed, problem }, 400) });
  if (client === undefined) return refused('wrong', 'This code is unknown, used or expired. Check it, or start the sign-in again.');
  if (fields.get('action') === 'deny')
    return { verdict: 'denied', answer: deviceOutcome('Refused', `${client.displayName} gets no access. You can close this page.`) };
  const { userPrincipalName = '' } = typed;
  if (!/^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(userPrincipalName) || userPrincipalName.length > 254)
    return refused('incomplete', 'Enter a user principal name such as ada@contoso.com.');
  // Whoever reaches this page could say he is anybody, so he shows that he runs the application that asks.
  if (!isOneOf(client.secrets ?? [], fields.get('client_secret') ?? ''))
    return refused('wrong', `The client secret is wrong. Enter the one of ${client.displayName}.`);
  const answer = deviceOutcome('Approved', `${client.displayName} now acts as ${userPrincipalName}. You can close this page.`);
  return { verdict: { userPrincipalName }, answer };
}
