import type { EntityType } from '../../edm/declare.ts';
import type { Column, ColumnOf, Infer } from '../../edm/infer.ts';
import type { Row } from '../../edm/primitive.ts';
import {
  deviceComplianceScript,
  deviceComplianceScriptDeviceState,
  deviceComplianceScriptRunSummary,
} from '../../model/device-compliance-script.ts';
import { deviceCustomAttributeShellScript } from '../../model/device-custom-attribute-shell-script.ts';
import {
  deviceHealthScript,
  deviceHealthScriptAssignment,
  deviceHealthScriptDeviceState,
  deviceHealthScriptRunSummary,
} from '../../model/device-health-script.ts';
import { deviceManagementScript } from '../../model/device-management-script.ts';
import { deviceShellScript } from '../../model/device-shell-script.ts';
import {
  hardwareConfiguration,
  hardwareConfigurationAssignment,
  hardwareConfigurationDeviceState,
  hardwareConfigurationRunSummary,
  hardwareConfigurationUserState,
} from '../../model/hardware-configuration.ts';
import { RUN_STATES, type RunState, stateCountColumn } from '../../model/run-state.ts';
import {
  deviceManagementScriptAssignment,
  deviceManagementScriptDeviceState,
  deviceManagementScriptGroupAssignment,
  deviceManagementScriptRunSummary,
  deviceManagementScriptUserState,
} from '../../model/script-children.ts';
import type { Projection } from '../projection.ts';
import { healthPolicyStates } from '../remediation/health-policy-states.ts';
import { onDemandRemediations } from '../remediation/on-demand-remediations.ts';
import { remediationDays, rememberReport } from '../remediation/remediation-days.ts';

/**
 * Kinds of policies: their types, and the names of the columns that accounting works with. It is written once over these names, for families
 * that count devices by their users and for those that count devices alone. A misspelt column does not compile.
 */

const hardware = {
  policy: hardwareConfiguration,
  assignment: hardwareConfigurationAssignment,
  deviceState: hardwareConfigurationDeviceState,
  userState: hardwareConfigurationUserState,
  runSummary: hardwareConfigurationRunSummary,
} as const;

const script = {
  policy: deviceManagementScript,
  assignment: deviceManagementScriptAssignment,
  groupAssignment: deviceManagementScriptGroupAssignment,
  deviceState: deviceManagementScriptDeviceState,
  userState: deviceManagementScriptUserState,
  runSummary: deviceManagementScriptRunSummary,
} as const;

const health = {
  policy: deviceHealthScript,
  assignment: deviceHealthScriptAssignment,
  deviceState: deviceHealthScriptDeviceState,
  runSummary: deviceHealthScriptRunSummary,
} as const;

const compliance = {
  policy: deviceComplianceScript,
  assignment: deviceHealthScriptAssignment,
  deviceState: deviceComplianceScriptDeviceState,
  runSummary: deviceComplianceScriptRunSummary,
} as const;

type AnyTypes = typeof hardware | typeof script | typeof health | typeof compliance;

/** The types of a kind of policy. */
export interface FamilyTypes {
  readonly policy: AnyTypes['policy'] | typeof deviceShellScript | typeof deviceCustomAttributeShellScript;
  readonly assignment: AnyTypes['assignment'];
  readonly groupAssignment?: (typeof script)['groupAssignment'];
  readonly deviceState: AnyTypes['deviceState'];
  readonly runSummary: AnyTypes['runSummary'];
}

/** The types of a kind of policy that counts devices by their users. */
export interface UserFamilyTypes extends FamilyTypes {
  readonly userState: (typeof hardware | typeof script)['userState'];
}

/** A device state of any family. */
export type DeviceState = Infer<FamilyTypes['deviceState']>;
/** A user state of any family. */
export type UserState = Infer<UserFamilyTypes['userState']>;

/** What the columns of a family's types are called. */
interface FamilyColumns<T extends FamilyTypes> {
  /** Column of a device state that holds its result. */
  readonly stateColumn: ColumnOf<T['deviceState'], RunState>;
  /** Newest result of the whole policy, where the family has it. */
  readonly summaryTimeColumn?: ColumnOf<T['runSummary'], string | null>;
}

/** A kind of policy whose summary counts devices alone. */
export type DeviceFamily<T extends FamilyTypes = FamilyTypes> = T &
  FamilyColumns<T> & {
    /** Column of a device state → its value → the column of the summary that counts it. Values that are not here are not counted. */
    readonly counts: { readonly [C in Column<T['deviceState']>]?: Readonly<Record<string, ColumnOf<T['runSummary'], number>>> };
    /** Adds to a device state, new or changed, what the family remembers of earlier ones. */
    remember?(after: Infer<T['deviceState']>, before: Infer<T['deviceState']> | undefined): Infer<T['deviceState']>;
    /** Rows that are kept in step with the device states. */
    readonly projections?: readonly Projection<Infer<T['deviceState']>>[];
  };

