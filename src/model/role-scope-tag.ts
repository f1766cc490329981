import { action, boolean, boundFunction, containedMany, entityType, property, string } from '../edm/declare.ts';
import { deviceAndAppManagementAssignmentTarget } from './assignment-target.ts';
import { entity, textId } from './entity.ts';

/** Scope tags, and the groups whose devices get them by themselves. */

export const roleScopeTagAutoAssignment = entityType('roleScopeTagAutoAssignment', {
  base: entity,
  audit: 'Role',
  properties: {
    ...textId,
    target: property(deviceAndAppManagementAssignmentTarget, { nullable: true }),
    /** The tag that is assigned; named as in all assignments. */
    policyId: string({ internal: true }),
  },
  storage: { key: ['policyId', 'id'] },
});

export const roleScopeTag = entityType('roleScopeTag', {
  base: entity,
  family: 'scopeTag',
  audit: 'Role',
  properties: {
    ...textId,
    displayName: string({ nullable: true, notEmpty: true, searchable: true }),
    description: string({ nullable: true }),
    isBuiltIn: boolean({ readOnly: true }),
  },
  navigation: { assignments: containedMany(() => roleScopeTagAutoAssignment, { join: { policyId: 'id' } }) },
  storage: { key: ['id'] },
});

export const assignRoleScopeTag = action('assign', {
  binding: roleScopeTag,
  parameters: { assignments: { type: roleScopeTagAutoAssignment, collection: true, nullable: true } },
  returns: { type: roleScopeTagAutoAssignment, collection: true, nullable: true },
});

export const getRoleScopeTagsById = action('getRoleScopeTagsById', {
  binding: roleScopeTag,
  bindingCollection: true,
  parameters: { roleScopeTagIds: { type: 'Edm.String', collection: true, nullable: true } },
  returns: { type: roleScopeTag, collection: true, nullable: true },
});

export const hasCustomRoleScopeTag = boundFunction('hasCustomRoleScopeTag', {
  binding: roleScopeTag,
  bindingCollection: true,
  parameters: {},
  returns: { type: 'Edm.Boolean' },
});
