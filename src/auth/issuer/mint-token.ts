import { AppError } from '../../lib/app-error.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { isUuid } from '../../lib/ids.ts';
import { accessTokenClaims, type TokenRequest } from './access-token.ts';
import type { Credentials } from './credentials.ts';
import { signingKeys } from './signing-keys.ts';

/** The content of a token; everything but `allPermissions` has a default. */
export interface MintOptions {
  /** Names of all permissions: the default of a token that names none. */
  readonly allPermissions: readonly string[];
  /** The default tenant of the credentials by default. */
  readonly tenantId?: string | undefined;
  /** Makes an application token. */
  readonly roles?: readonly string[] | undefined;
  /** Only with `userPrincipalName`. */
  readonly scopes?: readonly string[] | undefined;
  /** Makes a delegated token of this user. */
  readonly userPrincipalName?: string | undefined;
  readonly lifetimeSeconds?: number | undefined;
  /** Start of `iss`. Nobody checks it on a token of our own. */
  readonly origin?: string | undefined;
  readonly audience?: string | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Makes an access token without a running server, in the name of the first client.
 * @throws invalidValue when the options contradict each other
 */
export async function mintToken(credentials: Credentials, options: MintOptions): Promise<string> {
  const { userPrincipalName, roles, scopes, allPermissions } = options;
  const tenantId = (options.tenantId ?? credentials.tenantId).toLowerCase();
  if (!isUuid(tenantId)) throw new AppError('invalidValue', 'The tenant must be a GUID.', { target: 'tenantId' });
  if (userPrincipalName === undefined && scopes !== undefined)
    throw new AppError('invalidValue', 'Scopes are what a user delegates: name the user too, or ask for roles.', { target: 'scopes' });
  if (userPrincipalName !== undefined && roles !== undefined)
    throw new AppError('invalidValue', 'Roles are of an application: leave the user out, or ask for scopes.', { target: 'roles' });
  const grant: TokenRequest['grant'] =
    userPrincipalName === undefined
      ? { kind: 'application', roles: roles ?? allPermissions }
      : { kind: 'delegated', userPrincipalName, scopes: scopes ?? allPermissions };
  const request: TokenRequest = {
    tenantId,
    clientId: credentials.clientId,
    clientName: 'Muster',
    origin: options.origin ?? 'http://localhost',
    ...(options.audience === undefined ? {} : { audience: options.audience }),
    ...(options.lifetimeSeconds === undefined ? {} : { lifetimeSeconds: options.lifetimeSeconds }),
    grant,
  };
  const keys = await signingKeys(credentials.keys);
  return await keys.sign(accessTokenClaims(request, options.clock ?? systemClock));
}
