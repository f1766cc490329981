import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import {
  CUSTOM_ATTRIBUTES,
  created,
  customAttributeBody,
  groupBody,
  groupTarget,
  HARDWARE,
  hardwareBody,
  rowsOf,
  SCRIPTS,
  SHELL_SCRIPTS,
  scriptBody,
  shellScriptBody,
} from '../support/sample-bodies.ts';

/** Shell scripts and custom attributes: their own rules, and what they share with management scripts. */

const KINDS = [
  { root: SCRIPTS, body: scriptBody },
  { root: SHELL_SCRIPTS, body: shellScriptBody },
  { root: CUSTOM_ATTRIBUTES, body: customAttributeBody },
] as const;

/** Every kind of script, and every collection to go by. */
const WAYS = KINDS.flatMap((kind) => KINDS.map(({ root: by }) => ({ ...kind, by, title: `${kind.root} by ${by}` })));

const UPN = 'ada@example.com';
const SERVICE = { prefer: 'muster.profile=service' };

let api: InProcessApi;
let device: string;
let group: string;
beforeAll(async () => {
  api = await startDescribedApi();
  device = (await created(api, 'deviceManagement/managedDevices', { deviceName: 'MAC-1', userPrincipalName: UPN })).id;
  group = (await created(api, 'groups', groupBody({ displayName: 'Macs' }))).id;
});
afterAll(() => api.close());

const stateOfDevice = (runState: string) => ({
  runState,
  'managedDevice@odata.bind': `deviceManagement/managedDevices/${device}`,
});

describe('a shell script', () => {
  it('runs once, silently retries never and runs as the system unless it says otherwise', async () => {
    expect(await created(api, SHELL_SCRIPTS, {})).toMatchObject({
      '@odata.type': '#microsoft.graph.deviceShellScript',
      executionFrequency: 'PT0S',
      retryCount: 0,
      blockExecutionNotifications: false,
      runAsAccount: 'system',
      roleScopeTagIds: ['0'],
      scriptContent: null,
    });
  });

  it.each([
    ['executionFrequency', 'daily'],
    ['executionFrequency', null],
    ['executionFrequency', 3600],
    ['retryCount', -1],
    ['retryCount', 1.5],
    ['blockExecutionNotifications', 'yes'],
    ['runAsAccount', 'root'],
    ['scriptContent', '#!/bin/sh'],
  ])('is refused with %s %j', async (name, value) => {
    const answer = await api.request('POST', SHELL_SCRIPTS, { body: shellScriptBody({ [name]: value }) });
    expectRefusal(answer, { status: 400, code: 'invalidValue', target: name });
  });

  it('is found by its interval, however that is written, and by its retries', async () => {
    const { id } = await created(
      api,
      SHELL_SCRIPTS,
      shellScriptBody({ displayName: 'hourly', executionFrequency: 'PT24H', retryCount: 7 }),
    );
    for (const condition of ["executionFrequency eq duration'P1D'", 'retryCount gt 6', 'blockExecutionNotifications and retryCount eq 7']) {
      const filter = encodeURIComponent(`displayName eq 'hourly' and ${condition}`);
      expect(await rowsOf(api, `${SHELL_SCRIPTS}?$filter=${filter}`), condition).toMatchObject([{ id, executionFrequency: 'PT24H' }]);
    }
  });
});

describe('a custom attribute', () => {
  it('has a value type, which is an integer unless it says otherwise', async () => {
    expect(await created(api, CUSTOM_ATTRIBUTES, {})).toMatchObject({
      '@odata.type': '#microsoft.graph.deviceCustomAttributeShellScript',
      customAttributeName: null,
      customAttributeType: 'integer',
    });
    for (const customAttributeType of ['integer', 'string', 'dateTime'])
      expect(await created(api, CUSTOM_ATTRIBUTES, customAttributeBody({ customAttributeType }))).toMatchObject({ customAttributeType });
    const answer = await api.request('POST', CUSTOM_ATTRIBUTES, { body: customAttributeBody({ customAttributeType: 'float' }) });
    expectRefusal(answer, { status: 400, code: 'invalidValue', target: 'customAttributeType', says: /integer, string, dateTime/ });
  });

  it('is found by its name and its type', async () => {
    const { id } = await created(
      api,
      CUSTOM_ATTRIBUTES,
      customAttributeBody({ customAttributeName: 'age', customAttributeType: 'dateTime' }),
    );
    const filter = encodeURIComponent("customAttributeName eq 'age' and customAttributeType eq 'dateTime'");
    expect(await rowsOf(api, `${CUSTOM_ATTRIBUTES}?$filter=${filter}`)).toMatchObject([{ id }]);
    expect(await rowsOf(api, `${CUSTOM_ATTRIBUTES}?$search="age"`)).toMatchObject([{ id }]);
  });

  it('has no property of a shell script', async () => {
    const answer = await api.request('POST', CUSTOM_ATTRIBUTES, { body: customAttributeBody({ retryCount: 1 }) });
    expectRefusal(answer, { status: 400, code: 'unknownProperty', target: 'retryCount' });
  });
});

