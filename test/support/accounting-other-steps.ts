import { changePolicy, emptyPolicy, folded, type Policy, removeDevice, type Target, type Tenant } from './accounting-model.ts';
import type { Operation, OperationOf } from './accounting-operations.ts';
import { defined, isElsewhere, MISSING, PROPERTIES, pathOf, pickOf, type Step, type World } from './accounting-step.ts';
import { groupBody } from './sample-bodies.ts';

/** Steps on policies, assignments and the directory. */

type PolicyOperation = OperationOf<'patchPolicy' | 'deletePolicy' | 'assign' | 'postAssignment' | 'patchAssignment' | 'deleteAssignment'>;
type DirectoryOperation = Exclude<Extract<Operation, { tenant: number }>, { policy: number }>;
export type OtherOperation = PolicyOperation | DirectoryOperation;

type Settle = NonNullable<Step['settle']>;
/** Method, path, body, expected status, effect. */
type Brief = readonly [Step['method'], string, Step['body'] | undefined, number, Settle?];

/** The request of an operation, or undefined when there is nothing that it could be about. */
export function otherStep(world: World, operation: OtherOperation): Step | undefined {
  const brief = 'policy' in operation ? policyStep(world, operation) : directoryStep(world.tenants[operation.tenant]!, operation);
  if (brief === undefined) return undefined;
  const [method, path, body, status, settle] = brief;
  return {
    tenant: operation.tenant,
    method,
    path,
    status,
    ...(body === undefined ? {} : { body }),
    ...(settle === undefined ? {} : { settle }),
  };
}

function policyStep(world: World, operation: PolicyOperation): Brief | undefined {
  const tenant = world.tenants[operation.tenant]!;
  const policy = pickOf(tenant.policies, operation.policy)!;
  const path = pathOf(policy, operation.by);
  // A policy itself is only in its own collection.
  const found = (status: number): number => (isElsewhere(policy, operation.by) ? 404 : status);
  switch (operation.kind) {
    case 'patchPolicy': {
      const { fileName, description, ...hardwareOnly } = operation.values;
      const body = defined({ fileName, description, ...(policy.family === 'hardware' ? hardwareOnly : {}) });
      return ['PATCH', path, body, found(200), () => changePolicy(tenant, policy, { values: body, now: world.now() })];
    }
    case 'deletePolicy':
      return [
        'DELETE',
        path,
        undefined,
        found(204),
        () => tenant.deleted.push(...tenant.policies.splice(tenant.policies.indexOf(policy), 1)),
      ];
    case 'assign':
      return assign(tenant, policy, operation);
    case 'postAssignment': {
      const target = resolved(tenant, operation.target);
      const isKnown = policy.targets.some((known) => targetId(known) === targetId(target));
      return ['POST', `${path}/assignments`, { target: targetBody(target) }, isKnown ? 409 : 201, () => policy.targets.push(target)];
    }
    case 'patchAssignment': {
      const before = pickOf(policy.targets, operation.target);
      if (before === undefined) return undefined;
      const target = resolved(tenant, operation.to);
      const others = policy.targets.filter((known) => known !== before);
      const isKnown = others.some((known) => targetId(known) === targetId(target));
      const settle = (): void => {
        policy.targets = [...others, target];
      };
      const one = `${path}/assignments/${policy.id}:${targetId(before)}`;
      return ['PATCH', one, { target: targetBody(target) }, isKnown ? 409 : 200, settle];
    }
    case 'deleteAssignment': {
      const target = pickOf(policy.targets, operation.target);
      if (target === undefined) return undefined;
      const settle = (): void => {
        policy.targets = policy.targets.filter((known) => known !== target);
      };
      return ['DELETE', `${path}/assignments/${policy.id}:${targetId(target)}`, undefined, 204, settle];
    }
  }
}

type Requested = OperationOf<'postAssignment'>['target'];

const resolved = (tenant: Tenant, target: Requested): Target =>
  'group' in target ? { kind: target.kind, group: pickOf([...tenant.groups.keys(), MISSING], target.group)! } : target;

/** The well-known ids of everything and everybody, and a group's own. */
export function targetId(target: Target): string {
  if ('group' in target) return target.group;
  return target.kind === 'allDevices' ? 'adadadad-808e-44e2-905a-0b7873a8a531' : 'acacacac-9df4-4c7d-9d50-4ef0226f57a9';
}

const TARGET_TYPES: Readonly<Record<Target['kind'], string>> = {
  allDevices: '#microsoft.graph.allDevicesAssignmentTarget',
  allUsers: '#microsoft.graph.allLicensedUsersAssignmentTarget',
  include: '#microsoft.graph.groupAssignmentTarget',
  exclude: '#microsoft.graph.exclusionGroupAssignmentTarget',
};

const targetBody = (target: Target): Record<string, unknown> => ({
  '@odata.type': TARGET_TYPES[target.kind],
  ...('group' in target ? { groupId: target.group } : {}),
});

