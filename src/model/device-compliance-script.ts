import {
  action,
  binary,
  boolean,
  containedMany,
  containedOne,
  dateTimeOffset,
  entityType,
  enumType,
  int32,
  property,
  referenceOne,
  string,
} from '../edm/declare.ts';
import { deviceHealthScriptAssignment } from './device-health-script.ts';
import { entity } from './entity.ts';
import { managedDevice } from './managed-device.ts';
import { healthAccess, managedDeviceAccess, scriptChildAccess } from './permissions.ts';
import { resetMark, rowOrigin, runState, stateCounts } from './run-state.ts';
import { runAsAccountType } from './script-policy.ts';

/** Detection scripts of custom compliance settings, their assignments, results and roll-up. */

export const deviceComplianceScriptPlatformType = enumType('deviceComplianceScriptPlatformType', {
  windows10: 0,
  linux: 1,
  macOS: 2,
  unknownFutureValue: 3,
});

const policyId = string({ internal: true, format: 'uuid' });

export const deviceComplianceScriptDeviceState = entityType('deviceComplianceScriptDeviceState', {
  base: entity,
  audit: false,
  family: 'script',
  properties: {
    detectionState: property(runState, { default: 'unknown' }),
    lastStateUpdateDateTime: dateTimeOffset(),
    expectedStateUpdateDateTime: dateTimeOffset({ nullable: true }),
    lastSyncDateTime: dateTimeOffset(),
    scriptOutput: string({ nullable: true }),
    scriptError: string({ nullable: true }),
    policyId,
    managedDeviceId: string({ internal: true, nullable: true, format: 'uuid' }),
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

export const deviceComplianceScriptRunSummary = entityType('deviceComplianceScriptRunSummary', {
  base: entity,
  audit: false,
  family: 'script',
  properties: {
    noIssueDetectedDeviceCount: int32({ minimum: 0 }),
    issueDetectedDeviceCount: int32({ minimum: 0 }),
    detectionScriptErrorDeviceCount: int32({ minimum: 0 }),
    detectionScriptPendingDeviceCount: int32({ minimum: 0 }),
    lastScriptRunDateTime: dateTimeOffset({ nullable: true }),
    policyId,
    origin: property(rowOrigin, { internal: true }),
    shown: boolean({ internal: true }),
    ...stateCounts,
  },
  storage: { key: ['policyId', 'origin'] },
});

const children = { join: { policyId: 'id' }, access: scriptChildAccess } as const;

export const deviceComplianceScript = entityType('deviceComplianceScript', {
  base: entity,
  family: 'script',
  properties: {
    publisher: string({ nullable: true, default: '', searchable: true }),
    version: string({ nullable: true, default: '1' }),
    displayName: string({ nullable: true, notEmpty: true, searchable: true }),
    description: string({ nullable: true }),
    detectionScriptContent: binary({ nullable: true, content: true }),
    createdDateTime: dateTimeOffset({ readOnly: true }),
    lastModifiedDateTime: dateTimeOffset({ readOnly: true }),
    runAsAccount: property(runAsAccountType, { default: 'system' }),
    enforceSignatureCheck: boolean(),
    runAs32Bit: boolean(),
    roleScopeTagIds: string({ collection: true, distinct: true, nullable: true, default: ['0'] }),
    platform: property(deviceComplianceScriptPlatformType, { nullable: true, default: 'windows10' }),
  },
  navigation: {
    assignments: containedMany(() => deviceHealthScriptAssignment, {
      join: children.join,
      fixed: { policyType: 'deviceComplianceScript' },
      access: healthAccess,
    }),
    deviceRunStates: containedMany(() => deviceComplianceScriptDeviceState, children),
    runSummary: containedOne(() => deviceComplianceScriptRunSummary, { ...children, fixed: { shown: true } }),
  },
  storage: { key: ['id'] },
});

export const assignDeviceComplianceScript = action('assign', {
  binding: deviceComplianceScript,
  parameters: { deviceHealthScriptAssignments: { type: deviceHealthScriptAssignment, collection: true, nullable: true } },
});
