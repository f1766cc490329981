import { containedMany, entityType } from '../edm/declare.ts';
import { deviceManagementScript } from './device-management-script.ts';
import { deviceManagementProperties } from './device-management-settings.ts';
import { entity } from './entity.ts';
import { hardwareConfiguration } from './hardware-configuration.ts';
import { detectedApp, managedDevice } from './managed-device.ts';
import { hardwareAccess, managedDeviceAccess, scriptAccess } from './permissions.ts';

const access = managedDeviceAccess;
const inBothVersions = {
  detectedApps: containedMany(() => detectedApp, { access }),
  managedDevices: containedMany(() => managedDevice, { access }),
};
const tenantWide = { base: entity, properties: deviceManagementProperties, storage: { key: ['id'], perTenant: true } } as const;

/** The `deviceManagement` singleton: one for each tenant. */
export const deviceManagement = entityType('deviceManagement', {
  ...tenantWide,
  navigation: {
    comanagedDevices: containedMany(() => managedDevice, { access, fixed: { isComanaged: true } }),
    deviceManagementScripts: containedMany(() => deviceManagementScript, { access: scriptAccess }),
    hardwareConfigurations: containedMany(() => hardwareConfiguration, { access: hardwareAccess }),
    ...inBothVersions,
  },
});

/** As `/v1.0` has it: scripts, hardware configurations and the set of co-managed devices are beta only. */
export const deviceManagementV1 = entityType('deviceManagement', { ...tenantWide, navigation: inBothVersions });
