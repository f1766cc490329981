import { expect } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { COMPLIANCE, HEALTH, newScript, type ScriptFixture } from './health-fixtures.ts';
import type { InProcessApi } from './in-process-api.ts';
import {
  created,
  createdPath,
  customAttributeBody,
  FILTERS,
  groupBody,
  groupTarget,
  HARDWARE,
  hardwareBody,
  rowsOf,
  SCRIPTS,
  scriptBody,
  shellScriptBody,
} from './sample-bodies.ts';
import { filterBody, target } from './sample-filters.ts';

/**
 * What it takes to try every operation and every property of a family: one line of {@link FIXTURES} each, or more where its paths
 * start in more than one place. A family that our model serves whole and that has no line here fails `surface.test.ts`.
 */

/**
 * Ids by the segment that they follow, or by the two that they stand between where only some entities will do: `scripts/publish`.
 * Of several parts, an id is as it stands in a path.
 */
export type Ids = Readonly<Record<string, string>>;

/** What a request needs, made from the ids of the entities that it is about. */
type Made<T> = Readonly<Record<string, (ids: Ids) => T>>;

/** A body; it may need an entity of its own. */
type Bodies = Readonly<Record<string, (ids: Ids, api: InProcessApi) => object | Promise<object>>>;

export interface Fixture {
  /** As the published list calls it. */
  readonly family: string;
  /** The collection below `deviceManagement` where its paths start. What hangs from `deviceManagement` itself goes to its family's first. */
  readonly root: string;
  /** Makes an entity with one of everything below it. */
  make(api: InProcessApi): Promise<Ids>;
  /** A valid body for what a path ends in, by its last name; `{}` does for those that are not here. */
  readonly bodies: Bodies;
  /** Parameters of operations, by name; none for those that are not here. */
  readonly parameters?: Made<Readonly<Record<string, unknown>>>;
  /** Actions that only look: a permission to read is enough for them. */
  readonly looking?: readonly string[];
  /** Entities that every tenant has from the start. */
  readonly builtIn?: number;
  /** The n-th of the values of a property that has rules of its own. */
  readonly values?: Readonly<Record<string, (n: number, ids: Ids) => unknown>>;
  /** Texts of such a property, by their length. */
  readonly texts?: Readonly<Record<string, (length: number) => string>>;
  /** Properties that change when another one does, by the other's name. */
  readonly moved?: Readonly<Record<string, readonly string[]>>;
  /** Properties that can be null, says their type, and cannot, says what they mean. */
  readonly needed?: readonly string[];
}

