import { boolean, dateTimeOffset, entityType, int32, property, referenceMany, string } from '../edm/declare.ts';
import { directoryObject, groupMember, groupOwner, memberOf } from './directory-object.ts';
import {
  alternativeSecurityId,
  assignedLabel,
  assignedLicense,
  groupAccessType,
  groupCloudLicensing,
  groupWritebackConfiguration,
  licenseProcessingState,
  membershipRuleProcessingStatus,
  onPremisesExtensionAttributes,
  onPremisesProvisioningError,
  serviceProvisioningError,
} from './directory-values.ts';
import { groupMemberAccess } from './permissions.ts';

/** What is documented of a device of the directory besides, and few have: nothing here works with it. */

/** Nobody can set it. */
const deviceDetails = {
  alternativeNames: string({ collection: true, nullable: true, readOnly: true, unstored: true }),
  alternativeSecurityIds: property(alternativeSecurityId, { collection: true, readOnly: true, unstored: true }),
  complianceExpirationDateTime: dateTimeOffset({ nullable: true, readOnly: true, unstored: true }),
  deviceCategory: string({ nullable: true, readOnly: true, unstored: true }),
  deviceMetadata: string({ nullable: true, readOnly: true, unstored: true }),
  deviceOwnership: string({ nullable: true, readOnly: true, unstored: true }),
  deviceVersion: int32({ nullable: true, readOnly: true, unstored: true }),
  domainName: string({ nullable: true, readOnly: true, unstored: true }),
  enrollmentProfileName: string({ nullable: true, readOnly: true, unstored: true }),
  enrollmentType: string({ nullable: true, readOnly: true, unstored: true }),
  extensionAttributes: property(onPremisesExtensionAttributes, { nullable: true, readOnly: true, unstored: true }),
  hostnames: string({ collection: true, nullable: true, readOnly: true, unstored: true }),
  isManagementRestricted: boolean({ nullable: true, readOnly: true, unstored: true }),
  isRooted: boolean({ nullable: true, readOnly: true, unstored: true }),
  kind: string({ nullable: true, readOnly: true, unstored: true }),
  managementType: string({ nullable: true, readOnly: true, unstored: true }),
  mdmAppId: string({ nullable: true, readOnly: true, unstored: true }),
  name: string({ nullable: true, readOnly: true, unstored: true }),
  onPremisesLastSyncDateTime: dateTimeOffset({ nullable: true, readOnly: true, unstored: true }),
  onPremisesSecurityIdentifier: string({ nullable: true, readOnly: true, unstored: true }),
  onPremisesSyncEnabled: boolean({ nullable: true, readOnly: true, unstored: true }),
  physicalIds: string({ collection: true, readOnly: true, unstored: true }),
  platform: string({ nullable: true, readOnly: true, unstored: true }),
  profileType: string({ nullable: true, readOnly: true, unstored: true }),
  status: string({ nullable: true, readOnly: true, unstored: true }),
  systemLabels: string({ collection: true, readOnly: true, unstored: true }),
  trustType: string({ nullable: true, readOnly: true, unstored: true }),
} as const;

/** What is documented of a group besides, and few have: nothing here works with it. */

