import type { EntityType } from '../edm/declare.ts';
import { deviceCustomAttributeShellScript } from '../model/device-custom-attribute-shell-script.ts';
import { deviceManagementScript } from '../model/device-management-script.ts';
import { deviceShellScript } from '../model/device-shell-script.ts';
import {
  hardwareConfiguration,
  hardwareConfigurationAssignment,
  hardwareConfigurationDeviceState,
  hardwareConfigurationRunSummary,
  hardwareConfigurationUserState,
} from '../model/hardware-configuration.ts';
import type { RunState } from '../model/run-state.ts';
import {
  deviceManagementScriptAssignment,
  deviceManagementScriptDeviceState,
  deviceManagementScriptGroupAssignment,
  deviceManagementScriptRunSummary,
  deviceManagementScriptUserState,
} from '../model/script-children.ts';

/** A kind of policy: its types, and what its columns are called. Accounting is written once over these names. */
export interface PolicyFamily {
  readonly policy: EntityType;
  readonly assignment: EntityType;
  readonly groupAssignment?: EntityType;
  readonly deviceState: EntityType;
  readonly userState: EntityType;
  readonly runSummary: EntityType;
  /** Column of a device state that holds its result. */
  readonly stateColumn: string;
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
  /** Newest result of a user's devices, and of the whole policy, where the family has them. */
  readonly userTimeColumn?: string;
  readonly summaryTimeColumn?: string;
}

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
