import { boolean, containedMany, dateTimeOffset, entityType, int32, property, referenceOne, string } from '../edm/declare.ts';
import { deviceAndAppManagementAssignmentTarget } from './assignment-target.ts';
import { entity, textId } from './entity.ts';
import { managedDevice } from './managed-device.ts';
import { managedDeviceAccess } from './permissions.ts';
import { rowOrigin, runState, stateCounts } from './run-state.ts';

/** Assignments, run states and roll-ups of scripts. Every kind of script has these same types below it: they are found by the script's id. */

const policyId = string({ internal: true, format: 'uuid' });

export const deviceManagementScriptAssignment = entityType('deviceManagementScriptAssignment', {
  base: entity,
  family: 'script',
  properties: { ...textId, target: property(deviceAndAppManagementAssignmentTarget, { nullable: true }), policyId },
  storage: { key: ['policyId', 'id'] },
});

/** The older, group-only view of the assignments; both are written together. */
export const deviceManagementScriptGroupAssignment = entityType('deviceManagementScriptGroupAssignment', {
  base: entity,
  family: 'script',
  properties: { ...textId, targetGroupId: string({ nullable: true }), policyId },
  storage: { key: ['policyId', 'id'] },
});

export const deviceManagementScriptDeviceState = entityType('deviceManagementScriptDeviceState', {
  base: entity,
  audit: false,
  family: 'script',
  properties: {
    runState: property(runState, { default: 'unknown' }),
    resultMessage: string({ nullable: true }),
    lastStateUpdateDateTime: dateTimeOffset(),
    errorCode: int32(),
    errorDescription: string({ nullable: true }),
    policyId,
    managedDeviceId: string({ internal: true, nullable: true, format: 'uuid' }),
    /** Whose state this is: the user of the managed device, or of the user state that it was created under. */
    userPrincipalName: string({ internal: true, nullable: true, caseless: true }),
  },
  navigation: {
    managedDevice: referenceOne(() => managedDevice, {
      join: { id: 'managedDeviceId' },
      capabilities: ['get', 'update', 'delete'],
      access: { write: managedDeviceAccess.write ?? [] },
    }),
  },
  storage: {
    document: true,
    key: ['policyId', 'id'],
    indexes: [
      { properties: ['policyId', 'runState', 'lastStateUpdateDateTime', 'id'] },
      { properties: ['policyId', 'userPrincipalName', 'id'] },
      { properties: ['managedDeviceId'] },
    ],
  },
});

export const deviceManagementScriptUserState = entityType('deviceManagementScriptUserState', {
  base: entity,
  audit: false,
  family: 'script',
  properties: {
    successDeviceCount: int32({ minimum: 0 }),
    errorDeviceCount: int32({ minimum: 0 }),
    userPrincipalName: string({ nullable: true, searchable: true, caseless: true }),
    // Counted in neither published number, yet they decide what a user's worst state is.
    pendingDeviceCount: int32({ internal: true }),
    unknownDeviceCount: int32({ internal: true }),
    notApplicableDeviceCount: int32({ internal: true }),
    policyId,
    origin: property(rowOrigin, { internal: true }),
    shown: boolean({ internal: true }),
    reportedRows: int32({ internal: true }),
  },
  navigation: {
    deviceRunStates: containedMany(() => deviceManagementScriptDeviceState, {
      join: { policyId: 'policyId', userPrincipalName: 'userPrincipalName' },
    }),
  },
  storage: { key: ['policyId', 'id', 'origin'], indexes: [{ properties: ['policyId', 'userPrincipalName'] }] },
});

export const deviceManagementScriptRunSummary = entityType('deviceManagementScriptRunSummary', {
  base: entity,
  audit: false,
  family: 'script',
  properties: {
    successDeviceCount: int32({ minimum: 0 }),
    errorDeviceCount: int32({ minimum: 0 }),
    successUserCount: int32({ minimum: 0 }),
    errorUserCount: int32({ minimum: 0 }),
    policyId,
    origin: property(rowOrigin, { internal: true }),
    shown: boolean({ internal: true }),
    ...stateCounts,
  },
  storage: { key: ['policyId', 'origin'], slotted: true },
});
