import { createHash } from 'node:crypto';

/**
 * The accounting rules, said a second time as plainly as possible: lists of what was written, and everything else computed from
 * them whenever somebody asks. Shares no code with `src/domain`; `accounting.test.ts` holds the two against each other.
 */

/** The last three are kinds of scripts: they share ids and children. */
export type Family = 'hardware' | 'script' | 'shell' | 'customAttribute';

/** Results of a device, worst first. */
export const WORST_FIRST = ['scriptError', 'fail', 'pending', 'unknown', 'success', 'notApplicable'] as const;
export type Result = (typeof WORST_FIRST)[number];

type Counted = Readonly<Partial<Record<Result, string>>>;

const COUNTED_BY_SCRIPTS: Counted = { success: 'success', fail: 'error', scriptError: 'error' };

/** How a family's counters of a result begin; a result without a name is counted nowhere. */
const COUNTED: Readonly<Record<Family, Counted>> = {
  hardware: {
    success: 'successful',
    fail: 'failed',
    scriptError: 'error',
    pending: 'pending',
    notApplicable: 'notApplicable',
    unknown: 'unknown',
  },
  script: COUNTED_BY_SCRIPTS,
  shell: COUNTED_BY_SCRIPTS,
  customAttribute: COUNTED_BY_SCRIPTS,
};

export interface DeviceState {
  readonly id: string;
  result: Result;
  /** The user it was written with, or under; of no meaning while it has a device. */
  upn: string | null;
  /** Id of its managed device. */
  device: string | null;
  deviceName: string | null;
  internalVersion: number;
  time: string;
}

export interface Report {
  readonly id: string;
  upn: string | null;
  counts: Counts;
  time: string;
}

export type Counts = Record<string, number>;
export type Target = { readonly kind: 'allDevices' | 'allUsers' } | { readonly kind: 'include' | 'exclude'; readonly group: string };

export interface Policy {
  readonly id: string;
  readonly family: Family;
  version: number;
  content: Readonly<Record<string, unknown>>;
  states: DeviceState[];
  reports: Report[];
  /** What was patched over the summary. */
  summary: SummaryView | undefined;
  targets: Target[];
  /** Ids of device states that are no more. */
  readonly gone: string[];
  /** How the name of each user who is counted was first written, by {@link folded} name. */
  readonly names: Map<string, string>;
}

export interface Tenant {
  readonly policies: Policy[];
  readonly deleted: Policy[];
  readonly users: Map<string, string | null>;
  readonly devices: Map<string, { name: string | null; upn: string | null }>;
  readonly groups: Map<string, Set<string>>;
}

export interface UserView extends Report {
  readonly derived: boolean;
}

export interface SummaryView {
  readonly counts: Counts;
  readonly time: string | null;
}

export const emptyTenant = (): Tenant => ({ policies: [], deleted: [], users: new Map(), devices: new Map(), groups: new Map() });

export const emptyPolicy = (id: string, family: Family): Policy => ({
  ...{ id, family, version: 1, content: {}, states: [], reports: [], summary: undefined, targets: [], gone: [], names: new Map() },
});

/** Names of users that differ in the case of their ASCII letters alone are one. */
export const folded = (upn: string): string => upn.replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 32));

/** Whether two names are of one user. */
export const isSame = (a: string | null | undefined, b: string | null | undefined): boolean =>
  typeof a === 'string' && typeof b === 'string' ? folded(a) === folded(b) : (a ?? null) === (b ?? null);

/** To be called after each change: who is counted for the first time keeps the name that was written then. */
export function noteNames(tenant: Tenant): void {
  for (const { states, reports, names } of tenant.policies) {
    const written = [...states.map((state) => userOf(tenant, state)), ...reports.map(({ upn }) => upn)].filter(
      (upn): upn is string => upn !== null && upn !== '',
    );
    for (const upn of written) if (!names.has(folded(upn))) names.set(folded(upn), upn);
    for (const name of names.keys()) if (!written.some((upn) => folded(upn) === name)) names.delete(name);
  }
}

