import type { JWK } from 'jose';
import type { Clock } from '../../lib/clock.ts';
import type { HttpRequest } from '../../lib/http.ts';
import { isUuid } from '../../lib/ids.ts';
import type { Store } from '../../store/contract.ts';
import { PERSONAL_TENANT } from '../principal-of-claims.ts';
import type { IssuerVersion } from './access-token.ts';
import { OAuthError } from './oauth-error.ts';
import type { SigningKeys } from './signing-keys.ts';

/** The parts and settings of the embedded issuer. */
export interface IssuerSetup {
  readonly keys: SigningKeys;
  readonly clients: readonly RegisteredClient[];
  readonly clock: Clock;
  /** Keeps device codes and authorization codes; its users sign in on the page. */
  readonly store: Pick<Store, 'read' | 'write'>;
  /** Lets people choose a user without a password, under names of this machine and these; without it, they enter a password. */
  readonly userChoice?: { readonly hosts: readonly string[] } | undefined;
  /** Key of the digests of codes: the same in all servers, and not in the store. */
  readonly codeSecret: Uint8Array;
  readonly defaultTenant: DefaultTenant;
  /** `aud` of access tokens; that of Graph by default. */
  readonly audience?: string;
  /** 3600 by default. */
  readonly tokenLifetimeSeconds?: number;
}

/** A request to one of the issuer's endpoints. */
export interface IssuerCall {
  readonly request: HttpRequest;
  /** The tenant as the URL has it: a GUID, a domain name, `common`. */
  readonly tenantSegment: string;
  /** Which endpoints it went to: those with `/v2.0` in their path, or those before them. */
  readonly version: IssuerVersion;
}

/** Resources that mean this server in a scope. */
export const ownNames = (setup: IssuerSetup, request: HttpRequest): readonly string[] =>
  setup.audience === undefined ? [request.origin] : [request.origin, setup.audience];

/** An application that may ask for tokens, in any tenant. */
export interface RegisteredClient {
  readonly clientId: string;
  /** Shown to people who approve a sign-in, and put into tokens. */
  readonly displayName: string;
  readonly secrets?: readonly string[];
  /** PEM certificates whose private keys may sign client assertions. */
  readonly certificates?: readonly string[];
  /** Public keys with a `kid` each that may sign client assertions. */
  readonly publicKeys?: readonly JWK[];
  /** Redirect URIs that get a code; those on the browser's own machine need no registration. */
  readonly redirectUris?: readonly string[];
  /** Permissions of its own (client credentials). */
  readonly roles: readonly string[];
  /** Permissions that users may delegate to it (device code, authorization code). */
  readonly scopes: readonly string[];
}

/** @throws OAuthError unknownClient */
export function findClient(clients: readonly RegisteredClient[], clientId: string): RegisteredClient {
  const wanted = clientId.toLowerCase();
  const client = clients.find((each) => each.clientId.toLowerCase() === wanted);
  if (client === undefined)
    throw new OAuthError('unknownClient', 'No application with this client_id is registered here. Check the client_id.');
  return client;
}

/** The tenant that domain names and `common` stand for. */
export interface DefaultTenant {
  /** GUID, lower case. */
  readonly id: string;
}

/** Which flow asks: an application must name its tenant, by its GUID or a domain; a user's tenant may be left open. */
export type TenantUse = 'application' | 'user';

/** A domain name: labels of letters, digits and hyphens, at least two of them (RFC 1123 §2.1). */
const DOMAIN = /^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/;

/**
 * The tenant that the first segment of an issuer URL names. A domain name stands for the default tenant. Every GUID is a tenant of its own, except that
 * of personal accounts, which is refused like `consumers`.
 * @throws OAuthError unknownTenant
 */
export function resolveTenant(segment: string, use: TenantUse, defaultTenant: DefaultTenant): string {
  const name = segment.toLowerCase();
  if (isUuid(name) && name !== PERSONAL_TENANT) return name;
  const isOpen = name === 'common' || name === 'organizations';
  if (DOMAIN.test(name) || (use === 'user' && isOpen)) return defaultTenant.id;
  throw new OAuthError('unknownTenant', 'Tenant not found. Put the GUID of the tenant into the URL; any GUID is a tenant here.');
}
