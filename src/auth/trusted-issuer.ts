import type { JWTVerifyGetKey } from 'jose';

/** What an unverified token says of its origin. */
export interface ClaimedOrigin {
  /** `iss`, exactly as sent. */
  readonly issuer: string;
  /** `tid`, exactly as sent; a GUID. */
  readonly tenantId: string;
}

/** The keys of a token's issuer. */
export interface IssuerKeys {
  /** Finds the key that a token names. */
  readonly find: JWTVerifyGetKey;
  /** Called when a token has passed every check. Until then anybody may have made up its tenant. */
  readonly proven?: () => void;
}

/**
 * An issuer whose tokens are believed, together with its own keys: a token is only ever checked with the keys of the issuer
 * that it names, so that one issuer cannot speak for another.
 * @returns how to find the key of such a token, or undefined when the token is not from this issuer
 */
export type TrustedIssuer = (claimed: ClaimedOrigin) => IssuerKeys | undefined;