/** A kind of policy that counts devices by their users, too. */
export type PolicyFamily<T extends UserFamilyTypes = UserFamilyTypes> = T &
  FamilyColumns<T> & {
    /** Column of a device state that holds its user. */
    readonly deviceUserColumn: ColumnOf<T['deviceState'], string | null>;
    /** Column of a user state that holds its user. */
    readonly userColumn: ColumnOf<T['userState'], string | null>;
    /** Column of a user state that counts devices in each state. Summaries have the same name, or do not count it. */
    readonly countColumn: Readonly<Record<RunState, ColumnOf<T['userState'], number>>>;
    /** Worst first: the first of these counts that is not zero names the summary column that counts the user; null counts in none. */
    readonly ranking: readonly (readonly [count: ColumnOf<T['userState'], number>, summary: ColumnOf<T['runSummary'], number> | null])[];
    /** Columns of a summary that are sums of a user state's counts. */
    readonly summed: readonly (ColumnOf<T['userState'], number> & ColumnOf<T['runSummary'], number>)[];
    /** Newest result of a user's devices, where the family has it. */
    readonly userTimeColumn?: ColumnOf<T['userState'], string>;
  };

/** Any kind of policy. */
export type AnyFamily = PolicyFamily | DeviceFamily;

/** Whether a family has user states. */
export const countsUsers = (family: AnyFamily): family is PolicyFamily => 'userState' in family;

/** Every type whose rows live and die with a policy. */
export const typesBelow = (family: AnyFamily): readonly EntityType[] => [
  family.assignment,
  ...(family.groupAssignment === undefined ? [] : [family.groupAssignment]),
  family.deviceState,
  ...(countsUsers(family) ? [family.userState] : (family.projections ?? []).map(({ type }) => type)),
  family.runSummary,
];

/** The columns of a summary that are counted. */
export const summaryColumns = (family: AnyFamily): readonly Column<FamilyTypes['runSummary']>[] => [
  ...RUN_STATES.map(stateCountColumn),
  ...(countsUsers(family)
    ? [...family.summed, ...family.ranking.flatMap(([, user]) => (user === null ? [] : [user]))]
    : Object.values(family.counts).flatMap((columns) => Object.values(columns ?? {}))),
];

/** The result that a device state says. */
export const stateOf = ({ stateColumn }: AnyFamily, deviceState: Row): RunState => deviceState[stateColumn] as RunState;

export const hardwareFamily: PolicyFamily<typeof hardware> = {
  ...hardware,
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

export const scriptFamily: PolicyFamily<typeof script> = {
  ...script,
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

type ScriptTypes = Omit<typeof script, 'policy'>;

/** Shares ids with {@link scriptFamily}, and all types but its policy's. */
export const shellScriptFamily: PolicyFamily<ScriptTypes & { policy: typeof deviceShellScript }> = {
  ...scriptFamily,
  policy: deviceShellScript,
};

/** Shares ids with {@link scriptFamily}, and all types but its policy's. */
export const customAttributeFamily: PolicyFamily<ScriptTypes & { policy: typeof deviceCustomAttributeShellScript }> = {
  ...scriptFamily,
  policy: deviceCustomAttributeShellScript,
};

export const policyFamilies: readonly PolicyFamily[] = [hardwareFamily, scriptFamily, shellScriptFamily, customAttributeFamily];

const detection = {
  success: 'noIssueDetectedDeviceCount',
  fail: 'issueDetectedDeviceCount',
  scriptError: 'detectionScriptErrorDeviceCount',
  pending: 'detectionScriptPendingDeviceCount',
} as const;

export const healthFamily: DeviceFamily<typeof health> = {
  ...health,
  stateColumn: 'detectionState',
  counts: {
    detectionState: { ...detection, notApplicable: 'detectionScriptNotApplicableDeviceCount' },
    remediationState: {
      success: 'issueRemediatedDeviceCount',
      skipped: 'remediationSkippedDeviceCount',
      remediationFailed: 'issueReoccurredDeviceCount',
      scriptError: 'remediationScriptErrorDeviceCount',
    },
  },
  summaryTimeColumn: 'lastScriptRunDateTime',
  remember: rememberReport,
  projections: [remediationDays, healthPolicyStates, onDemandRemediations],
};

export const complianceFamily: DeviceFamily<typeof compliance> = {
  ...compliance,
  stateColumn: 'detectionState',
  counts: { detectionState: detection },
  summaryTimeColumn: 'lastScriptRunDateTime',
};

/** Every kind of policy. */
export const allFamilies: readonly AnyFamily[] = [...policyFamilies, healthFamily, complianceFamily];
