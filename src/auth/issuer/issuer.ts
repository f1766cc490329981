import { AppError } from '../../lib/app-error.ts';
import type { HttpHandler, HttpResponse, HttpRoute } from '../../lib/http.ts';
import { accessTokenClaims, type IssuerVersion, type TokenRequest } from './access-token.ts';
import { jsonAnswer } from './answers.ts';
import { createAuthorizationCodes } from './authorization-codes.ts';
import { createAuthorizeEndpoint } from './authorize-endpoint.ts';
import { createDeviceCodes } from './device-codes.ts';
import { createDeviceEndpoints } from './device-endpoints.ts';
import { instanceDiscovery, openIdConfiguration } from './discovery.ts';
import { type IssuerCall, type IssuerSetup, resolveTenant } from './issuer-setup.ts';
import { createLogoutEndpoint } from './logout-endpoint.ts';
import { OAuthError, oauthErrorAnswer } from './oauth-error.ts';
import { createTokenEndpoint } from './token-endpoint.ts';

/**
 * The embedded token issuer: OAuth 2.0 and OpenID Connect with Entra's URL shapes, on plain request and response values.
 * `token-endpoint.ts` has the grants, `authorize-endpoint.ts` the sign-in on a page, `device-endpoints.ts` the sign-in by device code, `discovery.ts`
 * the metadata, `credentials.ts` the secrets on disk, `mint-token.ts` tokens without a server. Its errors are OAuth's (`oauth-error.ts`), not Graph's.
 */
export interface Issuer {
  /** Its URLs, each with its handler. */
  readonly routes: readonly HttpRoute[];
  /** Makes an access token without asking for credentials: for tests and tools inside this process. */
  issueToken(request: TokenRequest): Promise<string>;
}

interface Endpoint {
  readonly methods: readonly string[];
  /** Whether its query is in no log: it names people, and may hold codes and tokens. */
  readonly secretQuery?: boolean;
  answer(call: IssuerCall): HttpResponse | Promise<HttpResponse>;
}

export function createIssuer(setup: IssuerSetup): Issuer {
  const deviceCodes = createDeviceCodes(setup);
  const device = createDeviceEndpoints(setup, deviceCodes);
  const codes = createAuthorizationCodes(setup);
  const page = { methods: ['GET', 'HEAD', 'POST'], secretQuery: true };
  const authorize: Endpoint = { ...page, answer: createAuthorizeEndpoint(setup, codes) };
  const discovery: Endpoint = { methods: ['GET', 'HEAD'], answer: (call) => openIdConfiguration(call, setup) };
  const keys: Endpoint = {
    methods: ['GET', 'HEAD'],
    answer: (call) => {
      resolveTenant(call.tenantSegment, 'user', setup.defaultTenant);
      return jsonAnswer(setup.keys.published);
    },
  };
  const token: Endpoint = { methods: ['POST'], answer: createTokenEndpoint(setup, deviceCodes, codes) };
  /** By the path after the tenant; it includes the version of the endpoint. */
  const endpoints: readonly (readonly [string, Endpoint])[] = [
    ['v2.0/.well-known/openid-configuration', discovery],
    ['.well-known/openid-configuration', discovery],
    ['discovery/instance', { methods: ['GET', 'HEAD'], answer: (call) => instanceDiscovery(call, setup) }],
    ...['/v2.0', ''].flatMap((part): [string, Endpoint][] => [
      [`discovery${part}/keys`, keys],
      [`oauth2${part}/authorize`, authorize],
      [`oauth2${part}/logout`, { ...page, answer: createLogoutEndpoint(setup) }],
      [`oauth2${part}/token`, token],
      [`oauth2${part}/devicecode`, { methods: ['POST'], answer: device.start }],
      [`oauth2${part}/deviceauth`, { ...page, answer: device.approve }],
    ]),
  ];

  const answering = (endpoint: Endpoint, version: IssuerVersion): HttpHandler => {
    const facts = { operation: 'issuer', ...(endpoint.secretQuery === true ? { secretQuery: true } : {}) };
    const allow = [...endpoint.methods, 'OPTIONS'].join(', ');
    return async (request) => {
      if (request.method === 'OPTIONS') return { status: 204, headers: { allow }, facts };
      try {
        if (!endpoint.methods.includes(request.method))
          throw new OAuthError('wrongMethod', `This endpoint accepts ${endpoint.methods.join(' and ')} only.`);
        const answer = await endpoint.answer({ request, tenantSegment: request.target.split(/[/?]/, 2)[1]!, version });
        return { ...answer, facts: { ...answer.facts, ...facts } };
      } catch (cause) {
        const isAway = cause instanceof AppError && cause.code === 'storeUnavailable';
        const error = isAway ? new OAuthError('unavailable', 'The server cannot reach its data now. Try again.', cause) : cause;
        if (!(error instanceof OAuthError)) throw error;
        const refusal = oauthErrorAnswer(error, request, setup.clock);
        const headers = error.kind === 'wrongMethod' ? { ...refusal.headers, allow } : refusal.headers;
        return { ...refusal, headers, facts: { ...facts, error } };
      }
    };
  };

  return {
    routes: endpoints.map(([path, endpoint]) => ({
      url: `/:tenant/${path}`,
      handle: answering(endpoint, path.includes('v2.0') ? 'v2' : 'v1'),
    })),
    issueToken: (request) => setup.keys.sign(accessTokenClaims(request, setup.clock)),
  };
}
