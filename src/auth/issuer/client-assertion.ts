import { hash, type KeyObject, X509Certificate } from 'node:crypto';
import { errors, importJWK, type JWTHeaderParameters, jwtVerify } from 'jose';
import type { Clock } from '../../lib/clock.ts';
import type { RegisteredClient } from './issuer-setup.ts';
import { OAuthError } from './oauth-error.ts';

/** `nbf` of MSAL's assertions may lie a second ahead, and clients' clocks differ. */
const TOLERANCE_SECONDS = 60;
const MAX_LIFETIME_SECONDS = 24 * 60 * 60;
const ALGORITHMS = ['PS256', 'RS256', 'ES256'];

/**
 * Checks the signed assertion of a client (RFC 7523 §3). It may be sent again while it is valid, as at Entra: MSAL sends one for ten minutes.
 * @param accepted `audiences`: one of them must be in the assertion
 * @throws OAuthError wrongAssertion
 */
export async function verifyAssertion(
  assertion: string,
  client: RegisteredClient,
  { audiences, clock }: { readonly audiences: readonly string[]; readonly clock: Clock },
): Promise<void> {
  const verified = jwtVerify(assertion, (header) => keyOf(client, header, clock), {
    algorithms: ALGORITHMS,
    issuer: client.clientId,
    subject: client.clientId,
    audience: [...audiences],
    currentDate: new Date(clock.now()),
    clockTolerance: TOLERANCE_SECONDS,
    requiredClaims: ['exp'],
  });
  const { payload } = await verified.catch((error) => {
    throw error instanceof OAuthError ? error : describe(error);
  });
  if ((payload.exp as number) > clock.now() / 1000 + MAX_LIFETIME_SECONDS + TOLERANCE_SECONDS)
    throw wrong('The client assertion is valid for more than a day. Sign one for ten minutes.');
}

const wrong = (message: string, cause?: unknown): OAuthError => new OAuthError('wrongAssertion', message, cause);

function describe(error: unknown): OAuthError {
  if (error instanceof errors.JWTExpired) return wrong('The client assertion has expired. Sign a new one.', error);
  if (error instanceof errors.JWTClaimValidationFailed)
    return wrong(`The '${error.claim}' of the client assertion is missing or wrong. Sign one for the token endpoint's URL.`, error);
  return wrong('The client assertion is malformed or its signature is wrong. Sign it with a registered certificate or key.', error);
}

/** The registered key that the header names, by certificate thumbprint or key id. Keys sent along (`x5c`, `jwk`) prove nothing. */
async function keyOf(client: RegisteredClient, header: JWTHeaderParameters, clock: Clock): Promise<KeyObject | CryptoKey> {
  for (const pem of client.certificates ?? []) {
    const certificate = new X509Certificate(pem);
    if (!hasThumbprint(certificate, header)) continue;
    if (clock.now() < Date.parse(certificate.validFrom) || clock.now() >= Date.parse(certificate.validTo))
      throw wrong('The certificate that signed the client assertion is out of its time. Register a new one.');
    return certificate.publicKey;
  }
  const jwk = client.publicKeys?.find((key) => key.kid !== undefined && key.kid === header.kid);
  if (jwk === undefined) throw wrong('The key that signed the client assertion is not registered for this application.');
  const key = await importJWK(jwk, header.alg);
  if (key instanceof Uint8Array || key.type !== 'public') throw wrong('The key registered for this application is not a public key.');
  return key;
}

function hasThumbprint(certificate: X509Certificate, header: JWTHeaderParameters): boolean {
  const sha256: unknown = header['x5t#S256'];
  if (sha256 !== undefined) return isEncodingOf(sha256, hash('sha256', certificate.raw, 'buffer'));
  // Older clients know the SHA-1 thumbprint only. It merely picks among registered certificates.
  return isEncodingOf(header.x5t, hash('sha1', certificate.raw, 'buffer'));
}

/** Whether a text stands for these bytes in base64: of either alphabet, as some clients take the plain one, and with or without padding. */
const isEncodingOf = (text: unknown, bytes: Buffer): boolean =>
  typeof text === 'string' && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) && bytes.equals(Buffer.from(text, 'base64url'));
