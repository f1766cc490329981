import { complexType, enumType, int32, property, string } from '../edm/declare.ts';

/** Who a policy is assigned to. The last two derived types appear only in documentation examples, yet must be accepted. */

export const deviceAndAppManagementAssignmentFilterType = enumType('deviceAndAppManagementAssignmentFilterType', {
  none: 0,
  include: 1,
  exclude: 2,
});

export const deviceAndAppManagementAssignmentTarget = complexType('deviceAndAppManagementAssignmentTarget', {
  abstract: true,
  properties: {
    deviceAndAppManagementAssignmentFilterId: string({ nullable: true }),
    deviceAndAppManagementAssignmentFilterType: property(deviceAndAppManagementAssignmentFilterType, { default: 'none' }),
  },
});

const base = deviceAndAppManagementAssignmentTarget;

export const allDevicesAssignmentTarget = complexType('allDevicesAssignmentTarget', { base, properties: {} });

export const allLicensedUsersAssignmentTarget = complexType('allLicensedUsersAssignmentTarget', { base, properties: {} });

export const groupAssignmentTarget = complexType('groupAssignmentTarget', { base, properties: { groupId: string({ nullable: true }) } });

export const exclusionGroupAssignmentTarget = complexType('exclusionGroupAssignmentTarget', {
  base: groupAssignmentTarget,
  properties: {},
});

export const configurationManagerCollectionAssignmentTarget = complexType('configurationManagerCollectionAssignmentTarget', {
  base,
  properties: { collectionId: string({ nullable: true }) },
});

/** Published without numbers: counted in the order of publication. */
export const scopeTagTargetType = enumType('scopeTagTargetType', { none: 0, user: 1, device: 2, unknownFutureValue: 3 });

export const scopeTagGroupAssignmentTarget = complexType('scopeTagGroupAssignmentTarget', {
  base,
  properties: { targetType: property(scopeTagTargetType, { default: 'none' }), entraObjectId: string({ nullable: true }) },
});

/** Published without numbers: counted in the order of publication. */
export const organizationalUnitAssignmentOverride = enumType('organizationalUnitAssignmentOverride', {
  allowed: 0,
  denied: 1,
  unknown: 2,
  unknownFutureValue: 3,
});

export const organizationalUnitAssignmentConflictSetting = complexType('organizationalUnitAssignmentConflictSetting', {
  properties: {
    assignmentOverride: property(organizationalUnitAssignmentOverride, { default: 'allowed' }),
    versionNumber: int32({ minimum: 0, maximum: 5000 }),
  },
});

export const organizationalUnitAssignmentTarget = complexType('organizationalUnitAssignmentTarget', {
  base,
  properties: {
    organizationalUnitId: string({ nullable: true }),
    assignmentConflictSetting: property(organizationalUnitAssignmentConflictSetting, { nullable: true }),
  },
});

/** Where an assignment comes from (hasPayloadLinks). */
export const deviceAndAppManagementAssignmentSource = enumType('deviceAndAppManagementAssignmentSource', { direct: 0, policySets: 1 });
