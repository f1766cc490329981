import type { ComplexType, EntityType, EnumType, OperationDeclaration } from '../edm/declare.ts';
import { linkModel, type Model, type Root } from '../edm/link.ts';
import * as filter from './assignment-filter.ts';
import * as filterActions from './assignment-filter-actions.ts';
import * as target from './assignment-target.ts';
import * as customAttribute from './device-custom-attribute-shell-script.ts';
import { deviceManagement, deviceManagementV1 } from './device-management.ts';
import * as script from './device-management-script.ts';
import * as shell from './device-shell-script.ts';
import { directoryObject, group, groupMember, user } from './directory.ts';
import { entity } from './entity.ts';
import * as hardware from './hardware-configuration.ts';
import { repeatableAnswer } from './internal.ts';
import * as device from './managed-device.ts';
import { deviceManagementAccess, groupAccess, userAccess } from './permissions.ts';
import * as role from './role.ts';
import * as scopeTag from './role-scope-tag.ts';
import * as scopeTagLookup from './role-scope-tag-lookup.ts';
import { runState } from './run-state.ts';
import * as scriptChild from './script-children.ts';
import { runAsAccountType } from './script-policy.ts';
import { tenantFeature } from './tenant-feature.ts';

/**
 * The served Graph surface: data only, one file per resource family. Imports `edm` and `lib`.
 * Everything else reads this model; adding a resource means adding a file here and naming it below.
 */

const everything: readonly (EnumType | ComplexType | EntityType | OperationDeclaration)[] = [
  ...Object.values(target),
  ...Object.values(script),
  ...Object.values(shell),
  ...Object.values(customAttribute),
  ...Object.values(scriptChild),
  ...Object.values(hardware),
  ...Object.values(device),
  ...Object.values(filter),
  ...Object.values(filterActions),
  ...Object.values(scopeTag),
  ...Object.values(scopeTagLookup),
  ...Object.values(role),
];
const directory = [entity, directoryObject, user, group];

const crud = ['list', 'get', 'create', 'update', 'delete'] as const;

const rootsWith = (deviceManagementType: EntityType): readonly Root[] => [
  { kind: 'singleton', name: 'deviceManagement', type: deviceManagementType, access: deviceManagementAccess, capabilities: ['get'] },
  { kind: 'entitySet', name: 'groups', type: group, access: groupAccess, capabilities: crud },
  { kind: 'entitySet', name: 'users', type: user, access: userAccess, capabilities: crud },
];

/** All of it, as `/beta` serves it. */
export const model: Model = linkModel({
  namespace: 'microsoft.graph',
  enumTypes: [...everything.filter((d) => d.kind === 'enum'), runState, runAsAccountType],
  complexTypes: everything.filter((d) => d.kind === 'complex'),
  entityTypes: [...directory, deviceManagement, ...everything.filter((d) => d.kind === 'entity')],
  internal: [groupMember, repeatableAnswer, tenantFeature],
  operations: everything.filter((d): d is OperationDeclaration => d.kind === 'action' || d.kind === 'function'),
  roots: rootsWith(deviceManagement),
});

/** The directory and the managed devices: what `/v1.0` really has of it. */
export const modelV1: Model = linkModel({
  namespace: 'microsoft.graph',
  enumTypes: Object.values(device).filter((d) => d.kind === 'enum'),
  complexTypes: [],
  entityTypes: [...directory, deviceManagementV1, device.managedDevice],
  internal: [groupMember],
  operations: [],
  roots: rootsWith(deviceManagementV1),
});

export { allPermissions } from './permissions.ts';
