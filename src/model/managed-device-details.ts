import { boolean, complexType, dateTimeOffset, enumType, int32, int64, property, string } from '../edm/declare.ts';
import { keyValuePair } from './key-value-pair.ts';
import { NO_DATE } from './no-date.ts';

/** What is documented of managed devices besides, and few of them have: clients may write it, nothing here works with it. */

export const actionState = enumType('actionState', { none: 0, pending: 1, canceled: 2, active: 3, done: 4, failed: 5, notSupported: 6 });

export const cloudPcStatusDetail = complexType('cloudPcStatusDetail', {
  properties: {
    additionalInformation: property(keyValuePair, { collection: true, nullable: true }),
    code: string({ nullable: true }),
    message: string({ nullable: true }),
  },
});

export const cloudPcStatusDetails = complexType('cloudPcStatusDetails', {
  properties: {
    additionalInformation: property(keyValuePair, { collection: true, nullable: true }),
    code: string({ nullable: true }),
    message: string({ nullable: true }),
  },
});

export const cloudPcRemoteActionResult = complexType('cloudPcRemoteActionResult', {
  properties: {
    actionName: string({ nullable: true }),
    actionState: property(actionState, { nullable: true }),
    cloudPcId: string({ nullable: true }),
    lastUpdatedDateTime: dateTimeOffset({ nullable: true }),
    managedDeviceId: string({ nullable: true }),
    startDateTime: dateTimeOffset({ nullable: true }),
    statusDetail: property(cloudPcStatusDetail, { nullable: true }),
    statusDetails: property(cloudPcStatusDetails, { nullable: true }),
  },
});

export const configurationManagerClientEnabledFeatures = complexType('configurationManagerClientEnabledFeatures', {
  properties: {
    compliancePolicy: boolean(),
    deviceConfiguration: boolean(),
    endpointProtection: boolean(),
    inventory: boolean(),
    modernApps: boolean(),
    officeApps: boolean(),
    resourceAccess: boolean(),
    windowsUpdateForBusiness: boolean(),
  },
});

export const configurationManagerClientState = enumType('configurationManagerClientState', {
  unknown: 0,
  installed: 1,
  healthy: 7,
  installFailed: 8,
  updateFailed: 11,
  communicationError: 19,
});

export const configurationManagerClientHealthState = complexType('configurationManagerClientHealthState', {
  properties: {
    errorCode: int32(),
    lastSyncDateTime: dateTimeOffset({ default: NO_DATE }),
    state: property(configurationManagerClientState),
  },
});

export const configurationManagerClientInformation = complexType('configurationManagerClientInformation', {
  properties: { clientIdentifier: string({ nullable: true }), clientVersion: string({ nullable: true }), isBlocked: boolean() },
});

export const deviceActionResult = complexType('deviceActionResult', {
  properties: {
    actionName: string({ nullable: true }),
    actionState: property(actionState),
    lastUpdatedDateTime: dateTimeOffset({ default: NO_DATE }),
    startDateTime: dateTimeOffset({ default: NO_DATE }),
  },
});

export const firmwareProtectionType = enumType('firmwareProtectionType', {
  notApplicable: 0,
  systemGuardSecureLaunch: 1,
  firmwareAttackSurfaceReduction: 2,
  disabled: 3,
  unknownFutureValue: 4,
});

export const azureAttestationSettingStatus = enumType('azureAttestationSettingStatus', {
  notApplicable: 0,
  enabled: 1,
  disabled: 2,
  unknownFutureValue: 3,
});

export const systemManagementModeLevel = enumType('systemManagementModeLevel', {
  notApplicable: 0,
  level1: 1,
  level2: 2,
  level3: 3,
  unknownFutureValue: 4,
});

export const deviceHealthAttestationState = complexType('deviceHealthAttestationState', {
  properties: {
    attestationIdentityKey: string({ nullable: true }),
    bitLockerStatus: string({ nullable: true }),
    bootAppSecurityVersion: string({ nullable: true }),
    bootDebugging: string({ nullable: true }),
    bootManagerSecurityVersion: string({ nullable: true }),
    bootManagerVersion: string({ nullable: true }),
    bootRevisionListInfo: string({ nullable: true }),
    codeIntegrity: string({ nullable: true }),
    codeIntegrityCheckVersion: string({ nullable: true }),
    codeIntegrityPolicy: string({ nullable: true }),
    contentNamespaceUrl: string({ nullable: true }),
    contentVersion: string({ nullable: true }),
    dataExcutionPolicy: string({ nullable: true }),
    deviceHealthAttestationStatus: string({ nullable: true }),
    earlyLaunchAntiMalwareDriverProtection: string({ nullable: true }),
    firmwareProtection: property(firmwareProtectionType),
    healthAttestationSupportedStatus: string({ nullable: true }),
    healthStatusMismatchInfo: string({ nullable: true }),
    issuedDateTime: dateTimeOffset({ default: NO_DATE }),
    lastUpdateDateTime: string({ nullable: true }),
    memoryAccessProtection: property(azureAttestationSettingStatus),
    memoryIntegrityProtection: property(azureAttestationSettingStatus),
    operatingSystemKernelDebugging: string({ nullable: true }),
    operatingSystemRevListInfo: string({ nullable: true }),
    pcr0: string({ nullable: true }),
    pcrHashAlgorithm: string({ nullable: true }),
    resetCount: int64(),
    restartCount: int64(),
    safeMode: string({ nullable: true }),
    secureBoot: string({ nullable: true }),
    secureBootConfigurationPolicyFingerPrint: string({ nullable: true }),
    securedCorePC: property(azureAttestationSettingStatus),
    systemManagementMode: property(systemManagementModeLevel),
    testSigning: string({ nullable: true }),
    tpmVersion: string({ nullable: true }),
    virtualizationBasedSecurity: property(azureAttestationSettingStatus),
    virtualSecureMode: string({ nullable: true }),
    windowsPE: string({ nullable: true }),
  },
});

