import { boolean, complexType, dateTimeOffset, entityType, enumType, property, string } from '../edm/declare.ts';
import { entity } from './entity.ts';

/** The tenant as an object of its own directory: one for each tenant, with the tenant's id. */

export const verifiedDomain = complexType('verifiedDomain', {
  properties: {
    capabilities: string({ nullable: true }),
    isDefault: boolean({ nullable: true }),
    isInitial: boolean({ nullable: true }),
    name: string({ nullable: true }),
    type: string({ nullable: true }),
  },
});

export const mdmAuthority = enumType('mdmAuthority', { unknown: 0, intune: 1, sccm: 2, office365: 3 });

export const organization = entityType('organization', {
  family: 'directory',
  base: entity,
  properties: {
    displayName: string({ nullable: true, readOnly: true, searchable: true, default: 'Muster' }),
    verifiedDomains: property(verifiedDomain, {
      collection: true,
      readOnly: true,
      default: [{ capabilities: '', isDefault: true, isInitial: true, name: 'muster.example', type: 'Managed' }],
    }),
    tenantType: string({ nullable: true, readOnly: true, default: 'AAD' }),
    mobileDeviceManagementAuthority: property(mdmAuthority, { nullable: true, readOnly: true, default: 'intune' }),
    createdDateTime: dateTimeOffset({ nullable: true, readOnly: true }),
    onPremisesSyncEnabled: boolean({ nullable: true, readOnly: true }),
    businessPhones: string({ collection: true }),
    city: string({ nullable: true, readOnly: true }),
    country: string({ nullable: true, readOnly: true }),
    countryLetterCode: string({ nullable: true, readOnly: true }),
    postalCode: string({ nullable: true, readOnly: true }),
    state: string({ nullable: true, readOnly: true }),
    street: string({ nullable: true, readOnly: true }),
    preferredLanguage: string({ nullable: true, readOnly: true }),
    marketingNotificationEmails: string({ collection: true }),
    securityComplianceNotificationMails: string({ collection: true }),
    securityComplianceNotificationPhones: string({ collection: true }),
    technicalNotificationMails: string({ collection: true }),
  },
  storage: { key: ['id'], perTenant: true },
});
