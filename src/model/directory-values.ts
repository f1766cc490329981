import {
  binary,
  boolean,
  complexType,
  date,
  dateTimeOffset,
  duration,
  enumType,
  guid,
  int32,
  property,
  string,
  timeOfDay,
} from '../edm/declare.ts';

/** Complex types and enumerations of users, groups and devices. */

export const assignedLicense = complexType('assignedLicense', {
  properties: { disabledPlans: guid({ collection: true }), skuId: guid({ nullable: true }) },
});

export const assignedPlan = complexType('assignedPlan', {
  properties: {
    assignedDateTime: dateTimeOffset({ nullable: true }),
    capabilityStatus: string({ nullable: true }),
    service: string({ nullable: true }),
    servicePlanId: guid({ nullable: true }),
  },
});

export const authorizationInfo = complexType('authorizationInfo', {
  properties: { certificateUserIds: string({ collection: true, nullable: true }) },
});

export const userCloudLicensing = complexType('userCloudLicensing', { properties: {} });

export const cloudRealtimeCommunicationInfo = complexType('cloudRealtimeCommunicationInfo', {
  properties: { isSipEnabled: boolean({ nullable: true }) },
});

export const customSecurityAttributeValue = complexType('customSecurityAttributeValue', { properties: {} });

export const deviceKey = complexType('deviceKey', {
  properties: { deviceId: guid({ nullable: true }), keyMaterial: binary({ nullable: true }), keyType: string({ nullable: true }) },
});

export const employeeOrgData = complexType('employeeOrgData', {
  properties: { costCenter: string({ nullable: true }), division: string({ nullable: true }) },
});

export const objectIdentity = complexType('objectIdentity', {
  properties: { issuer: string({ nullable: true }), issuerAssignedId: string({ nullable: true }), signInType: string({ nullable: true }) },
});

export const userSet = complexType('userSet', { abstract: true, properties: { isBackup: boolean({ nullable: true }) } });

export const expirationPatternType = enumType('expirationPatternType', {
  notSpecified: 0,
  noExpiration: 1,
  afterDateTime: 2,
  afterDuration: 3,
});

export const expirationPattern = complexType('expirationPattern', {
  properties: {
    duration: duration({ nullable: true }),
    endDateTime: dateTimeOffset({ nullable: true }),
    type: property(expirationPatternType, { nullable: true }),
  },
});

export const dayOfWeek = enumType('dayOfWeek', { sunday: 0, monday: 1, tuesday: 2, wednesday: 3, thursday: 4, friday: 5, saturday: 6 });

export const weekIndex = enumType('weekIndex', { first: 0, second: 1, third: 2, fourth: 3, last: 4 });

export const recurrencePatternType = enumType('recurrencePatternType', {
  daily: 0,
  weekly: 1,
  absoluteMonthly: 2,
  relativeMonthly: 3,
  absoluteYearly: 4,
  relativeYearly: 5,
});

export const recurrencePattern = complexType('recurrencePattern', {
  properties: {
    dayOfMonth: int32(),
    daysOfWeek: property(dayOfWeek, { collection: true, nullable: true }),
    firstDayOfWeek: property(dayOfWeek, { nullable: true }),
    index: property(weekIndex, { nullable: true }),
    interval: int32(),
    month: int32(),
    type: property(recurrencePatternType, { nullable: true }),
  },
});

export const recurrenceRangeType = enumType('recurrenceRangeType', { endDate: 0, noEnd: 1, numbered: 2 });

export const recurrenceRange = complexType('recurrenceRange', {
  properties: {
    endDate: date({ nullable: true }),
    numberOfOccurrences: int32(),
    recurrenceTimeZone: string({ nullable: true }),
    startDate: date({ nullable: true }),
    type: property(recurrenceRangeType, { nullable: true }),
  },
});

export const patternedRecurrence = complexType('patternedRecurrence', {
  properties: { pattern: property(recurrencePattern, { nullable: true }), range: property(recurrenceRange, { nullable: true }) },
});

export const requestSchedule = complexType('requestSchedule', {
  properties: {
    expiration: property(expirationPattern, { nullable: true }),
    recurrence: property(patternedRecurrence, { nullable: true }),
    startDateTime: dateTimeOffset({ nullable: true }),
  },
});

