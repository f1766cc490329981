import { randomBytes, randomInt } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { OAuthError } from './oauth-error.ts';
import type { RegisteredClient } from './registered-client.ts';
import type { DelegatedScopes } from './scope.ts';

const LIFETIME_SECONDS = 900;
const INTERVAL_SECONDS = 5;
/** An expired code is remembered this long, so that its client is told `expired_token` and not that it is unknown. */
const AFTERLIFE_MS = 5 * 60 * 1000;
/** Anybody may ask for codes, so there must be a bound. */
const MAX_CODES = 1000;
/** No vowels and nothing that looks like something else (RFC 8628 §6.1): 20 letters, 8 of them: 2.5e10 codes. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

/** What a device asks for. */
export interface DeviceRequest {
  readonly client: RegisteredClient;
  readonly tenantId: string;
  readonly scopes: DelegatedScopes;
}

/** A sign-in that somebody is to approve. */
export interface DeviceSignIn extends DeviceRequest {
  readonly deviceCode: string;
  /** As shown: `BCDF-GHJK`. */
  readonly userCode: string;
  readonly lifetimeSeconds: number;
  readonly intervalSeconds: number;
}

interface Entry extends DeviceSignIn {
  readonly expires: number;
  interval: number;
  polled: number;
  decision: 'none' | 'denied' | { readonly userPrincipalName: string };
}

/** The sign-ins under way (RFC 8628). They live in memory: a restart ends them, and the device asks again. */
export interface DeviceCodes {
  /** @throws OAuthError tooManyCodes */
  start(request: DeviceRequest): DeviceSignIn;
  /** The undecided sign-in of a code that somebody typed, in any case, with or without its dash. */
  find(userCode: string): DeviceSignIn | undefined;
  approve(signIn: DeviceSignIn, userPrincipalName: string): void;
  deny(signIn: DeviceSignIn): void;
  /**
   * A poll. Answers once with who approved.
   * @throws OAuthError pending, slowDown, declined, expiredDeviceCode, wrongGrant
   */
  redeem(deviceCode: string, request: Omit<DeviceRequest, 'scopes'>): DeviceSignIn & { readonly userPrincipalName: string };
}

export function createDeviceCodes(clock: Clock): DeviceCodes {
  const entries = new Map<string, Entry>(); // by device code, oldest first
  const decide = (signIn: DeviceSignIn, decision: Entry['decision']): void => {
    const entry = entries.get(signIn.deviceCode);
    if (entry !== undefined) entry.decision = decision;
  };
  const isOpen = (entry: Entry): boolean => entry.decision === 'none' && clock.now() < entry.expires;

  return {
    start: (request) => {
      const now = clock.now();
      for (const [code, entry] of entries) if (entry.expires + AFTERLIFE_MS <= now) entries.delete(code);
      // The new one is refused, not an old one dropped: a flood must not end sign-ins that people are busy with.
      if (entries.size >= MAX_CODES) throw new OAuthError('tooManyCodes', 'Too many sign-ins are under way. Ask again in a minute.');
      const letters = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
      const entry: Entry = {
        ...request,
        deviceCode: randomBytes(32).toString('base64url'),
        userCode: `${letters.slice(0, 4)}-${letters.slice(4)}`,
        lifetimeSeconds: LIFETIME_SECONDS,
        intervalSeconds: INTERVAL_SECONDS,
        expires: now + LIFETIME_SECONDS * 1000,
        interval: INTERVAL_SECONDS,
        polled: Number.NEGATIVE_INFINITY,
        decision: 'none',
      };
      entries.set(entry.deviceCode, entry);
      return entry;
    },

    find: (userCode) => {
      const wanted = userCode.toUpperCase().replace(/[^A-Z]/g, '');
      for (const entry of entries.values()) if (isOpen(entry) && entry.userCode.replace('-', '') === wanted) return entry;
      return undefined;
    },

    approve: (signIn, userPrincipalName) => decide(signIn, { userPrincipalName }),
    deny: (signIn) => decide(signIn, 'denied'),

    redeem: (deviceCode, { client, tenantId }) => {
      const entry = entries.get(deviceCode);
      if (entry === undefined || entry.client.clientId !== client.clientId || entry.tenantId !== tenantId)
        throw new OAuthError(
          'wrongGrant',
          'The device code is unknown, redeemed or of another application or tenant. Start the sign-in again.',
        );
      const now = clock.now();
      if (now >= entry.expires) throw new OAuthError('expiredDeviceCode', 'The device code has expired. Start the sign-in again.');
      if (entry.decision === 'denied') {
        entries.delete(deviceCode);
        throw new OAuthError('declined', 'The sign-in was refused. Start it again if that was a mistake.');
      }
      // A second of grace: timers of clients that keep to the interval may fire early, and MSAL gives up at slow_down.
      const early = now - entry.polled < (entry.interval - 1) * 1000;
      entry.polled = now;
      if (early) {
        entry.interval += 5; // RFC 8628 §3.5
        throw new OAuthError('slowDown', `Poll at most once in ${entry.interval} seconds.`);
      }
      if (entry.decision === 'none') throw new OAuthError('pending', 'The sign-in is not approved yet. Go on polling.');
      entries.delete(deviceCode);
      return { ...entry, userPrincipalName: entry.decision.userPrincipalName };
    },
  };
}
