import type { ComplexType, EntityType, EnumType, OperationDeclaration } from '../edm/declare.ts';
import { linkModel, type Model, type Root } from '../edm/link.ts';
import * as target from './assignment-target.ts';
import * as compliancePolicy from './device-compliance-policy.ts';
import * as complianceScript from './device-compliance-script.ts';
import * as healthScript from './device-health-script.ts';
import * as healthPolicyState from './device-health-script-policy-state.ts';
import { deviceManagement, deviceManagementV1 } from './device-management.ts';
import * as script from './device-management-script.ts';
import { directoryObject, group, groupMember, user } from './directory.ts';
import { entity } from './entity.ts';
import * as hardware from './hardware-configuration.ts';
import * as device from './managed-device.ts';
import { groupAccess, managedDeviceAccess, userAccess } from './permissions.ts';
import { runState } from './run-state.ts';

/**
 * The served Graph surface: data only, one file per resource family. Imports `edm` and `lib`.
 * Everything else reads this model; adding a resource means adding a file here and naming it below.
 */

/** Stored, but with no URL and no metadata. */
const internal: readonly EntityType[] = [groupMember, healthScript.deviceHealthScriptDay, healthScript.onDemandRemediation];

const everything: readonly (EnumType | ComplexType | EntityType | OperationDeclaration)[] = [
  ...Object.values(target),
  ...Object.values(script),
  ...Object.values(hardware),
  ...Object.values(device),
  ...Object.values(healthScript).filter((d) => !internal.includes(d as EntityType)),
  ...[healthPolicyState.remediationState, healthPolicyState.deviceHealthScriptPolicyState],
  ...Object.values(complianceScript),
  ...Object.values(compliancePolicy),
];
const directory = [entity, directoryObject, user, group];

const crud = ['list', 'get', 'create', 'update', 'delete'] as const;

const rootsWith = (deviceManagementType: EntityType): readonly Root[] => [
  { kind: 'singleton', name: 'deviceManagement', type: deviceManagementType, access: managedDeviceAccess, capabilities: ['get'] },
  { kind: 'entitySet', name: 'groups', type: group, access: groupAccess, capabilities: crud },
  { kind: 'entitySet', name: 'users', type: user, access: userAccess, capabilities: crud },
];

/** All of it, as `/beta` serves it. */
export const model: Model = linkModel({
  namespace: 'microsoft.graph',
  enumTypes: [...everything.filter((d) => d.kind === 'enum'), runState],
  complexTypes: everything.filter((d) => d.kind === 'complex'),
  entityTypes: [...directory, deviceManagement, ...everything.filter((d) => d.kind === 'entity')],
  internal,
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
