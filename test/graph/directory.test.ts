import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { groupBody } from '../support/sample-bodies.ts';
import { publishedProperties } from '../support/surface-facts.ts';

/** Users, groups, who belongs to them, and managed devices: on both base paths. */

const ORIGIN = 'http://localhost:8080';
const DEVICES = 'deviceManagement/managedDevices';

let api: InProcessApi;
let token: string;
beforeAll(async () => {
  api = await startDescribedApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  token = await api.token({ tenantId: uuidV4() });
});

const send = (method: string, path: string, body?: unknown) =>
  api.request(method, path, { token, ...(body === undefined ? {} : { body }) });

async function create(path: string, body: object): Promise<Record<string, unknown> & { readonly id: string }> {
  const answer = await send('POST', path, body);
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

const list = async (path: string): Promise<Record<string, unknown>[]> => {
  const answer = await send('GET', path);
  expect(answer.status, answer.text).toBe(200);
  return answer.body.value;
};

describe.each(['/v1.0', '/beta'])('%s', (base) => {
  it.each([
    [
      'users',
      { userPrincipalName: 'a@example.com', displayName: 'A', mail: null, accountEnabled: true },
      { displayName: 'B', accountEnabled: false },
    ],
    ['groups', groupBody({ description: 'd', groupTypes: [] }), { description: null }],
    [
      DEVICES,
      {
        deviceName: 'PC',
        userPrincipalName: 'a@example.com',
        operatingSystem: 'Windows',
        totalStorageSpaceInBytes: 2 ** 40,
        complianceState: 'compliant',
      },
      { deviceName: 'PC-2', osVersion: '10' },
    ],
  ])('%s: create, get, list, count, filter, update, delete', async (collection, body, change) => {
    const path = `${base}/${collection}`;
    const entity = await create(path, body);
    expect(entity).toMatchObject(body);
    expect((await send('GET', `${path}/${entity.id}`)).body).toEqual(entity);
    expect(await list(path)).toMatchObject([{ id: entity.id }]);
    expect((await send('GET', `${path}/$count`)).text).toBe('1');
    const [name, value] = Object.entries(body)[0]!;
    expect(await list(`${path}?$filter=${name}%20eq%20'${value}'`)).toHaveLength(1);
    expect(await list(`${path}?$filter=${name}%20eq%20'other'`)).toHaveLength(0);
    const updated = await api.request('PATCH', `${path}/${entity.id}`, {
      token,
      body: change,
      headers: { prefer: 'return=representation' },
    });
    expect(updated.status, updated.text).toBe(200);
    expect(updated.body).toEqual({ ...entity, ...change });
    expect((await send('DELETE', `${path}/${entity.id}`)).status).toBe(204);
    expectRefusal(await send('GET', `${path}/${entity.id}`), { status: 404, code: 'notFound' });
    expect(await list(path)).toEqual([]);
  });

  it('members: add, list, count, page, remove', async () => {
    const group = await create(`${base}/groups`, groupBody());
    const user = await create(`${base}/users`, { userPrincipalName: 'a@example.com', displayName: 'A' });
    const inner = await create(`${base}/groups`, groupBody({ displayName: 'Inner' }));
    const device = await create(`${base}/${DEVICES}`, { deviceName: 'PC' });
    const members = `${base}/groups/${group.id}/members`;
    for (const url of [
      `${ORIGIN}${base}/users/${user.id}`,
      `https://graph.microsoft.com${base}/directoryObjects/${inner.id}`,
      `${base}/${DEVICES}('${device.id}')`,
    ])
      expect(await send('POST', `${members}/$ref`, { '@odata.id': url }), url).toMatchObject({ status: 204, text: '' });
    const found = await list(members);
    expect(found).toHaveLength(3);
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ '@odata.type': '#microsoft.graph.user', id: user.id, displayName: 'A' }),
        expect.objectContaining({ '@odata.type': '#microsoft.graph.group', id: inner.id, displayName: 'Inner' }),
        expect.objectContaining({ '@odata.type': '#microsoft.graph.device', id: device.id, displayName: 'PC', deviceId: device.id }),
      ]),
    );
    expect((await send('GET', `${members}/$count`)).text).toBe('3');
    expect((await send('GET', `${members}?$count=true&$top=1`)).body).toMatchObject({
      '@odata.count': 3,
      '@odata.nextLink': expect.any(String),
    });
    expect(await list(`${members}?$select=id`)).toEqual(expect.arrayContaining([{ '@odata.type': '#microsoft.graph.user', id: user.id }]));
    const references = await list(`${members}/$ref`);
    expect(references.map((reference) => Object.keys(reference))).toEqual([['@odata.id'], ['@odata.id'], ['@odata.id']]);
    expect((await send('DELETE', `${members}/${user.id}/$ref`)).status).toBe(204);
    expect((await list(members)).map(({ id }) => id)).not.toContain(user.id);
    expectRefusal(await send('DELETE', `${members}/${user.id}/$ref`), { status: 404, code: 'notFound' });
    expect((await send('GET', `${base}/users/${user.id}`)).status).toBe(200);
  });
});

