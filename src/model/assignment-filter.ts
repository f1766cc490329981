import {
  action,
  boolean,
  boundFunction,
  complexType,
  dateTimeOffset,
  type EntityType,
  entityType,
  enumType,
  int32,
  property,
  string,
} from '../edm/declare.ts';
import { deviceAndAppManagementAssignmentFilterType } from './assignment-target.ts';
import { entity } from './entity.ts';
import { keyValuePair } from './key-value-pair.ts';

/** Assignment filters: rules over a device's properties that narrow an assignment. What binds to `deviceManagement` is in `assignment-filter-actions.ts`. */

export const devicePlatformType = enumType('devicePlatformType', {
  android: 0,
  androidForWork: 1,
  iOS: 2,
  macOS: 3,
  windowsPhone81: 4,
  windows81AndLater: 5,
  windows10AndLater: 6,
  androidWorkProfile: 7,
  unknown: 8,
  androidAOSP: 9,
  androidMobileApplicationManagement: 10,
  iOSMobileApplicationManagement: 11,
  unknownFutureValue: 12,
  windowsMobileApplicationManagement: 13,
});

export const assignmentFilterPayloadType = enumType('assignmentFilterPayloadType', { notSet: 0, enrollmentRestrictions: 1 });
export const assignmentFilterManagementType = enumType('assignmentFilterManagementType', { devices: 0, apps: 1, unknownFutureValue: 2 });

export const assignmentFilterOperator = enumType('assignmentFilterOperator', {
  notSet: 0,
  equals: 1,
  notEquals: 2,
  startsWith: 3,
  notStartsWith: 4,
  contains: 5,
  notContains: 6,
  in: 7,
  notIn: 8,
  endsWith: 9,
  notEndsWith: 10,
  greaterThan: 11,
  greaterThanOrEquals: 12,
  lessThan: 13,
  lessThanOrEquals: 14,
  unknownFutureValue: 15,
});

export const associatedAssignmentPayloadType = enumType('associatedAssignmentPayloadType', {
  unknown: 0,
  deviceConfigurationAndCompliance: 1,
  application: 2,
  androidEnterpriseApp: 8,
  enrollmentConfiguration: 9,
  groupPolicyConfiguration: 12,
  zeroTouchDeploymentDeviceConfigProfile: 15,
  androidEnterpriseConfiguration: 16,
  deviceFirmwareConfigurationInterfacePolicy: 20,
  resourceAccessPolicy: 23,
  win32app: 24,
  deviceManagmentConfigurationAndCompliancePolicy: 29,
});

export const assignmentFilterEvaluationResult = enumType('assignmentFilterEvaluationResult', {
  unknown: 0,
  match: 1,
  notMatch: 2,
  inconclusive: 3,
  failure: 4,
  notEvaluated: 5,
});

export const payloadByFilter = complexType('payloadByFilter', {
  properties: {
    payloadId: string({ nullable: true }),
    payloadType: property(associatedAssignmentPayloadType),
    groupId: string({ nullable: true }),
    assignmentFilterType: property(deviceAndAppManagementAssignmentFilterType),
  },
});

export const assignmentFilterState = complexType('assignmentFilterState', { properties: { enabled: boolean() } });

export const assignmentFilterSupportedProperty = complexType('assignmentFilterSupportedProperty', {
  properties: {
    name: string({ nullable: true }),
    dataType: string({ nullable: true }),
    isCollection: boolean(),
    propertyRegexConstraint: string({ nullable: true }),
    supportedOperators: property(assignmentFilterOperator, { collection: true }),
    supportedValues: string({ collection: true, nullable: true }),
  },
});

export const assignmentFilterValidationResult = complexType('assignmentFilterValidationResult', { properties: { isValidRule: boolean() } });

export const assignmentFilterTypeAndEvaluationResult = complexType('assignmentFilterTypeAndEvaluationResult', {
  properties: {
    assignmentFilterType: property(deviceAndAppManagementAssignmentFilterType),
    evaluationResult: property(assignmentFilterEvaluationResult),
  },
});