export const approverDelegate = complexType('approverDelegate', {
  properties: { delegate: property(userSet, { nullable: true }), schedule: property(requestSchedule, { nullable: true }) },
});

export const identityGovernanceUserSettings = complexType('identityGovernanceUserSettings', {
  properties: { approverDelegate: property(approverDelegate, { nullable: true }) },
});

export const licenseAssignmentState = complexType('licenseAssignmentState', {
  properties: {
    assignedByGroup: string({ nullable: true }),
    disabledPlans: guid({ collection: true, nullable: true }),
    error: string({ nullable: true }),
    lastUpdatedDateTime: dateTimeOffset({ nullable: true }),
    skuId: guid({ nullable: true }),
    state: string({ nullable: true }),
  },
});

export const externalAudienceScope = enumType('externalAudienceScope', { none: 0, contactsOnly: 1, all: 2 });

export const dateTimeTimeZone = complexType('dateTimeTimeZone', {
  properties: { dateTime: string(), timeZone: string({ nullable: true }) },
});

export const automaticRepliesStatus = enumType('automaticRepliesStatus', { disabled: 0, alwaysEnabled: 1, scheduled: 2 });

export const automaticRepliesSetting = complexType('automaticRepliesSetting', {
  properties: {
    externalAudience: property(externalAudienceScope, { nullable: true }),
    externalReplyMessage: string({ nullable: true }),
    internalReplyMessage: string({ nullable: true }),
    scheduledEndDateTime: property(dateTimeTimeZone, { nullable: true }),
    scheduledStartDateTime: property(dateTimeTimeZone, { nullable: true }),
    status: property(automaticRepliesStatus, { nullable: true }),
  },
});

export const delegateMeetingMessageDeliveryOptions = enumType('delegateMeetingMessageDeliveryOptions', {
  sendToDelegateAndInformationToPrincipal: 0,
  sendToDelegateAndPrincipal: 1,
  sendToDelegateOnly: 2,
});

export const localeInfo = complexType('localeInfo', {
  properties: { displayName: string({ nullable: true }), locale: string({ nullable: true }) },
});

export const userPurpose = enumType('userPurpose', {
  unknown: 0,
  user: 1,
  linked: 2,
  shared: 3,
  room: 4,
  equipment: 5,
  others: 6,
  unknownFutureValue: 7,
});

export const mailboxRecipientType = enumType('mailboxRecipientType', {
  unknown: 0,
  user: 1,
  linked: 2,
  shared: 3,
  room: 4,
  equipment: 5,
  others: 6,
});

export const timeZoneBase = complexType('timeZoneBase', { properties: { name: string({ nullable: true }) } });

export const workingHours = complexType('workingHours', {
  properties: {
    daysOfWeek: property(dayOfWeek, { collection: true, nullable: true }),
    endTime: timeOfDay({ nullable: true }),
    startTime: timeOfDay({ nullable: true }),
    timeZone: property(timeZoneBase, { nullable: true }),
  },
});

export const mailboxSettings = complexType('mailboxSettings', {
  properties: {
    archiveFolder: string({ nullable: true }),
    automaticRepliesSetting: property(automaticRepliesSetting, { nullable: true }),
    dateFormat: string({ nullable: true }),
    delegateMeetingMessageDeliveryOptions: property(delegateMeetingMessageDeliveryOptions, { nullable: true }),
    language: property(localeInfo, { nullable: true }),
    timeFormat: string({ nullable: true }),
    timeZone: string({ nullable: true }),
    userPurpose: property(userPurpose, { nullable: true }),
    userPurposeV2: property(mailboxRecipientType, { nullable: true }),
    workingHours: property(workingHours, { nullable: true }),
  },
});