interface PolicyParts {
  readonly body: () => object;
  /** A device state of this user's device. */
  readonly state: (device: string) => object;
  readonly user: object;
  readonly parameters: NonNullable<Fixture['parameters']>;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const lastOf = (path: string): string => path.split('/').at(-1)!;

const exclusion = (n: number) => ({ '@odata.type': '#microsoft.graph.exclusionGroupAssignmentTarget', groupId: `${n} ${uuidV4()}` });

/** A run state of a device. */
const boundTo = (device: string) => ({ 'managedDevice@odata.bind': `${DEVICES}/${device}` });

const UPN = 'a@example.com';
const DEVICES = 'deviceManagement/managedDevices';

/** What hangs from devices, wherever they are found. */
const deviceParts = {
  family: 'managedDevice',
  // A device has one state of a script.
  bodies: { deviceHealthScriptStates: async (_, api) => ({ policyId: (await newScript(api, HEALTH)).id }) },
  parameters: {
    initiateOnDemandProactiveRemediation: (ids) => ({ scriptPolicyId: ids.deviceHealthScripts }),
    checkMemberGroups: (ids) => ({ groupIds: [ids.groups] }),
    checkMemberObjects: (ids) => ({ ids: [ids.groups] }),
    getByIds: (ids) => ({ ids: [ids.users] }),
  },
} as const satisfies Partial<Fixture>;

/** A family with assignments and run states. */
const policy = (family: string, root: string, { body, state, user, parameters }: PolicyParts): Fixture => ({
  family,
  root,
  bodies: {
    [root]: () => body(),
    assignments: () => groupTarget(uuidV4()),
    groupAssignments: () => ({ targetGroupId: uuidV4() }),
  },
  parameters,
  values: { target: exclusion },
  needed: ['target', 'targetGroupId'],
  looking: ['hasPayloadLinks'],
  async make(api) {
    const { id } = await created(api, `deviceManagement/${root}`, body());
    const path = `deviceManagement/${root}/${id}`;
    const device = (await created(api, DEVICES, { userPrincipalName: UPN })).id;
    const assignment = (await created(api, `${path}/assignments`, groupTarget(uuidV4()))).id;
    return {
      [root]: id,
      assignments: assignment,
      groupAssignments: assignment,
      deviceHealthScripts: (await newScript(api, HEALTH)).id,
      deviceRunStates: (await created(api, `${path}/deviceRunStates`, state(device))).id,
      userRunStates: (await created(api, `${path}/userRunStates`, user)).id,
    };
  },
});

const hardware: PolicyParts = {
  body: () => hardwareBody({ hardwareConfigurationFormat: 'dell' }),
  state: () => ({ upn: UPN }),
  user: { upn: UPN },
  parameters: {
    assign: () => ({ hardwareConfigurationAssignments: [groupTarget('g')] }),
    assignHardwareConfiguration: () => ({ hardwareConfigurationAssignments: [groupTarget('g')] }),
  },
};

/** Any kind of script. */
const script = (body: () => object): PolicyParts => ({
  body,
  state: boundTo,
  user: { userPrincipalName: UPN },
  parameters: {
    assign: () => ({
      deviceManagementScriptGroupAssignments: [{ targetGroupId: 'g1' }],
      deviceManagementScriptAssignments: [groupTarget('g2')],
    }),
    ...deviceParts.parameters,
    hasPayloadLinks: () => ({ payloadIds: [uuidV4()] }),
  },
});

const rule = (text: string): string => `(device.model -eq "${text}")`;

const assignmentFilter: Fixture = {
  family: 'assignmentFilter',
  root: 'assignmentFilters',
  bodies: { assignmentFilters: () => filterBody() },
  parameters: {
    enable: () => ({ enable: true }),
    validateFilter: () => ({ deviceAndAppManagementAssignmentFilter: filterBody() }),
    getPlatformSupportedProperties: () => ({ platform: 'iOS' }),
    evaluateAssignmentFilter: () => ({ data: { platform: 'iOS', rule: rule('x') } }),
    getAssignmentFiltersStatusDetails: (ids) => ({ managedDeviceId: ids.managedDevices, assignmentFilterIds: [ids.assignmentFilters] }),
  },
  looking: ['evaluateAssignmentFilter', 'getAssignmentFiltersStatusDetails'],
  values: {
    // All of these are about devices, and so is the rule.
    platform: (n) => ['windows10AndLater', 'macOS', 'iOS', 'android'][n % 4],
    assignmentFilterManagementType: () => 'devices',
  },
  texts: { rule: (length) => rule('x'.repeat(length - rule('').length)) },
  async make(api) {
    // One that is used has payloads, and cannot be deleted.
    const [unused, used] = [await created(api, FILTERS, filterBody()), await created(api, FILTERS, filterBody())];
    await created(api, `${await createdPath(api, HARDWARE, hardwareBody())}/assignments`, target(used.id, 'include'));
    const device = await created(api, DEVICES, { operatingSystem: 'Windows', model: 'x' });
    return { assignmentFilters: unused.id, managedDevices: device.id };
  },
};

/** Devices of a kind that has these agents. */
const devices = (root: string, agents: readonly string[]): Fixture => ({
  ...deviceParts,
  root,
  values: { managementAgent: (n) => agents[n % agents.length] },
  make: deviceIds,
});

/** One of everything that hangs from a device, which is co-managed. */
async function deviceIds(api: InProcessApi): Promise<Ids & { readonly managedDevices: string }> {
  const userPrincipalName = `${uuidV4()}@example.com`;
  const user = await created(api, 'users', { userPrincipalName });
  const group = await created(api, 'groups', groupBody({ 'members@odata.bind': [`users/${user.id}`] }));
  const deviceId = (await created(api, 'deviceManagement/comanagedDevices', { userPrincipalName })).id;
  const app = await created(api, 'deviceManagement/detectedApps', { displayName: 'Editor' });
  const body = { '@odata.id': `${DEVICES}/${deviceId}` };
  expect((await api.request('POST', `deviceManagement/detectedApps/${app.id}/managedDevices/$ref`, { body })).status).toBe(204);
  const policyId = (await newScript(api, HEALTH)).id;
  const { id } = await created(api, `${DEVICES}/${deviceId}/deviceHealthScriptStates`, { policyId });
  return {
    ...{
      managedDevices: deviceId,
      comanagedDevices: deviceId,
      users: user.id,
      groups: group.id,
      detectedApps: app.id,
      deviceHealthScripts: policyId,
    },
    deviceHealthScriptStates: `id='${id}',policyId='${policyId}',deviceId='${deviceId}'`,
  };
}

/** The device of a script's run state. */
const deviceOfState = (family: string): Fixture => ({
  ...deviceParts,
  family,
  root: 'deviceManagementScripts',
  async make(api) {
    const ids = await deviceIds(api);
    const { id } = await created(api, SCRIPTS, scriptBody());
    const state = await created(api, `${SCRIPTS}/${id}/deviceRunStates`, boundTo(ids.managedDevices));
    return { ...ids, deviceManagementScripts: id, deviceRunStates: state.id };
  },
});

/** A script with a version. What is in `versioned` makes a new one. */
const versionedScript = (family: string, script: ScriptFixture, versioned: readonly string[]): Fixture => ({
  ...deviceParts,
  family,
  root: lastOf(script.root),
  bodies: { [lastOf(script.root)]: () => script.body, assignments: () => groupTarget(uuidV4()) },
  parameters: {
    ...deviceParts.parameters,
    assign: () => ({ deviceHealthScriptAssignments: [groupTarget('g')] }),
    validateComplianceScript: () => ({ deviceCompliancePolicyScript: { rulesContent: base64('{"Rules":[{"SettingName":"x"}]}') } }),
  },
  values: { target: exclusion },
  moved: Object.fromEntries(versioned.map((name) => [name, ['version']])),
  needed: ['target'],
  looking: ['getGlobalScriptHighestAvailableVersion'],
  async make(api) {
    const ids = await deviceIds(api);
    const { id, path } = await newScript(api, script);
    expect((await api.request('POST', `${HEALTH.root}/enableGlobalScripts`, { body: {} })).status).toBe(204);
    const [global] = await rowsOf(api, `${HEALTH.root}?$filter=isGlobalScript eq true&$top=1`);
    return {
      ...ids,
      [lastOf(script.root)]: id,
      'deviceHealthScripts/updateGlobalScript': String(global!.id),
      assignments: (await created(api, `${path}/assignments`, groupTarget(uuidV4()))).id,
      deviceRunStates: (await created(api, `${path}/deviceRunStates`, boundTo(ids.managedDevices))).id,
    };
  },
});

const deviceManagement: Fixture = { family: 'deviceManagement', root: '', bodies: {}, make: async () => ({}) };

/** Passwords of one device. */
const passwords = (root: string): Fixture => {
  const body = () => ({ serialNumber: uuidV4(), currentPassword: 'new', previousPasswords: ['old'] });
  return {
    family: 'hardwarePassword',
    root,
    bodies: { [root]: body },
    values: { id: () => uuidV4() },
    moved: { currentPassword: ['previousPasswords'] },
    make: async (api) => ({ [root]: (await created(api, `deviceManagement/${root}`, body())).id }),
  };
};

export const FIXTURES: readonly Fixture[] = [
  policy('hardwareConfiguration', 'hardwareConfigurations', hardware),
  passwords('hardwarePasswordDetails'),
  passwords('hardwarePasswordInfo'),
  policy('deviceManagementScript', 'deviceManagementScripts', script(scriptBody)),
  policy('deviceShellScript', 'deviceShellScripts', script(shellScriptBody)),
  policy('deviceCustomAttributeShellScript', 'deviceCustomAttributeShellScripts', script(customAttributeBody)),
  assignmentFilter,
  devices('managedDevices', ['mdm', 'eas', 'easMdm', 'intuneClient']),
  devices('comanagedDevices', ['configurationManagerClientMdm', 'configurationManagerClientMdmEas']),
  deviceOfState('managedDevice'),
  deviceOfState('deviceHealthScript'),
  versionedScript('deviceHealthScript', HEALTH, [
    ...['detectionScriptContent', 'remediationScriptContent', 'detectionScriptParameters', 'remediationScriptParameters'],
  ]),
  versionedScript('deviceComplianceScript', COMPLIANCE, ['detectionScriptContent']),
  deviceManagement,
];