/** Kept together in one column. */
const groupDetails = {
  accessType: property(groupAccessType, { nullable: true, sparse: true }),
  allowExternalSenders: boolean({ nullable: true, sparse: true }),
  assignedLabels: property(assignedLabel, { collection: true, nullable: true, sparse: true }),
  assignedLicenses: property(assignedLicense, { collection: true, nullable: true, sparse: true }),
  autoSubscribeNewMembers: boolean({ nullable: true, sparse: true }),
  classification: string({ nullable: true, sparse: true }),
  cloudLicensing: property(groupCloudLicensing, { nullable: true, sparse: true, readOnly: true }),
  createdByAppId: string({ nullable: true, sparse: true }),
  expirationDateTime: dateTimeOffset({ nullable: true, sparse: true }),
  hasMembersWithLicenseErrors: boolean({ nullable: true, sparse: true }),
  hideFromAddressLists: boolean({ nullable: true, sparse: true }),
  hideFromOutlookClients: boolean({ nullable: true, sparse: true }),
  infoCatalogs: string({ collection: true, sparse: true }),
  isArchived: boolean({ nullable: true, sparse: true }),
  isFavorite: boolean({ nullable: true, sparse: true }),
  isManagementRestricted: boolean({ nullable: true, sparse: true }),
  isSubscribedByMail: boolean({ nullable: true, sparse: true }),
  licenseProcessingState: property(licenseProcessingState, { nullable: true, sparse: true }),
  membershipRuleProcessingStatus: property(membershipRuleProcessingStatus, { nullable: true, sparse: true }),
  onPremisesDomainName: string({ nullable: true, sparse: true }),
  onPremisesExtensionAttributes: property(onPremisesExtensionAttributes, { nullable: true, sparse: true }),
  onPremisesLastSyncDateTime: dateTimeOffset({ nullable: true, sparse: true }),
  onPremisesNetBiosName: string({ nullable: true, sparse: true }),
  onPremisesProvisioningErrors: property(onPremisesProvisioningError, { collection: true, nullable: true, sparse: true }),
  onPremisesSamAccountName: string({ nullable: true, sparse: true }),
  onPremisesSecurityIdentifier: string({ nullable: true, sparse: true }),
  organizationId: string({ nullable: true, sparse: true }),
  preferredDataLocation: string({ nullable: true, sparse: true }),
  preferredLanguage: string({ nullable: true, sparse: true }),
  proxyAddresses: string({ collection: true, sparse: true }),
  renewedDateTime: dateTimeOffset({ nullable: true, sparse: true }),
  resourceBehaviorOptions: string({ collection: true, sparse: true }),
  resourceProvisioningOptions: string({ collection: true, sparse: true }),
  securityIdentifier: string({ nullable: true, sparse: true }),
  serviceProvisioningErrors: property(serviceProvisioningError, { collection: true, nullable: true, sparse: true, readOnly: true }),
  theme: string({ nullable: true, sparse: true }),
  /** Names a group in URLs. */
  uniqueName: string({ nullable: true }),
  unseenConversationsCount: int32({ nullable: true, sparse: true }),
  unseenCount: int32({ nullable: true, sparse: true }),
  unseenMessagesCount: int32({ nullable: true, sparse: true }),
  welcomeMessageEnabled: boolean({ nullable: true, sparse: true }),
  writebackConfiguration: property(groupWritebackConfiguration, { nullable: true, sparse: true }),
} as const;

/** Groups and devices of the directory: as much of it as targeting and tools need. Users are beside managed devices. */

const members = { link: () => groupMember, linkTo: 'id' };

export const group = entityType('group', {
  family: 'directory',
  base: directoryObject,
  audit: 'Other',
  properties: {
    displayName: string({ nullable: true, required: true, searchable: true }),
    description: string({ nullable: true }),
    mail: string({ nullable: true }),
    mailEnabled: boolean({ nullable: true, required: true }),
    mailNickname: string({ nullable: true, required: true }),
    securityEnabled: boolean({ nullable: true, required: true }),
    groupTypes: string({ collection: true }),
    /** Kept as it is written: who belongs to a dynamic group is not worked out here. */
    membershipRule: string({ nullable: true }),
    membershipRuleProcessingState: string({ nullable: true }),
    isAssignableToRole: boolean({ nullable: true }),
    visibility: string({ nullable: true }),
    onPremisesSyncEnabled: boolean({ nullable: true }),
    createdDateTime: dateTimeOffset({ nullable: true, readOnly: true }),
    ...groupDetails,
  },
  navigation: {
    members: referenceMany(() => directoryObject, {
      join: { groupId: 'id' },
      through: members,
      capabilities: ['list', 'get', 'reference'],
      access: groupMemberAccess,
    }),
    transitiveMembers: referenceMany(() => directoryObject, {
      join: { groupId: 'id' },
      through: { ...members, transitive: true },
      access: groupMemberAccess,
    }),
    owners: referenceMany(() => directoryObject, {
      join: { groupId: 'id' },
      through: { link: () => groupOwner, linkTo: 'id' },
      capabilities: ['list', 'get', 'reference'],
    }),
    ...memberOf,
  },
  storage: { key: ['id'], indexes: [{ properties: ['displayName'] }, { properties: ['uniqueName'] }], alternateKey: 'uniqueName' },
});

/** The directory's object of a managed device, which comes and goes with it and has its id. */
export const device = entityType('device', {
  family: 'directory',
  base: directoryObject,
  properties: {
    deviceId: string({ nullable: true, readOnly: true }),
    accountEnabled: boolean({ nullable: true, readOnly: true, default: true }),
    operatingSystem: string({ nullable: true, readOnly: true }),
    operatingSystemVersion: string({ nullable: true, readOnly: true }),
    manufacturer: string({ nullable: true, readOnly: true }),
    model: string({ nullable: true, readOnly: true }),
    isCompliant: boolean({ nullable: true, readOnly: true }),
    isManaged: boolean({ nullable: true, readOnly: true, default: true }),
    registrationDateTime: dateTimeOffset({ nullable: true, readOnly: true }),
    approximateLastSignInDateTime: dateTimeOffset({ nullable: true, readOnly: true }),
    ...deviceDetails,
  },
  navigation: memberOf,
  storage: { key: ['id'], indexes: [{ properties: ['deviceId'] }, { properties: ['displayName'] }], alternateKey: 'deviceId' },
});
