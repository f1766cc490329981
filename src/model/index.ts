import type { ComplexType, EntityType, EnumType, OperationDeclaration } from '../edm/declare.ts';
import { linkModel, type Model, type Root } from '../edm/link.ts';
import * as filter from './assignment-filter.ts';
import * as filterActions from './assignment-filter-actions.ts';
import * as target from './assignment-target.ts';
import * as audit from './audit-event.ts';
import * as compliancePolicyChildren from './compliance-policy-children.ts';
import * as deletedItems from './deleted-item.ts';
import * as compliancePolicy from './device-compliance-policy.ts';
import * as complianceScript from './device-compliance-script.ts';
import * as customAttribute from './device-custom-attribute-shell-script.ts';
import * as healthScript from './device-health-script.ts';
import * as healthPolicyState from './device-health-script-policy-state.ts';
import { deviceManagement, deviceManagementV1 } from './device-management.ts';
import * as script from './device-management-script.ts';
import * as settings from './device-management-settings.ts';
import * as shell from './device-shell-script.ts';
import { device as directoryDevice, group } from './directory.ts';
import * as directoryActions from './directory-actions.ts';
import { directoryObject, groupMember, groupOwner } from './directory-object.ts';
import * as directoryValues from './directory-values.ts';
import { entity } from './entity.ts';
import * as hardware from './hardware-configuration.ts';
import * as password from './hardware-password.ts';
import {
  authorizationCode,
  deviceSignIn,
  instance,
  keyHolder,
  pendingWork,
  repeatableAnswer,
  sequence,
  userPassword,
  wrongAttempt,
} from './internal.ts';
import * as keyValues from './key-value-pair.ts';
import * as devices from './managed-device.ts';
import * as deviceDetails from './managed-device-details.ts';
import * as deviceProperties from './managed-device-properties.ts';
import * as tenant from './organization.ts';
import {
  deviceAccess,
  deviceManagementAccess,
  directoryAccess,
  groupAccess,
  meAccess,
  organizationAccess,
  userAccess,
} from './permissions.ts';
import * as resourceOperations from './resource-operation.ts';
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

type Declaration = EnumType | ComplexType | EntityType | OperationDeclaration;

const declarations = (module: Readonly<Record<string, object>>): readonly Declaration[] =>
  Object.values(module).filter((value): value is Declaration => 'kind' in value && !internal.includes(value as EntityType));

/** Stored, but with no URL and no metadata. */
const internal: readonly EntityType[] = [
  groupMember,
  groupOwner,
  devices.detectedAppDevice,
  repeatableAnswer,
  instance,
  keyHolder,
  pendingWork,
  deviceSignIn,
  authorizationCode,
  userPassword,
  wrongAttempt,
  sequence,
  tenantFeature,
  healthScript.deviceHealthScriptDay,
  healthScript.onDemandRemediation,
];

const inBothVersions = [
  audit,
  compliancePolicyChildren,
  deletedItems,
  settings,
  deviceProperties,
  deviceDetails,
  devices,
  directoryActions,
  directoryValues,
  keyValues,
  resourceOperations,
  target,
  tenant,
].flatMap(declarations);

const everything: readonly Declaration[] = [
  ...Object.values(password),
  ...Object.values(script),
  ...Object.values(shell),
  ...Object.values(customAttribute),
  ...Object.values(scriptChild),
  ...Object.values(hardware),
  ...inBothVersions,
  ...declarations(healthScript),
  ...[healthPolicyState.remediationState, healthPolicyState.deviceHealthScriptPolicyState],
  ...Object.values(complianceScript),
  ...Object.values(compliancePolicy),
  ...Object.values(filter),
  ...Object.values(filterActions),
  ...Object.values(scopeTag),
  ...Object.values(scopeTagLookup),
  ...Object.values(role),
];
const directory = [entity, directoryObject, group, directoryDevice];

const isEnum = (d: Declaration): d is EnumType => d.kind === 'enum';
const isComplex = (d: Declaration): d is ComplexType => d.kind === 'complex';
const isEntity = (d: Declaration): d is EntityType => d.kind === 'entity';

const isOperation = (d: Declaration): d is OperationDeclaration => d.kind === 'action' || d.kind === 'function';

const crud = ['list', 'get', 'create', 'update', 'delete'] as const;

const rootsWith = (deviceManagementType: EntityType): readonly Root[] => [
  {
    kind: 'singleton',
    name: 'deviceManagement',
    type: deviceManagementType,
    access: deviceManagementAccess,
    capabilities: ['get', 'update'],
  },
  { kind: 'entitySet', name: 'devices', type: directoryDevice, access: deviceAccess, capabilities: ['list', 'get'] },
  { kind: 'singleton', name: 'directory', type: deletedItems.directory, access: directoryAccess, capabilities: [] },
  { kind: 'entitySet', name: 'directoryObjects', type: directoryObject, access: directoryAccess, capabilities: ['list', 'get'] },
  { kind: 'entitySet', name: 'groups', type: group, access: groupAccess, capabilities: crud },
  { kind: 'singleton', name: 'me', type: devices.user, access: meAccess, capabilities: ['get', 'update'] },
  {
    kind: 'entitySet',
    name: 'organization',
    type: tenant.organization,
    access: organizationAccess,
    capabilities: ['list', 'get', 'update'],
  },
  { kind: 'entitySet', name: 'users', type: devices.user, access: userAccess, capabilities: crud },
];

/** All of it, as `/beta` serves it. */
export const model: Model = linkModel({
  namespace: 'microsoft.graph',
  enumTypes: [...everything.filter(isEnum), runState, runAsAccountType],
  complexTypes: everything.filter(isComplex),
  entityTypes: [...directory, deviceManagement, ...everything.filter(isEntity)],
  internal,
  operations: everything.filter(isOperation),
  roots: rootsWith(deviceManagement),
});

/** The directory and the managed devices: what `/v1.0` really has of it. */
export const modelV1: Model = linkModel({
  namespace: 'microsoft.graph',
  enumTypes: inBothVersions.filter(isEnum),
  complexTypes: inBothVersions.filter(isComplex),
  entityTypes: [...directory, deviceManagementV1, compliancePolicy.deviceCompliancePolicy, ...inBothVersions.filter(isEntity)],
  internal,
  operations: inBothVersions.filter(isOperation),
  roots: rootsWith(deviceManagementV1),
});

export { allPermissions } from './permissions.ts';
