import { containedMany, entityType } from '../edm/declare.ts';
import { deviceAndAppManagementAssignmentFilter } from './assignment-filter.ts';
import { deviceCustomAttributeShellScript } from './device-custom-attribute-shell-script.ts';
import { deviceManagementScript } from './device-management-script.ts';
import { deviceShellScript } from './device-shell-script.ts';
import { entity } from './entity.ts';
import { hardwareConfiguration } from './hardware-configuration.ts';
import { managedDevice } from './managed-device.ts';
import {
  assignmentFilterAccess,
  hardwareAccess,
  managedDeviceAccess,
  roleAccess,
  roleScopeTagAccess,
  scriptAccess,
} from './permissions.ts';
import { deviceAndAppManagementRoleAssignment, roleDefinition } from './role.ts';
import { roleScopeTag } from './role-scope-tag.ts';

const managedDevices = containedMany(() => managedDevice, { access: managedDeviceAccess });

/**
 * Scripts of every kind share ids and children. Tools assign all kinds through `deviceManagementScripts`, and read their children
 * there; as these are found by id alone, it is the same in the other collections.
 */
const scriptOptions = {
  access: scriptAccess,
  siblings: () => [deviceManagementScript, deviceShellScript, deviceCustomAttributeShellScript],
} as const;

/** The `deviceManagement` singleton: it has no state of its own, everything hangs from its navigations. */
export const deviceManagement = entityType('deviceManagement', {
  base: entity,
  properties: {},
  navigation: {
    assignmentFilters: containedMany(() => deviceAndAppManagementAssignmentFilter, { access: assignmentFilterAccess }),
    deviceCustomAttributeShellScripts: containedMany(() => deviceCustomAttributeShellScript, scriptOptions),
    deviceManagementScripts: containedMany(() => deviceManagementScript, scriptOptions),
    deviceShellScripts: containedMany(() => deviceShellScript, scriptOptions),
    hardwareConfigurations: containedMany(() => hardwareConfiguration, { access: hardwareAccess }),
    managedDevices,
    roleAssignments: containedMany(() => deviceAndAppManagementRoleAssignment, { access: roleAccess }),
    roleDefinitions: containedMany(() => roleDefinition, { access: roleAccess }),
    roleScopeTags: containedMany(() => roleScopeTag, { access: roleScopeTagAccess }),
  },
});

/** As `/v1.0` has it: scripts and hardware configurations are beta only. */
export const deviceManagementV1 = entityType('deviceManagement', { base: entity, properties: {}, navigation: { managedDevices } });
