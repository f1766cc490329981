import { boolean, dateTimeOffset, entityType, enumType, property, referenceMany, string } from '../edm/declare.ts';
import { entity } from './entity.ts';
import { groupMemberAccess } from './permissions.ts';

/** Users, groups and who belongs to a group: as much of the directory as targeting and tools need. */

/** The base of everything that can be a member of a group. */
export const directoryObject = entityType('directoryObject', { base: entity, abstract: true, properties: {} });

export const user = entityType('user', {
  base: directoryObject,
  audit: 'Other',
  properties: {
    userPrincipalName: string({ nullable: true, searchable: true }),
    displayName: string({ nullable: true, searchable: true }),
    mail: string({ nullable: true }),
    accountEnabled: boolean({ nullable: true, default: true }),
  },
  storage: { key: ['id'], indexes: [{ properties: ['userPrincipalName'] }] },
});

/** What kind of object a membership points at. Internal. */
export const memberKind = enumType('memberKind', { user: 0, group: 1, managedDevice: 2 });

/** One membership. Stored, never routed: clients see it as `groups/{id}/members`. */
export const groupMember = entityType('groupMember', {
  audit: 'Other',
  properties: {
    groupId: string({ internal: true, format: 'uuid' }),
    id: string({ internal: true, format: 'uuid' }),
    memberKind: property(memberKind, { internal: true }),
  },
  storage: { key: ['groupId', 'id'], indexes: [{ properties: ['id'] }] },
});

export const group = entityType('group', {
  base: directoryObject,
  audit: 'Other',
  properties: {
    displayName: string({ nullable: true, searchable: true }),
    description: string({ nullable: true }),
    mail: string({ nullable: true }),
    mailEnabled: boolean({ nullable: true, default: false }),
    mailNickname: string({ nullable: true }),
    securityEnabled: boolean({ nullable: true, default: true }),
    groupTypes: string({ collection: true }),
    createdDateTime: dateTimeOffset({ nullable: true, readOnly: true }),
  },
  navigation: {
    members: referenceMany(() => directoryObject, {
      join: { groupId: 'id' },
      capabilities: ['list', 'reference'],
      access: groupMemberAccess,
    }),
  },
  storage: { key: ['id'] },
});
