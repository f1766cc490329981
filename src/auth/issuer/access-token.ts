import type { JWTPayload } from 'jose';
import type { Clock } from '../../lib/clock.ts';
import { uuidV4, uuidV5 } from '../../lib/ids.ts';

/** The audience of Microsoft Graph, which clients of Graph ask for without being told. */
export const GRAPH_AUDIENCE = 'https://graph.microsoft.com';

/** All names of Microsoft Graph: its URL with and without a slash, and its application id. v1 tokens have the one that was asked for as `aud`. */
export const GRAPH_AUDIENCES = [GRAPH_AUDIENCE, `${GRAPH_AUDIENCE}/`, '00000003-0000-0000-c000-000000000000'];

/** Which of Entra's two generations of endpoints and tokens. v1 knows a `resource` where v2 has scopes. */
export type IssuerVersion = 'v1' | 'v2';

/** The content of an access token. */
export interface TokenRequest {
  /** GUID of the tenant, lower case. */
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientName: string;
  /** Scheme, host and port that `iss` starts with. */
  readonly origin: string;
  /** `v2` by default. */
  readonly version?: IssuerVersion;
  /** {@link GRAPH_AUDIENCE} by default. */
  readonly audience?: string;
  /** 3600 by default. */
  readonly lifetimeSeconds?: number;
  /** The application itself with its roles, or a user with the scopes that the application got. */
  readonly grant:
    | { readonly kind: 'application'; readonly roles: readonly string[] }
    | {
        readonly kind: 'delegated';
        readonly userPrincipalName: string;
        /** Made from the name by default. */
        readonly objectId?: string | undefined;
        readonly scopes: readonly string[];
      };
}

/** The `iss` of a tenant. In v1 it is the same wherever the tokens come from, and programs that were written for Entra compare it. */
export const issuerOf = (origin: string, tenantId: string, version: IssuerVersion = 'v2'): string =>
  version === 'v1' ? `https://sts.windows.net/${tenantId}/` : `${origin}/${tenantId}/v2.0`;

/** A user's object id: the same for the same name in the same tenant. */
export const userObjectId = (tenantId: string, userPrincipalName: string): string =>
  uuidV5(tenantId, `user:${userPrincipalName.toLowerCase()}`);

/** Claims that every kind of token shares. */
export function timeClaims(clock: Clock, lifetimeSeconds: number): { iat: number; nbf: number; exp: number } {
  const now = Math.floor(clock.now() / 1000);
  return { iat: now, nbf: now, exp: now + lifetimeSeconds };
}

/** The claims that name a user, by version. */
export const userClaims = (upn: string, version: IssuerVersion): JWTPayload =>
  version === 'v1' ? { upn, unique_name: upn, name: upn, ver: '1.0' } : { preferred_username: upn, name: upn, ver: '2.0' };

/** The claims of an access token, named as Entra names them in tokens for Graph. */
export function accessTokenClaims(request: TokenRequest, clock: Clock): JWTPayload {
  const { tenantId, clientId, grant, version = 'v2' } = request;
  const id = uuidV4();
  const shared = {
    aud: request.audience ?? GRAPH_AUDIENCE,
    iss: issuerOf(request.origin, tenantId, version),
    ...timeClaims(clock, request.lifetimeSeconds ?? 3600),
    tid: tenantId,
    ...(version === 'v2' ? { azp: clientId } : {}),
    appid: clientId,
    app_displayname: request.clientName,
    ver: version === 'v1' ? '1.0' : '2.0',
    jti: id,
    uti: id,
  };
  if (grant.kind === 'application') {
    const oid = uuidV5(tenantId, `application:${clientId.toLowerCase()}`);
    return { ...shared, oid, sub: oid, idtyp: 'app', roles: [...grant.roles] };
  }
  const upn = grant.userPrincipalName;
  const oid = grant.objectId ?? userObjectId(tenantId, upn);
  return { ...shared, oid, sub: oid, idtyp: 'user', scp: grant.scopes.join(' '), upn, ...userClaims(upn, version) };
}
