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
  string,
} from '../edm/declare.ts';
import { deviceAndAppManagementAssignmentTarget } from './assignment-target.ts';
import { entity, textId } from './entity.ts';
import { resetMark, rowOrigin, runState, stateCounts } from './run-state.ts';

/** BIOS configuration profiles, their assignments, run states and roll-ups. */

export const hardwareConfigurationFormat = enumType('hardwareConfigurationFormat', { dell: 1, surface: 2, surfaceDock: 3 });

/** Every row below a policy names it. */
const policyId = string({ internal: true, format: 'uuid' });

/** Counts of devices by state, as user states and summaries have them. */
const deviceCounts = {
  successfulDeviceCount: int32({ minimum: 0 }),
  failedDeviceCount: int32({ minimum: 0 }),
  pendingDeviceCount: int32({ minimum: 0 }),
  errorDeviceCount: int32({ minimum: 0 }),
  notApplicableDeviceCount: int32({ minimum: 0 }),
  unknownDeviceCount: int32({ minimum: 0 }),
} as const;

export const hardwareConfigurationAssignment = entityType('hardwareConfigurationAssignment', {
  base: entity,
  properties: { ...textId, target: property(deviceAndAppManagementAssignmentTarget, { nullable: true }), policyId },
  storage: { key: ['policyId', 'id'] },
});

export const hardwareConfigurationDeviceState = entityType('hardwareConfigurationDeviceState', {
  base: entity,
  audit: false,
  properties: {
    deviceName: string({ nullable: true, searchable: true }),
    osVersion: string({ nullable: true }),
    upn: string({ nullable: true, caseless: true }),
    internalVersion: int32(),
    lastStateUpdateDateTime: dateTimeOffset(),
    configurationState: property(runState, { default: 'unknown' }),
    configurationOutput: string({ nullable: true }),
    configurationError: string({ nullable: true }),
    assignmentFilterIds: string({ nullable: true }),
    userId: string({ nullable: true, readOnly: true }),
    policyId,
    resetMark,
  },
  storage: {
    document: true,
    key: ['policyId', 'id'],
    indexes: [
      { properties: ['policyId', 'configurationState', 'lastStateUpdateDateTime', 'id'] },
      { properties: ['policyId', 'upn', 'lastStateUpdateDateTime'] },
    ],
  },
});

export const hardwareConfigurationUserState = entityType('hardwareConfigurationUserState', {
  base: entity,
  audit: false,
  properties: {
    upn: string({ nullable: true, searchable: true, caseless: true }),
    userEmail: string({ nullable: true }),
    userName: string({ nullable: true, searchable: true }),
    lastStateUpdateDateTime: dateTimeOffset(),
    ...deviceCounts,
    policyId,
    origin: property(rowOrigin, { internal: true }),
    /** False while a reported row of the same upn stands in for this derived one, or when it counts no device. */
    shown: boolean({ internal: true }),
    /** On a derived row: how many reported rows its upn has. */
    reportedRows: int32({ internal: true }),
  },
  storage: {
    key: ['policyId', 'id', 'origin'],
    indexes: [{ properties: ['policyId', 'upn'] }, { properties: ['policyId', 'lastStateUpdateDateTime'], where: { origin: 'reported' } }],
  },
});

export const hardwareConfigurationRunSummary = entityType('hardwareConfigurationRunSummary', {
  base: entity,
  audit: false,
  properties: {
    ...deviceCounts,
    successfulUserCount: int32({ minimum: 0 }),
    failedUserCount: int32({ minimum: 0 }),
    pendingUserCount: int32({ minimum: 0 }),
    errorUserCount: int32({ minimum: 0 }),
    notApplicableUserCount: int32({ minimum: 0 }),
    unknownUserCount: int32({ minimum: 0 }),
    lastRunDateTime: dateTimeOffset({ nullable: true }),
    policyId,
    origin: property(rowOrigin, { internal: true }),
    shown: boolean({ internal: true }),
    ...stateCounts,
  },
  storage: { key: ['policyId', 'origin'], slotted: true },
});

const children = { join: { policyId: 'id' } } as const;
const shownChildren = { join: { policyId: 'id' }, fixed: { shown: true } } as const;

export const hardwareConfiguration = entityType('hardwareConfiguration', {
  base: entity,
  properties: {
    version: int32({ readOnly: true, default: 1 }),
    displayName: string({ maxLength: 150, required: true, notEmpty: true, searchable: true }),
    description: string({ nullable: true, maxLength: 1000 }),
    createdDateTime: dateTimeOffset({ readOnly: true }),
    lastModifiedDateTime: dateTimeOffset({ readOnly: true }),
    fileName: string({ maxLength: 150, required: true, notEmpty: true }),
    configurationFileContent: binary({ maxBytes: 5120, required: true, notEmpty: true, content: true }),
    hardwareConfigurationFormat: property(hardwareConfigurationFormat),
    roleScopeTagIds: string({ collection: true, distinct: true, nullable: true, default: ['0'] }),
    perDevicePasswordDisabled: boolean(),
  },
  navigation: {
    assignments: containedMany(() => hardwareConfigurationAssignment, children),
    deviceRunStates: containedMany(() => hardwareConfigurationDeviceState, children),
    runSummary: containedOne(() => hardwareConfigurationRunSummary, shownChildren),
    userRunStates: containedMany(() => hardwareConfigurationUserState, shownChildren),
  },
  storage: { key: ['id'] },
});

const assignment = {
  binding: hardwareConfiguration,
  parameters: { hardwareConfigurationAssignments: { type: hardwareConfigurationAssignment, collection: true, nullable: true } },
  returns: { type: hardwareConfigurationAssignment, collection: true, nullable: true },
} as const;

export const assignHardwareConfiguration = action('assign', assignment);

/** The name of 2022, renamed `assign` since; tools of that time still send it. */
export const assignHardwareConfiguration2022 = action('assignHardwareConfiguration', { ...assignment, undocumented: true });
