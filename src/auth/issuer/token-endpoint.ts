import type { HttpResponse } from '../../lib/http.ts';
import { accessTokenClaims, GRAPH_AUDIENCE, issuerOf, type TokenRequest, timeClaims, userObjectId } from './access-token.ts';
import { authenticateClient } from './authenticate-client.ts';
import { createAssertionVerifier } from './client-assertion.ts';
import type { DeviceCodes } from './device-codes.ts';
import { type Form, readForm } from './form.ts';
import { type IssuerCall, type IssuerSetup, ownNames } from './issuer-setup.ts';
import { jsonAnswer } from './json-answer.ts';
import { OAuthError } from './oauth-error.ts';
import { createProofLimits } from './proof-limits.ts';
import { issueRefreshToken, type RefreshGrant, readRefreshToken } from './refresh-token.ts';
import { findClient, type RegisteredClient } from './registered-client.ts';
import { resolveTenant, type TenantUse } from './resolve-tenant.ts';
import { checkApplicationScope, type DelegatedScopes, delegatedScopes } from './scope.ts';

/** `POST …/token`. @throws OAuthError */
export type TokenEndpoint = (call: IssuerCall) => Promise<HttpResponse>;

interface GrantCall extends IssuerCall {
  readonly form: Form;
}

/** A user's grant, and what the client asks of it now. */
interface UserAnswer {
  readonly grant: RefreshGrant;
  readonly client: RegisteredClient;
  readonly scopes: DelegatedScopes;
}

/** Makes the token endpoint (RFC 6749 §3.2) with its three grants. */
export function createTokenEndpoint(setup: IssuerSetup, codes: DeviceCodes): TokenEndpoint {
  const { clients, clock, keys } = setup;
  const lifetime = setup.tokenLifetimeSeconds ?? 3600;
  const audience = setup.audience ?? GRAPH_AUDIENCE;
  const limits = createProofLimits(clock);
  const verifyAssertion = createAssertionVerifier({ clock, replayedAssertions: setup.replayedAssertions ?? 'accept' });
  const tenantOf = (call: IssuerCall, use: TenantUse): string => resolveTenant(call.tenantSegment, use, setup.defaultTenant);

  const accessToken = (request: Pick<TokenRequest, 'tenantId' | 'origin' | 'grant'>, client: RegisteredClient): Promise<string> => {
    const { clientId, displayName: clientName } = client;
    return keys.sign(accessTokenClaims({ ...request, clientId, clientName, audience, lifetimeSeconds: lifetime }, clock));
  };
  const bearer = { token_type: 'Bearer', expires_in: lifetime, ext_expires_in: lifetime };

  const prove = (call: GrantCall, tenantId: string): Promise<RegisteredClient> => {
    const { origin } = call.request;
    const endpoint = (tenant: string): string => `${origin}/${tenant}/oauth2/v2.0/token`;
    const audiences = [endpoint(tenantId), endpoint(call.tenantSegment), issuerOf(origin, tenantId)];
    return authenticateClient({ ...call, tenantId, audiences }, { clients, verifyAssertion, limits });
  };

  /** The client of a user flow: it need not prove itself, but a proof that it sends must be right. */
  const clientOf = async (call: GrantCall, tenantId: string): Promise<RegisteredClient> => {
    const sendsProof = call.form.get('client_secret') !== undefined || call.form.get('client_assertion') !== undefined;
    return sendsProof ? await prove(call, tenantId) : findClient(clients, call.form.require('client_id'));
  };

  const clientCredentials = async (call: GrantCall): Promise<HttpResponse> => {
    const tenantId = tenantOf(call, 'application');
    const client = await prove(call, tenantId);
    checkApplicationScope(call.form.require('scope'), ownNames(setup, call.request));
    const grant = { kind: 'application', roles: client.roles } as const;
    return jsonAnswer({ ...bearer, access_token: await accessToken({ tenantId, origin: call.request.origin, grant }, client) });
  };

  const userTokens = async (call: GrantCall, { grant, client, scopes }: UserAnswer): Promise<HttpResponse> => {
    const { tenantId, userPrincipalName } = grant;
    const { origin } = call.request;
    const oid = userObjectId(tenantId, userPrincipalName);
    const delegated = { kind: 'delegated', userPrincipalName, scopes: scopes.granted } as const;
    const answer: Record<string, unknown> = {
      ...bearer,
      scope: scopes.answer,
      access_token: await accessToken({ tenantId, origin, grant: delegated }, client),
      client_info: Buffer.from(JSON.stringify({ uid: oid, utid: tenantId })).toString('base64url'),
    };
    if (scopes.openId.has('offline_access')) answer.refresh_token = await issueRefreshToken(setup, grant);
    if (scopes.openId.has('openid')) {
      answer.id_token = await keys.sign({
        aud: client.clientId,
        iss: issuerOf(origin, tenantId),
        ...timeClaims(clock, lifetime),
        sub: oid,
        oid,
        tid: tenantId,
        preferred_username: userPrincipalName,
        name: userPrincipalName,
        ver: '2.0',
      });
    }
    return jsonAnswer(answer);
  };

  const deviceCode = async (call: GrantCall): Promise<HttpResponse> => {
    const tenantId = tenantOf(call, 'user');
    const client = await clientOf(call, tenantId);
    const { userPrincipalName, scopes } = await codes.redeem(call.form.require('device_code'), { client, tenantId });
    const { granted: permissions, asked: scope } = scopes;
    return await userTokens(call, {
      grant: { tenantId, clientId: client.clientId, userPrincipalName, permissions, scope },
      client,
      scopes,
    });
  };

  const refreshToken = async (call: GrantCall): Promise<HttpResponse> => {
    const grant = await readRefreshToken(setup, call.form.require('refresh_token'));
    const client = await clientOf(call, grant.tenantId);
    const isOpen = ['common', 'organizations'].includes(call.tenantSegment.toLowerCase()); // the token says which tenant
    if (client.clientId !== grant.clientId || (!isOpen && tenantOf(call, 'user') !== grant.tenantId))
      throw new OAuthError('wrongGrant', 'The refresh token is of another application or tenant. Sign in again.');
    // RFC 6749 §6: never more than was granted, nor than the application may still have; `.default` means all of that.
    const allowed = grant.permissions.filter((permission) => client.scopes.includes(permission));
    const scopes = delegatedScopes(call.form.get('scope') ?? grant.scope, allowed, ownNames(setup, call.request));
    return await userTokens(call, { grant, client, scopes });
  };

  return async (call) => {
    const withForm = { ...call, form: readForm(call.request) };
    switch (withForm.form.require('grant_type')) {
      case 'client_credentials':
        return await clientCredentials(withForm);
      case 'device_code': // what MSAL sends
      case 'urn:ietf:params:oauth:grant-type:device_code':
        return await deviceCode(withForm);
      case 'refresh_token':
        return await refreshToken(withForm);
      default:
        throw new OAuthError('unsupportedGrant', "Use the grant_type 'client_credentials', 'device_code' or 'refresh_token'.");
    }
  };
}
