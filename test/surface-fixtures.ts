import { uuidV4 } from '../src/lib/ids.ts';
import type { InProcessApi } from '../src/testing/in-process-api.ts';
import {
  created,
  createdPath,
  customAttributeBody,
  FILTERS,
  groupTarget,
  HARDWARE,
  hardwareBody,
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

const exclusion = (n: number) => ({ '@odata.type': '#microsoft.graph.exclusionGroupAssignmentTarget', groupId: `${n} ${uuidV4()}` });

/** A run state of a device. */
const boundTo = (device: string) => ({ 'managedDevice@odata.bind': `deviceManagement/managedDevices/${device}` });

const UPN = 'a@example.com';

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
  async make(api) {
    const { id } = await created(api, `deviceManagement/${root}`, body());
    const path = `deviceManagement/${root}/${id}`;
    const device = (await created(api, 'deviceManagement/managedDevices', { userPrincipalName: UPN })).id;
    const assignment = (await created(api, `${path}/assignments`, groupTarget(uuidV4()))).id;
    return {
      [root]: id,
      assignments: assignment,
      groupAssignments: assignment,
      deviceRunStates: (await created(api, `${path}/deviceRunStates`, state(device))).id,
      userRunStates: (await created(api, `${path}/userRunStates`, user)).id,
      scriptPolicyId: (await created(api, 'deviceManagement/deviceHealthScripts', {})).id,
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
    hasPayloadLinks: () => ({ payloadIds: [uuidV4()] }),
    initiateOnDemandProactiveRemediation: ({ scriptPolicyId }) => ({ scriptPolicyId }),
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
    const device = await created(api, 'deviceManagement/managedDevices', { operatingSystem: 'Windows', model: 'x' });
    return { assignmentFilters: unused.id, managedDevices: device.id };
  },
};

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
];
