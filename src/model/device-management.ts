import { containedMany, entityType } from '../edm/declare.ts';
import { deviceManagementScript } from './device-management-script.ts';
import { entity } from './entity.ts';
import { hardwareConfiguration } from './hardware-configuration.ts';
import { managedDevice } from './managed-device.ts';
import { hardwareAccess, managedDeviceAccess, scriptAccess } from './permissions.ts';

/** The `deviceManagement` singleton: it has no state of its own, everything hangs from its navigations. */
export const deviceManagement = entityType('deviceManagement', {
  base: entity,
  properties: {},
  navigation: {
    deviceManagementScripts: containedMany(() => deviceManagementScript, { access: scriptAccess }),
    hardwareConfigurations: containedMany(() => hardwareConfiguration, { access: hardwareAccess }),
    managedDevices: containedMany(() => managedDevice, { access: managedDeviceAccess, v1: true }),
  },
});
