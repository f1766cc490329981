import { dateTimeOffset, entityType, referenceMany, sparseColumn, string } from '../edm/declare.ts';
import { entity } from './entity.ts';
import { directoryAccess } from './permissions.ts';

/** What users, groups and devices have in common, and how they belong to groups. */

/** The base of everything that can be a member of a group; as a set, all of it together. */
export const directoryObject = entityType('directoryObject', {
  family: 'directory',
  base: entity,
  abstract: true,
  properties: {
    /** Graph repeats it in each derived type; here it stands once, so that members can be filtered and ordered by it. */
    displayName: string({ nullable: true, searchable: true }),
    /** Objects that are deleted stand elsewhere. */
    deletedDateTime: dateTimeOffset({ nullable: true, readOnly: true, unstored: true }),
    ...sparseColumn,
  },
  storage: { key: ['id'], view: true },
});

const membership = {
  audit: 'Other',
  properties: { groupId: string({ internal: true, format: 'uuid' }), id: string({ internal: true, format: 'uuid' }) },
  storage: { key: ['groupId', 'id'], indexes: [{ properties: ['id'] }] },
} as const;

/** One membership. Stored, never routed: clients see it as `groups/{id}/members`. */
export const groupMember = entityType('groupMember', membership);

/** One owner of a group. */
export const groupOwner = entityType('groupOwner', membership);

/** The groups that an object is in. */
const groupsOf = { join: { id: 'id' }, access: directoryAccess } as const;
const memberships = { link: () => groupMember, linkTo: 'groupId' };

export const memberOf = {
  memberOf: referenceMany(() => directoryObject, { ...groupsOf, through: memberships }),
  transitiveMemberOf: referenceMany(() => directoryObject, { ...groupsOf, through: { ...memberships, transitive: true } }),
} as const;
