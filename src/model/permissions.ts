import type { Access, Permissions } from '../edm/declare.ts';

/** Permission names (scopes and app roles) of the domain, and the sets of them that guard each resource family. */

/** Two names that belong together. */
interface Area {
  readonly read: string;
  readonly write: string;
}

/** `DeviceManagement<area>` with its Read and ReadWrite names. */
const area = (name: string): Area => ({ read: `${name}.Read.All`, write: `${name}.ReadWrite.All` });

const namesOf = (...areas: readonly Area[]): Permissions => areas.flatMap((a) => [a.read, a.write]);

const configuration = area('DeviceManagementConfiguration');
const managedDevices = area('DeviceManagementManagedDevices');
const apps = area('DeviceManagementApps');
const scripts = area('DeviceManagementScripts');
const rbac = area('DeviceManagementRBAC');
const administration = [rbac, area('DeviceManagementServiceConfig'), apps];
const users = area('User');
const groups = area('Group');
const directory = area('Directory');
const devices = area('Device');
const organizations = area('Organization');

/** What a user may always be asked to grant for itself. */
const SELF = ['User.Read', 'User.ReadWrite'] as const;

/** Reads pass with any Read or ReadWrite name, writes with a ReadWrite name only (DESIGN §5). */
const access = (...areas: readonly Area[]): Access => ({
  read: namesOf(...areas),
  write: areas.map((a) => a.write),
});

/** Hardware configurations and everything below them. */
export const hardwareAccess: Access = access(configuration);

/**
 * The roots of the script families. Configuration names stay accepted for update and delete too, as the oldest pages
 * of these operations and their children list them. The service took the scripts' own names in their place in 2025.
 */
export const scriptAccess: Access = {
  ...access(scripts, configuration, managedDevices),
  until2025: namesOf(configuration, managedDevices),
  since2025: namesOf(scripts),
  operations: { hasPayloadLinks: access(scripts, configuration, managedDevices).read! },
};

/**
 * Assignments, run states and summaries of scripts: the scripts' own names reach them too, so that one token serves a tool's whole
 * run. Their pages still list the others, so that those did not go in 2025.
 */
export const scriptChildAccess: Access = { ...access(configuration, managedDevices, scripts), until2025: [], since2025: namesOf(scripts) };

/** User states of scripts. The oldest page of their create knows it with a user alone. */
export const scriptUserStateAccess: Access = {
  ...scriptChildAccess,
  seedCreate: { permissions: [configuration.write], delegatedOnly: true },
};

/** Health scripts, their assignments and states, and what a device shows of them. */
export const healthAccess: Access = {
  ...access(scripts, configuration),
  operations: {
    hasPayloadLinks: access(scripts, configuration).read!,
    getGlobalScriptHighestAvailableVersion: access(scripts, configuration).read!,
  },
};

/** Role definitions and role assignments. */
export const roleAccess: Access = access(rbac);

/** Scope tags: the one action that only looks needs no more than a read. */
export const roleScopeTagAccess: Access = {
  ...access(configuration, rbac),
  operations: { getRoleScopeTagsById: access(configuration, rbac).read! },
};

/** Assignment filters. Their pages name a Read permission for `enable`, which writes: it needs ReadWrite here. */
export const assignmentFilterAccess: Access = access(configuration);

/** The audit log, as its pages say: by the names of the oldest area. */
export const auditAccess: Access = access(apps);

/** Managed devices. */
export const managedDeviceAccess: Access = access(managedDevices, configuration);

/**
 * The `deviceManagement` singleton itself: whoever has to do with any part of it. Actions on it that only look need no more than a
 * Read permission.
 */
export const deviceManagementAccess: Access = {
  ...access(configuration, managedDevices, ...administration),
  operations: {
    evaluateAssignmentFilter: access(configuration).read!,
    getAssignmentFiltersStatusDetails: access(configuration).read!,
    getRoleScopeTagsByIds: roleAccess.read!,
    getRoleScopeTagsByResource: roleAccess.read!,
  },
};

/** Who may look at the groups that an object is in. */
const GROUP_READERS = ['GroupMember.Read.All', 'GroupMember.ReadWrite.All', ...namesOf(directory, groups)];

/** The actions on objects of the directory only look. @param besides who may look at the objects themselves */
const asksAboutGroups = (...besides: Permissions): Readonly<Record<string, Permissions>> => {
  const names = [...new Set([...GROUP_READERS, ...besides])];
  return {
    checkMemberGroups: names,
    checkMemberObjects: names,
    getMemberGroups: names,
    getMemberObjects: names,
    getByIds: namesOf(directory),
  };
};

export const userAccess: Access = { ...access(users, directory), operations: asksAboutGroups(...namesOf(users)) };

/** The signed-in user. Its own names let it look, not rename or disable itself. */
export const meAccess: Access = {
  read: [...SELF, ...(userAccess.read ?? [])],
  write: userAccess.write ?? [],
  operations: asksAboutGroups(...SELF, ...namesOf(users)),
};
export const deviceAccess: Access = { ...access(devices, directory), operations: asksAboutGroups(...namesOf(devices)) };
export const organizationAccess: Access = access(organizations, directory);

/** Objects of any kind, and what groups they are in. */
export const directoryAccess: Access = {
  read: GROUP_READERS,
  write: access(directory).write ?? [],
  operations: asksAboutGroups(),
};
export const groupAccess: Access = {
  read: ['GroupMember.Read.All', ...(access(groups, directory).read ?? [])],
  write: access(groups, directory).write ?? [],
  operations: asksAboutGroups(),
};
export const groupMemberAccess: Access = {
  read: ['GroupMember.Read.All', 'GroupMember.ReadWrite.All', ...(access(groups, directory).read ?? [])],
  write: ['GroupMember.ReadWrite.All', ...(access(groups, directory).write ?? [])],
};

/** Every permission that can be granted: what a default token of the embedded issuer holds. */
export const allPermissions: readonly string[] = [
  ...[
    configuration,
    managedDevices,
    scripts,
    users,
    groups,
    directory,
    devices,
    organizations,
    area('GroupMember'),
    ...administration,
  ].flatMap((a) => [a.read, a.write]),
  ...SELF,
  'DeviceManagementManagedDevices.PrivilegedOperations.All',
];
