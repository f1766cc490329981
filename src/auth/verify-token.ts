import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyResult, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import { isUuid } from '../lib/ids.ts';
import { refuse } from './challenge.ts';
import type { Principal, TokenVerifier } from './principal.ts';
import { isPersonalAccount, principalOfClaims } from './principal-of-claims.ts';

/** Signatures only: `none` proves nothing, and anybody who knows the public key could make an HMAC with it. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

/** The `typ` of access tokens. Refresh tokens and logout tokens have other types. */
const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

/** The settings of a verifier. */
export interface TokenVerifierOptions {
  readonly clock: Clock;
  /** Asked in turn; the first that knows the token's `iss` checks it. Put exact issuers before the embedded one. */
  readonly issuers: readonly TrustedIssuer[];
  /** Accepted values of `aud`. */
  readonly audiences: readonly string[];
  /** How far clocks may differ; 60 by default. */
  readonly clockToleranceSeconds?: number;
  /** Told to refused clients: where to get a token. */
  readonly authorizationUri?: string;
  /** How many verified tokens are remembered; 10,000 by default. */
  readonly cacheSize?: number;
}

/** A verified token stays good until its time is over: only the clock is asked again. */
interface Verified {
  readonly principal: Principal;
  readonly notBefore: number;
  readonly expires: number;
}

/** Bytes of verified tokens that are remembered. The one unused for longest goes first. */
export const VERIFIED_TOKENS_WEIGHT = 32 * 1024 * 1024;

/** Longest token that is remembered, in characters. Of texts from 16,384 on, V8 hashes the length alone. */
const LONGEST_REMEMBERED = 16_000;

/** Bytes of an entry without its token and claims. The claims are never larger than the token. */
const ENTRY_WEIGHT = 512;

/** The token of `Bearer <token>`; the scheme counts in any case (RFC 9110 §11.1). */
function bearerToken(authorization: string): string | undefined {
  if (authorization.startsWith('Bearer ')) return authorization.slice(7).trim() || undefined; // as every client sends it
  return /^\s*bearer +(\S.*)$/is.exec(authorization)?.[1]?.trim();
}

/**
 * Makes the function that turns `Authorization` headers into principals. A verified token is remembered until it expires, so that
 * a client's next request costs a look-up instead of a signature check.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { clock, authorizationUri } = options;
  const tolerance = options.clockToleranceSeconds ?? 60;
  const known = new LRUCache<string, Verified>({ max: options.cacheSize ?? 10_000, maxSize: VERIFIED_TOKENS_WEIGHT });

  const invalid = (message: string, cause?: unknown): AppError =>
    refuse({ code: 'invalidToken', message, cause }, { authorizationUri, error: 'invalid_token' });
  const expired = (cause?: unknown): AppError =>
    refuse(
      { code: 'expiredToken', message: 'The access token has expired. Get a new one and send the request again.', cause },
      { authorizationUri, error: 'invalid_token' },
    );
  const notYet = (cause?: unknown): AppError =>
    invalid('The access token is not valid yet. Check the clock of the machine that issued it, or wait.', cause);

  const describe = (error: unknown): AppError => {
    if (error instanceof AppError) return error.code === 'invalidToken' ? invalid(error.message, error) : error;
    if (error instanceof errors.JWTExpired) return expired(error);
    if (error instanceof errors.JWTClaimValidationFailed) {
      if (error.claim === 'nbf') return notYet(error);
      if (error.claim === 'aud') return invalid('The access token is for another audience. Ask the issuer for one for this API.', error);
      return invalid(`The access token's "${error.claim}" claim is missing or wrong. Get a new token from the issuer.`, error);
    }
    if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
      return invalid(`The access token must be signed with one of ${ALGORITHMS.join(', ')}.`, error);
    if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
      return invalid("The access token's signing key is not one of the issuer's. Get a new token.", error);
    return invalid('The access token is malformed or its signature is wrong. Get a new token and send it unchanged.', error);
  };

  const keysOf = (claims: JWTPayload): IssuerKeys => {
    const { iss: issuer, tid: tenantId } = claims;
    if (typeof tenantId !== 'string' || !isUuid(tenantId))
      throw invalid('The access token has no "tid" claim with a tenant\'s GUID. Ask for a token of one tenant.');
    for (const trusted of typeof issuer === 'string' ? options.issuers : []) {
      const keys = trusted({ issuer: issuer as string, tenantId });
      if (keys !== undefined) return keys;
    }
    throw invalid('The access token is from an issuer that is not trusted here. Get a token from the issuer this server is set up with.');
  };

  const verify = async (token: string): Promise<Verified> => {
    let result: JWTVerifyResult;
    let keys: IssuerKeys;
    // Decoders forgive padding and unused bits; we do not, so that a token has one spelling.
    const signature = token.slice(token.lastIndexOf('.') + 1);
    if (Buffer.from(signature, 'base64url').toString('base64url') !== signature) throw describe(undefined);
    try {
      keys = keysOf(decodeJwt(token));
      result = await jwtVerify(token, keys.find, {
        algorithms: ALGORITHMS,
        audience: [...options.audiences],
        currentDate: new Date(clock.now()),
        clockTolerance: tolerance,
        requiredClaims: ['exp'],
      });
    } catch (error) {
      throw describe(error);
    }
    const { payload, protectedHeader } = result;
    if (protectedHeader.typ !== undefined && !TYPES.has(String(protectedHeader.typ).toLowerCase()))
      throw invalid('The token is not an access token. Send the access_token of the answer of the token endpoint.');
    if (isPersonalAccount(payload))
      throw refuse(
        { code: 'personalAccount', message: 'Personal Microsoft accounts are not supported. Sign in with a work or school account.' },
        { authorizationUri, error: 'invalid_token' },
      );
    const principal = principalOfClaims(payload);
    if (principal === undefined) throw invalid('The access token lacks "azp" or "appid", or "oid" or "sub". Get a token that names both.');
    keys.proven?.();
    return { principal, notBefore: payload.nbf ?? 0, expires: payload.exp as number };
  };

  /** Compares as jose does in the first check, so that a hit and a miss never disagree. */
  const checkTimes = (verified: Verified): Principal => {
    const now = Math.floor(clock.now() / 1000);
    if (verified.expires <= now - tolerance) throw expired();
    if (verified.notBefore > now + tolerance) throw notYet();
    return verified.principal;
  };

  return async (authorization) => {
    const token = authorization === undefined ? undefined : bearerToken(authorization);
    if (token === undefined)
      throw refuse({ code: 'missingToken', message: 'Send an access token: "Authorization: Bearer <token>".' }, { authorizationUri });
    const remembered = known.get(token);
    if (remembered !== undefined) return checkTimes(remembered);
    const verified = await verify(token);
    if (token.length <= LONGEST_REMEMBERED) known.set(token, verified, { size: 2 * token.length + ENTRY_WEIGHT });
    return verified.principal;
  };
}

/** The origin that an unverified token claims. */
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
