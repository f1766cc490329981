import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resourceAt } from '../../src/api/request/resolve.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { model } from '../../src/model/index.ts';
import { openApiText } from '../../src/server/routes/describe-api.ts';
import { COMPLIANCE, HEALTH, newScript } from '../support/health-fixtures.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { OpenApiDocument } from '../support/openapi-document.ts';
import { propertyRuns } from '../support/property-runs.ts';
import {
  CUSTOM_ATTRIBUTES,
  created,
  createdPath,
  customAttributeBody,
  FILTERS,
  groupBody,
  groupTarget,
  HARDWARE,
  hardwareBody,
  SCRIPTS,
  SHELL_SCRIPTS,
  scriptBody,
  shellScriptBody,
} from '../support/sample-bodies.ts';
import { filterBody } from '../support/sample-filters.ts';

/** No list, of whatever kind, loses or repeats a row while others are written and deleted beside the reads. */

const ORIGIN = 'http://localhost:8080';
const MANAGED = 'deviceManagement/managedDevices';
const COMANAGED = 'deviceManagement/comanagedDevices';
const APPS = 'deviceManagement/detectedApps';
const TAGS = 'deviceManagement/roleScopeTags';
const ROLES = 'deviceManagement/roleDefinitions';

let all: InProcessApi;
let api: InProcessApi; // in a tenant of its own, so that each list starts empty
beforeAll(async () => {
  all = await startInProcessApi();
});
afterAll(() => all.close());
beforeEach(async () => {
  const token = await all.token({ tenantId: uuidV4() });
  api = { ...all, request: (method, path, options) => all.request(method, path, { token, ...options }) };
});

/** A row in a list: what it is known by there, and how to take it out again, where that can be. */
interface Entry {
  readonly name: string;
  remove?(): Promise<void>;
}

/** One list, and how rows come into it. */
interface List {
  readonly path: string;
  add(): Promise<Entry>;
  /** What a row is known by; its id unless told otherwise. */
  readonly nameOf?: (row: Readonly<Record<string, string>>) => string;
  readonly orders?: readonly string[];
}

async function gone(path: string): Promise<void> {
  const answer = await api.request('DELETE', path);
  expect(answer.status, answer.text).toBe(204);
}

let made = 0;
const upn = (): string => `${made++}@example.com`;

/** Entities that are created where they are listed, or elsewhere. */
const entities = (path: string, body: () => object | Promise<object>, options: Partial<List> & { readonly at?: string } = {}): List => ({
  path,
  ...options,
  async add() {
    const { id } = await created(api, options.at ?? path, await body());
    return { name: id, remove: () => gone(`${options.at ?? path}/${encodeURIComponent(id)}`) };
  },
});

/** Objects that are referred to at one path, and listed there or elsewhere. */
const references = (at: string, target: () => Promise<string>, path = at): List => ({
  path,
  async add() {
    const url = await target();
    const id = url.slice(url.lastIndexOf('/') + 1);
    const answer = await api.request('POST', `${at}/$ref`, { body: { '@odata.id': url } });
    expect(answer.status, answer.text).toBe(204);
    return { name: id, remove: () => gone(`${at}/${id}/$ref`) };
  },
});

/** The groups that an object is put into. */
const groupsOf = (object: string, path: string): List => ({
  path,
  async add() {
    const group = await newGroup();
    expect((await api.request('POST', `${group}/members/$ref`, { body: { '@odata.id': object } })).status).toBe(204);
    return { name: group.slice('groups/'.length), remove: () => gone(group) };
  },
});

