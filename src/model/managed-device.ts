import { boolean, dateTimeOffset, entityType, enumType, int32, int64, property, referenceMany, string } from '../edm/declare.ts';
import { user } from './directory.ts';
import { entity } from './entity.ts';

/** Devices under management. Enrolment sets most of this in the real service; here a client may write all of it but the key. */

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

export const managedDevice = entityType('managedDevice', {
  base: entity,
  properties: {
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
    userPrincipalName: string({ nullable: true }),
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
    /** Those given by hand, and those that come with groups: kept by `domain/device-tags.ts`. */
    roleScopeTagIds: string({ collection: true, nullable: true, default: ['0'] }),
    givenScopeTagIds: string({ collection: true, nullable: true, internal: true }),
    notes: string({ nullable: true }),
    ethernetMacAddress: string({ nullable: true }),
    physicalMemoryInBytes: int64(),
    processorArchitecture: property(managedDeviceArchitecture),
    joinType: property(joinType),
    skuFamily: string({ nullable: true }),
    skuNumber: int32(),
    enrollmentProfileName: string({ nullable: true }),
  },
  navigation: { users: referenceMany(() => user, { join: { userPrincipalName: 'userPrincipalName' } }) },
  storage: {
    key: ['id'],
    indexes: [{ properties: ['userPrincipalName'] }, { properties: ['azureADDeviceId'] }, { properties: ['deviceName'] }],
  },
});
