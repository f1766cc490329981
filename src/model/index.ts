import { linkModel, type Model } from '../edm/link.ts';
import * as target from './assignment-target.ts';
import { deviceManagement } from './device-management.ts';
import * as script from './device-management-script.ts';
import { directoryObject, group, groupMember, user } from './directory.ts';
import { entity } from './entity.ts';
import * as hardware from './hardware-configuration.ts';
import * as device from './managed-device.ts';
import { operations } from './operations.ts';
import { groupAccess, managedDeviceAccess, userAccess } from './permissions.ts';
import { runState } from './run-state.ts';

/**
 * The served Graph surface: data only, one file per resource family. Imports `edm` and `lib`.
 * Everything else reads this model; adding a resource means adding a file here and naming it below.
 */

const declared = [...Object.values(target), ...Object.values(script), ...Object.values(hardware), ...Object.values(device)];

const crud = ['list', 'get', 'create', 'update', 'delete'] as const;

export const model: Model = linkModel({
  namespace: 'microsoft.graph',
  enumTypes: [...declared.filter((d) => d.kind === 'enum'), runState],
  complexTypes: declared.filter((d) => d.kind === 'complex'),
  entityTypes: [entity, directoryObject, deviceManagement, user, group, ...declared.filter((d) => d.kind === 'entity')],
  internal: [groupMember],
  operations,
  roots: [
    { kind: 'singleton', name: 'deviceManagement', type: deviceManagement, access: managedDeviceAccess, capabilities: ['get'], v1: true },
    { kind: 'entitySet', name: 'groups', type: group, access: groupAccess, capabilities: crud, v1: true },
    { kind: 'entitySet', name: 'users', type: user, access: userAccess, capabilities: crud, v1: true },
  ],
});

export { allPermissions } from './permissions.ts';
