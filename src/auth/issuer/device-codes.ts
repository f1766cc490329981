import { createHmac, randomBytes, randomInt } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Infer } from '../../edm/infer.ts';
import { clientNetwork } from '../../lib/client-network.ts';
import type { Clock } from '../../lib/clock.ts';
import { uuidV4 } from '../../lib/ids.ts';
import { deviceSignIn, wrongAttempt } from '../../model/internal.ts';
import { notAfter, notBefore } from '../../query/column.ts';
import type { RowSet, Scope } from '../../query/plan.ts';
import { NO_TENANT, type Store, type Writer } from '../../store/contract.ts';
import type { IssuerSetup, RegisteredClient } from './issuer-setup.ts';
import { OAuthError, OAuthWait, secondsOf } from './oauth-error.ts';
import type { DelegatedScopes } from './scope.ts';
import { fullShare, type Limited, type Shares } from './shares.ts';

/** How long a sign-in may take, and how often its client may poll. */
export const LIFETIME_SECONDS = 900;
export const INTERVAL_SECONDS = 5;
/** Device codes whose last poll each server remembers: twice the number of sign-ins, as clients also poll with wrong codes. */
const REMEMBERED_POLLS = 4000;
/** How long an expired code is kept, so that its client gets `expired_token` instead of `invalid_grant`. */
const AFTERLIFE_MS = 5 * 60 * 1000;
/** Sign-ins that are kept, for 20 minutes at most. Anybody may begin one, so no tenant and no address can take all of them. */
export const SIGN_INS: Shares = { all: 2000, tenant: 500, network: 500, networkInTenant: 100 };
/** No vowels and nothing that looks like something else (RFC 8628 §6.1): 20 letters, 8 of them: 2.5e10 codes. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
/** Wrong codes and secrets in a minute before the page makes people wait. The wrong attempts of others in the tenant delay only addresses that made one, too. */
export const WRONG_ATTEMPTS: Shares = { all: 1000, tenant: 100, network: 30, networkInTenant: 10 };
const WINDOW_MS = 60_000;

/** A client that asks for a tenant. */
interface DeviceClient {
  readonly client: RegisteredClient;
  readonly tenantId: string;
}

/** Too many wrong codes and secrets came from an address, or for a tenant. */
export interface TooManyAttempts {
  readonly verdict: 'wait';
  readonly retryAfterSeconds: number;
}

/** The codes of a sign-in that has begun; a user code is shown as `BCDF-GHJK`. */
export interface StartedSignIn {
  readonly deviceCode: string;
  readonly userCode: string;
}

/** The result of an attempt to approve or refuse a sign-in. */
export interface Judgement {
  readonly verdict: 'wrong' | 'incomplete' | 'denied' | { readonly userPrincipalName: string };
}

/** The sign-ins under way (RFC 8628): in the store, so that each step may reach another server, or the same one after a restart. */
export interface DeviceCodes {
  /** @throws OAuthError throttled when the tenant or the address has too many under way, tooManyCodes when all have */
  start(request: DeviceClient & { readonly scopes: DelegatedScopes; readonly clientAddress: string | undefined }): Promise<StartedSignIn>;
  /**
   * Judges an attempt with a user code, typed in any case, with or without its dash.
   * @param judge receives the client of the sign-in, or undefined if no undecided sign-in has this code. It may run again, so it must change nothing.
   * @returns the judgement, or how long to wait if there were too many wrong attempts; `judge` does not run then
   */
  attempt<T extends Judgement>(
    typed: { readonly userCode: string; readonly tenantId: string; readonly clientAddress: string | undefined },
    judge: (client: RegisteredClient | undefined) => T,
  ): Promise<T | TooManyAttempts>;
  /**
   * A poll. It gives the user and the scopes once, however many servers are polled.
   * @throws OAuthError pending, slowDown, declined, expiredDeviceCode, wrongGrant
   */
  redeem(deviceCode: string, asking: DeviceClient): Promise<{ readonly userPrincipalName: string; readonly scopes: DelegatedScopes }>;
}

