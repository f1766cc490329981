import { containedMany, entityType } from '../edm/declare.ts';
import { deviceCompliancePolicy } from './device-compliance-policy.ts';
import { deviceComplianceScript } from './device-compliance-script.ts';
import { deviceHealthScript } from './device-health-script.ts';
import { deviceManagementScript } from './device-management-script.ts';
import { entity } from './entity.ts';
import { hardwareConfiguration } from './hardware-configuration.ts';
import { managedDevice } from './managed-device.ts';
import { hardwareAccess, healthAccess, managedDeviceAccess, scriptAccess } from './permissions.ts';

const managedDevices = containedMany(() => managedDevice, { access: managedDeviceAccess });

/** The `deviceManagement` singleton: it has no state of its own, everything hangs from its navigations. */
export const deviceManagement = entityType('deviceManagement', {
  base: entity,
  properties: {},
  navigation: {
    deviceCompliancePolicies: containedMany(() => deviceCompliancePolicy, { access: hardwareAccess, capabilities: [] }),
    deviceComplianceScripts: containedMany(() => deviceComplianceScript, { access: scriptAccess }),
    deviceHealthScripts: containedMany(() => deviceHealthScript, { access: healthAccess }),
    deviceManagementScripts: containedMany(() => deviceManagementScript, { access: scriptAccess }),
    hardwareConfigurations: containedMany(() => hardwareConfiguration, { access: hardwareAccess }),
    managedDevices,
  },
});

/** As `/v1.0` has it: scripts and hardware configurations are beta only. */
export const deviceManagementV1 = entityType('deviceManagement', { base: entity, properties: {}, navigation: { managedDevices } });
