import { boolean, complexType, dateTimeOffset, enumType, int32, int64, property, string } from '../edm/declare.ts';

/** What is known of a managed device. Enrolment sets most of it in the real service; here a client may write all of it but the key. */

export const ownerType = enumType('ownerType', { unknown: 0, company: 1, personal: 2 });

/** Members whose number is not published are counted on from the highest one. */
export const managedDeviceOwnerType = enumType('managedDeviceOwnerType', { unknown: 0, company: 1, personal: 2, unknownFutureValue: 3 });

/** Members whose number is not published are counted on from the highest one. */
export const managementState = enumType('managementState', {
  managed: 0,
  retirePending: 1,
  retireFailed: 2,
  wipePending: 3,
  wipeFailed: 4,
  unhealthy: 5,
  deletePending: 6,
  retireIssued: 7,
  wipeIssued: 8,
  wipeCanceled: 9,
  retireCanceled: 10,
  discovered: 11,
  unknownFutureValue: 12,
});

export const chassisType = enumType('chassisType', {
  unknown: 0,
  desktop: 1,
  laptop: 2,
  worksWorkstation: 3,
  enterpriseServer: 4,
  phone: 100,
  tablet: 101,
  mobileOther: 102,
  mobileUnknown: 103,
});

/** Members whose number is not published are counted on from the highest one. */
export const deviceType = enumType('deviceType', {
  desktop: 0,
  windowsRT: 1,
  winMO6: 2,
  nokia: 3,
  windowsPhone: 4,
  mac: 5,
  winCE: 6,
  winEmbedded: 7,
  iPhone: 8,
  iPad: 9,
  iPod: 10,
  android: 11,
  iSocConsumer: 12,
  unix: 13,
  macMDM: 14,
  holoLens: 15,
  surfaceHub: 16,
  androidForWork: 17,
  androidEnterprise: 18,
  windows10x: 19,
  androidnGMS: 20,
  chromeOS: 21,
  linux: 22,
  visionOS: 258,
  tvOS: 259,
  blackberry: 100,
  palm: 101,
  unknown: 255,
  cloudPC: 257,
});

export const complianceState = enumType('complianceState', {
  unknown: 0,
  compliant: 1,
  noncompliant: 2,
  conflict: 3,
  error: 4,
  inGracePeriod: 254,
  configManager: 255,
});

/** Members whose number is not published are counted on from the highest one. */
export const managementAgentType = enumType('managementAgentType', {
  eas: 1,
  mdm: 2,
  easMdm: 3,
  intuneClient: 4,
  easIntuneClient: 5,
  configurationManagerClient: 8,
  configurationManagerClientMdm: 10,
  configurationManagerClientMdmEas: 11,
  unknown: 16,
  jamf: 32,
  googleCloudDevicePolicyController: 64,
  microsoft365ManagedMdm: 258,
  msSense: 2049,
  intuneAosp: 2048,
  google: 2050,
  unknownFutureValue: 2051,
});

/** Members whose number is not published are counted on from the highest one. */
export const deviceEnrollmentType = enumType('deviceEnrollmentType', {
  unknown: 0,
  userEnrollment: 1,
  deviceEnrollmentManager: 2,
  appleBulkWithUser: 3,
  appleBulkWithoutUser: 4,
  windowsAzureADJoin: 5,
  windowsBulkUserless: 6,
  windowsAutoEnrollment: 7,
  windowsBulkAzureDomainJoin: 8,
  windowsCoManagement: 9,
  windowsAzureADJoinUsingDeviceAuth: 10,
  appleUserEnrollment: 11,
  appleUserEnrollmentWithServiceAccount: 12,
  azureAdJoinUsingAzureVmExtension: 14,
  androidEnterpriseDedicatedDevice: 15,
  androidEnterpriseFullyManaged: 16,
  androidEnterpriseCorporateWorkProfile: 17,
  androidAOSPUserOwnedDeviceEnrollment: 18,
  androidAOSPUserlessDeviceEnrollment: 19,
  appleAccountDrivenUserEnrollment: 20,
  unknownFutureValue: 21,
});

