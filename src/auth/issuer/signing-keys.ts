import { createLocalJWKSet, importJWK, type JSONWebKeySet, type JWK, type JWTPayload, type JWTVerifyGetKey, SignJWT } from 'jose';
import type { TrustedIssuer } from '../verify-token.ts';
import { issuerOf } from './access-token.ts';

/** The embedded issuer's keys, ready for use. */
export interface SigningKeys {
  /** Signs with the first key (RS256). @param typ the `typ` header, `JWT` by default */
  sign(claims: JWTPayload, typ?: string): Promise<string>;
  /** Finds the key of a token that one of the keys has signed. */
  readonly verificationKey: JWTVerifyGetKey;
  /** The public halves. */
  readonly published: JSONWebKeySet;
}

/** @param keys private RSA keys with a `kid` each, at least one */
export async function signingKeys(keys: readonly JWK[]): Promise<SigningKeys> {
  const first = keys[0] as JWK;
  const privateKey = await importJWK(first, 'RS256');
  const header = { alg: 'RS256', kid: first.kid as string };
  // Members are named one by one: what is not named, above all the private half, is never published.
  const published = {
    keys: keys.map(({ n, e, kid }) => ({ kty: 'RSA', use: 'sig', alg: 'RS256', kid: kid as string, n: n as string, e: e as string })),
  };
  return {
    sign: (claims, typ = 'JWT') => new SignJWT(claims).setProtectedHeader({ ...header, typ }).sign(privateKey),
    verificationKey: createLocalJWKSet(published),
    published,
  };
}

/**
 * Trusts the tokens of the embedded issuer. Only the path of a v2 `iss` is compared, with the token's own tenant: clients reach
 * one server under several names (localhost, an address, a public URL), so its origin says nothing; the signature does.
 */
export const embeddedIssuer =
  (keys: SigningKeys): TrustedIssuer =>
  ({ issuer, tenantId }) =>
    issuer.endsWith(issuerOf('', tenantId)) || issuer === issuerOf('', tenantId, 'v1') ? { find: keys.verificationKey } : undefined;
