import type { HttpResponse } from '../../lib/http.ts';
import { GRAPH_AUDIENCE, issuerOf } from './access-token.ts';
import type { AuthorizationCodes } from './authorization-codes.ts';
import { createClientAuthentication } from './client-authentication.ts';
import type { DeviceCodes } from './device-codes.ts';
import { type Form, readForm } from './form.ts';
import {
  findClient,
  type IssuerCall,
  type IssuerSetup,
  ownNames,
  type RegisteredClient,
  resolveTenant,
  type TenantUse,
} from './issuer-setup.ts';
import { OAuthError } from './oauth-error.ts';
import { passwordMark } from './password.ts';
import { type RefreshGrant, readRefreshToken } from './refresh-token.ts';
import { checkApplicationScope, checkResource, delegatedScopes, resourceScopes } from './scope.ts';
import { findUser, passwordOf } from './tenant-users.ts';
import { createTokenAnswers } from './token-answers.ts';

/** `POST …/token`. @throws OAuthError */
export type TokenEndpoint = (call: IssuerCall) => Promise<HttpResponse>;

interface GrantCall extends IssuerCall {
  readonly form: Form;
}

/** Makes the token endpoint (RFC 6749 §3.2) with its four grants, for both versions. */
export function createTokenEndpoint(setup: IssuerSetup, deviceCodes: DeviceCodes, codes: AuthorizationCodes): TokenEndpoint {
  const { clients } = setup;
  const answers = createTokenAnswers(setup);
  const authenticate = createClientAuthentication(setup);
  const tenantOf = (call: IssuerCall, use: TenantUse): string => resolveTenant(call.tenantSegment, use, setup.defaultTenant);

  const prove = (call: GrantCall, tenantId: string): Promise<RegisteredClient> => {
    const { origin } = call.request;
    const endpoints = [tenantId, call.tenantSegment].flatMap((tenant) =>
      ['/v2.0', ''].map((part) => `${origin}/${tenant}/oauth2${part}/token`),
    );
    const audiences = [...endpoints, issuerOf(origin, tenantId), issuerOf(origin, tenantId, 'v1')];
    return authenticate({ ...call, tenantId, audiences });
  };

  const sendsProof = ({ form, request }: GrantCall): boolean =>
    form.get('client_secret') !== undefined ||
    form.get('client_assertion') !== undefined ||
    /^basic /i.test(request.headers.authorization ?? '');

  /** The client of a user flow: it need not prove itself, but a proof that it sends must be right. */
  const clientOf = async (call: GrantCall, tenantId: string): Promise<RegisteredClient> =>
    sendsProof(call) ? await prove(call, tenantId) : findClient(clients, call.form.require('client_id'));

  const clientCredentials = async (call: GrantCall): Promise<HttpResponse> => {
    const tenantId = tenantOf(call, 'application');
    const client = await prove(call, tenantId);
    const own = ownNames(setup, call.request);
    if (call.version === 'v2') {
      checkApplicationScope(call.form.require('scope'), own);
      return await answers.application(call, { tenantId, client });
    }
    const resource = call.form.require('resource');
    checkResource(resource, own);
    return await answers.application(call, { tenantId, client, resource });
  };

  const deviceCode = async (call: GrantCall): Promise<HttpResponse> => {
    const tenantId = tenantOf(call, 'user');
    const client = await clientOf(call, tenantId);
    // In v1 it is called `code`.
    const code = (call.version === 'v1' ? call.form.get('code') : undefined) ?? call.form.require('device_code');
    const { userPrincipalName, scopes } = await deviceCodes.redeem(code, { client, tenantId });
    const { granted: permissions, asked: scope } = scopes;
    return await answers.user(call, {
      grant: { tenantId, clientId: client.clientId, userPrincipalName, permissions, scope },
      client,
      scopes,
    });
  };

  const authorizationCode = async (call: GrantCall): Promise<HttpResponse> => {
    const { form } = call;
    const tenantId = tenantOf(call, 'user');
    const client = await clientOf(call, tenantId);
    const redemption = { client, isProven: sendsProof(call), tenantId, redirectUri: form.require('redirect_uri') };
    const signedIn = await codes.redeem(form.require('code'), { ...redemption, verifier: form.get('code_verifier') });
    const { userPrincipalName, objectId, passwordMark: mark, nonce } = signedIn;
    const { granted: permissions, asked } = signedIn.scopes;
    const scope = form.get('scope');
    // MSAL repeats the scope; fewer may be asked for, but never more.
    const scopes =
      call.version === 'v1' || scope === undefined ? signedIn.scopes : delegatedScopes(scope, permissions, ownNames(setup, call.request));
    const grant = { tenantId, clientId: client.clientId, userPrincipalName, objectId, passwordMark: mark, permissions, scope: asked };
    return await answers.user(call, { grant, client, scopes, nonce });
  };

  /** Checks that a user who signed in on the page still exists, with the same password. @throws OAuthError wrongGrant */
  const checkUser = async ({ tenantId, objectId, passwordMark: mark }: RefreshGrant): Promise<void> => {
    if (objectId === undefined) return;
    const known = await setup.store.read(tenantId, async (reader) => {
      const user = await findUser(reader, objectId);
      return user && { derived: await passwordOf(reader, user) };
    });
    if (known === undefined) throw new OAuthError('wrongGrant', 'The user is gone or may not sign in any more.');
    if (passwordMark(setup, known.derived) !== mark) throw new OAuthError('wrongGrant', 'The password has changed since. Sign in again.');
  };

  const refreshToken = async (call: GrantCall): Promise<HttpResponse> => {
    const { form, version } = call;
    const grant = await readRefreshToken(setup, form.require('refresh_token'));
    const client = await clientOf(call, grant.tenantId);
    const isOpen = ['common', 'organizations'].includes(call.tenantSegment.toLowerCase()); // the token says which tenant
    if (client.clientId !== grant.clientId || (!isOpen && tenantOf(call, 'user') !== grant.tenantId))
      throw new OAuthError('wrongGrant', 'The refresh token is of another application or tenant. Sign in again.');
    await checkUser(grant);
    // RFC 6749 §6: never more than was granted, nor than the application may still have; `.default` means all of that.
    const allowed = grant.permissions.filter((permission) => client.scopes.includes(permission));
    const own = ownNames(setup, call.request);
    const scopes =
      version === 'v1'
        ? resourceScopes(form.get('resource') ?? GRAPH_AUDIENCE, allowed, own)
        : delegatedScopes(form.get('scope') ?? grant.scope, allowed, own);
    return await answers.user(call, { grant, client, scopes });
  };

  const grants = new Map([
    ['client_credentials', clientCredentials],
    ['authorization_code', authorizationCode],
    ['device_code', deviceCode], // as MSAL has it
    ['urn:ietf:params:oauth:grant-type:device_code', deviceCode],
    ['refresh_token', refreshToken],
  ]);
  return async (call) => {
    const form = readForm(call.request);
    const grant = grants.get(form.require('grant_type'));
    if (grant !== undefined) return await grant({ ...call, form });
    throw new OAuthError(
      'unsupportedGrant',
      "Use the grant_type 'client_credentials', 'authorization_code', 'device_code' or 'refresh_token'.",
    );
  };
}