const newGroup = (): Promise<string> => createdPath(api, 'groups', groupBody());
const newUser = (): Promise<string> => createdPath(api, 'users', { userPrincipalName: upn(), displayName: 'U' });
const newTag = (): Promise<string> => createdPath(api, TAGS, { displayName: `T${made++}` });
const tagOf = (path: string): Promise<string> => Promise.resolve(path.slice('deviceManagement/'.length));
const member = async (): Promise<string> => (made++ % 2 === 0 ? newUser() : newGroup());
const anyTarget = () => groupTarget(uuidV4());
const dated = () => ({
  deviceName: `PC-${made % 3}`,
  lastStateUpdateDateTime: ['2017-01-01T00:02:58.4418045-08:00', '2017-01-01T08:02:58.4418045Z', '2026-01-01T00:00:00Z'][made++ % 3],
});
const USERS = ['userPrincipalName desc', 'successDeviceCount'];
const TIMES = ['lastStateUpdateDateTime', 'lastStateUpdateDateTime desc'];
const byReference = (row: Readonly<Record<string, string>>): string => /([^/(']+)'?\)?$/.exec(row['@odata.id']!)![1]!;

const roleAssignmentBody = () => ({ '@odata.type': '#microsoft.graph.deviceAndAppManagementRoleAssignment', members: [] });
const roleAssignment = (role: string): Promise<string> => createdPath(api, `${role}/roleAssignments`, roleAssignmentBody());

async function withDevice(path: string, device = MANAGED): Promise<string> {
  return `${await createdPath(api, device, { userPrincipalName: upn() })}/${path}`;
}

/** Run states that say whose device they are of. */
const boundStates = (path: string, userPrincipalName?: () => string): List =>
  entities(
    path,
    async () => ({
      lastStateUpdateDateTime: dated().lastStateUpdateDateTime,
      'managedDevice@odata.bind': await createdPath(api, MANAGED, { userPrincipalName: userPrincipalName?.() ?? upn() }),
    }),
    { orders: TIMES },
  );

/** A state of the script for one device more, below a user's state. */
async function statesOfUser(root: string, body: object): Promise<List> {
  const [script, userPrincipalName] = [await createdPath(api, root, body), upn()];
  const state = await created(api, `${script}/userRunStates`, { userPrincipalName });
  const { add } = boundStates(`${script}/deviceRunStates`, () => userPrincipalName);
  return { path: `${script}/userRunStates/${state.id}/deviceRunStates`, add, orders: TIMES };
}

/** User states that nobody writes: they come with the first device of a user and go with the last. */
async function derivedStates(root: string, body: object, isHardware: boolean): Promise<List> {
  const script = await createdPath(api, root, body);
  let latest = '';
  const states = isHardware
    ? entities(`${script}/deviceRunStates`, () => ({ ...dated(), upn: latest }))
    : boundStates(`${script}/deviceRunStates`, () => latest);
  return {
    path: `${script}/userRunStates`,
    async add() {
      const name = upn();
      latest = name;
      return { ...(await states.add()), name };
    },
    nameOf: (row) => row.upn ?? row.userPrincipalName!,
    orders: isHardware ? TIMES : USERS,
  };
}

const OF_SCRIPTS = [
  ['management script', SCRIPTS, scriptBody],
  ['shell script', SHELL_SCRIPTS, shellScriptBody],
  ['custom attribute', CUSTOM_ATTRIBUTES, customAttributeBody],
] as const;
const VERSIONED = [
  ['health script', HEALTH],
  ['compliance script', COMPLIANCE],
] as const;

const LISTS: Readonly<Record<string, () => List | Promise<List>>> = {
  configurations: () => entities(HARDWARE, () => hardwareBody(), { orders: ['displayName', 'createdDateTime desc'] }),
  'assignments of a configuration': async () => entities(`${await createdPath(api, HARDWARE, hardwareBody())}/assignments`, anyTarget),
  'device states of a configuration': async () =>
    entities(`${await createdPath(api, HARDWARE, hardwareBody())}/deviceRunStates`, dated, { orders: [...TIMES, 'deviceName desc'] }),
  'user states of a configuration': async () =>
    entities(
      `${await createdPath(api, HARDWARE, hardwareBody())}/userRunStates`,
      () => ({ upn: upn(), ...dated(), deviceName: undefined }),
      {
        orders: TIMES,
      },
    ),
  'derived user states of a configuration': () => derivedStates(HARDWARE, hardwareBody(), true),
  ...Object.fromEntries(
    OF_SCRIPTS.flatMap(([name, root, body]): [string, () => List | Promise<List>][] => [
      [`${name}s`, () => entities(root, () => body(), { orders: ['displayName', 'lastModifiedDateTime desc'] })],
      [`assignments of a ${name}`, async () => entities(`${await createdPath(api, root, body())}/assignments`, anyTarget)],
      [
        `group assignments of a ${name}`,
        async () => entities(`${await createdPath(api, root, body())}/groupAssignments`, () => ({ targetGroupId: uuidV4() })),
      ],
      [`device states of a ${name}`, async () => boundStates(`${await createdPath(api, root, body())}/deviceRunStates`)],
      [
        `user states of a ${name}`,
        async () =>
          entities(`${await createdPath(api, root, body())}/userRunStates`, () => ({ userPrincipalName: upn() }), { orders: USERS }),
      ],
      [`derived user states of a ${name}`, () => derivedStates(root, body(), false)],
      [`device states of a user of a ${name}`, () => statesOfUser(root, body())],
    ]),
  ),
  ...Object.fromEntries(
    VERSIONED.flatMap(([name, script]): [string, () => List | Promise<List>][] => [
      [`${name}s`, () => entities(script.root, () => script.body, { orders: ['displayName', 'lastModifiedDateTime desc'] })],
      [`assignments of a ${name}`, async () => entities(`${(await newScript(api, script)).path}/assignments`, anyTarget)],
      [`device states of a ${name}`, async () => boundStates(`${(await newScript(api, script)).path}/deviceRunStates`)],
    ]),
  ),
  'passwords, in detail': () => entities('deviceManagement/hardwarePasswordDetails', () => ({ serialNumber: uuidV4() })),
  'passwords, in short': () =>
    entities('deviceManagement/hardwarePasswordInfo', () => ({ serialNumber: uuidV4() }), { orders: ['serialNumber'] }),
  'assignment filters': () => entities(FILTERS, () => filterBody(), { orders: ['displayName', 'createdDateTime desc'] }),
  'role scope tags': () => entities(TAGS, () => ({ displayName: `T${made++ % 3}` }), { orders: ['displayName desc'] }),
  'assignments of a scope tag': async () => entities(`${await newTag()}/assignments`, anyTarget),
  roles: () => entities(ROLES, () => ({ displayName: 'R' }), { orders: ['displayName'] }),
  'assignments of a role': async () => entities(`${await createdPath(api, ROLES, {})}/roleAssignments`, roleAssignmentBody),
  'assignments of any role': async () => {
    const role = await createdPath(api, ROLES, {});
    return {
      path: 'deviceManagement/roleAssignments',
      async add() {
        const path = await roleAssignment(role);
        return { name: path.slice(path.lastIndexOf('/') + 1), remove: () => gone(path) };
      },
    };
  },
  'scope tags of a role assignment': async () =>
    references(`${await roleAssignment(await createdPath(api, ROLES, {}))}/roleScopeTags`, async () => tagOf(await newTag())),
  'references to scope tags': async () => ({
    ...(await (LISTS['scope tags of a role assignment'] as () => Promise<List>)().then((list) => ({ ...list, path: `${list.path}/$ref` }))),
    nameOf: byReference,
  }),
  devices: () => entities(MANAGED, () => ({ deviceName: `PC-${made++ % 3}` }), { orders: ['deviceName', 'lastSyncDateTime desc'] }),
  'co-managed devices': () => entities(COMANAGED, () => ({ deviceName: `PC-${made++ % 3}` }), { orders: ['deviceName'] }),
  'devices of the directory': () =>
    entities('devices', () => ({ deviceName: `PC-${made++ % 3}` }), { at: MANAGED, orders: ['displayName'] }),
  'devices of a user': async () => {
    const userPrincipalName = upn();
    const user = await createdPath(api, 'users', { userPrincipalName });
    return entities(`${user}/managedDevices`, () => ({ userPrincipalName }), { at: MANAGED, orders: ['deviceName'] });
  },
  'policy states of a device': async () => {
    const path = await withDevice('deviceHealthScriptStates');
    return {
      path,
      async add() {
        const policyId = (await newScript(api, HEALTH)).id;
        const { id, deviceId } = await created(api, path, { policyId });
        return { name: id, remove: () => gone(`${path}(id='${id}',policyId='${policyId}',deviceId='${deviceId}')`) };
      },
    };
  },
  'apps of a device': async () => {
    const path = await withDevice('detectedApps');
    const body = { '@odata.id': path.slice(0, path.lastIndexOf('/')) };
    return {
      path,
      async add() {
        const app = await createdPath(api, APPS, { displayName: 'Editor' });
        expect((await api.request('POST', `${app}/managedDevices/$ref`, { body })).status).toBe(204);
        return { name: app.slice(APPS.length + 1), remove: () => gone(app) };
      },
    };
  },
  apps: () => entities(APPS, () => ({ displayName: `A${made++ % 3}` }), { orders: ['displayName desc'] }),
  'devices with an app': async () =>
    references(`${await createdPath(api, APPS, { displayName: 'A' })}/managedDevices`, () => createdPath(api, MANAGED, {})),
  'references to devices with an app': async () => {
    const at = `${await createdPath(api, APPS, { displayName: 'A' })}/managedDevices`;
    return { ...references(at, () => createdPath(api, MANAGED, {}), `${at}/$ref`), nameOf: byReference };
  },
  users: () =>
    entities('users', () => ({ userPrincipalName: upn(), displayName: `U${made % 3}` }), {
      orders: ['displayName', 'userPrincipalName desc'],
    }),
  groups: () => entities('groups', () => groupBody({ displayName: `G${made++ % 3}` }), { orders: ['displayName', 'createdDateTime'] }),
  'operations of resources': () => entities('deviceManagement/resourceOperations', () => ({ resourceName: `R${made++ % 3}` })),
  'deleted objects': () => ({
    path: 'directory/deletedItems',
    async add() {
      const { id } = await created(api, 'users', { userPrincipalName: upn(), displayName: 'U' });
      await gone(`users/${id}`);
      return { name: id, remove: () => gone(`directory/deletedItems/${id}`) };
    },
  }),
  'objects of the directory': () =>
    entities('directoryObjects', () => groupBody({ displayName: `G${made++ % 3}` }), { at: 'groups', orders: ['displayName'] }),
  'members of a group': async () => references(`${await newGroup()}/members`, member),
  'members of a group, in order': async () => ({ ...references(`${await newGroup()}/members`, member), orders: ['displayName'] }),
  'references to members': async () => {
    const group = await newGroup();
    return { ...references(`${group}/members`, member, `${group}/members/$ref`), nameOf: byReference };
  },
  'transitive members': async () => {
    const [inner, outer] = [await newGroup(), await newGroup()];
    expect((await api.request('POST', `${outer}/members/$ref`, { body: { '@odata.id': inner } })).status).toBe(204);
    return references(`${inner}/members`, member, `${outer}/transitiveMembers`);
  },
  'owners of a group': async () => references(`${await newGroup()}/owners`, newUser),
  'references to owners': async () => {
    const group = await newGroup();
    return { ...references(`${group}/owners`, newUser, `${group}/owners/$ref`), nameOf: byReference };
  },
  ...Object.fromEntries(
    ['memberOf', 'transitiveMemberOf'].flatMap((name): [string, () => Promise<List>][] => [
      [`${name} of a user`, () => newUser().then((user) => groupsOf(user, `${user}/${name}`))],
      [`${name} of a group`, () => newGroup().then((group) => groupsOf(group, `${group}/${name}`))],
      [
        `${name} of a device`,
        async () => {
          const device = (await createdPath(api, MANAGED, {})).replace(MANAGED, 'devices');
          return groupsOf(device, `${device}/${name}`);
        },
      ],
    ]),
  ),
  'direct reports': async () => {
    const manager = await newUser();
    return {
      path: `${manager}/directReports`,
      async add() {
        const report = await newUser();
        const reference = `${report}/manager/$ref`;
        const set = await api.request('PUT', reference, { body: { '@odata.id': manager } });
        expect(set.status, set.text).toBe(204);
        return { name: report.slice('users/'.length), remove: () => gone(reference) };
      },
      orders: ['displayName', 'id desc'],
    };
  },
  'audit events': () => ({
    path: 'deviceManagement/auditEvents',
    async add() {
      const displayName = uuidV4();
      await created(api, 'groups', groupBody({ displayName }));
      const { body } = await api.request('GET', `deviceManagement/auditEvents?$filter=resources/any(r:r/displayName eq '${displayName}')`);
      return { name: body.value[0].id };
    },
    orders: ['activityDateTime', 'activityDateTime desc', 'activityType'],
  }),
};

const plain = (path: string): string => path.replaceAll(/\{\w+\}/g, () => uuidV4());

/** What is listed: `user/memberOf`, wherever it is asked for. Casts and references are told apart. */
function kindOf(path: string): string {
  const { kind, steps } = resourceAt(model, { path: `/${path}`, query: '' });
  return `${steps.at(-2)?.type.name ?? ''}/${steps.at(-1)!.name}${kind === 'references' ? '/$ref' : ''}`;
}

/** Lists that never have two rows. */
const SINGLE = [
  '/organization',
  'deviceCompliancePolicy/assignments',
  'deviceCompliancePolicy/scheduledActionsForRule',
  'deviceComplianceScheduledActionForRule/scheduledActionConfigurations',
  'deviceManagement/deviceCompliancePolicies',
  'managedDevice/users',
  'managedDevice/users/$ref',
];

const kinds = new Set<string>();

describe.each(Object.entries(LISTS))('%s', (_, make) => {
  it('have each row that stays exactly once', async () => {
    const list = await make();
    kinds.add(kindOf(list.path));
    const { nameOf = (row) => row.id! } = list;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('', ...(list.orders ?? ['id desc'])),
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
        async (order, top, stays) => {
          const staying: string[] = [];
          const leaving: Entry[] = [];
          for (const stay of stays) {
            const entry = await list.add();
            if (stay || entry.remove === undefined) staying.push(entry.name);
            else leaving.push(entry);
            api.clock.advance(top - 1); // some are of the same time
          }
          /** Writes one row, and deletes another, while a page is read. */
          const write = async (): Promise<void> => {
            const removed = leaving.shift()?.remove?.();
            const entry = await list.add();
            if (leaving.length < 3 && entry.remove !== undefined) leaving.push(entry);
            await removed;
          };
          const seen: string[] = [];
          let url: string | undefined = `${list.path}?$top=${top}${order === '' ? '' : `&$orderby=${order}`}`;
          for (let pages = 0; url !== undefined; pages += 1) {
            const writes = pages < 9 ? [write(), write()] : []; // a list that grows as fast as it is read has no end
            const answer: Awaited<ReturnType<InProcessApi['request']>> = await api.request('GET', url);
            expect(answer.status, answer.text).toBe(200);
            await Promise.all(writes);
            seen.push(...answer.body.value.map(nameOf));
            url = answer.body['@odata.nextLink']?.slice(ORIGIN.length);
          }
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen).toEqual(expect.arrayContaining(staying));
        },
      ),
      { numRuns: propertyRuns(3) },
    );
  });
});

it('leaves out no list that is served', () => {
  const { operations } = new OpenApiDocument(JSON.parse(openApiText('beta', { profile: 'docs', scopeNames: 'both', issuer: undefined })));
  const listed = operations.filter(({ method, parameters }) => method === 'GET' && parameters.includes('$skiptoken'));
  // References are read as the entities are that they refer to, and some of them are walked.
  const isWalked = (kind: string): boolean => kinds.has(kind) || kinds.has(kind.replace(/\/\$ref$/, ''));
  const left = new Set(listed.map(({ template }) => kindOf(plain(template.slice(1)))).filter((kind) => !isWalked(kind)));
  expect([...left].sort()).toEqual(SINGLE);
});
