import type { Access } from '../edm/declare.ts';

/** Permission names (scopes and app roles) of the domain, and the sets of them that guard each resource family. */

/** `DeviceManagement<area>` with its Read and ReadWrite names. */
const area = (name: string) => ({ read: `${name}.Read.All`, write: `${name}.ReadWrite.All` }) as const;

const configuration = area('DeviceManagementConfiguration');
const managedDevices = area('DeviceManagementManagedDevices');
const scripts = area('DeviceManagementScripts');
const rbac = area('DeviceManagementRBAC');
const users = area('User');
const groups = area('Group');
const directory = area('Directory');

/** Reads pass with any Read or ReadWrite name, writes with a ReadWrite name only (DESIGN §5). */
const access = (...areas: readonly { read: string; write: string }[]): Access => ({
  read: areas.flatMap((a) => [a.read, a.write]),
  write: areas.map((a) => a.write),
});

/** Hardware configurations and everything below them. */
export const hardwareAccess: Access = access(configuration);

/**
 * The roots of the script families. Configuration names stay accepted for update and delete too, as the oldest pages
 * of these operations and their children list them.
 */
export const scriptAccess: Access = access(scripts, configuration, managedDevices);

/** Assignments, run states and summaries of scripts: the scripts' own names reach them too, so that one token serves a tool's whole run. */
export const scriptChildAccess: Access = access(configuration, managedDevices, scripts);

/** Role definitions and role assignments. */
export const roleAccess: Access = access(rbac);

/** Scope tags: the one action that only looks needs no more than a read. */
export const roleScopeTagAccess: Access = {
  ...access(configuration, rbac),
  operations: { getRoleScopeTagsById: access(configuration, rbac).read! },
};

/** Assignment filters. Their pages name a Read permission for `enable`, which writes: it needs ReadWrite here. */
export const assignmentFilterAccess: Access = access(configuration);

export const managedDeviceAccess: Access = access(managedDevices, configuration);

/** The `deviceManagement` singleton; actions on it that only look need no more than a Read permission. */
export const deviceManagementAccess: Access = {
  ...managedDeviceAccess,
  operations: {
    evaluateAssignmentFilter: access(configuration).read!,
    getAssignmentFiltersStatusDetails: access(configuration).read!,
    getRoleScopeTagsByIds: roleAccess.read!,
    getRoleScopeTagsByResource: roleAccess.read!,
  },
};

export const userAccess: Access = access(users, directory);
export const groupAccess: Access = {
  read: ['GroupMember.Read.All', ...(access(groups, directory).read ?? [])],
  write: access(groups, directory).write ?? [],
};
export const groupMemberAccess: Access = {
  read: ['GroupMember.Read.All', 'GroupMember.ReadWrite.All', ...(access(groups, directory).read ?? [])],
  write: ['GroupMember.ReadWrite.All', ...(access(groups, directory).write ?? [])],
};

/** Every permission that can be granted: what a default token of the embedded issuer holds. */
export const allPermissions: readonly string[] = [
  ...[configuration, managedDevices, scripts, users, groups, directory, area('GroupMember')].flatMap((a) => [a.read, a.write]),
  'DeviceManagementManagedDevices.PrivilegedOperations.All',
  'DeviceManagementRBAC.Read.All',
  'DeviceManagementRBAC.ReadWrite.All',
];
