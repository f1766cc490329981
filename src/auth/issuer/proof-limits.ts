import { LRUCache } from 'lru-cache';
import { clientNetwork } from '../../lib/client-network.ts';
import type { Clock } from '../../lib/clock.ts';
import { OAuthWait } from './oauth-error.ts';

/**
 * Wrong secrets and assertions in a minute: of one client from one address (`lib/client-network.ts`), and for one tenant. Wrong passwords are counted
 * separately in the same way, all users of a tenant together. Beyond a limit the answer is 429, except for addresses that sent no wrong proof in that minute.
 */
export const WRONG_PROOFS = { clientAndNetwork: 10, tenant: 100 };
/** Pairs of client and address, and tenants, whose wrong proofs are remembered: the ones used least recently are forgotten. */
export const WRONG_PROOF_KEYS = 10_000;
const WINDOW_MS = 60_000;

/** An attempt to prove a client. */
export interface ProofAttempt {
  readonly clientId: string;
  readonly tenantId: string;
  readonly clientAddress: string | undefined;
}

/** Slows down guesses of client secrets and user passwords. */
export interface ProofLimits {
  /** Called before a proof is checked. Requests without an address, as in tests without a socket, are not limited. @throws OAuthError throttled, with the time to wait */
  check(attempt: ProofAttempt): void;
  /** Called for each wrong proof. */
  countWrong(attempt: ProofAttempt): void;
}

/** Makes the limits of one server. What they remember is bounded by {@link WRONG_PROOF_KEYS}. */
export function createProofLimits(clock: Clock): ProofLimits {
  const wrong = new LRUCache<string, readonly number[]>({ max: WRONG_PROOF_KEYS });
  const pairOf = ({ clientId, clientAddress }: ProofAttempt): string => `${clientId.toLowerCase()} ${clientNetwork(clientAddress)}`;
  const recent = (key: string): readonly number[] => (wrong.get(key) ?? []).filter((time) => Math.abs(clock.now() - time) < WINDOW_MS);

  return {
    check(attempt) {
      const own = recent(pairOf(attempt));
      if (own.length === 0 || attempt.clientAddress === undefined) return;
      const tenant = recent(attempt.tenantId);
      const full = [...(own.length < WRONG_PROOFS.clientAndNetwork ? [] : [own]), ...(tenant.length < WRONG_PROOFS.tenant ? [] : [tenant])];
      if (full.length === 0) return;
      const end = Math.max(...full.map(([oldest]) => oldest!)) + WINDOW_MS;
      throw new OAuthWait('throttled', 'Too many wrong secrets, assertions or passwords were sent. Try again later.', end - clock.now());
    },
    countWrong(attempt) {
      const count = (key: string, most: number): unknown => wrong.set(key, [...recent(key), clock.now()].slice(-most));
      count(pairOf(attempt), WRONG_PROOFS.clientAndNetwork);
      count(attempt.tenantId, WRONG_PROOFS.tenant);
    },
  };
}