describe('members that cannot be', () => {
  it.each([
    ['an object that does not exist', () => ({ '@odata.id': `users/${uuidV4()}` }), { status: 404, code: 'notFound', target: '@odata.id' }],
    ['no UUID', () => ({ '@odata.id': 'users/x' }), { status: 404, code: 'notFound', target: '@odata.id' }],
    ['no reference', () => ({}), { status: 400, code: 'missingProperty', target: '@odata.id' }],
    ['no text', () => ({ '@odata.id': 5 }), { status: 400, code: 'missingProperty', target: '@odata.id' }],
    ['null', () => null, { status: 400, code: 'missingProperty' }],
    ['an array', () => [], { status: 400, code: 'missingProperty' }],
    ['the root', () => ({ '@odata.id': ORIGIN }), { status: 400, code: 'invalidValue' }],
    ['an empty text', () => ({ '@odata.id': '' }), { status: 400, code: 'invalidValue' }],
    [
      'the group itself',
      (group: string) => ({ '@odata.id': `groups/${group}` }),
      { status: 400, code: 'invalidValue', target: '@odata.id' },
    ],
  ] as const)('%s', async (_, body, refusal) => {
    const group = await create('groups', groupBody());
    expectRefusal(await send('POST', `groups/${group.id}/members/$ref`, body(group.id)), refusal);
    expect(await list(`groups/${group.id}/members`)).toEqual([]);
  });

  it('the same one twice', async () => {
    const group = await create('groups', groupBody());
    const user = await create('users', { displayName: 'A' });
    const add = () => send('POST', `groups/${group.id}/members/$ref`, { '@odata.id': `users/${user.id}` });
    expect((await add()).status).toBe(204);
    expectRefusal(await add(), { status: 400, code: 'referenceExists', target: 'members' });
    expect(await list(`groups/${group.id}/members`)).toHaveLength(1);
  });

  it('anything in a group that does not exist', async () => {
    const user = await create('users', { displayName: 'A' });
    for (const [method, path] of [
      ['POST', '$ref'],
      ['DELETE', `${user.id}/$ref`],
      ['GET', '$ref'],
      ['GET', '$count'],
    ] as const)
      expectRefusal(
        await send(method, `groups/${uuidV4()}/members/${path}`, method === 'POST' ? { '@odata.id': `users/${user.id}` } : undefined),
        { status: 404, code: 'notFound' },
      );
  });
});

