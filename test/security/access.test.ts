import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { allPermissions } from '../../src/model/index.ts';
import { type InProcessApi, startInProcessApi, type TestAnswer } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, FILTERS, groupBody, groupTarget, HARDWARE, hardwareBody, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';
import { published } from '../support/surface-facts.ts';
import { FIXTURES } from '../support/surface-fixtures.ts';

/** Who may do what: every operation, with every permission, of both kinds of caller, in one's own tenant and in another's. */

interface Area {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

const both = (...names: readonly string[]): Area => ({
  read: names.flatMap((name) => [`${name}.Read.All`, `${name}.ReadWrite.All`]),
  write: names.map((name) => `${name}.ReadWrite.All`),
});

const CONFIGURATION = both('DeviceManagementConfiguration');
const SCRIPT = both('DeviceManagementScripts', 'DeviceManagementConfiguration', 'DeviceManagementManagedDevices');
const DEVICES = both('DeviceManagementManagedDevices', 'DeviceManagementConfiguration');
const APPS = both('DeviceManagementApps');
const USERS = both('User', 'Directory');
const GROUPS: Area = { ...both('Group', 'Directory'), read: ['GroupMember.Read.All', ...both('Group', 'Directory').read] };
const MEMBERS = both('GroupMember', 'Group', 'Directory');

/** Operations as `method path`; `{…}` are ids, of entities that exist. */
const collection = (path: string, key: string): readonly string[] => [
  `GET ${path}`,
  `GET ${path}/$count`,
  `POST ${path}`,
  `GET ${path}/{${key}}`,
  `GET ${path}/{${key}}/id`,
  `GET ${path}/{${key}}/id/$value`,
  `PATCH ${path}/{${key}}`,
  `DELETE ${path}/{${key}}`,
];
const single = (path: string): readonly string[] => [`GET ${path}`, `GET ${path}/id`, `PATCH ${path}`, `DELETE ${path}`];

const OPERATIONS: readonly (readonly [area: Area, operations: readonly string[]])[] = [
  [
    CONFIGURATION,
    [
      ...collection(HARDWARE, 'h'),
      ...['assignments', 'deviceRunStates', 'userRunStates'].flatMap((name) => collection(`${HARDWARE}/{h}/${name}`, `h.${name}`)),
      ...single(`${HARDWARE}/{h}/runSummary`),
      ...collection('deviceManagement/hardwarePasswordDetails', 'p.detail'),
      ...collection('deviceManagement/hardwarePasswordInfo', 'p.info'),
      `POST ${HARDWARE}/{h}/assign`,
      `POST ${HARDWARE}/{h}/assignHardwareConfiguration`,
      ...collection(FILTERS, 'f'),
      `POST ${FILTERS}/enable`,
      `POST ${FILTERS}/validateFilter`,
      `GET ${FILTERS}/getState`,
      `GET ${FILTERS}/getPlatformSupportedProperties`,
      `GET ${FILTERS}/{f}/getSupportedProperties`,
    ],
  ],
  [
    SCRIPT,
    [
      ...collection(SCRIPTS, 's'),
      ...['assignments', 'groupAssignments', 'deviceRunStates', 'userRunStates'].flatMap((name) =>
        collection(`${SCRIPTS}/{s}/${name}`, `s.${name}`),
      ),
      ...single(`${SCRIPTS}/{s}/runSummary`),
      ...collection(`${SCRIPTS}/{s}/userRunStates/{s.userRunStates}/deviceRunStates`, 's.nested'),
      `GET ${SCRIPTS}/{s}/deviceRunStates/{s.deviceRunStates}/managedDevice`,
      `POST ${SCRIPTS}/{s}/assign`,
      `POST ${SCRIPTS}/hasPayloadLinks`,
    ],
  ],
  [
    APPS,
    ['', '/$count', '/{e}', '/{e}/category', '/getAuditCategories()', "/getAuditActivityTypes(category='Device')"].map(
      (path) => `GET deviceManagement/auditEvents${path}`,
    ),
  ],
  [
    DEVICES,
    [
      ...['managedDevices', 'comanagedDevices'].flatMap((name) => collection(`deviceManagement/${name}`, 'd')),
      ...collection('deviceManagement/detectedApps', 'a'),
      'GET deviceManagement/managedDevices/{d}/users',
      'GET deviceManagement/managedDevices/{d}/detectedApps',
      'POST deviceManagement/detectedApps/{a}/managedDevices/$ref',
      'DELETE deviceManagement/detectedApps/{a}/managedDevices/{d}/$ref',
      'GET users/{u}/managedDevices',
    ],
  ],
  [
    both(...['Configuration', 'ManagedDevices', 'RBAC', 'ServiceConfig', 'Apps'].map((name) => `DeviceManagement${name}`)),
    ['GET deviceManagement', 'PATCH deviceManagement'],
  ],
  [both('Device', 'Directory'), ['GET devices', 'GET devices/$count', 'GET devices/{d}']],
  [both('Organization', 'Directory'), ['GET organization', 'GET organization/{t}', 'PATCH organization/{t}']],
  [
    both('GroupMember', 'Directory', 'Group'),
    ['GET directoryObjects', 'GET directoryObjects/{u}', 'GET users/{u}/memberOf', 'GET devices/{d}/transitiveMemberOf'],
  ],
  [
    both('DeviceManagementConfiguration', 'DeviceManagementRBAC'),
    [
      ...collection('deviceManagement/roleScopeTags', 'tag'),
      ...collection('deviceManagement/roleScopeTags/{tag}/assignments', 'tag.assignments'),
      `POST deviceManagement/roleScopeTags/{tag}/assign`,
      `GET deviceManagement/roleScopeTags/hasCustomRoleScopeTag`,
    ],
  ],
  [
    both('DeviceManagementRBAC'),
    [
      ...collection('deviceManagement/roleDefinitions', 'r'),
      ...collection('deviceManagement/roleDefinitions/{r}/roleAssignments', 'role.assignment'),
      ...collection('deviceManagement/roleAssignments', 'role.assignment'),
      `GET deviceManagement/getRoleScopeTagsByIds(ids=['0'])`,
      `GET deviceManagement/getRoleScopeTagsByResource(resource='managedDevices')`,
    ],
  ],
  [USERS, collection('users', 'u')],
  [GROUPS, collection('groups', 'g')],
  [
    MEMBERS,
    [
      'GET groups/{g}/members',
      'GET groups/{g}/members/$count',
      'GET groups/{g}/members/$ref',
      'GET groups/{g}/members/{u}',
      'GET groups/{g}/members/microsoft.graph.user',
      'GET groups/{g}/transitiveMembers',
      'POST groups/{g}/members/$ref',
      'DELETE groups/{g}/members/{u}/$ref',
    ],
  ],
];

const ALL = OPERATIONS.flatMap(([area, operations]) => operations.map((operation) => ({ operation, area })));

let api: InProcessApi;
const ids: Record<string, string> = {};

beforeAll(async () => {
  api = await startInProcessApi();
  const make = async (key: string, path: string, body: object) => {
    ids[key] = (await created(api, path, body)).id;
  };
  await make('u', 'users', { userPrincipalName: 'a@example.com' });
  await make('g', 'groups', groupBody());
  await make('d', 'deviceManagement/comanagedDevices', { deviceName: 'PC', userPrincipalName: 'a@example.com' });
  await make('a', 'deviceManagement/detectedApps', { displayName: 'App' });
  ids.t = api.tenantId;
  await make('tag', 'deviceManagement/roleScopeTags', {});
  await make('tag.assignments', `deviceManagement/roleScopeTags/${ids.tag}/assignments`, groupTarget(ids.g!));
  await make('r', 'deviceManagement/roleDefinitions', {});
  await make('role.assignment', `deviceManagement/roleDefinitions/${ids.r}/roleAssignments`, { members: [] });
  await make('h', HARDWARE, hardwareBody());
  const password = { serialNumber: 'S', currentPassword: 'x' };
  await make('p.detail', 'deviceManagement/hardwarePasswordDetails', password);
  await make('p.info', 'deviceManagement/hardwarePasswordInfo', password);
  ids.e = (await api.request('GET', 'deviceManagement/auditEvents?$top=1')).body.value[0].id;
  await make('s', SCRIPTS, scriptBody());
  await make('f', FILTERS, { displayName: 'F', platform: 'iOS', rule: 'device.model -eq "x"' });
  const target = groupTarget(ids.g!);
  for (const [key, policy] of [
    ['h', `${HARDWARE}/${ids.h}`],
    ['s', `${SCRIPTS}/${ids.s}`],
  ] as const) {
    await make(`${key}.assignments`, `${policy}/assignments`, target);
    await make(
      `${key}.userRunStates`,
      `${policy}/userRunStates`,
      key === 'h' ? { upn: 'a@example.com' } : { userPrincipalName: 'a@example.com' },
    );
    await make(
      `${key}.deviceRunStates`,
      `${policy}/deviceRunStates`,
      key === 'h' ? { upn: 'a@example.com' } : { 'managedDevice@odata.bind': `managedDevices/${ids.d}` },
    );
  }
  ids['s.groupAssignments'] = ids['s.assignments']!;
  ids['s.nested'] = ids['s.deviceRunStates']!;
  await api.request('POST', `groups/${ids.g}/members/$ref`, { body: { '@odata.id': `users/${ids.u}` } });
});
afterAll(() => api.close());

/** The request of an operation: on entities that exist, or on none so that nothing comes of it. */
function requestOf(operation: string, existing: boolean): [method: string, path: string] {
  const [method, path] = operation.split(' ') as [string, string];
  return [
    method,
    path.replaceAll(/\{([\w.]+)\}/g, (_, key: string) =>
      existing ? encodeURIComponent(ids[key]!) : '00000000-0000-0000-0000-000000000009',
    ),
  ];
}

/** Sends an operation that must change nothing, allowed or not: on entities that do not exist, with a body that does not fit. */
const attempt = (operation: string, token: string | null): Promise<TestAnswer> => {
  const [method, path] = requestOf(operation, false);
  return api.request(method, path, { token, ...(method === 'GET' || method === 'DELETE' ? {} : { body: { 'no such property': 1 } }) });
};

const passed = ({ status }: TestAnswer): boolean => status !== 401 && status !== 403;

const tokens = new Map<string, Promise<string>>();
/** A token of an application or a user that holds these permissions. */
function tokenWith(kind: 'application' | 'delegated', permissions: readonly string[]): Promise<string> {
  const key = `${kind} ${permissions.join(' ')}`;
  const known =
    tokens.get(key) ??
    api.token(kind === 'application' ? { roles: permissions } : { userPrincipalName: 'x@example.com', scopes: permissions });
  tokens.set(key, known);
  return known;
}

describe.each(ALL)('$operation', ({ operation, area }) => {
  const accepted = operation.startsWith('GET') || operation.endsWith('/hasPayloadLinks') ? area.read : area.write;

  it('without a token is 401 with a challenge', async () => {
    const answer = await attempt(operation, null);
    expectRefusal(answer, { status: 401, code: 'missingToken' });
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
  });

  it('needs one of the accepted names, and says which', async () => {
    for (const kind of ['application', 'delegated'] as const) {
      for (const permission of accepted)
        expect(passed(await attempt(operation, await tokenWith(kind, [permission]))), permission).toBe(true);
      const others = allPermissions.filter((permission) => !accepted.includes(permission));
      const answer = await attempt(operation, await tokenWith(kind, others));
      expectRefusal(answer, { status: 403, code: 'insufficientScope' });
      for (const permission of accepted) expect(answer.body.error).toMatchObject({ message: expect.stringContaining(permission) });
      expect(answer.headers['www-authenticate']).toContain('error="insufficient_scope"');
    }
  });

  it("finds nothing of another tenant's", async () => {
    if (!operation.includes('{')) return expect(passed(await attempt(operation, await tokenWith('application', accepted)))).toBe(true);
    const [method, path] = requestOf(operation, true);
    const stranger = await api.token({ tenantId: uuidV4() });
    const body = method === 'POST' && path.endsWith('$ref') ? { '@odata.id': `users/${ids.u}` } : {};
    const answer = await api.request(method, path, {
      token: stranger,
      ...(method === 'GET' || method === 'DELETE' ? {} : { body: bodyFor(path, body) }),
    });
    expectRefusal(answer, { status: 404, code: 'notFound' });
  });
});

/** A body that is valid where `{}` is not. */
const bodyFor = (path: string, body: object): object =>
  /[aA]ssignments$/.test(path) && !path.endsWith('roleAssignments')
    ? { ...(path.endsWith('groupAssignments') ? { targetGroupId: ids.g } : groupTarget(ids.g!)) }
    : body;

describe('tenants', () => {
  it('see their own alone, and what strangers tried has changed nothing', async () => {
    const stranger = await api.token({ tenantId: uuidV4() });
    for (const path of [HARDWARE, SCRIPTS, 'users', 'groups', 'deviceManagement/managedDevices']) {
      expect((await api.request('GET', path, { token: stranger })).body.value).toEqual([]);
      expect((await api.request('GET', path)).body.value).toHaveLength(1);
    }
    for (const [key, path] of [
      ['h', HARDWARE],
      ['s', SCRIPTS],
    ] as const)
      expect((await api.request('GET', `${path}/${ids[key]}?$expand=*`)).body).toMatchObject({
        assignments: [{}],
        deviceRunStates: [{}],
        userRunStates: [{}],
      });
  });

  it("cannot refer to each other's objects", async () => {
    const stranger = await api.token({ tenantId: uuidV4() });
    const group = await api.request('POST', 'groups', { token: stranger, body: groupBody({ displayName: 'theirs' }) });
    const answer = await api.request('POST', `groups/${group.body.id}/members/$ref`, {
      token: stranger,
      body: { '@odata.id': `users/${ids.u}` },
    });
    expectRefusal(answer, { status: 404, code: 'notFound' });
  });
});

describe('tokens', () => {
  it('of personal accounts are refused everywhere', async () => {
    const token = await api.token({ tenantId: '9188040d-6c67-4c5b-b112-36a304b66dad' });
    for (const { operation } of ALL) expectRefusal(await attempt(operation, token), { status: 403, code: 'personalAccount' });
  });

  it('expire', async () => {
    const token = await api.token({ lifetimeSeconds: 60 });
    expect((await api.request('GET', HARDWARE, { token })).status).toBe(200);
    api.clock.advance(3_600_000);
    const answer = await api.request('GET', HARDWARE, { token });
    expectRefusal(answer, { status: 401, code: 'expiredToken' });
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  it('must be ours, whole and for this service', async () => {
    const token = await api.token();
    const [head, claims, signature] = token.split('.') as [string, string, string];
    const forged = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), tid: uuidV4() })).toString(
      'base64url',
    );
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    for (const bad of [
      '',
      'x',
      `${head}.${forged}.${signature}`,
      `${none}.${claims}.`,
      `${head}.${claims}`,
      await api.token({ audience: 'https://example.com' }),
    ])
      expectRefusal(await api.request('GET', HARDWARE, { token: bad }), {
        status: 401,
        code: bad === '' ? 'missingToken' : 'invalidToken',
      });
    for (const scheme of ['Basic eDp5', token, `bearer ${token}`]) {
      const answer = await api.request('GET', HARDWARE, { headers: { authorization: scheme }, token: null });
      expect(answer.status).toBe(scheme.startsWith('bearer') ? 200 : 401);
    }
  });
});

it('every published permission is accepted, but for Read names on writes', async () => {
  const ours = published.filter(({ family }) => FIXTURES.some((fixture) => fixture.family === family));
  const wrong: string[] = [];
  const looking = FIXTURES.flatMap((fixture) => fixture.looking ?? []);
  for (const { method, path, permissions } of ours) {
    const isRead = method === 'GET' || looking.some((name) => path.endsWith(`/${name}`));
    for (const kind of ['delegated', 'application'] as const) {
      for (const permission of permissions) {
        const allowed = passed(
          await attempt(`${method} ${path.slice(1)}`.replaceAll(/\{\w+\}/g, '{h}'), await tokenWith(kind, [permission])),
        );
        const wanted = isRead || !permission.endsWith('.Read.All');
        if (allowed !== wanted) wrong.push(`${method} ${path}: ${permission} (${kind}) ${allowed ? 'passes' : 'does not pass'}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(ours.length).toBeGreaterThan(60);
});