it('ids are one space: a client cannot choose one, least of all that of another kind', async () => {
  const id = uuidV4();
  const bodies = KINDS.flatMap(({ root, body }) => [root, root].map((path) => ({ path, body: body({ id }) })));
  const made = await Promise.all(bodies.map(({ path, body }) => created(api, path, body)));
  expect(new Set([id, ...made.map((script) => script.id)]).size).toBe(bodies.length + 1);
});

describe.each(WAYS)('$title', ({ root, body, by }) => {
  const isOwn = root === by;
  let id: string;
  let path: string;
  beforeAll(async () => {
    ({ id } = await created(api, root, body()));
    path = `${by}/${id}`;
  });

  it('finds, changes and deletes the script in its own collection only', async () => {
    const { id: other } = await created(api, root, body());
    for (const [method, options] of [
      ['GET', {}],
      ['PATCH', { body: { displayName: 'x' } }],
      ['DELETE', {}],
    ] as const) {
      for (const below of method === 'GET' ? ['', '/displayName', '?$expand=assignments'] : ['']) {
        const answer = await api.request(method, `${by}/${other}${below}`, options);
        if (isOwn) expect(answer.status, answer.text).toBeLessThan(300);
        else expectRefusal(answer, { status: 404, code: 'notFound' });
      }
    }
    expect((await rowsOf(api, by)).some((row) => row.id === id)).toBe(isOwn);
    expect((await api.request('GET', `${root}/${other}`)).status).toBe(isOwn ? 404 : 200);
  });

  it('assigns it with either list or both, and clears it', async () => {
    const assign = async (lists: object): Promise<unknown[]> => {
      expect((await api.request('POST', `${path}/assign`, { body: lists })).status).toBe(204);
      const rows = await rowsOf(api, `${path}/assignments`);
      expect(await rowsOf(api, `${root}/${id}/assignments`)).toEqual(rows);
      return rows.map((row) => String(row.id)).toSorted();
    };
    const other = uuidV4();
    const lists = {
      deviceManagementScriptGroupAssignments: [{ targetGroupId: group }, { targetGroupId: other }],
      deviceManagementScriptAssignments: [groupTarget(group)],
    };
    expect(await assign(lists)).toEqual([`${id}:${group}`, `${id}:${other}`].toSorted());
    expect(await assign({ deviceManagementScriptAssignments: [groupTarget(group)] })).toEqual([`${id}:${group}`]);
    expect(await rowsOf(api, `${path}/groupAssignments`)).toMatchObject([{ targetGroupId: group }]);
    const links = await api.request('POST', `${SCRIPTS}/hasPayloadLinks`, { body: { payloadIds: [id] } });
    expect(links.body.value).toMatchObject([{ payloadId: id, hasLink: true }]);
    expect((await api.request('GET', `${root}/${id}?$expand=assignments`)).body.assignments).toHaveLength(1);
    expect(await assign({})).toEqual([]);
  });

  it('assigns it only in the state that the client knows, if it says which', async () => {
    const { etag } = (await api.request('GET', `${root}/${id}`)).headers;
    const assign = (tag: string) => api.request('POST', `${path}/assign`, { body: {}, headers: { 'if-match': tag } });
    expect((await assign(etag!)).status).toBe(204);
    await api.request('PATCH', `${root}/${id}`, { body: { description: `changed by way of ${by}` } });
    expectRefusal(await assign(etag!), { status: 412, code: 'preconditionFailed' });
  });

  it('reads and writes its run states, in contexts and at locations of the way that was gone', async () => {
    const context = `http://localhost:8080/beta/$metadata#${by}('${id}')`;
    const answer = await api.request('POST', `${path}/deviceRunStates`, { body: stateOfDevice('success') });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.headers.location).toBe(`http://localhost:8080/beta/${by}('${id}')/deviceRunStates('${answer.body.id}')`);
    expect(answer.body['@odata.context']).toBe(`${context}/deviceRunStates/$entity`);
    expect((await api.request('GET', new URL(answer.headers.location!).pathname)).body).toEqual(answer.body);

    const users = await api.request('GET', `${path}/userRunStates`);
    expect(users.body).toMatchObject({
      '@odata.context': `${context}/userRunStates`,
      value: [{ userPrincipalName: UPN, successDeviceCount: 1, errorDeviceCount: 0 }],
    });
    const nested = `${path}/userRunStates/${users.body.value[0].id}/deviceRunStates`;
    expect(await rowsOf(api, nested)).toMatchObject([{ id: answer.body.id }]);
    expect((await api.request('GET', `${nested}/${answer.body.id}/managedDevice`)).body).toMatchObject({ id: device });
    expect((await created(api, nested, { runState: 'scriptError' })).runState).toBe('scriptError');
    expect((await api.request('GET', `${path}/deviceRunStates/$count`)).text).toBe('2');

    const summary = { successDeviceCount: 1, errorDeviceCount: 1, successUserCount: 0, errorUserCount: 1 };
    expect((await api.request('GET', `${path}/runSummary`)).body).toMatchObject(summary);
    const patched = await api.request('PATCH', `${path}/runSummary`, { body: { successUserCount: 9 } });
    expect(patched.body).toMatchObject({ ...summary, successUserCount: 9 });
    expect((await api.request('GET', `${root}/${id}/runSummary`)).body).toMatchObject({ successUserCount: 9 });
    expect((await api.request('DELETE', `${path}/runSummary`)).status).toBe(204);
    expect((await api.request('GET', `${path}/runSummary`)).body).toMatchObject(summary);
  });

  it('answers as the service does where a client asks for that', async () => {
    const { id: other } = await created(api, root, body());
    const send = (method: string, to: string, content?: object) =>
      api.request(method, to, { headers: SERVICE, ...(content === undefined ? {} : { body: content }) });
    expect((await send('POST', `${by}/${other}/assign`, { deviceManagementScriptAssignments: [groupTarget(group)] })).status).toBe(200);
    expect((await send('DELETE', `${by}/${other}/assignments/${other}:${group}`)).status).toBe(200);
    const listed = (await send('GET', root)).body.value.find((row: { id: string }) => row.id === other);
    expect(listed).toMatchObject({ scriptContent: null });
    expect((await send('GET', `${root}/${other}`)).body.scriptContent).toBe((body() as { scriptContent: string }).scriptContent);
    expect((await send('DELETE', `${root}/${other}`)).status).toBe(200);
  });

  it('finds nothing below it once it is deleted, nor by way of another tenant', async () => {
    const { id: other } = await created(api, root, body());
    await created(api, `${by}/${other}/deviceRunStates`, stateOfDevice('fail'));
    await created(api, `${by}/${other}/assignments`, groupTarget(group));
    const token = await api.token({ tenantId: uuidV4() });
    const below = ['runSummary', 'deviceRunStates', 'userRunStates', 'assignments', 'groupAssignments', 'assignments/$count'];
    for (const name of below)
      expectRefusal(await api.request('GET', `${by}/${other}/${name}`, { token }), { status: 404, code: 'notFound' });
    expect((await api.request('DELETE', `${root}/${other}`)).status).toBe(204);
    for (const name of below) expectRefusal(await api.request('GET', `${by}/${other}/${name}`), { status: 404, code: 'notFound' });
    expectRefusal(await api.request('POST', `${by}/${other}/assign`, { body: {} }), { status: 404, code: 'notFound' });
    expectRefusal(await api.request('POST', `${by}/${other}/userRunStates`, { body: {} }), { status: 404, code: 'notFound' });
  });
});

