import {
  action,
  binary,
  boolean,
  complexType,
  containedMany,
  dateTimeOffset,
  entityType,
  enumType,
  int32,
  property,
  referenceOne,
  string,
} from '../edm/declare.ts';
import { deviceAndAppManagementAssignmentSource, deviceAndAppManagementAssignmentTarget } from './assignment-target.ts';
import { entity, textId } from './entity.ts';
import { managedDevice } from './managed-device.ts';
import { managedDeviceAccess, scriptChildAccess } from './permissions.ts';
import { rowOrigin, runState } from './run-state.ts';

/** Windows PowerShell scripts, their assignments, run states and roll-ups. */

export const runAsAccountType = enumType('runAsAccountType', { system: 0, user: 1 });

const policyId = string({ internal: true, format: 'uuid' });

export const hasPayloadLinkResultItem = complexType('hasPayloadLinkResultItem', {
  properties: {
    payloadId: string({ nullable: true }),
    hasLink: boolean({ nullable: true }),
    error: string({ nullable: true }),
    sources: property(deviceAndAppManagementAssignmentSource, { collection: true }),
  },
});

export const deviceManagementScriptAssignment = entityType('deviceManagementScriptAssignment', {
  base: entity,
  properties: { ...textId, target: property(deviceAndAppManagementAssignmentTarget, { nullable: true }), policyId },
  storage: { key: ['policyId', 'id'] },
});

/** The older, group-only view of the assignments; both are written together. */
export const deviceManagementScriptGroupAssignment = entityType('deviceManagementScriptGroupAssignment', {
  base: entity,
  properties: { ...textId, targetGroupId: string({ nullable: true }), policyId },
  storage: { key: ['policyId', 'id'] },
});

export const deviceManagementScriptDeviceState = entityType('deviceManagementScriptDeviceState', {
  base: entity,
  properties: {
    runState: property(runState, { default: 'unknown' }),
    resultMessage: string({ nullable: true }),
    lastStateUpdateDateTime: dateTimeOffset(),
    errorCode: int32(),
    errorDescription: string({ nullable: true }),
    policyId,
    managedDeviceId: string({ internal: true, nullable: true, format: 'uuid' }),
    /** Whose state this is: the user of the managed device, or of the user state that it was created under. */
    userPrincipalName: string({ internal: true, nullable: true }),
  },
  navigation: {
    managedDevice: referenceOne(() => managedDevice, {
      join: { id: 'managedDeviceId' },
      capabilities: ['get', 'update', 'delete'],
      access: { write: managedDeviceAccess.write ?? [] },
    }),
  },
  storage: {
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
  properties: {
    successDeviceCount: int32({ minimum: 0 }),
    errorDeviceCount: int32({ minimum: 0 }),
    userPrincipalName: string({ nullable: true, searchable: true }),
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
  properties: {
    successDeviceCount: int32({ minimum: 0 }),
    errorDeviceCount: int32({ minimum: 0 }),
    successUserCount: int32({ minimum: 0 }),
    errorUserCount: int32({ minimum: 0 }),
    policyId,
    origin: property(rowOrigin, { internal: true }),
    shown: boolean({ internal: true }),
  },
  storage: { key: ['policyId', 'origin'] },
});

const access = scriptChildAccess;
const children = { join: { policyId: 'id' }, access } as const;
const shownChildren = { join: { policyId: 'id' }, fixed: { shown: true }, access } as const;

export const deviceManagementScript = entityType('deviceManagementScript', {
  base: entity,
  properties: {
    displayName: string({ nullable: true, searchable: true }),
    description: string({ nullable: true }),
    scriptContent: binary({ nullable: true, content: true }),
    createdDateTime: dateTimeOffset({ readOnly: true }),
    lastModifiedDateTime: dateTimeOffset({ readOnly: true }),
    runAsAccount: property(runAsAccountType, { default: 'system' }),
    enforceSignatureCheck: boolean(),
    fileName: string({ nullable: true }),
    roleScopeTagIds: string({ collection: true, nullable: true, default: ['0'] }),
    runAs32Bit: boolean(),
  },
  navigation: {
    assignments: containedMany(() => deviceManagementScriptAssignment, children),
    deviceRunStates: containedMany(() => deviceManagementScriptDeviceState, children),
    groupAssignments: containedMany(() => deviceManagementScriptGroupAssignment, children),
    // Published as a plain navigation, though nothing else holds it; the pages describe an update (ODDITIES 1.10).
    runSummary: referenceOne(() => deviceManagementScriptRunSummary, { ...shownChildren, capabilities: ['get', 'update', 'delete'] }),
    userRunStates: containedMany(() => deviceManagementScriptUserState, shownChildren),
  },
  storage: { key: ['id'] },
});

export const assignDeviceManagementScript = action('assign', {
  binding: deviceManagementScript,
  parameters: {
    deviceManagementScriptGroupAssignments: { type: deviceManagementScriptGroupAssignment, collection: true, nullable: true },
    deviceManagementScriptAssignments: { type: deviceManagementScriptAssignment, collection: true, nullable: true },
  },
});

export const hasPayloadLinks = action('hasPayloadLinks', {
  binding: deviceManagementScript,
  bindingCollection: true,
  parameters: { payloadIds: { type: 'Edm.String', collection: true, nullable: true } },
  returns: { type: hasPayloadLinkResultItem, collection: true, nullable: true },
});
