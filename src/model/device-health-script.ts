import {
  action,
  binary,
  boolean,
  boundFunction,
  complexType,
  containedMany,
  containedOne,
  date,
  dateTimeOffset,
  entityType,
  enumType,
  int32,
  property,
  referenceOne,
  string,
  timeOfDay,
} from '../edm/declare.ts';
import { deviceAndAppManagementAssignmentTarget } from './assignment-target.ts';
import { healthScriptResult } from './device-health-script-policy-state.ts';
import { entity, textId } from './entity.ts';
import { managedDevice } from './managed-device.ts';
import { managedDeviceAccess } from './permissions.ts';
import { resetMark, rowOrigin, stateCounts } from './run-state.ts';
import { runAsAccountType } from './script-policy.ts';

/** Remediations: a detection script, a script that mends what it finds, their assignments, results and roll-up. */

export const deviceHealthScriptType = enumType('deviceHealthScriptType', { deviceHealthScript: 0, managedInstallerScript: 1 });

export const globalDeviceHealthScriptState = enumType('globalDeviceHealthScriptState', { notConfigured: 0, pending: 1, enabled: 2 });

export const deviceHealthScriptParameter = complexType('deviceHealthScriptParameter', {
  abstract: true,
  properties: {
    name: string({ nullable: true }),
    description: string({ nullable: true }),
    isRequired: boolean(),
    applyDefaultValueWhenNotAssigned: boolean(),
  },
});
const parameter = deviceHealthScriptParameter;
export const deviceHealthScriptBooleanParameter = complexType('deviceHealthScriptBooleanParameter', {
  base: parameter,
  properties: { defaultValue: boolean() },
});
export const deviceHealthScriptIntegerParameter = complexType('deviceHealthScriptIntegerParameter', {
  base: parameter,
  properties: { defaultValue: int32() },
});
export const deviceHealthScriptStringParameter = complexType('deviceHealthScriptStringParameter', {
  base: parameter,
  properties: { defaultValue: string({ nullable: true }) },
});

export const deviceHealthScriptRunSchedule = complexType('deviceHealthScriptRunSchedule', {
  abstract: true,
  properties: { interval: int32({ minimum: 1, maximum: 23, default: 1 }) },
});
export const deviceHealthScriptTimeSchedule = complexType('deviceHealthScriptTimeSchedule', {
  base: deviceHealthScriptRunSchedule,
  abstract: true,
  properties: { useUtc: boolean(), time: timeOfDay({ nullable: true }) },
});
export const deviceHealthScriptDailySchedule = complexType('deviceHealthScriptDailySchedule', {
  base: deviceHealthScriptTimeSchedule,
  properties: {},
});
export const deviceHealthScriptHourlySchedule = complexType('deviceHealthScriptHourlySchedule', {
  base: deviceHealthScriptRunSchedule,
  properties: {},
});
export const deviceHealthScriptRunOnceSchedule = complexType('deviceHealthScriptRunOnceSchedule', {
  base: deviceHealthScriptTimeSchedule,
  properties: { date: date({ nullable: true }) },
});

export const deviceHealthScriptRemediationSummary = complexType('deviceHealthScriptRemediationSummary', {
  properties: { scriptCount: int32({ nullable: true }), remediatedDeviceCount: int32({ nullable: true }) },
});
export const deviceHealthScriptRemediationHistoryData = complexType('deviceHealthScriptRemediationHistoryData', {
  properties: { date: date(), remediatedDeviceCount: int32(), noIssueDeviceCount: int32(), detectFailedDeviceCount: int32() },
});
export const deviceHealthScriptRemediationHistory = complexType('deviceHealthScriptRemediationHistory', {
  properties: {
    lastModifiedDateTime: dateTimeOffset({ nullable: true }),
    historyData: property(deviceHealthScriptRemediationHistoryData, { collection: true, nullable: true }),
  },
});

const policyId = string({ internal: true, format: 'uuid' });

/** Of health scripts and of compliance scripts (ODDITIES 1.12). */
export const deviceHealthScriptAssignment = entityType('deviceHealthScriptAssignment', {
  base: entity,
  family: 'script',
  properties: {
    ...textId,
    target: property(deviceAndAppManagementAssignmentTarget, { nullable: true }),
    runRemediationScript: boolean(),
    runSchedule: property(deviceHealthScriptRunSchedule, { nullable: true }),
    policyId,
    /** The name of the policy's type: ids alone do not say whose an assignment is. */
    policyType: string({ internal: true }),
  },
  storage: { key: ['policyId', 'id'] },
});

export const deviceHealthScriptDeviceState = entityType('deviceHealthScriptDeviceState', {
  base: entity,
  audit: false,
  family: 'script',
  properties: {
    ...healthScriptResult,
    policyId,
    managedDeviceId: string({ internal: true, nullable: true, format: 'uuid' }),
    // What the newest report counted for in the history, and the newest remediation of reports before it.
    reportDay: date({ internal: true, nullable: true }),
    reportCounts: string({ internal: true, collection: true }),
    remediatedBefore: date({ internal: true, nullable: true }),
    resetMark,
  },
  navigation: {
    managedDevice: referenceOne(() => managedDevice, {
      join: { id: 'managedDeviceId' },
      capabilities: ['get', 'update', 'delete'],
      access: managedDeviceAccess,
    }),
  },
  storage: {
    key: ['policyId', 'id'],
    indexes: [{ properties: ['policyId', 'detectionState', 'lastStateUpdateDateTime', 'id'] }, { properties: ['managedDeviceId'] }],
  },
});

