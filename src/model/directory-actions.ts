import { action } from '../edm/declare.ts';
import { directoryObject } from './directory-object.ts';

/** What can be asked about objects of the directory: which groups they are in, and who has an id. All of it only looks. */

const ids = { type: 'Edm.String', collection: true } as const;
const found = { type: 'Edm.String', collection: true } as const;
const securityEnabledOnly = { type: 'Edm.Boolean', nullable: true } as const;

export const checkMemberGroups = action('checkMemberGroups', {
  binding: directoryObject,
  parameters: { groupIds: ids },
  returns: found,
});

export const checkMemberObjects = action('checkMemberObjects', { binding: directoryObject, parameters: { ids }, returns: found });

export const getMemberGroups = action('getMemberGroups', {
  binding: directoryObject,
  parameters: { securityEnabledOnly },
  returns: found,
});

export const getMemberObjects = action('getMemberObjects', {
  binding: directoryObject,
  parameters: { securityEnabledOnly },
  returns: found,
});

export const getByIds = action('getByIds', {
  binding: directoryObject,
  bindingCollection: true,
  parameters: { ids, types: { type: 'Edm.String', collection: true, nullable: true } },
  returns: { type: directoryObject, collection: true },
});