export const deviceRegistrationState = enumType('deviceRegistrationState', {
  notRegistered: 0,
  registered: 2,
  revoked: 3,
  keyConflict: 4,
  approvalPending: 5,
  certificateReset: 6,
  notRegisteredPendingEnrollment: 7,
  unknown: 8,
});

export const managedDeviceArchitecture = enumType('managedDeviceArchitecture', { unknown: 0, x86: 1, x64: 2, arm: 3, arM64: 4 });

export const joinType = enumType('joinType', { unknown: 0, azureADJoined: 1, azureADRegistered: 2, hybridAzureADJoined: 3 });

export const deviceGuardLocalSystemAuthorityCredentialGuardState = enumType('deviceGuardLocalSystemAuthorityCredentialGuardState', {
  running: 0,
  rebootRequired: 1,
  notLicensed: 2,
  notConfigured: 3,
  virtualizationBasedSecurityNotRunning: 4,
});

export const deviceGuardVirtualizationBasedSecurityHardwareRequirementState = enumType(
  'deviceGuardVirtualizationBasedSecurityHardwareRequirementState',
  { meetHardwareRequirements: 0, secureBootRequired: 1, dmaProtectionRequired: 2, hyperVNotSupportedForGuestVM: 4, hyperVNotAvailable: 8 },
);

export const deviceGuardVirtualizationBasedSecurityState = enumType('deviceGuardVirtualizationBasedSecurityState', {
  running: 0,
  rebootRequired: 1,
  require64BitArchitecture: 2,
  notLicensed: 3,
  notConfigured: 4,
  doesNotMeetHardwareRequirements: 5,
  other: 42,
});

export const deviceLicensingStatus = enumType('deviceLicensingStatus', {
  unknown: -1,
  licenseRefreshStarted: 0,
  licenseRefreshPending: 1,
  deviceIsNotAzureActiveDirectoryJoined: 2,
  verifyingMicrosoftDeviceIdentity: 3,
  deviceIdentityVerificationFailed: 4,
  verifyingMicrosoftAccountIdentity: 5,
  microsoftAccountVerificationFailed: 6,
  acquiringDeviceLicense: 7,
  refreshingDeviceLicense: 8,
  deviceLicenseRefreshSucceed: 9,
  deviceLicenseRefreshFailed: 10,
  removingDeviceLicense: 11,
  deviceLicenseRemoveSucceed: 12,
  deviceLicenseRemoveFailed: 13,
  unknownFutureValue: 14,
});

export const sharedAppleDeviceUser = complexType('sharedAppleDeviceUser', {
  properties: {
    dataQuota: int64({ nullable: true }),
    dataToSync: boolean(),
    dataUsed: int64(),
    userPrincipalName: string({ nullable: true }),
  },
});

/** What a device reports of its hardware. */
export const hardwareInformation = complexType('hardwareInformation', {
  properties: {
    serialNumber: string({ nullable: true }),
    totalStorageSpace: int64(),
    freeStorageSpace: int64(),
    imei: string({ nullable: true }),
    meid: string({ nullable: true }),
    manufacturer: string({ nullable: true }),
    model: string({ nullable: true }),
    phoneNumber: string({ nullable: true }),
    subscriberCarrier: string({ nullable: true }),
    cellularTechnology: string({ nullable: true }),
    wifiMac: string({ nullable: true }),
    operatingSystemLanguage: string({ nullable: true }),
    isSupervised: boolean(),
    isEncrypted: boolean(),
    batterySerialNumber: string({ nullable: true }),
    batteryHealthPercentage: int32(),
    batteryChargeCycles: int32(),
    isSharedDevice: boolean(),
    tpmSpecificationVersion: string({ nullable: true }),
    tpmManufacturer: string({ nullable: true }),
    tpmVersion: string({ nullable: true }),
    operatingSystemEdition: string({ nullable: true }),
    deviceFullQualifiedDomainName: string({ nullable: true }),
    osBuildNumber: string({ nullable: true }),
    operatingSystemProductType: int32(),
    ipAddressV4: string({ nullable: true }),
    subnetAddress: string({ nullable: true }),
    wiredIPv4Addresses: string({ collection: true, nullable: true }),
    esimIdentifier: string({ nullable: true }),
    systemManagementBIOSVersion: string({ nullable: true }),
    batteryLevelPercentage: property('Edm.Double', { nullable: true }),
    deviceGuardLocalSystemAuthorityCredentialGuardState: property(deviceGuardLocalSystemAuthorityCredentialGuardState),
    deviceGuardVirtualizationBasedSecurityHardwareRequirementState: property(
      deviceGuardVirtualizationBasedSecurityHardwareRequirementState,
    ),
    deviceGuardVirtualizationBasedSecurityState: property(deviceGuardVirtualizationBasedSecurityState),
    deviceLicensingLastErrorCode: int32(),
    deviceLicensingLastErrorDescription: string({ nullable: true }),
    deviceLicensingStatus: property(deviceLicensingStatus),
    productName: string({ nullable: true }),
    residentUsersCount: int32({ nullable: true }),
    sharedDeviceCachedUsers: property(sharedAppleDeviceUser, { collection: true, nullable: true }),
  },
});