export const assignmentFilterEvaluationSummary = complexType('assignmentFilterEvaluationSummary', {
  properties: {
    assignmentFilterId: string({ nullable: true }),
    assignmentFilterLastModifiedDateTime: dateTimeOffset(),
    assignmentFilterDisplayName: string({ nullable: true }),
    assignmentFilterPlatform: property(devicePlatformType),
    evaluationResult: property(assignmentFilterEvaluationResult),
    evaluationDateTime: dateTimeOffset(),
    assignmentFilterType: property(deviceAndAppManagementAssignmentFilterType),
    assignmentFilterTypeAndEvaluationResults: property(assignmentFilterTypeAndEvaluationResult, { collection: true, nullable: true }),
  },
});

export const assignmentFilterStatusDetails = complexType('assignmentFilterStatusDetails', {
  properties: {
    managedDeviceId: string({ nullable: true }),
    payloadId: string({ nullable: true }),
    userId: string({ nullable: true }),
    deviceProperties: property(keyValuePair, { collection: true, nullable: true }),
    // Misspelt in the published schema.
    evalutionSummaries: property(assignmentFilterEvaluationSummary, { collection: true, nullable: true }),
  },
});

/** The product's limit on the text of a rule. */
const RULE_LENGTH = 3072;

export const assignmentFilterEvaluateRequest = complexType('assignmentFilterEvaluateRequest', {
  properties: {
    platform: property(devicePlatformType, { required: true }),
    rule: string({ required: true, maxLength: RULE_LENGTH }),
    top: int32({ minimum: 0, maximum: 100, default: 100 }),
    skip: int32({ minimum: 0 }),
    orderBy: string({ collection: true, nullable: true }),
    search: string({ nullable: true }),
  },
});

export const deviceAndAppManagementAssignmentFilter = entityType('deviceAndAppManagementAssignmentFilter', {
  base: entity,
  properties: {
    createdDateTime: dateTimeOffset({ readOnly: true }),
    lastModifiedDateTime: dateTimeOffset({ readOnly: true }),
    displayName: string({ required: true, notEmpty: true, searchable: true }),
    description: string({ nullable: true }),
    platform: property(devicePlatformType, { default: 'unknown' }),
    rule: string({ required: true, maxLength: RULE_LENGTH }),
    roleScopeTags: string({ collection: true, distinct: true, nullable: true, default: ['0'] }),
    assignmentFilterManagementType: property(assignmentFilterManagementType, { default: 'devices' }),
    /** Kept by the writes of the assignments that name the filter. */
    payloads: property(payloadByFilter, { collection: true, nullable: true, readOnly: true, default: [] }),
    payloadType: property(assignmentFilterPayloadType, { nullable: true, internal: true }),
  },
  variant: { property: 'payloadType', type: (): EntityType => payloadCompatibleAssignmentFilter },
  storage: { key: ['id'] },
});

/** A filter that says what kind of payload it is for. */
export const payloadCompatibleAssignmentFilter = entityType('payloadCompatibleAssignmentFilter', {
  base: deviceAndAppManagementAssignmentFilter,
  properties: { payloadType: property(assignmentFilterPayloadType) },
});

const onFilters = { binding: deviceAndAppManagementAssignmentFilter, bindingCollection: true } as const;

export const enableAssignmentFilters = action('enable', { ...onFilters, parameters: { enable: { type: 'Edm.Boolean' } } });

export const getAssignmentFilterState = boundFunction('getState', {
  ...onFilters,
  parameters: {},
  returns: { type: assignmentFilterState, nullable: true },
});

export const validateAssignmentFilter = action('validateFilter', {
  ...onFilters,
  parameters: { deviceAndAppManagementAssignmentFilter: { type: deviceAndAppManagementAssignmentFilter, nullable: true } },
  returns: { type: assignmentFilterValidationResult, nullable: true },
});

export const getPlatformSupportedProperties = boundFunction('getPlatformSupportedProperties', {
  ...onFilters,
  parameters: { platform: { type: devicePlatformType } },
  returns: { type: assignmentFilterSupportedProperty, collection: true, nullable: true },
});

export const getSupportedProperties = boundFunction('getSupportedProperties', {
  binding: deviceAndAppManagementAssignmentFilter,
  parameters: {},
  returns: { type: assignmentFilterSupportedProperty, collection: true, nullable: true },
});
