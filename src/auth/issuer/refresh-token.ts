import { errors, jwtVerify } from 'jose';
import { uuidV4 } from '../../lib/ids.ts';
import { timeClaims } from './access-token.ts';
import type { IssuerSetup } from './issuer-setup.ts';
import { OAuthError } from './oauth-error.ts';

/** Type and audience keep a refresh token from ever passing for an access token. */
const TYPE = 'refresh+jwt';
const AUDIENCE = 'urn:muster:refresh';
const LIFETIME_SECONDS = 90 * 24 * 60 * 60;

/** The grant that a refresh token stands for. */
export interface RefreshGrant {
  readonly tenantId: string;
  readonly clientId: string;
  readonly userPrincipalName: string;
  /** Of a user who signed in on the page. */
  readonly objectId?: string | undefined;
  /** Of that user's password at that time (`passwordMark`). */
  readonly passwordMark?: string | undefined;
  /** The permissions that were granted at sign-in. */
  readonly permissions: readonly string[];
  /** The scope that was asked for then. */
  readonly scope: string;
}

interface Claims extends Readonly<Record<'tid' | 'azp' | 'upn' | 'scope', string>> {
  readonly oid?: string;
  readonly pwm?: string;
  readonly scp: readonly string[];
}

/** Makes a refresh token. It is signed, so nothing has to be stored; it ends with its time or when the key is removed. */
export async function issueRefreshToken(setup: IssuerSetup, grant: RefreshGrant): Promise<string> {
  const { tenantId: tid, clientId: azp, userPrincipalName: upn, objectId: oid, passwordMark: pwm, permissions: scp, scope } = grant;
  const times = timeClaims(setup.clock, LIFETIME_SECONDS);
  return await setup.keys.sign(
    {
      aud: AUDIENCE,
      ...times,
      tid,
      azp,
      upn,
      ...(oid === undefined ? {} : { oid }),
      ...(pwm === undefined ? {} : { pwm }),
      scp,
      scope,
      jti: uuidV4(),
    },
    TYPE,
  );
}

/** @throws OAuthError wrongGrant, expiredRefreshToken */
export async function readRefreshToken(setup: IssuerSetup, token: string): Promise<RefreshGrant> {
  try {
    const { payload } = await jwtVerify(token, setup.keys.verificationKey, {
      algorithms: ['RS256'],
      audience: AUDIENCE,
      typ: TYPE,
      currentDate: new Date(setup.clock.now()),
      clockTolerance: 60,
      requiredClaims: ['exp'],
    });
    // We signed it.
    const { tid, azp, upn, oid, pwm, scope, scp } = payload as unknown as Claims;
    return { tenantId: tid, clientId: azp, userPrincipalName: upn, objectId: oid, passwordMark: pwm, permissions: scp, scope };
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw new OAuthError('expiredRefreshToken', 'The refresh token has expired. Sign in again.', error);
    throw new OAuthError('wrongGrant', 'The refresh token is not one of this server. Sign in again.', error);
  }
}
