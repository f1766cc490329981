import type { HttpResponse } from '../../lib/http.ts';
import type { DeviceCodes } from './device-codes.ts';
import { type DeviceForm, deviceForm, deviceOutcome } from './device-page.ts';
import { readForm } from './form.ts';
import { type IssuerCall, type IssuerSetup, ownNames } from './issuer-setup.ts';
import { jsonAnswer } from './json-answer.ts';
import { findClient } from './registered-client.ts';
import { resolveTenant } from './resolve-tenant.ts';
import { isOneOf } from './same-secret.ts';
import { delegatedScopes } from './scope.ts';

/** Wrong attempts that all people together have in a minute before the page makes them wait; other endpoints go on. */
const MAX_WRONG_ATTEMPTS = 10;
const WINDOW_MS = 60_000;

/** The two endpoints of the device code flow besides the token endpoint (RFC 8628 §3.1–3.3). */
export interface DeviceEndpoints {
  /** `POST …/devicecode`: a device starts a sign-in. @throws OAuthError */
  start(call: IssuerCall): HttpResponse;
  /** `GET` and `POST …/deviceauth`: a person approves it. @throws OAuthError unknownTenant, invalidRequest */
  approve(call: IssuerCall): HttpResponse;
}

export function createDeviceEndpoints(setup: IssuerSetup, codes: DeviceCodes): DeviceEndpoints {
  let wrongAttempts: number[] = []; // when they were made
  const wrong = (form: DeviceForm, problem: string): HttpResponse => {
    wrongAttempts.push(setup.clock.now());
    return deviceForm({ ...form, problem }, 400);
  };

  return {
    start: ({ request, tenantSegment }) => {
      const tenantId = resolveTenant(tenantSegment, 'user', setup.defaultTenant);
      const form = readForm(request);
      const client = findClient(setup.clients, form.require('client_id'));
      const scopes = delegatedScopes(form.require('scope'), client.scopes, ownNames(setup, request));
      const signIn = codes.start({ client, tenantId, scopes });
      const page = `${request.origin}/${tenantId}/oauth2/v2.0/deviceauth`;
      return jsonAnswer({
        user_code: signIn.userCode,
        device_code: signIn.deviceCode,
        verification_uri: page,
        verification_uri_complete: `${page}?user_code=${signIn.userCode}`,
        expires_in: signIn.lifetimeSeconds,
        interval: signIn.intervalSeconds,
        message: `To sign in, open ${page} in a browser and enter the code ${signIn.userCode}.`,
      });
    },

    approve: ({ request, tenantSegment }) => {
      const tenantId = resolveTenant(tenantSegment, 'user', setup.defaultTenant);
      if (request.method !== 'POST') {
        const query = new URLSearchParams(request.target.split('?')[1] ?? '');
        return deviceForm({ userCode: query.get('user_code') ?? undefined });
      }
      const fields = readForm(request);
      const form = { userCode: fields.get('user_code'), userPrincipalName: fields.get('user_principal_name')?.trim() };
      wrongAttempts = wrongAttempts.filter((at) => setup.clock.now() - at < WINDOW_MS);
      if (wrongAttempts.length >= MAX_WRONG_ATTEMPTS)
        return deviceForm({ ...form, problem: 'Too many wrong attempts. Wait a minute and try again.' }, 429, { 'retry-after': '60' });
      const signIn = codes.find(form.userCode ?? '');
      if (signIn === undefined || signIn.tenantId !== tenantId)
        return wrong(form, 'This code is unknown, used or expired. Check it, or start the sign-in again.');
      if (fields.get('action') === 'deny') {
        codes.deny(signIn);
        return deviceOutcome('Refused', `${signIn.client.displayName} gets no access. You can close this page.`);
      }
      if (!/^[^\s@]+@[^\s@]+$/.test(form.userPrincipalName ?? '') || (form.userPrincipalName as string).length > 254)
        return deviceForm({ ...form, problem: 'Enter a user principal name such as ada@contoso.com.' }, 400);
      // Whoever reaches this page could say he is anybody, so he shows that he runs the application that asks.
      if (!isOneOf(signIn.client.secrets ?? [], fields.get('client_secret') ?? ''))
        return wrong(form, `The client secret is wrong. Enter the one of ${signIn.client.displayName}.`);
      codes.approve(signIn, form.userPrincipalName as string);
      return deviceOutcome('Approved', `${signIn.client.displayName} now acts as ${form.userPrincipalName}. You can close this page.`);
    },
  };
}
