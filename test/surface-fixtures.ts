import { uuidV4 } from '../src/lib/ids.ts';
import type { InProcessApi } from '../src/testing/in-process-api.ts';
import { created, customAttributeBody, groupTarget, hardwareBody, scriptBody, shellScriptBody } from './sample-bodies.ts';

/**
 * What it takes to try every operation and every property of a family: one line of {@link FIXTURES} each. A family that our model
 * serves whole and that has no line here fails `surface.test.ts`.
 */

/** Ids by the segment that they follow. */
export type Ids = Readonly<Record<string, string>>;

export interface Fixture {
  /** As the published list calls it. */
  readonly family: string;
  /** Its collection below `deviceManagement`. */
  readonly root: string;
  /** Makes an entity with one of everything below it. */
  make(api: InProcessApi): Promise<Ids>;
  /** A valid body for what a path ends in, by its last name; `{}` does for those that are not here. */
  readonly bodies: Readonly<Record<string, () => object>>;
  /** Parameters of actions, by name. */
  readonly parameters: Readonly<Record<string, object>>;
}

interface PolicyParts {
  readonly body: () => object;
  /** A device state of this user's device. */
  readonly state: (device: string) => object;
  readonly user: object;
  readonly parameters: Fixture['parameters'];
}

const UPN = 'a@example.com';

/** A family with assignments and run states. */
const policy = (family: string, root: string, { body, state, user, parameters }: PolicyParts): Fixture => ({
  family,
  root,
  bodies: {
    [root]: body,
    assignments: () => groupTarget(uuidV4()),
    groupAssignments: () => ({ targetGroupId: uuidV4() }),
  },
  parameters,
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
    };
  },
});

const hardware: PolicyParts = {
  body: () => hardwareBody({ hardwareConfigurationFormat: 'dell' }),
  state: () => ({ upn: UPN }),
  user: { upn: UPN },
  parameters: {
    assign: { hardwareConfigurationAssignments: [groupTarget('g')] },
    assignHardwareConfiguration: { hardwareConfigurationAssignments: [groupTarget('g')] },
  },
};

/** Any kind of script. */
const script = (body: () => object): PolicyParts => ({
  body,
  state: (device) => ({ 'managedDevice@odata.bind': `deviceManagement/managedDevices/${device}` }),
  user: { userPrincipalName: UPN },
  parameters: {
    assign: {
      deviceManagementScriptGroupAssignments: [{ targetGroupId: 'g1' }],
      deviceManagementScriptAssignments: [groupTarget('g2')],
    },
    hasPayloadLinks: { payloadIds: [uuidV4()] },
  },
});

export const FIXTURES: readonly Fixture[] = [
  policy('hardwareConfiguration', 'hardwareConfigurations', hardware),
  policy('deviceManagementScript', 'deviceManagementScripts', script(scriptBody)),
  policy('deviceShellScript', 'deviceShellScripts', script(shellScriptBody)),
  policy('deviceCustomAttributeShellScript', 'deviceCustomAttributeShellScripts', script(customAttributeBody)),
];