export const deviceManagementExchangeAccessState = enumType('deviceManagementExchangeAccessState', {
  none: 0,
  unknown: 1,
  allowed: 2,
  blocked: 3,
  quarantined: 4,
});

export const deviceManagementExchangeAccessStateReason = enumType('deviceManagementExchangeAccessStateReason', {
  none: 0,
  unknown: 1,
  exchangeGlobalRule: 2,
  exchangeIndividualRule: 3,
  exchangeDeviceRule: 4,
  exchangeUpgrade: 5,
  exchangeMailboxPolicy: 6,
  other: 7,
  compliant: 8,
  notCompliant: 9,
  notEnrolled: 10,
  unknownLocation: 12,
  mfaRequired: 13,
  azureADBlockDueToAccessPolicy: 14,
  compromisedPassword: 15,
  deviceNotKnownWithManagedApp: 16,
});

export const lostModeState = enumType('lostModeState', { disabled: 0, enabled: 1 });

export const managedDeviceManagementFeatures = enumType('managedDeviceManagementFeatures', { none: 0, microsoftManagedDesktop: 1 });

export const managedDevicePartnerReportedHealthState = enumType('managedDevicePartnerReportedHealthState', {
  unknown: 0,
  activated: 1,
  deactivated: 2,
  secured: 3,
  lowSeverity: 4,
  mediumSeverity: 5,
  highSeverity: 6,
  unresponsive: 7,
  compromised: 8,
  misconfigured: 9,
});

export const loggedOnUser = complexType('loggedOnUser', {
  properties: { lastLogOnDateTime: dateTimeOffset({ default: NO_DATE }), userId: string({ nullable: true }) },
});

/** Kept together in one column. */
export const managedDeviceDetails = {
  aadRegistered: boolean({ nullable: true, sparse: true }),
  androidSecurityPatchLevel: string({ nullable: true, sparse: true }),
  azureActiveDirectoryDeviceId: string({ nullable: true, sparse: true }),
  cloudPcRemoteActionResults: property(cloudPcRemoteActionResult, { collection: true, nullable: true, sparse: true }),
  complianceGracePeriodExpirationDateTime: dateTimeOffset({ sparse: true, default: NO_DATE }),
  configurationManagerClientEnabledFeatures: property(configurationManagerClientEnabledFeatures, { nullable: true, sparse: true }),
  configurationManagerClientHealthState: property(configurationManagerClientHealthState, { nullable: true, sparse: true }),
  configurationManagerClientInformation: property(configurationManagerClientInformation, { nullable: true, sparse: true }),
  deviceActionResults: property(deviceActionResult, { collection: true, nullable: true, sparse: true }),
  deviceFirmwareConfigurationInterfaceManaged: boolean({ sparse: true }),
  deviceHealthAttestationState: property(deviceHealthAttestationState, { nullable: true, sparse: true }),
  easActivated: boolean({ sparse: true }),
  easActivationDateTime: dateTimeOffset({ sparse: true, default: NO_DATE }),
  easDeviceId: string({ nullable: true, sparse: true }),
  enrolledByUserPrincipalName: string({ nullable: true, sparse: true }),
  exchangeAccessState: property(deviceManagementExchangeAccessState, { sparse: true }),
  exchangeAccessStateReason: property(deviceManagementExchangeAccessStateReason, { sparse: true }),
  exchangeLastSuccessfulSyncDateTime: dateTimeOffset({ sparse: true, default: NO_DATE }),
  lostModeState: property(lostModeState, { sparse: true }),
  managementCertificateExpirationDate: dateTimeOffset({ sparse: true, default: NO_DATE }),
  managementFeatures: property(managedDeviceManagementFeatures, { sparse: true }),
  meid: string({ nullable: true, sparse: true }),
  partnerReportedThreatState: property(managedDevicePartnerReportedHealthState, { sparse: true }),
  preferMdmOverGroupPolicyAppliedDateTime: dateTimeOffset({ sparse: true, default: NO_DATE }),
  remoteAssistanceSessionErrorDetails: string({ nullable: true, sparse: true }),
  remoteAssistanceSessionUrl: string({ nullable: true, sparse: true, selectOnly: true }),
  requireUserEnrollmentApproval: boolean({ nullable: true, sparse: true }),
  retireAfterDateTime: dateTimeOffset({ sparse: true, default: NO_DATE }),
  securityPatchLevel: string({ nullable: true, sparse: true }),
  specificationVersion: string({ nullable: true, sparse: true }),
  subscriberCarrier: string({ nullable: true, sparse: true }),
  usersLoggedOn: property(loggedOnUser, { collection: true, nullable: true, sparse: true }),
} as const;
