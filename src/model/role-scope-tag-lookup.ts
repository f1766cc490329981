import { boundFunction } from '../edm/declare.ts';
import { deviceManagement } from './device-management.ts';
import { roleScopeTag } from './role-scope-tag.ts';

/** Functions on `deviceManagement` that answer with scope tags. */

const returns = { type: roleScopeTag, collection: true, nullable: true } as const;

export const getRoleScopeTagsByIds = boundFunction('getRoleScopeTagsByIds', {
  binding: deviceManagement,
  parameters: { ids: { type: 'Edm.String', collection: true, nullable: true } },
  returns,
});

export const getRoleScopeTagsByResource = boundFunction('getRoleScopeTagsByResource', {
  binding: deviceManagement,
  parameters: { resource: { type: 'Edm.String', nullable: true } },
  returns,
});
