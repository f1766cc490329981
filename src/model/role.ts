import {
  boolean,
  complexType,
  containedMany,
  type EntityType,
  entityType,
  enumType,
  property,
  referenceMany,
  referenceOne,
  string,
} from '../edm/declare.ts';
import { entity } from './entity.ts';
import { roleScopeTagAccess } from './permissions.ts';
import { roleScopeTag } from './role-scope-tag.ts';

/** Roles and who has them: as much as scope tags need. What a role allows is stored and answered, not enforced. */

export const resourceAction = complexType('resourceAction', {
  properties: {
    allowedResourceActions: string({ collection: true, nullable: true }),
    notAllowedResourceActions: string({ collection: true, nullable: true }),
  },
});

export const rolePermission = complexType('rolePermission', {
  properties: {
    actions: string({ collection: true, nullable: true }),
    resourceActions: property(resourceAction, { collection: true, nullable: true }),
  },
});

export const roleAssignmentScopeType = enumType('roleAssignmentScopeType', {
  resourceScope: 0,
  allDevices: 1,
  allLicensedUsers: 2,
  allDevicesAndLicensedUsers: 3,
});

/** Published as a type of its own; every assignment that there is has the derived type. */
export const roleAssignment = entityType('roleAssignment', {
  base: entity,
  audit: 'Role',
  properties: {
    displayName: string({ nullable: true, maxLength: 128, searchable: true }),
    description: string({ nullable: true, maxLength: 1024 }),
    scopeMembers: string({ collection: true, distinct: true, nullable: true }),
    scopeType: property(roleAssignmentScopeType, { default: 'resourceScope' }),
    resourceScopes: string({ collection: true, distinct: true, nullable: true }),
    roleDefinitionId: string({ internal: true, format: 'uuid' }),
  },
  navigation: { roleDefinition: referenceOne((): EntityType => roleDefinition, { join: { id: 'roleDefinitionId' } }) },
});

export const deviceAndAppManagementRoleAssignment = entityType('deviceAndAppManagementRoleAssignment', {
  base: roleAssignment,
  audit: 'Role',
  properties: {
    members: string({ collection: true, distinct: true, nullable: true }),
    /** What `roleScopeTags` leads to. */
    scopeTagIds: string({ collection: true, internal: true }),
  },
  navigation: {
    roleScopeTags: referenceMany(() => roleScopeTag, {
      join: { id: 'scopeTagIds' },
      capabilities: ['list', 'get', 'create', 'update', 'delete', 'reference'],
      access: roleScopeTagAccess,
    }),
  },
  storage: { key: ['id'], indexes: [{ properties: ['roleDefinitionId'] }] },
});

export const roleDefinition = entityType('roleDefinition', {
  base: entity,
  audit: 'Role',
  properties: {
    displayName: string({ nullable: true, searchable: true }),
    description: string({ nullable: true }),
    permissions: property(rolePermission, { collection: true, nullable: true }),
    rolePermissions: property(rolePermission, { collection: true, nullable: true }),
    isBuiltInRoleDefinition: boolean({ readOnly: true }),
    isBuiltIn: boolean({ readOnly: true }),
    roleScopeTagIds: string({ collection: true, distinct: true, nullable: true, default: ['0'] }),
  },
  navigation: {
    roleAssignments: containedMany((): EntityType => deviceAndAppManagementRoleAssignment, { join: { roleDefinitionId: 'id' } }),
  },
  storage: { key: ['id'] },
});
