import type { HttpResponse } from '../../lib/http.ts';
import {
  accessTokenClaims,
  GRAPH_AUDIENCE,
  GRAPH_AUDIENCES,
  issuerOf,
  type TokenRequest,
  timeClaims,
  userClaims,
  userObjectId,
} from './access-token.ts';
import { jsonAnswer } from './answers.ts';
import type { IssuerCall, IssuerSetup, RegisteredClient } from './issuer-setup.ts';
import { issueRefreshToken, type RefreshGrant } from './refresh-token.ts';
import type { DelegatedScopes } from './scope.ts';

/** A user's grant, and the scopes of this request. */
export interface UserAnswer {
  readonly grant: RefreshGrant;
  readonly client: RegisteredClient;
  readonly scopes: DelegatedScopes;
  /** Ties the id token to the client's request (OpenID Connect Core §2). */
  readonly nonce?: string | undefined;
}

/** An application of a tenant; at the endpoints of v1 it names a resource. */
export interface ApplicationAnswer {
  readonly tenantId: string;
  readonly client: RegisteredClient;
  readonly resource?: string;
}

/** Makes the successful answers of the token endpoint (RFC 6749 §5.1), in the form of the endpoint's version. */
export interface TokenAnswers {
  application(call: IssuerCall, answer: ApplicationAnswer): Promise<HttpResponse>;
  user(call: IssuerCall, answer: UserAnswer): Promise<HttpResponse>;
}

export function createTokenAnswers(setup: IssuerSetup): TokenAnswers {
  const { clock, keys } = setup;
  const lifetime = setup.tokenLifetimeSeconds ?? 3600;

  /** The audience of the API. A client that names Graph gets the name that it used. */
  const audienceOf = (resource: string | undefined): string =>
    setup.audience ?? (resource !== undefined && GRAPH_AUDIENCES.includes(resource) ? resource : GRAPH_AUDIENCE);

  const bearer = async (call: IssuerCall, { clientId, displayName: clientName }: RegisteredClient, request: Wish): Promise<object> => {
    const { version } = call;
    const { resource, ...wish } = request;
    const claims = accessTokenClaims(
      { ...wish, clientId, clientName, version, origin: call.request.origin, audience: audienceOf(resource), lifetimeSeconds: lifetime },
      clock,
    );
    const access_token = await keys.sign(claims);
    if (version === 'v2') return { token_type: 'Bearer', expires_in: lifetime, ext_expires_in: lifetime, access_token };
    const seconds = String(lifetime);
    const times = { expires_in: seconds, ext_expires_in: seconds, expires_on: String(claims.exp), not_before: String(claims.nbf) };
    return { token_type: 'Bearer', ...times, resource, access_token };
  };

  return {
    application: async (call, { tenantId, client, resource }) =>
      jsonAnswer(
        await bearer(call, client, { tenantId, grant: { kind: 'application', roles: client.roles }, ...(resource && { resource }) }),
      ),

    user: async (call, { grant, client, scopes, nonce }) => {
      const { tenantId, userPrincipalName, objectId } = grant;
      const { version, request } = call;
      const oid = objectId ?? userObjectId(tenantId, userPrincipalName);
      const delegated = { kind: 'delegated', userPrincipalName, objectId, scopes: scopes.granted } as const;
      const { resource } = scopes;
      const answer: Record<string, unknown> = {
        ...(await bearer(call, client, { tenantId, grant: delegated, ...(resource && { resource }) })),
        scope: scopes.answer,
        client_info: Buffer.from(JSON.stringify({ uid: oid, utid: tenantId })).toString('base64url'),
      };
      if (scopes.openId.includes('offline_access')) answer.refresh_token = await issueRefreshToken(setup, grant);
      if (scopes.openId.includes('openid')) {
        answer.id_token = await keys.sign({
          aud: client.clientId,
          iss: issuerOf(request.origin, tenantId, version),
          ...timeClaims(clock, lifetime),
          sub: oid,
          oid,
          tid: tenantId,
          ...(nonce === undefined ? {} : { nonce }),
          ...userClaims(userPrincipalName, version),
        });
      }
      return jsonAnswer(answer);
    },
  };
}

type Wish = Pick<TokenRequest, 'tenantId' | 'grant'> & { readonly resource?: string };
