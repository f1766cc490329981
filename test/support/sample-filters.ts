/** Filters, devices and assignments that use filters: what the suites of assignment filters start from. */

export const DEVICES = 'deviceManagement/managedDevices';

/** A filter that holds water. */
export const filterBody = (changes: object = {}) => ({
  displayName: 'Dell notebooks',
  platform: 'windows10AndLater',
  rule: '(device.manufacturer -eq "Dell Inc.") and not (device.model -startsWith "Opti")',
  ...changes,
});

/** A device that it matches. */
export const windows = (changes: object = {}) => ({ operatingSystem: 'Windows', manufacturer: 'Dell Inc.', model: 'Latitude', ...changes });

export const EVERYTHING = { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' };
export const USERS = { '@odata.type': '#microsoft.graph.allLicensedUsersAssignmentTarget' };
export const members = (groupId: string) => ({ '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId });

/** An assignment with a filter. */
export const target = (id: string | null, mode: string, whom: object = EVERYTHING) => ({
  target: { ...whom, deviceAndAppManagementAssignmentFilterId: id, deviceAndAppManagementAssignmentFilterType: mode },
});
