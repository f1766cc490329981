import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { deviceCustomAttributeShellScript } from '../../model/device-custom-attribute-shell-script.ts';
import { deviceManagementScript } from '../../model/device-management-script.ts';
import { deviceShellScript } from '../../model/device-shell-script.ts';
import {
  hardwareConfiguration,
  hardwareConfigurationAssignment,
  hardwareConfigurationDeviceState,
  hardwareConfigurationRunSummary,
  hardwareConfigurationUserState,
} from '../../model/hardware-configuration.ts';
import { type RunState, stateCounts } from '../../model/run-state.ts';
import {
  deviceManagementScriptAssignment,
  deviceManagementScriptDeviceState,
  deviceManagementScriptGroupAssignment,
  deviceManagementScriptRunSummary,
  deviceManagementScriptUserState,
} from '../../model/script-children.ts';
import type { Companion } from '../companion.ts';

/** What every kind of policy has: its types, and what its columns are called. Accounting is written once over these names. */
interface Family {
  readonly policy: EntityType;
  readonly assignment: EntityType;
  readonly groupAssignment?: EntityType;
  readonly deviceState: EntityType;
  readonly runSummary: EntityType;
  /** Column of a device state that holds its result. */
  readonly stateColumn: string;
  /** Newest result of the whole policy, where the family has it. */
  readonly summaryTimeColumn?: string;
}

/** A kind of policy whose summary counts devices alone (`device-families.ts`). */
export interface DeviceFamily extends Family {
  /** Column of a device state → its value → the column of the summary that counts it. Values that are not here are not counted. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Adds to a device state, new or changed, what the family remembers of earlier ones. */
  readonly remember?: (after: Row, before: Row | undefined) => Row;
  /** What else is kept in step with the device states. */
  readonly companions?: readonly Companion[];
}

/** A kind of policy that counts devices by their users, too. */
export interface PolicyFamily extends Family {
  readonly userState: EntityType;
  /** Column of a device state that holds its user. */
  readonly deviceUserColumn: string;
  /** Column of a user state that holds its user. */
  readonly userColumn: string;
  /** Column of a user state that counts devices in each state. Summaries have the same name, or do not count it. */
  readonly countColumn: Readonly<Record<RunState, string>>;
  /** Worst first: the first of these counts that is not zero names the summary column that counts the user; null counts in none. */
  readonly ranking: readonly (readonly [count: string, summary: string | null])[];
  /** Columns of a summary that are sums of a user state's counts. */
  readonly summed: readonly string[];
  /** Newest result of a user's devices, where the family has it. */
  readonly userTimeColumn?: string;
}

/** Any kind of policy. */
export type AnyFamily = PolicyFamily | DeviceFamily;

/** Whether a family has user states. */
export const countsUsers = (family: AnyFamily): family is PolicyFamily => 'userState' in family;

/** Every type whose rows live and die with a policy. */
export const typesBelow = (family: AnyFamily): readonly EntityType[] => [
  family.assignment,
  ...(family.groupAssignment === undefined ? [] : [family.groupAssignment]),
  family.deviceState,
  ...(countsUsers(family) ? [family.userState] : (family.companions ?? []).map(({ type }) => type)),
  family.runSummary,
];

/** The columns of a summary that are counted. */
export const summaryColumns = (family: AnyFamily): readonly string[] => [
  ...Object.keys(stateCounts),
  ...(countsUsers(family)
    ? [...family.summed, ...family.ranking.flatMap(([, user]) => (user === null ? [] : [user]))]
    : Object.values(family.counts).flatMap((columns) => Object.values(columns))),
];

export const hardwareFamily: PolicyFamily = {
  policy: hardwareConfiguration,
  assignment: hardwareConfigurationAssignment,
  deviceState: hardwareConfigurationDeviceState,
  userState: hardwareConfigurationUserState,
  runSummary: hardwareConfigurationRunSummary,
  stateColumn: 'configurationState',
  deviceUserColumn: 'upn',
  userColumn: 'upn',
  countColumn: {
    success: 'successfulDeviceCount',
    fail: 'failedDeviceCount',
    scriptError: 'errorDeviceCount',
    pending: 'pendingDeviceCount',
    notApplicable: 'notApplicableDeviceCount',
    unknown: 'unknownDeviceCount',
  },
  ranking: [
    ['errorDeviceCount', 'errorUserCount'],
    ['failedDeviceCount', 'failedUserCount'],
    ['pendingDeviceCount', 'pendingUserCount'],
    ['unknownDeviceCount', 'unknownUserCount'],
    ['successfulDeviceCount', 'successfulUserCount'],
    ['notApplicableDeviceCount', 'notApplicableUserCount'],
  ],
  summed: [
    'successfulDeviceCount',
    'failedDeviceCount',
    'pendingDeviceCount',
    'errorDeviceCount',
    'notApplicableDeviceCount',
    'unknownDeviceCount',
  ],
  userTimeColumn: 'lastStateUpdateDateTime',
  summaryTimeColumn: 'lastRunDateTime',
};

export const scriptFamily: PolicyFamily = {
  policy: deviceManagementScript,
  assignment: deviceManagementScriptAssignment,
  groupAssignment: deviceManagementScriptGroupAssignment,
  deviceState: deviceManagementScriptDeviceState,
  userState: deviceManagementScriptUserState,
  runSummary: deviceManagementScriptRunSummary,
  stateColumn: 'runState',
  deviceUserColumn: 'userPrincipalName',
  userColumn: 'userPrincipalName',
  countColumn: {
    success: 'successDeviceCount',
    fail: 'errorDeviceCount',
    scriptError: 'errorDeviceCount',
    pending: 'pendingDeviceCount',
    notApplicable: 'notApplicableDeviceCount',
    unknown: 'unknownDeviceCount',
  },
  ranking: [
    ['errorDeviceCount', 'errorUserCount'],
    ['pendingDeviceCount', null],
    ['unknownDeviceCount', null],
    ['successDeviceCount', 'successUserCount'],
    ['notApplicableDeviceCount', null],
  ],
  summed: ['successDeviceCount', 'errorDeviceCount'],
};

/** Shares ids with {@link scriptFamily}, and all types but its policy's. */
export const shellScriptFamily: PolicyFamily = { ...scriptFamily, policy: deviceShellScript };

/** Shares ids with {@link scriptFamily}, and all types but its policy's. */
export const customAttributeFamily: PolicyFamily = { ...scriptFamily, policy: deviceCustomAttributeShellScript };

export const policyFamilies: readonly PolicyFamily[] = [hardwareFamily, scriptFamily, shellScriptFamily, customAttributeFamily];