export const deviceHealthScriptRunSummary = entityType('deviceHealthScriptRunSummary', {
  base: entity,
  audit: false,
  family: 'script',
  properties: {
    noIssueDetectedDeviceCount: int32({ minimum: 0 }),
    issueDetectedDeviceCount: int32({ minimum: 0 }),
    detectionScriptErrorDeviceCount: int32({ minimum: 0 }),
    detectionScriptPendingDeviceCount: int32({ minimum: 0 }),
    detectionScriptNotApplicableDeviceCount: int32({ minimum: 0 }),
    issueRemediatedDeviceCount: int32({ minimum: 0 }),
    remediationSkippedDeviceCount: int32({ minimum: 0 }),
    issueReoccurredDeviceCount: int32({ minimum: 0 }),
    remediationScriptErrorDeviceCount: int32({ minimum: 0 }),
    lastScriptRunDateTime: dateTimeOffset({ nullable: true }),
    issueRemediatedCumulativeDeviceCount: int32({ minimum: 0, computed: true }),
    policyId,
    origin: property(rowOrigin, { internal: true }),
    shown: boolean({ internal: true }),
    ...stateCounts,
  },
  storage: { key: ['policyId', 'origin'] },
});

/** Internal: what the devices of a script reported on a day (UTC), and how many were remediated last on it. */
export const deviceHealthScriptDay = entityType('deviceHealthScriptDay', {
  audit: false,
  properties: {
    policyId,
    day: date(),
    remediatedDeviceCount: int32(),
    noIssueDeviceCount: int32(),
    detectFailedDeviceCount: int32(),
    lastRemediatedDeviceCount: int32(),
    lastModifiedDateTime: dateTimeOffset({ nullable: true }),
  },
  storage: { key: ['policyId', 'day'] },
});

/** Internal: a run that was asked for on a device and that the device has not reported yet. */
export const onDemandRemediation = entityType('onDemandRemediation', {
  audit: false,
  properties: { managedDeviceId: string({ format: 'uuid' }), policyId, requestedDateTime: dateTimeOffset() },
  storage: { key: ['managedDeviceId', 'policyId'], indexes: [{ properties: ['policyId'] }] },
});

const children = { join: { policyId: 'id' } } as const;

export const deviceHealthScript = entityType('deviceHealthScript', {
  base: entity,
  family: 'script',
  properties: {
    publisher: string({ nullable: true, default: '', searchable: true }),
    version: string({ nullable: true, default: '1' }),
    displayName: string({ nullable: true, notEmpty: true, searchable: true }),
    description: string({ nullable: true }),
    detectionScriptContent: binary({ nullable: true, required: true, notEmpty: true, content: true }),
    remediationScriptContent: binary({ nullable: true, content: true }),
    createdDateTime: dateTimeOffset({ readOnly: true }),
    lastModifiedDateTime: dateTimeOffset({ readOnly: true }),
    runAsAccount: property(runAsAccountType, { default: 'system' }),
    enforceSignatureCheck: boolean(),
    runAs32Bit: boolean(),
    roleScopeTagIds: string({ collection: true, distinct: true, nullable: true, default: ['0'] }),
    isGlobalScript: boolean({ readOnly: true }),
    highestAvailableVersion: string({ nullable: true, readOnly: true }),
    deviceHealthScriptType: property(deviceHealthScriptType, { default: 'deviceHealthScript' }),
    detectionScriptParameters: property(deviceHealthScriptParameter, { collection: true, nullable: true }),
    remediationScriptParameters: property(deviceHealthScriptParameter, { collection: true, nullable: true }),
  },
  navigation: {
    assignments: containedMany(() => deviceHealthScriptAssignment, { ...children, fixed: { policyType: 'deviceHealthScript' } }),
    deviceRunStates: containedMany(() => deviceHealthScriptDeviceState, children),
    runSummary: containedOne(() => deviceHealthScriptRunSummary, { ...children, fixed: { shown: true } }),
  },
  storage: { key: ['id'], indexes: [{ properties: ['isGlobalScript'] }] },
});

const binding = deviceHealthScript;

export const assignDeviceHealthScript = action('assign', {
  binding,
  parameters: { deviceHealthScriptAssignments: { type: deviceHealthScriptAssignment, collection: true, nullable: true } },
});

export const enableGlobalScripts = action('enableGlobalScripts', { binding, bindingCollection: true, parameters: {} });

export const areGlobalScriptsAvailable = boundFunction('areGlobalScriptsAvailable', {
  binding,
  bindingCollection: true,
  parameters: {},
  returns: { type: globalDeviceHealthScriptState },
});

export const getGlobalScriptHighestAvailableVersion = action('getGlobalScriptHighestAvailableVersion', {
  binding,
  parameters: {},
  returns: { type: 'Edm.String', nullable: true },
});

export const updateGlobalScript = action('updateGlobalScript', {
  binding,
  parameters: { version: { type: 'Edm.String', nullable: true } },
  returns: { type: 'Edm.String', nullable: true },
});

export const getRemediationSummary = boundFunction('getRemediationSummary', {
  binding,
  bindingCollection: true,
  parameters: {},
  returns: { type: deviceHealthScriptRemediationSummary, nullable: true },
});

export const getRemediationHistory = boundFunction('getRemediationHistory', {
  binding,
  parameters: {},
  returns: { type: deviceHealthScriptRemediationHistory, nullable: true },
});

export const initiateOnDemandProactiveRemediation = action('initiateOnDemandProactiveRemediation', {
  binding: managedDevice,
  parameters: { scriptPolicyId: { type: 'Edm.String' } },
});
