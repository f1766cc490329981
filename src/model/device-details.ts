import { boolean, dateTimeOffset, int32, property, string } from '../edm/declare.ts';
import { alternativeSecurityId, onPremisesExtensionAttributes } from './directory-values.ts';

/** What is documented of a device of the directory besides, and few have: nothing here works with it. */

/** Nobody can set it. */
export const deviceDetails = {
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
