import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { groupBody, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** References to entities: each has one id, wherever it is found, and the server takes the ids that it gives. */

const ROOT = 'http://localhost:8080/beta';
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

const send = (method: string, path: string, ...[body, accept]: readonly [body?: unknown, accept?: string]) =>
  api.request(method, path, {
    token,
    ...(accept === undefined ? {} : { headers: { accept } }),
    ...(body === undefined ? {} : { body }),
  });

async function create(path: string, body: object): Promise<string> {
  const answer = await send('POST', path, body);
  expect(answer.status, answer.text).toBe(201);
  return answer.body.id;
}

async function get(path: string, accept?: string) {
  const answer = await send('GET', path, undefined, accept);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

const FULL = 'application/json;odata.metadata=full';

it('C20 the reference to one member can be read', async () => {
  const user = await create('users', { displayName: 'A', userPrincipalName: 'a@example.com' });
  const group = await create('groups', groupBody({ 'members@odata.bind': [`users/${user}`], 'owners@odata.bind': [`users/${user}`] }));
  for (const path of [`groups/${group}/members/${user}/$ref`, `groups('${group}')/owners('${user}')/$ref`])
    expect(await get(path)).toEqual({ '@odata.context': `${ROOT}/$metadata#$ref`, '@odata.id': `${ROOT}/users('${user}')` });
  expect(await get(`users/${user}/memberOf/${group}/$ref`)).toMatchObject({ '@odata.id': `${ROOT}/groups('${group}')` });
  expect(await get(`users/${user}/memberOf/$ref`)).toMatchObject({ value: [{ '@odata.id': `${ROOT}/groups('${group}')` }] });
  expect((await send('GET', `groups/${group}/members/${uuidV4()}/$ref`)).status).toBe(404);
  expect((await send('GET', `groups/${group}/members/${user}/$ref?$select=id`)).status).toBe(400);
  expect((await send('OPTIONS', `groups/${group}/members/${user}/$ref`)).headers.allow).toBe('GET, HEAD, DELETE, OPTIONS');
});

describe('C20 an entity has one id', () => {
  it('wherever a device is found, and each leads to it', async () => {
    const user = await create('users', { displayName: 'A', userPrincipalName: 'a@example.com' });
    const device = await create(DEVICES, { deviceName: 'PC', userPrincipalName: 'a@example.com' });
    const script = await create(SCRIPTS, scriptBody());
    const state = await create(`${SCRIPTS}/${script}/deviceRunStates`, { 'managedDevice@odata.bind': `${DEVICES}/${device}` });
    const at = `${SCRIPTS}/${script}/deviceRunStates`;
    const ids = [
      (await get(`${at}/${state}?$expand=managedDevice/$ref`)).managedDevice['@odata.id'],
      (await get(`${at}?$expand=managedDevice/$ref`)).value[0].managedDevice['@odata.id'],
      (await get(`${at}/${state}?$expand=managedDevice`, FULL)).managedDevice['@odata.id'],
      (await get(`${at}/${state}/managedDevice`, FULL))['@odata.id'],
      (await get(`${at}/${state}/managedDevice/$ref`))['@odata.id'],
      (await get(`users/${user}/managedDevices`, FULL)).value[0]['@odata.id'],
      (await get(`users/${user}/managedDevices/$ref`)).value[0]['@odata.id'],
      (await get(`users/${user}?$expand=managedDevices/$ref`)).managedDevices[0]['@odata.id'],
      (await get(`${DEVICES}/${device}`, FULL))['@odata.id'],
      (await get(DEVICES, FULL)).value[0]['@odata.id'],
    ];
    expect(new Set(ids)).toEqual(new Set([`${ROOT}/${DEVICES}('${device}')`]));
    expect(await get(ids[0].slice(ROOT.length + 1))).toMatchObject({ id: device });
    // The server's own ids can be sent back.
    const other = await create(at, { 'managedDevice@odata.bind': ids[0] });
    expect(await get(`${at}/${other}/managedDevice`)).toMatchObject({ id: device });
  });

  it('wherever an object of the directory is found', async () => {
    const user = await create('users', { displayName: 'A', userPrincipalName: 'a@example.com' });
    const group = await create('groups', groupBody({ 'members@odata.bind': [`users/${user}`] }));
    const ids = [
      (await get(`groups/${group}/members/$ref`)).value[0]['@odata.id'],
      (await get(`groups/${group}/members`, FULL)).value[0]['@odata.id'],
      (await get(`groups/${group}?$expand=members/$ref`)).members[0]['@odata.id'],
      (await get(`groups/${group}?$expand=members`, FULL)).members[0]['@odata.id'],
      (await get(`directoryObjects/${user}`, FULL))['@odata.id'],
      (await get(`groups/${group}/members/microsoft.graph.user/$ref`)).value[0]['@odata.id'],
      (await get(`users/${user}`, FULL))['@odata.id'],
      (await get(`users/a@example.com`, FULL))['@odata.id'],
    ];
    expect(new Set(ids)).toEqual(new Set([`${ROOT}/users('${user}')`]));
    expect((await send('POST', `groups/${group}/owners/$ref`, { '@odata.id': ids[0] })).status).toBe(204);
  });
});
