import fc from 'fast-check';
import { WORST_FIRST } from './accounting-model.ts';

/**
 * Random operations as plain data, so that a failing sequence shrinks to a short one and prints as what it is. A number picks one
 * of what exists at that moment, counted round: dropping an operation never makes the later ones meaningless.
 */

/** Few users, so that they meet: also two that differ in case, one beyond ASCII, an empty name and none. */
export const UPNS = ['ada@x.example', 'bob@x.example', 'Ada@x.example', 'zoë@x.example', '', null] as const;

/** The same instants written differently, neighbours 100 ns apart, and the first instant that there is. */
const TIMES = [
  '2026-01-01T00:00:00Z',
  '2026-01-01T01:00:00+01:00',
  '2025-12-31T16:00:00.0000000-08:00',
  '2026-01-01T00:00:00.0000001Z',
  '2026-01-01T05:30:00.0000001+05:30',
  '2025-06-30T23:59:59.9999999Z',
  '2036-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
] as const;

const DEVICE_NAMES = ['PC-1', 'PC-2', null] as const;

const FAMILIES = ['hardware', 'script', 'shell', 'customAttribute'] as const;

const pick = fc.nat({ max: 11 });
const upn = fc.oneof({ weight: 1, arbitrary: fc.constant('ada@x.example') }, { weight: 1, arbitrary: fc.constantFrom(...UPNS) });
const deviceName = fc.constantFrom(...DEVICE_NAMES);
const tenant = fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) });
const amount = fc.oneof(fc.constantFrom(0, 1), fc.nat({ max: 5000 }));

const stateValues = {
  result: fc.constantFrom(...WORST_FIRST),
  upn,
  deviceName,
  time: fc.constantFrom(...TIMES),
  device: fc.option(pick, { freq: 6 }),
};
const reportValues = { upn, success: amount, error: amount, pending: amount, time: fc.constantFrom(...TIMES) };
const where = { tenant, policy: pick, by: fc.constantFrom(...FAMILIES) };

const target = fc.oneof(
  fc.constantFrom({ kind: 'allDevices' } as const, { kind: 'allUsers' } as const),
  fc.record({ kind: fc.constantFrom('include' as const, 'exclude' as const), group: pick }),
);

const content = {
  fileName: fc.constantFrom('a.cctk', 'b.cctk'),
  configurationFileContent: fc.constantFrom('AAAA', 'AAAB'),
  perDevicePasswordDisabled: fc.boolean(),
  description: fc.constantFrom('x', null),
};

const kind = <const K extends string>(name: K) => ({ kind: fc.constant(name) });
const none = { requiredKeys: [] as [] };

const postState = fc.record({ ...kind('postState'), ...where, values: fc.record(stateValues, none) });

const aboutStates = fc.oneof(
  { weight: 5, arbitrary: postState },
  { weight: 1, arbitrary: fc.record({ ...kind('postStateUnder'), ...where, user: pick, values: fc.record(stateValues, none) }) },
  { weight: 2, arbitrary: fc.record({ ...kind('patchState'), ...where, state: pick, values: fc.record(stateValues, none) }) },
  { weight: 1, arbitrary: fc.record({ ...kind('deleteState'), ...where, state: pick }) },
  { weight: 1, arbitrary: fc.record({ ...kind('postUser'), ...where, values: fc.record(reportValues, none) }) },
  { weight: 2, arbitrary: fc.record({ ...kind('patchUser'), ...where, user: pick, values: fc.record(reportValues, none) }) },
  { weight: 1, arbitrary: fc.record({ ...kind('deleteUser'), ...where, user: pick }) },
);

const aboutPolicies = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ...kind('patchPolicy'), ...where, values: fc.record(content, none) }) },
  { weight: 3, arbitrary: fc.record({ ...kind('assign'), ...where, targets: fc.array(target, { maxLength: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ ...kind('postAssignment'), ...where, target }) },
  { weight: 1, arbitrary: fc.record({ ...kind('patchAssignment'), ...where, target: pick, to: target }) },
  { weight: 1, arbitrary: fc.record({ ...kind('deleteAssignment'), ...where, target: pick }) },
  { weight: 1, arbitrary: fc.record({ ...kind('patchSummary'), ...where, values: fc.record({ success: amount, users: amount }, none) }) },
  { weight: 1, arbitrary: fc.record({ ...kind('deleteSummary'), ...where }) },
);

const deviceValues = fc.record({ deviceName, userPrincipalName: upn }, none);

const aboutDirectory = fc.oneof(
  fc.record({ ...kind('postDevice'), tenant, name: deviceName, upn }),
  fc.record({ ...kind('patchDevice'), tenant, device: pick, values: deviceValues }),
  fc.record({ ...kind('deleteDevice'), tenant, device: pick }),
  fc.record({ ...kind('postPerson'), tenant, upn }),
  fc.record({ ...kind('patchPerson'), tenant, person: pick, upn }),
  fc.record({ ...kind('deletePerson'), tenant, person: pick }),
  fc.record({ ...kind('postGroup'), tenant }),
  fc.record({ ...kind('deleteGroup'), tenant, group: pick }),
  fc.record({ ...kind('addMember'), tenant, group: pick, member: pick }),
  fc.record({ ...kind('removeMember'), tenant, group: pick, member: pick }),
);

const pause = fc.oneof(
  fc.record({ ...kind('wait'), milliseconds: fc.constantFrom(1, 86_400_000) }),
  fc.constant({ kind: 'check' as const }),
);

const seldom = fc.oneof(
  fc.record({ ...kind('postPolicy'), tenant, family: fc.constantFrom(...FAMILIES) }),
  fc.record({ ...kind('deletePolicy'), ...where }),
);

/** One operation. */
export const operation = fc.oneof(
  { weight: 20, arbitrary: aboutStates },
  { weight: 10, arbitrary: aboutPolicies },
  { weight: 6, arbitrary: aboutDirectory },
  { weight: 2, arbitrary: pause },
  { weight: 1, arbitrary: seldom },
);

export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;
export type OperationOf<K extends Operation['kind']> = Extract<Operation, { kind: K }>;

/** What every sequence starts with, so that the first operations have something to meet. */
export const FIRST: readonly Operation[] = [
  { kind: 'postPolicy', tenant: 0, family: 'hardware' },
  { kind: 'postPolicy', tenant: 0, family: 'script' },
  { kind: 'postPolicy', tenant: 0, family: 'shell' },
  { kind: 'postPolicy', tenant: 0, family: 'customAttribute' },
  { kind: 'postPolicy', tenant: 1, family: 'hardware' },
  { kind: 'postPerson', tenant: 0, upn: 'ada@x.example' },
  { kind: 'postDevice', tenant: 0, name: 'PC-1', upn: 'bob@x.example' },
  { kind: 'postDevice', tenant: 0, name: 'PC-2', upn: 'ada@x.example' },
  // One group holds a user, one a device, one the first of them.
  { kind: 'postGroup', tenant: 0 },
  { kind: 'addMember', tenant: 0, group: 0, member: 0 },
  { kind: 'postGroup', tenant: 0 },
  { kind: 'addMember', tenant: 0, group: 1, member: 1 },
  { kind: 'postGroup', tenant: 0 },
  { kind: 'addMember', tenant: 0, group: 2, member: 3 },
];
