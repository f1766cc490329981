import { containedMany, entityType } from '../edm/declare.ts';
import { deviceAndAppManagementAssignmentFilter } from './assignment-filter.ts';
import { auditEvent } from './audit-event.ts';
import { deviceCompliancePolicy } from './device-compliance-policy.ts';
import { deviceComplianceScript } from './device-compliance-script.ts';
import { deviceCustomAttributeShellScript } from './device-custom-attribute-shell-script.ts';
import { deviceHealthScript } from './device-health-script.ts';
import { deviceManagementScript } from './device-management-script.ts';
import { deviceManagementProperties } from './device-management-settings.ts';
import { deviceShellScript } from './device-shell-script.ts';
import { entity } from './entity.ts';
import { hardwareConfiguration } from './hardware-configuration.ts';
import { hardwarePasswordDetail, hardwarePasswordInfo } from './hardware-password.ts';
import { detectedApp, managedDevice } from './managed-device.ts';
import {
  assignmentFilterAccess,
  auditAccess,
  hardwareAccess,
  healthAccess,
  managedDeviceAccess,
  roleAccess,
  roleScopeTagAccess,
  scriptAccess,
} from './permissions.ts';
import { resourceOperation } from './resource-operation.ts';
import { deviceAndAppManagementRoleAssignment, roleDefinition } from './role.ts';
import { roleScopeTag } from './role-scope-tag.ts';

const access = managedDeviceAccess;
const inBothVersions = {
  /** The server writes the audit log; clients read it. */
  auditEvents: containedMany(() => auditEvent, { access: auditAccess, capabilities: ['list', 'get'] }),
  detectedApps: containedMany(() => detectedApp, { access }),
  deviceCompliancePolicies: containedMany(() => deviceCompliancePolicy, { access: hardwareAccess, capabilities: ['list', 'get'] }),
  managedDevices: containedMany(() => managedDevice, { access }),
  resourceOperations: containedMany(() => resourceOperation, { access: roleAccess }),
};
const tenantWide = { base: entity, properties: deviceManagementProperties, storage: { key: ['id'], perTenant: true } } as const;

/**
 * Scripts of every kind share ids and children. Tools assign all kinds through `deviceManagementScripts`, and read their children
 * there; as these are found by id alone, it is the same in the other collections.
 */
const scriptOptions = {
  access: scriptAccess,
  siblings: () => [deviceManagementScript, deviceShellScript, deviceCustomAttributeShellScript],
} as const;

/** The `deviceManagement` singleton: one for each tenant. */
export const deviceManagement = entityType('deviceManagement', {
  ...tenantWide,
  navigation: {
    assignmentFilters: containedMany(() => deviceAndAppManagementAssignmentFilter, { access: assignmentFilterAccess }),
    comanagedDevices: containedMany(() => managedDevice, { access, fixed: { isComanaged: true } }),
    deviceComplianceScripts: containedMany(() => deviceComplianceScript, { access: scriptAccess }),
    deviceCustomAttributeShellScripts: containedMany(() => deviceCustomAttributeShellScript, scriptOptions),
    deviceHealthScripts: containedMany(() => deviceHealthScript, { access: healthAccess }),
    deviceManagementScripts: containedMany(() => deviceManagementScript, scriptOptions),
    deviceShellScripts: containedMany(() => deviceShellScript, scriptOptions),
    hardwareConfigurations: containedMany(() => hardwareConfiguration, { access: hardwareAccess }),
    hardwarePasswordDetails: containedMany(() => hardwarePasswordDetail, { access: hardwareAccess }),
    hardwarePasswordInfo: containedMany(() => hardwarePasswordInfo, { access: hardwareAccess }),
    roleAssignments: containedMany(() => deviceAndAppManagementRoleAssignment, { access: roleAccess }),
    roleDefinitions: containedMany(() => roleDefinition, { access: roleAccess }),
    roleScopeTags: containedMany(() => roleScopeTag, { access: roleScopeTagAccess }),
    ...inBothVersions,
  },
});

/** As `/v1.0` has it: scripts, hardware configurations and the set of co-managed devices are beta only. */
export const deviceManagementV1 = entityType('deviceManagement', { ...tenantWide, navigation: inBothVersions });
