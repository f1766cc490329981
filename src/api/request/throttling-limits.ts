/** How much the service lets its callers ask for, as Graph documents it for Intune (throttling limits). Numbers only; `throttle.ts` keeps them. */

/** Requests that are counted together; `all` counts every one. */
export type LimitGroup = 'all' | 'intuneDevices' | 'deviceConfiguration' | 'other';

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