describe('what goes with a deletion', () => {
  it('a user, a device and a group leave their groups', async () => {
    const group = await create('groups', groupBody());
    for (const [collection, body] of [
      ['users', { displayName: 'A' }],
      [DEVICES, { deviceName: 'PC' }],
      ['groups', groupBody({ displayName: 'inner' })],
    ] as const) {
      const member = await create(collection, body);
      await send('POST', `groups/${group.id}/members/$ref`, { '@odata.id': `${collection}/${member.id}` });
      expect(await list(`groups/${group.id}/members`)).toHaveLength(1);
      expect((await send('DELETE', `${collection}/${member.id}`)).status).toBe(204);
      expect(await list(`groups/${group.id}/members`)).toEqual([]);
    }
  });

  it("a device's users are found by its user principal name", async () => {
    const user = await create('users', { userPrincipalName: 'a@example.com' });
    const device = await create(DEVICES, { userPrincipalName: 'a@example.com' });
    expect(await list(`${DEVICES}/${device.id}/users`)).toMatchObject([{ id: user.id }]);
    expect((await send('GET', `${DEVICES}/${device.id}?$expand=users($select=id)`)).body.users).toMatchObject([{ id: user.id }]);
    const lonely = await create(DEVICES, { deviceName: 'kiosk' });
    expect(await list(`${DEVICES}/${lonely.id}/users`)).toEqual([]);
  });
});

it('groups are searched by name, as the directory is asked to', async () => {
  const group = await create('groups', groupBody({ displayName: 'Pilot ring' }));
  await create('groups', groupBody({ displayName: 'Rest', description: 'Pilot' }));
  const answer = await api.request('GET', 'groups?$search="displayName:pilot"&$count=true', {
    token,
    headers: { consistencylevel: 'eventual' },
  });
  expect(answer.body).toMatchObject({ '@odata.count': 1, value: [{ id: group.id }] });
});

it.each(['displayName', 'mailEnabled', 'mailNickname', 'securityEnabled'] as const)('a group without %s is refused', async (name) => {
  const { [name]: _, ...body } = groupBody();
  expectRefusal(await send('POST', 'groups', body), { status: 400, code: 'missingProperty', target: name });
  expect(await list('groups')).toEqual([]);
});

describe('v1.0 has only what it should', () => {
  it.each([
    'deviceManagementScripts',
    'hardwareConfigurations',
    'comanagedDevices',
    'deviceManagementScripts/x/assign',
    'hardwareConfigurations/$count',
  ])('/v1.0/deviceManagement/%s is 400', async (path) => {
    for (const method of ['GET', 'POST'])
      expectRefusal(await send(method, `/v1.0/deviceManagement/${path}`), {
        status: 400,
        code: 'unknownSegment',
        target: path.split('/')[0]!,
      });
  });

  it('links stay on the base path that was asked', async () => {
    await create('/v1.0/users', { displayName: 'A' });
    await create('/v1.0/users', { displayName: 'B' });
    const { body } = await send('GET', '/v1.0/users?$top=1');
    expect(body['@odata.context']).toBe(`${ORIGIN}/v1.0/$metadata#users`);
    expect(body['@odata.nextLink']).toMatch(`${ORIGIN}/v1.0/users?$top=1&$skiptoken=`);
    expect(await list(body['@odata.nextLink'].slice(ORIGIN.length))).toMatchObject([{ displayName: 'B' }]);
    expect((await send('POST', '/v1.0/groups', groupBody())).headers.location).toMatch(`${ORIGIN}/v1.0/groups('`);
  });

  it('both base paths show the same objects', async () => {
    const user = await create('/v1.0/users', { displayName: 'A' });
    expect((await send('GET', `/beta/users/${user.id}`)).body).toMatchObject({ id: user.id, displayName: 'A' });
  });
});

it('managed devices have the published properties', async () => {
  const device = await create(DEVICES, { deviceName: 'PC' });
  const names = publishedProperties('managedDevice')!.map(({ name }) => name);
  expect(device).toMatchObject({ deviceName: 'PC', userPrincipalName: null, isEncrypted: false, totalStorageSpaceInBytes: 0 });
  expect(Object.keys(device)).toEqual(expect.arrayContaining(names));
});
