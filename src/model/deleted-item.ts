import { action, complexType, containedMany, dateTimeOffset, entityType, property, sparseColumn, string } from '../edm/declare.ts';
import { group } from './directory.ts';
import { directoryObject } from './directory-object.ts';
import { entity } from './entity.ts';
import { user } from './managed-device.ts';
import { directoryAccess, groupAccess, userAccess } from './permissions.ts';

/**
 * Users and groups that were deleted, which can be restored for some time. They stand in tables of their own, so that nothing else finds them, and
 * are published as what they were.
 */

export const deletedItem = entityType('deletedItem', {
  base: entity,
  abstract: true,
  publishedAs: 'directoryObject',
  family: 'directory',
  audit: 'Other',
  properties: {
    displayName: string({ nullable: true, searchable: true }),
    deletedDateTime: dateTimeOffset({ nullable: true, readOnly: true }),
    ...sparseColumn,
  },
  storage: { key: ['id'], view: true },
});

/** Which groups it was in and owned, and whom a group had: lists of ids (`domain/directory/deleted-items.ts`). */
const keptLinks = property(complexType('keptLinks', { properties: {} }), { nullable: true, internal: true });

const deleted = { base: deletedItem, family: 'directory', audit: 'Other' } as const;
const storage = { key: ['id'], indexes: [{ properties: ['deletedDateTime'] }] } as const;

export const deletedUser = entityType('deletedUser', {
  ...deleted,
  publishedAs: 'user',
  properties: { ...user.properties, keptLinks },
  storage,
});

export const deletedGroup = entityType('deletedGroup', {
  ...deleted,
  publishedAs: 'group',
  properties: { ...group.properties, keptLinks },
  storage,
});

const access = {
  read: [...new Set([...(directoryAccess.read ?? []), ...(userAccess.read ?? []), ...(groupAccess.read ?? [])])],
  write: [...new Set([...(directoryAccess.write ?? []), ...(userAccess.write ?? []), ...(groupAccess.write ?? [])])],
};

/** The directory itself: what is below it. */
export const directory = entityType('directory', {
  base: entity,
  properties: {},
  navigation: { deletedItems: containedMany(() => deletedItem, { access, capabilities: ['list', 'get', 'delete'] }) },
});

export const restore = action('restore', { binding: deletedItem, parameters: {}, returns: { type: directoryObject } });
