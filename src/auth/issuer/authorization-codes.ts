import { createHmac, hash, randomBytes } from 'node:crypto';
import { clientNetwork } from '../../lib/client-network.ts';
import type { Clock } from '../../lib/clock.ts';
import { sameSecret } from '../../lib/same-secret.ts';
import { authorizationCode } from '../../model/internal.ts';
import { notAfter } from '../../query/column.ts';
import type { RowSet } from '../../query/plan.ts';
import { NO_TENANT, type Store } from '../../store/contract.ts';
import type { IssuerSetup, RegisteredClient } from './issuer-setup.ts';
import { OAuthError, OAuthWait } from './oauth-error.ts';
import type { DelegatedScopes } from './scope.ts';
import { fullShare, type Limited, type Shares } from './shares.ts';

/** How long a code may be redeemed, in seconds (RFC 6749 §4.1.2: ten minutes at most). */
export const CODE_SECONDS = 300;
/** Codes that are kept until they are redeemed or expire. Beyond a share the answer is 429, beyond all of them 503. */
export const AUTHORIZATION_CODES: Shares = { all: 2000, tenant: 500, network: 500, networkInTenant: 100 };

/** The sign-in that a code stands for. */
export interface SignedIn {
  readonly userPrincipalName: string;
  readonly objectId: string;
  /** Of the password at that time (`passwordMark`). */
  readonly passwordMark: string | undefined;
  readonly scopes: DelegatedScopes;
  readonly redirectUri: string;
  /** Of RFC 7636, by S256; without one, the client must prove itself. */
  readonly challenge?: string | undefined;
  readonly nonce?: string | undefined;
}

/** The client that redeems a code, and the values that it sends. */
export interface Redemption {
  readonly client: RegisteredClient;
  /** Whether it has proven its identity. */
  readonly isProven: boolean;
  readonly tenantId: string;
  readonly redirectUri: string;
  readonly verifier: string | undefined;
}

/** The authorization codes (RFC 6749 §4.1): in the store, as digests, so that another server of the same database can redeem them. */
export interface AuthorizationCodes {
  /** @throws OAuthError throttled, tooManyCodes */
  issue(
    signedIn: SignedIn,
    of: { readonly client: RegisteredClient; readonly tenantId: string; readonly clientAddress: string | undefined },
  ): Promise<string>;
  /** Gives the sign-in once, however many servers are asked. @throws OAuthError wrongGrant, expiredCode, noCredentials */
  redeem(code: string, redemption: Redemption): Promise<SignedIn>;
}

/** Makes the authorization codes. Like device codes they are rows without a tenant, as one bound holds for all of them. */
export function createAuthorizationCodes({ store, clock, codeSecret }: IssuerSetup): AuthorizationCodes {
  const digestOf = (text: string): string => createHmac('sha256', codeSecret).update(`authorization code ${text}`).digest('base64url');

  return {
    issue: async (signedIn, { client, tenantId, clientAddress }) => {
      const code = randomBytes(32).toString('base64url');
      const now = Math.floor(clock.now());
      const row = { tenantId, network: digestOf(clientNetwork(clientAddress)) };
      const full = await store.write(NO_TENANT, async (writer) => {
        await writer.delete(forgettable(now));
        const share = await fullShare(writer, limited, row);
        if (share !== undefined) return share;
        await writer.insert(authorizationCode, {
          ...row,
          id: digestOf(code),
          clientId: client.clientId,
          content: JSON.stringify(signedIn),
          expiresAt: now + CODE_SECONDS * 1000,
        });
        return undefined;
      });
      if (full === undefined) return code;
      const kind = full.share === 'all' ? 'tooManyCodes' : 'throttled';
      throw new OAuthWait(kind, 'Too many sign-ins are under way. Try again later.', full.oldest - now);
    },

    redeem: async (code, redemption) => {
      const now = Math.floor(clock.now());
      const scope = { id: digestOf(code), tenantId: redemption.tenantId, clientId: redemption.client.clientId };
      const found = await store.write(NO_TENANT, async (writer) => {
        const [entry] = await writer.select({ from: authorizationCode, scope, orderBy: [], limit: 1 });
        if (entry === undefined)
          return new OAuthError('wrongGrant', 'The code is unknown, redeemed or of another application or tenant. Sign in again.');
        if (now >= (entry.expiresAt as number)) return new OAuthError('expiredCode', 'The code has expired. Sign in again.');
        const content = JSON.parse(entry.content as string) as SignedIn;
        const refusal = refusalOf(content, redemption);
        if (refusal !== undefined) return refusal; // the code stays valid for its owner
        await writer.delete({ from: authorizationCode, scope: { id: scope.id } });
        return content;
      });
      if (found instanceof OAuthError) throw found;
      return found;
    },
  };
}

/** The reason why a client may not redeem a code. */
function refusalOf({ redirectUri, challenge }: SignedIn, sent: Redemption): OAuthError | undefined {
  if (sent.redirectUri !== redirectUri)
    return new OAuthError('wrongGrant', "The 'redirect_uri' is not the one that the code was sent to. Send the same one.");
  if (challenge === undefined) {
    // RFC 9700 §4.8.2: a verifier without a challenge is a sign that an attacker removed the challenge.
    if (sent.verifier !== undefined) return new OAuthError('wrongGrant', "The sign-in had no 'code_challenge'. Start it with one.");
    if (sent.isProven) return undefined;
    return new OAuthError(
      'noCredentials',
      "Send 'client_secret' or 'client_assertion' with its type, or start the sign-in with a 'code_challenge'.",
    );
  }
  if (sent.verifier !== undefined && sameSecret(hash('sha256', sent.verifier, 'base64url'), challenge)) return undefined;
  return new OAuthError('wrongGrant', "The 'code_verifier' is missing or does not match the 'code_challenge' of the sign-in.");
}

const limited: Limited = { from: authorizationCode, time: 'expiresAt', shares: AUTHORIZATION_CODES, sparesNewcomers: false };

const forgettable = (now: number): RowSet => ({
  from: authorizationCode,
  scope: {},
  where: notAfter(authorizationCode, 'expiresAt', now - AFTERLIFE_MS),
});

/** How long an expired code is kept, so that its client learns that it has expired. */
const AFTERLIFE_MS = 60_000;

/** Removes expired codes. */
export async function forgetCodes(store: Pick<Store, 'write'>, clock: Clock): Promise<void> {
  await store.write(NO_TENANT, (writer) => writer.delete(forgettable(Math.floor(clock.now()))));
}
