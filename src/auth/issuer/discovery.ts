import type { HttpResponse } from '../../lib/http.ts';
import { issuerOf } from './access-token.ts';
import { jsonAnswer } from './answers.ts';
import { type IssuerCall, type IssuerSetup, resolveTenant } from './issuer-setup.ts';
import { OAuthError } from './oauth-error.ts';

/** The metadata that clients read before they sign in: the endpoints of a tenant, and the aliases of a host. */

/** The `api-version`s of instance discovery. */
const API_VERSIONS = ['1.0', '1.1'];

/**
 * OpenID Connect Discovery 1.0 §3, of the endpoints of the version that was asked. All URLs but the `issuer` of v1 start as the one the client used: MSAL
 * refuses an issuer of another origin.
 */
export function openIdConfiguration({ request, tenantSegment, version }: IssuerCall, setup: IssuerSetup): HttpResponse {
  const tenantId = resolveTenant(tenantSegment, 'user', setup.defaultTenant);
  const base = `${request.origin}/${tenantId}`;
  const part = version === 'v1' ? '' : '/v2.0';
  return jsonAnswer({
    issuer: issuerOf(request.origin, tenantId, version),
    authorization_endpoint: `${base}/oauth2${part}/authorize`,
    token_endpoint: `${base}/oauth2${part}/token`,
    end_session_endpoint: `${base}/oauth2${part}/logout`,
    device_authorization_endpoint: `${base}/oauth2${part}/devicecode`,
    jwks_uri: `${base}/discovery${part}/keys`,
    grant_types_supported: ['authorization_code', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    code_challenge_methods_supported: ['S256'],
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['PS256', 'RS256', 'ES256'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nbf', 'tid', 'oid', version === 'v1' ? 'upn' : 'preferred_username', 'name'],
    tenant_region_scope: null,
  });
}

/**
 * Instance discovery: whether the host of an authority can be trusted, and its aliases. MSAL asks the one host that it knows about all others, so the
 * endpoint in question may have any origin. The answer names this server alone, under the name that the client used.
 * @throws OAuthError missingParameter, invalidRequest, unknownTenant
 */
export function instanceDiscovery({ request, tenantSegment }: IssuerCall, { defaultTenant }: IssuerSetup): HttpResponse {
  resolveTenant(tenantSegment, 'user', defaultTenant);
  const query = new URLSearchParams(request.target.split('?')[1] ?? '');
  const asked = query.get('authorization_endpoint') ?? '';
  if (asked === '') throw new OAuthError('missingParameter', "The query must contain the parameter 'authorization_endpoint'.");
  if (!API_VERSIONS.includes(query.get('api-version') ?? '1.1'))
    throw new OAuthError('invalidRequest', `Send one of these as 'api-version': ${API_VERSIONS.join(', ')}.`);
  const path = URL.canParse(asked) ? new URL(asked).pathname.split('/').filter((segment) => segment !== '') : [];
  const tenant = path[0]?.toLowerCase();
  if (tenant === undefined)
    throw new OAuthError(
      'invalidRequest',
      "The 'authorization_endpoint' must be an absolute URL with a tenant, as in https://host/common/oauth2/authorize.",
    );
  resolveTenant(tenant, 'user', defaultTenant);
  const { host } = new URL(request.origin);
  const part = path.includes('v2.0') ? '/v2.0' : '';
  return jsonAnswer({
    tenant_discovery_endpoint: `${request.origin}/${tenant}${part}/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  });
}
