import type { JWTVerifyGetKey } from 'jose';

/** What an unverified token says of its origin. */
export interface ClaimedOrigin {
  /** `iss`, exactly as sent. */
  readonly issuer: string;
  /** `tid`, exactly as sent; a GUID. */
  readonly tenantId: string;
}

/**
 * An issuer whose tokens are believed, together with its own keys: a token is only ever checked with the keys of the issuer
 * that it names, so that one issuer cannot speak for another.
 * @returns how to find the key of such a token, or undefined when the token is not from this issuer
 */
export type TrustedIssuer = (claimed: ClaimedOrigin) => JWTVerifyGetKey | undefined;
