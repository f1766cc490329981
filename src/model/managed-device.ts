import {
  boolean,
  containedMany,
  dateTimeOffset,
  type EntityType,
  entityType,
  enumType,
  int32,
  int64,
  property,
  referenceMany,
  referenceOne,
  sparseColumn,
  string,
} from '../edm/declare.ts';
import { deviceHealthScriptPolicyState } from './device-health-script-policy-state.ts';
import { directoryObject, memberOf } from './directory-object.ts';
import { entity } from './entity.ts';
import { managedDeviceDetails } from './managed-device-details.ts';
import { managedDeviceProperties } from './managed-device-properties.ts';
import { healthAccess, managedDeviceAccess } from './permissions.ts';
import { userDetails } from './user-details.ts';

/** Devices under management, the users they belong to and the apps found on them, which all lead to each other. */

export const user = entityType('user', {
  family: 'directory',
  base: directoryObject,
  audit: 'Other',
  properties: {
    userPrincipalName: string({ nullable: true, searchable: true, caseless: true }),
    mail: string({ nullable: true }),
    mailNickname: string({ nullable: true }),
    givenName: string({ nullable: true }),
    surname: string({ nullable: true }),
    jobTitle: string({ nullable: true }),
    department: string({ nullable: true }),
    officeLocation: string({ nullable: true }),
    mobilePhone: string({ nullable: true }),
    businessPhones: string({ collection: true }),
    preferredLanguage: string({ nullable: true }),
    usageLocation: string({ nullable: true }),
    userType: string({ nullable: true, default: 'Member' }),
    onPremisesSyncEnabled: boolean({ nullable: true }),
    accountEnabled: boolean({ nullable: true, default: true }),
    createdDateTime: dateTimeOffset({ nullable: true, readOnly: true }),
    ...userDetails,
    managerId: string({ nullable: true, internal: true, format: 'uuid' }),
  },
  navigation: {
    managedDevices: referenceMany((): EntityType => managedDevice, {
      join: { userPrincipalName: 'userPrincipalName' },
      access: managedDeviceAccess,
    }),
    manager: referenceOne(() => directoryObject, { join: { id: 'managerId' }, capabilities: ['get', 'reference'] }),
    directReports: referenceMany((): EntityType => user, { join: { managerId: 'id' } }),
    ...memberOf,
  },
  storage: {
    key: ['id'],
    indexes: [{ properties: ['userPrincipalName'] }, { properties: ['managerId'] }],
    alternateKey: 'userPrincipalName',
  },
});

const apps = (): EntityType => detectedAppDevice;

export const managedDevice = entityType('managedDevice', {
  base: entity,
  audit: 'Device',
  properties: {
    ...managedDeviceProperties,
    ...managedDeviceDetails,
    ...sparseColumn,
    /** Managed by Configuration Manager as well. */
    isComanaged: boolean({ internal: true }),
    /** `roleScopeTagIds` without those that come with groups (`domain/roles/device-tags.ts`). */
    givenScopeTagIds: string({ collection: true, nullable: true, internal: true }),
  },
  navigation: {
    users: referenceMany((): EntityType => user, { join: { userPrincipalName: 'userPrincipalName' } }),
    deviceHealthScriptStates: containedMany((): EntityType => deviceHealthScriptPolicyState, {
      join: { deviceId: 'id' },
      access: healthAccess,
    }),
    detectedApps: referenceMany((): EntityType => detectedApp, { join: { deviceId: 'id' }, through: { link: apps, linkTo: 'appId' } }),
  },
  storage: {
    key: ['id'],
    indexes: [
      { properties: ['userPrincipalName'] },
      { properties: ['azureADDeviceId'] },
      { properties: ['deviceName'] },
      { properties: ['serialNumber'] },
      { properties: ['id'], where: { isComanaged: true } },
    ],
  },
});

/** A device that runs Windows: what clients call some of them, which are stored and answered as all others. */
export const windowsManagedDevice = entityType('windowsManagedDevice', { base: managedDevice, properties: {} });

export const detectedAppPlatformType = enumType('detectedAppPlatformType', {
  unknown: 0,
  windows: 1,
  windowsMobile: 2,
  windowsHolographic: 3,
  ios: 4,
  macOS: 5,
  chromeOS: 6,
  androidOSP: 7,
  androidDeviceAdministrator: 8,
  androidWorkProfile: 9,
  androidDedicatedAndFullyManaged: 10,
  unknownFutureValue: 11,
});

export const detectedApp = entityType('detectedApp', {
  audit: 'Device',
  base: entity,
  properties: {
    displayName: string({ nullable: true, searchable: true }),
    version: string({ nullable: true }),
    sizeInByte: int64(),
    /** Counts the links to devices. */
    deviceCount: int32({ readOnly: true }),
    publisher: string({ nullable: true, searchable: true }),
    platform: property(detectedAppPlatformType),
  },
  navigation: {
    managedDevices: referenceMany((): EntityType => managedDevice, {
      join: { appId: 'id' },
      through: { link: apps, linkTo: 'deviceId' },
      capabilities: ['list', 'get', 'reference'],
    }),
  },
  storage: { key: ['id'] },
});

/** That an app was found on a device. Stored, never routed. */
export const detectedAppDevice = entityType('detectedAppDevice', {
  audit: 'Device',
  properties: { appId: string({ internal: true, format: 'uuid' }), deviceId: string({ internal: true, format: 'uuid' }) },
  storage: { key: ['appId', 'deviceId'], indexes: [{ properties: ['deviceId'] }] },
});
