import { containedMany, entityType } from '../edm/declare.ts';
import { deviceCustomAttributeShellScript } from './device-custom-attribute-shell-script.ts';
import { deviceManagementScript } from './device-management-script.ts';
import { deviceShellScript } from './device-shell-script.ts';
import { entity } from './entity.ts';
import { hardwareConfiguration } from './hardware-configuration.ts';
import { managedDevice } from './managed-device.ts';
import { hardwareAccess, managedDeviceAccess, scriptAccess } from './permissions.ts';

const managedDevices = containedMany(() => managedDevice, { access: managedDeviceAccess });

/** The `deviceManagement` singleton: it has no state of its own, everything hangs from its navigations. */
export const deviceManagement = entityType('deviceManagement', {
  base: entity,
  properties: {},
  navigation: {
    deviceCustomAttributeShellScripts: containedMany(() => deviceCustomAttributeShellScript, { access: scriptAccess }),
    // Tools assign every kind of script here, and read its assignments and run states. No tool is known to do so the other way round.
    deviceManagementScripts: containedMany(() => deviceManagementScript, {
      access: scriptAccess,
      siblings: () => [deviceShellScript, deviceCustomAttributeShellScript],
    }),
    deviceShellScripts: containedMany(() => deviceShellScript, { access: scriptAccess }),
    hardwareConfigurations: containedMany(() => hardwareConfiguration, { access: hardwareAccess }),
    managedDevices,
  },
});

/** As `/v1.0` has it: scripts and hardware configurations are beta only. */
export const deviceManagementV1 = entityType('deviceManagement', { base: entity, properties: {}, navigation: { managedDevices } });