function assign(tenant: Tenant, policy: Policy, { targets: requested, by }: OperationOf<'assign'>): Brief {
  const targets = requested.map((target) => resolved(tenant, target));
  const isTorn = targets.some((a) => targets.some((b) => targetId(a) === targetId(b) && a.kind !== b.kind));
  const settle = (): void => {
    policy.targets = [...new Map(targets.map((target) => [targetId(target), target])).values()];
  };
  const body = { [PROPERTIES[policy.family].assignments]: targets.map((target) => ({ target: targetBody(target) })) };
  return ['POST', `${pathOf(policy, by)}/assign`, body, isTorn ? 400 : policy.family === 'hardware' ? 200 : 204, settle];
}

function createPolicy(tenant: Tenant, { family }: OperationOf<'postPolicy'>): Brief {
  const content =
    family === 'hardware'
      ? { fileName: 'a.cctk', configurationFileContent: 'AAAA', perDevicePasswordDisabled: false }
      : { fileName: 'a.ps1', scriptContent: 'AAAA' };
  const settle: Settle = ({ id }) => tenant.policies.push({ ...emptyPolicy(id as string, family), content });
  return ['POST', `deviceManagement/${PROPERTIES[family].collection}`, { displayName: 'x', ...content }, 201, settle];
}

const leaveGroups = (tenant: Tenant, id: string): void => {
  for (const members of tenant.groups.values()) members.delete(id);
};

/** Whether a user other than this one has the name. */
const isTaken = (users: ReadonlyMap<string, string | null>, upn: string | null, own?: string): boolean =>
  upn !== null && [...users].some(([id, name]) => id !== own && name !== null && folded(name) === folded(upn));

const DEVICES = 'deviceManagement/managedDevices';

function directoryStep(tenant: Tenant, operation: DirectoryOperation): Brief | undefined {
  const { users, devices, groups } = tenant;
  switch (operation.kind) {
    case 'postPolicy':
      return createPolicy(tenant, operation);
    case 'postDevice': {
      const { name, upn } = operation;
      return ['POST', DEVICES, { deviceName: name, userPrincipalName: upn }, 201, ({ id }) => devices.set(id as string, { name, upn })];
    }
    case 'patchDevice': {
      const id = pickOf([...devices.keys()], operation.device);
      if (id === undefined) return undefined;
      const { deviceName: name, userPrincipalName: upn } = operation.values;
      return ['PATCH', `${DEVICES}/${id}`, operation.values, 200, () => Object.assign(devices.get(id)!, defined({ name, upn }))];
    }
    case 'deleteDevice': {
      const id = pickOf([...devices.keys()], operation.device);
      return id === undefined ? undefined : ['DELETE', `${DEVICES}/${id}`, undefined, 204, () => removeDevice(tenant, id)];
    }
    case 'postPerson': {
      const { upn } = operation;
      return ['POST', 'users', { userPrincipalName: upn }, isTaken(users, upn) ? 400 : 201, ({ id }) => users.set(id as string, upn)];
    }
    case 'patchPerson': {
      const { upn, person } = operation;
      const id = pickOf([...users.keys()], person);
      if (id === undefined) return undefined;
      return ['PATCH', `users/${id}`, { userPrincipalName: upn }, isTaken(users, upn, id) ? 400 : 204, () => users.set(id, upn)];
    }
    case 'deletePerson': {
      const id = pickOf([...users.keys()], operation.person);
      if (id === undefined) return undefined;
      const settle = (): void => {
        users.delete(id);
        leaveGroups(tenant, id);
      };
      return ['DELETE', `users/${id}`, undefined, 204, settle];
    }
    case 'postGroup':
      return ['POST', 'groups', groupBody({ displayName: 'g' }), 201, ({ id }) => groups.set(id as string, new Set())];
    case 'deleteGroup': {
      const id = pickOf([...groups.keys()], operation.group);
      if (id === undefined) return undefined;
      const settle = (): void => {
        groups.delete(id);
        leaveGroups(tenant, id);
      };
      return ['DELETE', `groups/${id}`, undefined, 204, settle];
    }
    case 'addMember':
    case 'removeMember':
      return changeMembers(tenant, operation);
  }
}

function changeMembers({ users, devices, groups }: Tenant, operation: OperationOf<'addMember' | 'removeMember'>): Brief | undefined {
  const group = pickOf([...groups.keys()], operation.group);
  if (group === undefined) return undefined;
  const member = pickOf([...users.keys(), ...devices.keys(), ...groups.keys()], operation.member)!;
  const members = groups.get(group)!;
  const path = `groups/${group}/members`;
  if (operation.kind === 'removeMember') {
    return ['DELETE', `${path}/${member}/$ref`, undefined, members.has(member) ? 204 : 404, () => members.delete(member)];
  }
  const status = member === group ? 400 : members.has(member) ? 400 : 204;
  const body = { '@odata.id': `https://any.example/beta/directoryObjects/${member}` };
  return ['POST', `${path}/$ref`, body, status, () => members.add(member)];
}
