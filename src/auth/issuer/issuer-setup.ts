import type { Clock } from '../../lib/clock.ts';
import type { HttpRequest } from '../../lib/http.ts';
import type { Store } from '../../store/contract.ts';
import type { IssuerVersion } from './access-token.ts';
import type { RegisteredClient } from './registered-client.ts';
import type { DefaultTenant } from './resolve-tenant.ts';
import type { SigningKeys } from './signing-keys.ts';

/** What the embedded issuer is made of. */
export interface IssuerSetup {
  readonly keys: SigningKeys;
  readonly clients: readonly RegisteredClient[];
  readonly clock: Clock;
  /** Keeps sign-ins by device code and authorization codes; its users are those who sign in on the page. */
  readonly store: Pick<Store, 'read' | 'write'>;
  /** Lets people choose a user without a password, under names of this machine and these; without it, they enter a password. */
  readonly userChoice?: { readonly hosts: readonly string[] } | undefined;
  /** What the digests of their codes are made with: the same in all servers, and not in the store. */
  readonly codeSecret: Uint8Array;
  readonly defaultTenant: DefaultTenant;
  /** `aud` of access tokens; that of Graph by default. */
  readonly audience?: string;
  /** 3600 by default. */
  readonly tokenLifetimeSeconds?: number;
  /** Whether a client assertion may be sent twice; `accept` by default, since MSAL does. */
  readonly replayedAssertions?: 'accept' | 'refuse';
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
