import { boolean, dateTimeOffset, entityType, referenceMany, string } from '../edm/declare.ts';
import { deviceDetails } from './device-details.ts';
import { directoryObject, groupMember, groupOwner, memberOf } from './directory-object.ts';
import { groupDetails } from './group-details.ts';
import { groupMemberAccess } from './permissions.ts';

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
