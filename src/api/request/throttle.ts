import type { Principal } from '../../auth/principal.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';

/** What a request is counted as. */
export interface Counted {
  readonly group: LimitGroup;
  readonly isWrite: boolean;
}

/** Keeps callers to their limits. */
export interface Throttle {
  /** Admits a request and counts it. @throws tooManyRequests with `Retry-After`; a refused request counts for nothing */
  admit(caller: Pick<Principal, 'tenantId' | 'clientId'>, request: Counted): void;
}

/**
 * Admissions under one limit. The window slides: a request is admitted when the one that was admitted as many requests ago as the
 * limit allows is a whole window old, so that no window of that length ever holds more.
 */
class Admissions {
  readonly #limit: Limit;
  /** Grows up to the limit, then goes round. */
  readonly #times: number[] = [];
  #oldest = 0;

  constructor(limit: Limit) {
    this.#limit = limit;
  }

  /** Milliseconds until another request can be admitted, 0 for now. */
  wait(now: number): number {
    const since = now - this.#times[this.#oldest]!;
    // A clock that was set back tells nothing of what is past.
    return this.#times.length < this.#limit.requests || since < 0 ? 0 : Math.max(0, this.#limit.seconds * 1000 - since);
  }

  add(now: number): void {
    if (this.#times.length < this.#limit.requests) {
      this.#times.push(now);
    } else {
      this.#times[this.#oldest] = now;
      this.#oldest = (this.#oldest + 1) % this.#limit.requests;
    }
  }

  /** Whether nothing that was admitted counts any more. */
  isOver(now: number): boolean {
    const since = now - this.#times.at(this.#oldest - 1)!;
    return since < 0 || since >= this.#limit.seconds * 1000;
  }
}

const keyOf = ({ per }: Limit, { tenantId, clientId }: Pick<Principal, 'tenantId' | 'clientId'>): string =>
  per === 'tenant' ? tenantId : per === 'application' ? clientId : `${tenantId} ${clientId}`;

/**
 * Makes a throttle. What it remembers is bounded by what is answered in one window: a caller that is silent for that long is forgotten.
 */
export function createThrottle(clock: Clock, limits: readonly Limit[] = SERVICE_LIMITS): Throttle {
  /** In the order of their last admission. */
  const known = new Map<string, Admissions>();

  /** Each admission adds one entry at most, so that looking at the two oldest keeps the map small. */
  const forget = (now: number): void => {
    for (const [key, admissions] of known.entries().take(2)) if (admissions.isOver(now)) known.delete(key);
  };

  return {
    admit(caller, { group, isWrite }) {
      const now = clock.now();
      const applying = limits.flatMap((limit, index) => {
        if ((limit.group !== 'all' && limit.group !== group) || (limit.counts === 'writes' && !isWrite)) return [];
        const key = `${index} ${keyOf(limit, caller)}`;
        const admissions = known.get(key) ?? new Admissions(limit);
        return [{ limit, key, admissions, wait: admissions.wait(now) }];
      });
      const slowest = applying.reduce<(typeof applying)[number] | undefined>(
        (worst, next) => (next.wait > (worst?.wait ?? 0) ? next : worst),
        undefined,
      );
      if (slowest !== undefined) throw tooMany(slowest.limit, Math.ceil(slowest.wait / 1000));
      for (const { key, admissions } of applying) {
        admissions.add(now);
        known.delete(key);
        known.set(key, admissions);
        forget(now);
      }
    },
  };
}

const tooMany = ({ requests, counts, seconds, per }: Limit, wait: number): AppError =>
  new AppError(
    'tooManyRequests',
    `More than ${requests} ${counts === 'any' ? 'requests' : counts} in ${seconds} s by one ${per}. Wait ${wait} s and send the request again.`,
    { headers: { 'retry-after': String(wait) } },
  );

/** How much the service lets its callers ask for, as Graph documents it for Intune (throttling limits). Numbers only; `throttle.ts` keeps them. */

/** Requests that are counted together; `all` counts every one. */
type LimitGroup = 'all' | 'intuneDevices' | 'deviceConfiguration' | 'other';

/** At most `requests` in any `seconds`. */
export interface Limit {
  readonly group: LimitGroup;
  /** `writes` are all methods but GET and HEAD. */
  readonly counts: 'any' | 'writes';
  /** Whose requests are counted together. */
  readonly per: 'application' | 'application and tenant' | 'tenant';
  readonly requests: number;
  readonly seconds: number;
}

export const SERVICE_LIMITS: readonly Limit[] = [
  { group: 'all', counts: 'any', per: 'application', requests: 130_000, seconds: 10 },
  { group: 'intuneDevices', counts: 'writes', per: 'application and tenant', requests: 200, seconds: 20 },
  { group: 'intuneDevices', counts: 'writes', per: 'tenant', requests: 400, seconds: 20 },
  { group: 'intuneDevices', counts: 'any', per: 'application and tenant', requests: 2000, seconds: 20 },
  { group: 'intuneDevices', counts: 'any', per: 'tenant', requests: 4000, seconds: 20 },
  { group: 'deviceConfiguration', counts: 'writes', per: 'application and tenant', requests: 100, seconds: 20 },
  { group: 'deviceConfiguration', counts: 'writes', per: 'tenant', requests: 200, seconds: 20 },
  { group: 'deviceConfiguration', counts: 'any', per: 'application and tenant', requests: 1000, seconds: 20 },
  { group: 'deviceConfiguration', counts: 'any', per: 'tenant', requests: 2000, seconds: 20 },
];

/** What one of several servers may admit, so that all together never admit more than the service does. @param servers how many there are */
export const sharesOf = (limits: readonly Limit[], servers: number): readonly Limit[] =>
  limits.map((limit) => ({ ...limit, requests: Math.max(1, Math.floor(limit.requests / servers)) }));

/** What belongs to the devices below `deviceManagement`; all else there is configuration: hardware configurations, roles, filters. */
const DEVICE_SETS: ReadonlySet<string> = new Set([
  'comanagedDevices',
  'deviceComplianceScripts',
  'deviceCustomAttributeShellScripts',
  'deviceHealthScripts',
  'deviceManagementScripts',
  'deviceShellScripts',
  'managedDevices',
]);

/** The group that requests for a resource are counted in. @param names its steps in the order of the URL, as the model spells them */
export function limitGroupOf(names: readonly string[]): LimitGroup {
  if (names.some((name) => DEVICE_SETS.has(name))) return 'intuneDevices';
  return names[0] === 'deviceManagement' ? 'deviceConfiguration' : 'other';
}
