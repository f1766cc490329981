/**
 * Tokens in, principals out: `verify-token.ts` checks bearer tokens; `issuer/` is the embedded token issuer. `auth` may import
 * the store contract, `model`, `query`, `edm` and `lib`.
 */

/** The caller that a verified token speaks for. */
export interface Principal {
  /** The token's `tid`, lower case: the tenant that everything this caller does happens in. */
  readonly tenantId: string;
  /** `application`: permissions come from `roles`; `delegated`: from `scp`. */
  readonly kind: 'application' | 'delegated';
  /** The token's `azp` or `appid`. */
  readonly clientId: string;
  /** The token's `app_displayname`. */
  readonly clientName?: string;
  /** The token's `oid` or `sub`. */
  readonly subject: string;
  /** `upn` or `preferred_username` of a delegated token. */
  readonly userPrincipalName?: string;
  /** Permission names as sent, for example `DeviceManagementConfiguration.ReadWrite.All`. */
  readonly permissions: ReadonlySet<string>;
}

/**
 * Turns the value of an `Authorization` header into a principal.
 * @throws missingToken, invalidToken, expiredToken, personalAccount, issuerUnavailable
 */
export type TokenVerifier = (authorization: string | undefined) => Promise<Principal>;