it('a hardware configuration is no script: nothing of it is found by way of scripts, nor the other way round', async () => {
  const { id } = await created(api, HARDWARE, hardwareBody());
  const { id: script } = await created(api, SHELL_SCRIPTS, shellScriptBody());
  for (const path of [...KINDS.map(({ root }) => `${root}/${id}`), `${HARDWARE}/${script}`]) {
    for (const name of ['', '/runSummary', '/deviceRunStates', '/assignments'])
      expectRefusal(await api.request('GET', path + name), { status: 404, code: 'notFound' });
    expectRefusal(await api.request('POST', `${path}/assign`, { body: {} }), { status: 404, code: 'notFound' });
  }
});

it('a device that goes leaves the states of every kind of script to nobody', async () => {
  const mac = (await created(api, 'deviceManagement/managedDevices', { userPrincipalName: UPN })).id;
  const scripts = await Promise.all(KINDS.map(async ({ root, body }) => `${root}/${(await created(api, root, body())).id}`));
  for (const path of scripts)
    await created(api, `${path}/deviceRunStates`, {
      'managedDevice@odata.bind': `deviceManagement/managedDevices/${mac}`,
      runState: 'fail',
    });
  const users = () =>
    Promise.all(scripts.map(async (path) => (await rowsOf(api, `${path}/userRunStates`)).map((row) => row.userPrincipalName)));
  expect(await users()).toEqual(scripts.map(() => [UPN]));
  await api.request('PATCH', `deviceManagement/managedDevices/${mac}`, { body: { userPrincipalName: 'bob@example.com' } });
  expect(await users()).toEqual(scripts.map(() => ['bob@example.com']));
  await api.request('DELETE', `deviceManagement/managedDevices/${mac}`);
  expect(await users()).toEqual(scripts.map(() => []));
  for (const path of scripts)
    expect((await api.request('GET', `${path}/runSummary`)).body).toMatchObject({ errorDeviceCount: 1, errorUserCount: 0 });
});