export const onPremisesExtensionAttributes = complexType('onPremisesExtensionAttributes', {
  properties: {
    extensionAttribute1: string({ nullable: true }),
    extensionAttribute10: string({ nullable: true }),
    extensionAttribute11: string({ nullable: true }),
    extensionAttribute12: string({ nullable: true }),
    extensionAttribute13: string({ nullable: true }),
    extensionAttribute14: string({ nullable: true }),
    extensionAttribute15: string({ nullable: true }),
    extensionAttribute2: string({ nullable: true }),
    extensionAttribute3: string({ nullable: true }),
    extensionAttribute4: string({ nullable: true }),
    extensionAttribute5: string({ nullable: true }),
    extensionAttribute6: string({ nullable: true }),
    extensionAttribute7: string({ nullable: true }),
    extensionAttribute8: string({ nullable: true }),
    extensionAttribute9: string({ nullable: true }),
  },
});

export const onPremisesProvisioningError = complexType('onPremisesProvisioningError', {
  properties: {
    category: string({ nullable: true }),
    occurredDateTime: dateTimeOffset({ nullable: true }),
    propertyCausingError: string({ nullable: true }),
    value: string({ nullable: true }),
  },
});

export const onPremisesSipInfo = complexType('onPremisesSipInfo', {
  properties: { isSipEnabled: boolean(), sipDeploymentLocation: string({ nullable: true }), sipPrimaryAddress: string({ nullable: true }) },
});

export const passwordProfile = complexType('passwordProfile', {
  properties: {
    forceChangePasswordNextSignIn: boolean({ nullable: true }),
    forceChangePasswordNextSignInWithMfa: boolean({ nullable: true }),
    password: string({ nullable: true }),
  },
});

export const userPrint = complexType('userPrint', { properties: {} });

export const provisionedPlan = complexType('provisionedPlan', {
  properties: {
    capabilityStatus: string({ nullable: true }),
    provisioningStatus: string({ nullable: true }),
    service: string({ nullable: true }),
  },
});

export const serviceProvisioningError = complexType('serviceProvisioningError', {
  abstract: true,
  properties: {
    createdDateTime: dateTimeOffset({ nullable: true }),
    isResolved: boolean({ nullable: true }),
    serviceInstance: string({ nullable: true }),
  },
});

export const signInActivity = complexType('signInActivity', {
  properties: {
    lastNonInteractiveSignInDateTime: dateTimeOffset({ nullable: true }),
    lastNonInteractiveSignInRequestId: string({ nullable: true }),
    lastSignInDateTime: dateTimeOffset({ nullable: true }),
    lastSignInRequestId: string({ nullable: true }),
    lastSuccessfulSignInDateTime: dateTimeOffset({ nullable: true }),
    lastSuccessfulSignInRequestId: string({ nullable: true }),
  },
});

export const groupAccessType = enumType('groupAccessType', { none: 0, private: 1, secret: 2, public: 3, unknownFutureValue: 4 });

export const assignedLabel = complexType('assignedLabel', {
  properties: { displayName: string({ nullable: true }), labelId: string({ nullable: true }) },
});

export const groupCloudLicensing = complexType('groupCloudLicensing', { properties: {} });

export const licenseProcessingState = complexType('licenseProcessingState', { properties: { state: string({ nullable: true }) } });

export const membershipRuleProcessingStatusDetails = enumType('MembershipRuleProcessingStatusDetails', {
  NotStarted: 0,
  Running: 1,
  Failed: 2,
  Succeeded: 3,
  UnsupportedFutureValue: 4,
});

export const membershipRuleProcessingStatus = complexType('membershipRuleProcessingStatus', {
  properties: {
    errorMessage: string({ nullable: true }),
    lastMembershipUpdated: dateTimeOffset({ nullable: true }),
    status: property(membershipRuleProcessingStatusDetails, { nullable: true }),
  },
});

export const writebackConfiguration = complexType('writebackConfiguration', { properties: { isEnabled: boolean({ nullable: true }) } });

/** It has a base, which nothing else derives from: that is left out, as a value of a derived type would have to name its type. */
export const groupWritebackConfiguration = complexType('groupWritebackConfiguration', {
  properties: { isEnabled: boolean({ nullable: true }), onPremisesGroupType: string({ nullable: true }) },
});

export const alternativeSecurityId = complexType('alternativeSecurityId', {
  properties: { identityProvider: string({ nullable: true }), key: binary({ nullable: true }), type: int32({ nullable: true }) },
});
