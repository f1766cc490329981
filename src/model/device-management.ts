import { containedMany, entityType } from '../edm/declare.ts';
import { deviceAndAppManagementAssignmentFilter } from './assignment-filter.ts';
import { deviceManagementScript } from './device-management-script.ts';
import { entity } from './entity.ts';
import { hardwareConfiguration } from './hardware-configuration.ts';
import { managedDevice } from './managed-device.ts';
import { assignmentFilterAccess, hardwareAccess, managedDeviceAccess, scriptAccess } from './permissions.ts';

const managedDevices = containedMany(() => managedDevice, { access: managedDeviceAccess });

/** The `deviceManagement` singleton: it has no state of its own, everything hangs from its navigations. */
export const deviceManagement = entityType('deviceManagement', {
  base: entity,
  properties: {},
  navigation: {
    assignmentFilters: containedMany(() => deviceAndAppManagementAssignmentFilter, { access: assignmentFilterAccess }),
    deviceManagementScripts: containedMany(() => deviceManagementScript, { access: scriptAccess }),
    hardwareConfigurations: containedMany(() => hardwareConfiguration, { access: hardwareAccess }),
    managedDevices,
  },
});

/** As `/v1.0` has it: scripts and hardware configurations are beta only. */
export const deviceManagementV1 = entityType('deviceManagement', { base: entity, properties: {}, navigation: { managedDevices } });