/** Makes the device codes. Every step is one transaction without a tenant, so that no two steps run at the same time. */
export function createDeviceCodes({ store, clock, clients, codeSecret }: IssuerSetup): DeviceCodes {
  /** Keyed: there are so few user codes that a reader of the database could try all plain digests. */
  const digestOf = (code: string): string => createHmac('sha256', codeSecret).update(code).digest('base64url');

  /** A refusal is returned from the transaction and thrown after the commit, so that the changes of the step stay. */
  const step = async <T>(work: (writer: Writer, now: number) => Promise<T | OAuthError>): Promise<T> => {
    const outcome = await store.write(NO_TENANT, (writer) => work(writer, Math.floor(clock.now())));
    if (outcome instanceof OAuthError) throw outcome;
    return outcome;
  };

  /** When each code was last polled here, by digest. */
  const polled = new LRUCache<string, number>({ max: REMEMBERED_POLLS });

  /**
   * Milliseconds since the last poll of a code at this server; undefined for the first one. Polls at other servers do not count: their clocks
   * differ, and a client that keeps to the interval must never be told to slow down.
   */
  const sinceLastPoll = (digest: string): number | undefined => {
    const now = clock.now();
    const before = polled.get(digest);
    polled.set(digest, now);
    return before === undefined || before > now ? undefined : now - before;
  };

  return {
    start: ({ client, tenantId, scopes, clientAddress }) =>
      step(async (writer, now): Promise<StartedSignIn | OAuthError> => {
        await writer.delete(forgettable(now));
        const network = digestOf(clientNetwork(clientAddress));
        // The new one is refused, not an old one dropped: a flood must not end sign-ins that people are busy with.
        const full = await fullShare(writer, signIns, { tenantId, network });
        if (full !== undefined) {
          const kind = full.share === 'all' ? 'tooManyCodes' : 'throttled';
          return new OAuthWait(kind, 'Too many sign-ins are under way. Ask again later.', full.oldest + AFTERLIFE_MS - now);
        }
        const letters = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
        const deviceCode = randomBytes(32).toString('base64url');
        await writer.insert(deviceSignIn, {
          id: digestOf(deviceCode),
          userCode: digestOf(letters),
          tenantId,
          clientId: client.clientId,
          scopes: JSON.stringify(scopes),
          expiresAt: now + LIFETIME_SECONDS * 1000,
          interval: INTERVAL_SECONDS,
          polledAt: null,
          isDenied: false,
          userPrincipalName: null,
          network,
        });
        return { deviceCode, userCode: `${letters.slice(0, 4)}-${letters.slice(4)}` };
      }),

    attempt: ({ userCode, tenantId, clientAddress }, judge) =>
      step(async (writer, now) => {
        await writer.delete({ from: wrongAttempt, scope: {}, where: notAfter(wrongAttempt, 'madeAt', now - WINDOW_MS) });
        // A server whose clock is far ahead must not have people wait until then.
        await writer.delete({ from: wrongAttempt, scope: {}, where: notBefore(wrongAttempt, 'madeAt', now + WINDOW_MS) });
        const network = digestOf(clientNetwork(clientAddress));
        const full = await fullShare(writer, wrongAttempts, { tenantId, network });
        if (full !== undefined) return { verdict: 'wait', retryAfterSeconds: secondsOf(Math.min(full.oldest - now, 0) + WINDOW_MS) };
        const entry = await find(writer, { userCode: digestOf(userCode.toUpperCase().replace(/[^A-Z]/g, '')), tenantId });
        const isOpen = entry !== undefined && !entry.isDenied && entry.userPrincipalName === null && now < entry.expiresAt;
        const judgement = judge(isOpen ? clients.find(({ clientId }) => clientId === entry.clientId) : undefined);
        const { verdict } = judgement;
        if (verdict === 'wrong') await writer.insert(wrongAttempt, { id: uuidV4(), madeAt: now, tenantId, network });
        else if (verdict !== 'incomplete')
          await writer.update(deviceSignIn, { id: entry!.id }, verdict === 'denied' ? { isDenied: true } : verdict);
        return judgement;
      }),

    redeem: (deviceCode, { client, tenantId }) => {
      const key = { id: digestOf(deviceCode) };
      const since = sinceLastPoll(key.id);
      return step(async (writer, now) => {
        const entry = await find(writer, { ...key, tenantId, clientId: client.clientId });
        if (entry === undefined)
          return new OAuthError(
            'wrongGrant',
            'The device code is unknown, redeemed or of another application or tenant. Start the sign-in again.',
          );
        if (now >= entry.expiresAt) return new OAuthError('expiredDeviceCode', 'The device code has expired. Start the sign-in again.');
        if (entry.isDenied) {
          await writer.delete({ from: deviceSignIn, scope: key });
          return new OAuthError('declined', 'The sign-in was refused. Start it again if that was a mistake.');
        }
        const interval = entry.interval;
        // A second of grace: timers of clients that keep to the interval may fire early, and MSAL gives up at slow_down.
        if (since !== undefined && since < (interval - 1) * 1000) {
          await writer.update(deviceSignIn, key, { interval: interval + 5 }); // RFC 8628 §3.5
          return new OAuthError('slowDown', `Poll at most once in ${interval + 5} seconds.`);
        }
        const { userPrincipalName } = entry;
        if (userPrincipalName === null) return new OAuthError('pending', 'The sign-in is not approved yet. Go on polling.');
        await writer.delete({ from: deviceSignIn, scope: key });
        return { userPrincipalName, scopes: JSON.parse(entry.scopes) as DelegatedScopes };
      });
    },
  };
}

/** Removes the sign-ins that are over. */
export async function forgetSignIns(store: Pick<Store, 'write'>, clock: Clock): Promise<void> {
  await store.write(NO_TENANT, (writer) => writer.delete(forgettable(Math.floor(clock.now()))));
}

const forgettable = (now: number): RowSet => ({
  from: deviceSignIn,
  scope: {},
  where: notAfter(deviceSignIn, 'expiresAt', now - AFTERLIFE_MS),
});

const signIns: Limited = { from: deviceSignIn, time: 'expiresAt', shares: SIGN_INS, sparesNewcomers: false };
const wrongAttempts: Limited = { from: wrongAttempt, time: 'madeAt', shares: WRONG_ATTEMPTS, sparesNewcomers: true };

async function find(writer: Writer, scope: Scope<typeof deviceSignIn>): Promise<Infer<typeof deviceSignIn> | undefined> {
  const [row] = await writer.select({ from: deviceSignIn, scope, orderBy: [], limit: 1 });
  return row;
}