export const chromeOSDeviceProperty = complexType('chromeOSDeviceProperty', {
  properties: {
    name: string({ nullable: true }),
    value: string({ nullable: true }),
    valueType: string({ nullable: true }),
    updatable: boolean(),
  },
});

export const managedDeviceProperties = {
  userId: string({ nullable: true }),
  deviceName: string({ nullable: true, searchable: true }),
  ownerType: property(ownerType),
  managedDeviceOwnerType: property(managedDeviceOwnerType),
  managementState: property(managementState),
  enrolledDateTime: dateTimeOffset(),
  lastSyncDateTime: dateTimeOffset(),
  chassisType: property(chassisType),
  operatingSystem: string({ nullable: true }),
  deviceType: property(deviceType),
  complianceState: property(complianceState),
  jailBroken: string({ nullable: true }),
  managementAgent: property(managementAgentType),
  osVersion: string({ nullable: true }),
  azureADRegistered: boolean({ nullable: true }),
  deviceEnrollmentType: property(deviceEnrollmentType),
  emailAddress: string({ nullable: true }),
  azureADDeviceId: string({ nullable: true }),
  deviceRegistrationState: property(deviceRegistrationState),
  deviceCategoryDisplayName: string({ nullable: true }),
  isSupervised: boolean(),
  isEncrypted: boolean(),
  userPrincipalName: string({ nullable: true, caseless: true }),
  model: string({ nullable: true }),
  manufacturer: string({ nullable: true }),
  imei: string({ nullable: true }),
  serialNumber: string({ nullable: true }),
  phoneNumber: string({ nullable: true }),
  userDisplayName: string({ nullable: true }),
  wiFiMacAddress: string({ nullable: true }),
  totalStorageSpaceInBytes: int64(),
  freeStorageSpaceInBytes: int64(),
  managedDeviceName: string({ nullable: true, searchable: true }),
  autopilotEnrolled: boolean(),
  roleScopeTagIds: string({ collection: true, distinct: true, nullable: true }),
  notes: string({ nullable: true, selectOnly: true }),
  ethernetMacAddress: string({ nullable: true, selectOnly: true }),
  physicalMemoryInBytes: int64({ selectOnly: true }),
  processorArchitecture: property(managedDeviceArchitecture),
  joinType: property(joinType),
  skuFamily: string({ nullable: true }),
  skuNumber: int32(),
  enrollmentProfileName: string({ nullable: true }),
  udid: string({ nullable: true, selectOnly: true }),
  iccid: string({ nullable: true, selectOnly: true }),
  activationLockBypassCode: string({ nullable: true, selectOnly: true }),
  hardwareInformation: property(hardwareInformation, { nullable: true, selectOnly: true }),
  chromeOSDeviceInfo: property(chromeOSDeviceProperty, { collection: true, nullable: true, selectOnly: true }),
  bootstrapTokenEscrowed: boolean({ selectOnly: true }),
  windowsActiveMalwareCount: int32({ selectOnly: true }),
  windowsRemediatedMalwareCount: int32({ selectOnly: true }),
} as const;
