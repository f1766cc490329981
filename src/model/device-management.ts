import { containedMany, entityType } from '../edm/declare.ts';
import { deviceAndAppManagementAssignmentFilter } from './assignment-filter.ts';
import { auditEvent } from './audit-event.ts';
import { deviceCompliancePolicy } from './device-compliance-policy.ts';
import { deviceComplianceScript } from './device-compliance-script.ts';
import { deviceCustomAttributeShellScript } from './device-custom-attribute-shell-script.ts';
import { deviceHealthScript } from './device-health-script.ts';
import { deviceManagementScript } from './device-management-script.ts';
import { deviceShellScript } from './device-shell-script.ts';
import { entity } from './entity.ts';
import { hardwareConfiguration } from './hardware-configuration.ts';
import { hardwarePasswordDetail, hardwarePasswordInfo } from './hardware-password.ts';
import { managedDevice } from './managed-device.ts';
import { assignmentFilterAccess, auditAccess, hardwareAccess, healthAccess, managedDeviceAccess, scriptAccess } from './permissions.ts';

/** The server writes the audit log; clients read it. */
const auditEvents = containedMany(() => auditEvent, { access: auditAccess, capabilities: ['list', 'get'] });
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
    auditEvents,
    deviceCompliancePolicies: containedMany(() => deviceCompliancePolicy, { access: hardwareAccess, capabilities: [] }),
    deviceComplianceScripts: containedMany(() => deviceComplianceScript, { access: scriptAccess }),
    deviceCustomAttributeShellScripts: containedMany(() => deviceCustomAttributeShellScript, scriptOptions),
    deviceHealthScripts: containedMany(() => deviceHealthScript, { access: healthAccess }),
    deviceManagementScripts: containedMany(() => deviceManagementScript, scriptOptions),
    deviceShellScripts: containedMany(() => deviceShellScript, scriptOptions),
    hardwareConfigurations: containedMany(() => hardwareConfiguration, { access: hardwareAccess }),
    hardwarePasswordDetails: containedMany(() => hardwarePasswordDetail, { access: hardwareAccess }),
    hardwarePasswordInfo: containedMany(() => hardwarePasswordInfo, { access: hardwareAccess }),
    managedDevices,
  },
});

/** As `/v1.0` has it: scripts and hardware configurations are beta only. */
export const deviceManagementV1 = entityType('deviceManagement', {
  base: entity,
  properties: {},
  navigation: { auditEvents, managedDevices },
});