/** RFC 9562 §5.5, as far as it is needed here. */
export function derivedId(policyId: string, upn: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(policyId.replaceAll('-', ''), 'hex'))
    .update(folded(upn))
    .digest('hex');
  const variant = ((Number.parseInt(hash[16]!, 16) & 3) | 8).toString(16);
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-5${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

/** 100-ns units since 1970. */
export function instant(time: string): bigint {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  return BigInt(Date.parse(time.replace(/\.\d+/, ''))) * 10_000n + BigInt(fraction.padEnd(7, '0'));
}

const newestOf = (times: readonly string[]): string | null =>
  times.reduce<string | null>((best, time) => (best !== null && instant(best) >= instant(time) ? best : time), null);

/** Whose a device state is; an empty name is nobody's. */
export function userOf(tenant: Tenant, state: DeviceState): string | null {
  const upn = state.device === null ? state.upn : tenant.devices.get(state.device)!.upn;
  return upn || null;
}

export const deviceCounts = (family: Family): string[] => [...new Set(Object.values(COUNTED[family]))].map((name) => `${name}DeviceCount`);

const userCounts = (family: Family): string[] => [...new Set(Object.values(COUNTED[family]))].map((name) => `${name}UserCount`);

const zeros = (names: readonly string[]): Counts => Object.fromEntries(names.map((name) => [name, 0]));

function countStates(family: Family, states: readonly DeviceState[]): Counts {
  const counts = zeros(deviceCounts(family));
  for (const { result } of states) {
    const name = COUNTED[family][result];
    if (name !== undefined) counts[`${name}DeviceCount`]! += 1;
  }
  return counts;
}

const statesOf = (tenant: Tenant, policy: Policy, upn: string): DeviceState[] =>
  policy.states.filter((state) => isSame(userOf(tenant, state), upn));

const isReported = (policy: Policy, upn: string | null): boolean => policy.reports.some((report) => isSame(report.upn, upn));

/** Every user state that a client sees. */
export function userStates(tenant: Tenant, policy: Policy): UserView[] {
  const users = policy.states.map((state) => userOf(tenant, state)).filter((upn) => upn !== null);
  const upns = new Set(users.map((upn) => policy.names.get(folded(upn))!));
  const derived = [...upns]
    .filter((upn) => !isReported(policy, upn))
    .map((upn) => {
      const states = statesOf(tenant, policy, upn);
      const time = newestOf(states.map((state) => state.time))!;
      return { id: derivedId(policy.id, upn), upn, counts: countStates(policy.family, states), time, derived: true };
    });
  return [...policy.reports.map((report) => ({ ...report, derived: false })), ...derived];
}

/** What the summary of a policy says. */
export function summaryOf(tenant: Tenant, policy: Policy): SummaryView {
  if (policy.summary !== undefined) return policy.summary;
  const { family, states, reports } = policy;
  const counts = zeros([...deviceCounts(family), ...userCounts(family)]);
  const add = (amounts: Counts): void => {
    for (const [name, amount] of Object.entries(amounts)) counts[name]! += amount;
  };
  const addUser = (result: Result | undefined): void => {
    const name = result === undefined ? undefined : COUNTED[family][result];
    if (name !== undefined) counts[`${name}UserCount`]! += 1;
  };
  add(
    countStates(
      family,
      states.filter((state) => !isReported(policy, userOf(tenant, state)) || userOf(tenant, state) === null),
    ),
  );
  for (const view of userStates(tenant, policy)) {
    if (view.derived) {
      const results = statesOf(tenant, policy, view.upn!).map((state) => state.result);
      addUser(WORST_FIRST.find((result) => results.includes(result)));
    } else {
      add(view.counts);
      addUser(WORST_FIRST.find((result) => (view.counts[`${COUNTED[family][result]}DeviceCount`] ?? 0) > 0));
    }
  }
  return { counts, time: newestOf([...states, ...reports].map(({ time }) => time)) };
}

/** Everything inside a group, also by way of groups inside it. */
function inside(tenant: Tenant, group: string, seen = new Set<string>()): Set<string> {
  for (const member of tenant.groups.get(group) ?? []) {
    if (seen.has(member)) continue;
    seen.add(member);
    inside(tenant, member, seen);
  }
  return seen;
}

function targets(tenant: Tenant, policy: Policy, state: DeviceState): boolean {
  const upn = userOf(tenant, state);
  const isIn = (group: string): boolean =>
    [...inside(tenant, group)].some((id) => {
      const name = tenant.devices.get(id)?.name;
      return (upn !== null && isSame(tenant.users.get(id), upn)) || (typeof name === 'string' && name === state.deviceName);
    });
  const hits = (target: Target): boolean => {
    if ('group' in target) return isIn(target.group);
    return target.kind === 'allDevices' || upn !== null;
  };
  const excluding = policy.targets.filter(({ kind }) => kind === 'exclude');
  const including = policy.targets.filter(({ kind }) => kind !== 'exclude');
  return including.some(hits) && !excluding.some(hits);
}

/** Changes a hardware configuration. Another content is another version, which every targeted device still has before it. */
export function changePolicy(
  tenant: Tenant,
  policy: Policy,
  { values, now }: { values: Readonly<Record<string, unknown>>; now: string },
): void {
  const isNew = ['fileName', 'configurationFileContent', 'perDevicePasswordDisabled'].some(
    (name) => values[name] !== undefined && values[name] !== policy.content[name],
  );
  policy.content = { ...policy.content, ...values };
  if (policy.family !== 'hardware' || !isNew) return;
  policy.version += 1;
  const reset = policy.states.filter((state) => targets(tenant, policy, state));
  for (const state of reset) Object.assign(state, { result: 'pending', internalVersion: policy.version, time: now });
}

/** A device that goes leaves its groups, and its states to nobody. */
export function removeDevice(tenant: Tenant, id: string): void {
  for (const policy of tenant.policies) {
    for (const state of policy.states) if (state.device === id) Object.assign(state, { device: null, upn: null });
  }
  tenant.devices.delete(id);
  for (const members of tenant.groups.values()) members.delete(id);
}
