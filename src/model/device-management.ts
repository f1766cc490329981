import { containedMany, entityType } from '../edm/declare.ts';
import { deviceManagementScript } from './device-management-script.ts';
import { entity } from './entity.ts';
import { hardwareConfiguration } from './hardware-configuration.ts';
import { managedDevice } from './managed-device.ts';
import { hardwareAccess, managedDeviceAccess, roleAccess, roleScopeTagAccess, scriptAccess } from './permissions.ts';
import { deviceAndAppManagementRoleAssignment, roleDefinition } from './role.ts';
import { roleScopeTag } from './role-scope-tag.ts';

const managedDevices = containedMany(() => managedDevice, { access: managedDeviceAccess });

/** The `deviceManagement` singleton: it has no state of its own, everything hangs from its navigations. */
export const deviceManagement = entityType('deviceManagement', {
  base: entity,
  properties: {},
  navigation: {
    deviceManagementScripts: containedMany(() => deviceManagementScript, { access: scriptAccess }),
    hardwareConfigurations: containedMany(() => hardwareConfiguration, { access: hardwareAccess }),
    managedDevices,
    roleAssignments: containedMany(() => deviceAndAppManagementRoleAssignment, { access: roleAccess }),
    roleDefinitions: containedMany(() => roleDefinition, { access: roleAccess }),
    roleScopeTags: containedMany(() => roleScopeTag, { access: roleScopeTagAccess }),
  },
});

/** As `/v1.0` has it: scripts and hardware configurations are beta only. */
export const deviceManagementV1 = entityType('deviceManagement', { base: entity, properties: {}, navigation: { managedDevices } });
