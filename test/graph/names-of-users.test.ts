import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { groupBody, HARDWARE, hardwareBody, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** One user, however the name is written (docs/adr/0019-names-of-users.md). */

let api: InProcessApi;
let token: string;
let tenantId: string;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  tenantId = uuidV4();
  token = await api.token({ tenantId });
});

async function send(method: string, path: string, body?: object) {
  const answer = await api.request(method, path, { token, ...(body === undefined ? {} : { body }) });
  expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
  return answer.body;
}

const rows = async (path: string): Promise<Record<string, string>[]> => (await send('GET', path)).value;

test('device states make one user state, which has the name that came first', async () => {
  const policy = `${HARDWARE}/${(await send('POST', HARDWARE, hardwareBody())).id}`;
  const post = (upn: string, time: string) =>
    send('POST', `${policy}/deviceRunStates`, { upn, configurationState: 'success', lastStateUpdateDateTime: time });
  const newest = await post('Ada@X.example', '2026-03-01T00:00:00Z');
  const other = await post('ada@x.example', '2026-02-01T00:00:00Z');
  expect(other.upn).toBe('ada@x.example');
  expect(await rows(`${policy}/userRunStates`)).toMatchObject([{ upn: 'Ada@X.example', successfulDeviceCount: 2 }]);
  await send('DELETE', `${policy}/deviceRunStates/${newest.id}`);
  const [user] = await rows(`${policy}/userRunStates`);
  expect(user).toMatchObject({ upn: 'Ada@X.example', successfulDeviceCount: 1, lastStateUpdateDateTime: '2026-02-01T00:00:00Z' });
  expect(await send('GET', `${policy}/runSummary`)).toMatchObject({ successfulUserCount: 1, successfulDeviceCount: 1 });
  await send('POST', `${policy}/userRunStates`, { upn: 'ADA@X.EXAMPLE', failedDeviceCount: 1 });
  expect(await rows(`${policy}/userRunStates`)).toMatchObject([{ upn: 'ADA@X.EXAMPLE', failedDeviceCount: 1 }]);
});

test('a name can be written in another case, but not become that of another user', async () => {
  const policy = `${HARDWARE}/${(await send('POST', HARDWARE, hardwareBody())).id}`;
  await send('POST', `${policy}/deviceRunStates`, { upn: 'ada@x.example', configurationState: 'success' });
  const [derived] = await rows(`${policy}/userRunStates`);
  const path = `${policy}/userRunStates/${derived!.id}`;
  expect(await send('PATCH', path, { upn: 'Ada@x.example' })).toMatchObject({ id: derived!.id, upn: 'Ada@x.example' });
  expect(await rows(`${policy}/userRunStates`)).toHaveLength(1);
  const refused = await api.request('PATCH', path, { token, body: { upn: 'bob@x.example' } });
  expect([refused.status, refused.body.error.target]).toEqual([400, 'upn']);
});

test('a device belongs to its user, and its script states below that user', async () => {
  const policy = `${SCRIPTS}/${(await send('POST', SCRIPTS, scriptBody())).id}`;
  const user = await send('POST', 'users', { userPrincipalName: 'Ada@x.example' });
  const device = await send('POST', 'deviceManagement/managedDevices', { userPrincipalName: 'ADA@x.example' });
  expect(await rows(`users/${user.id}/managedDevices`)).toMatchObject([{ id: device.id }]);
  expect(await rows(`deviceManagement/managedDevices/${device.id}/users`)).toMatchObject([{ id: user.id }]);
  const reported = await send('POST', `${policy}/userRunStates`, { userPrincipalName: 'ada@X.example' });
  const below = `${policy}/userRunStates/${reported.id}/deviceRunStates`;
  const binding = { 'managedDevice@odata.bind': `deviceManagement/managedDevices/${device.id}` };
  const state = await send('POST', below, { runState: 'success', ...binding });
  expect(await rows(below)).toMatchObject([{ id: state.id }]);
  expect(await rows(`${policy}/userRunStates`)).toHaveLength(1);
});

test('a group that holds the user targets what is reported of the user', async () => {
  const policy = `${HARDWARE}/${(await send('POST', HARDWARE, hardwareBody())).id}`;
  const user = await send('POST', 'users', { userPrincipalName: 'Ada@x.example' });
  const group = await send('POST', 'groups', groupBody({ 'members@odata.bind': [`users/${user.id}`] }));
  const target = { '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId: group.id };
  await send('POST', `${policy}/assign`, { hardwareConfigurationAssignments: [{ target }] });
  await send('POST', `${policy}/deviceRunStates`, { upn: 'aDA@x.example', configurationState: 'success' });
  await send('PATCH', policy, { configurationFileContent: 'AAAB' });
  expect(await rows(`${policy}/deviceRunStates`)).toMatchObject([{ configurationState: 'pending' }]);
});

test('users are found by each way to write their name: by key, by filter, in order, and as the caller', async () => {
  const names = ['bob@x.example', 'Ada@x.example', 'Cleo@x.example'];
  for (const userPrincipalName of names) await send('POST', 'users', { userPrincipalName, displayName: userPrincipalName });
  expect(await send('GET', 'users/ADA@x.example')).toMatchObject({ userPrincipalName: 'Ada@x.example' });
  const found = async (query: string) => (await rows(`users?${query}`)).map((row) => row.userPrincipalName);
  expect(await found("$filter=userPrincipalName eq 'aDa@X.example'")).toEqual(['Ada@x.example']);
  expect(await found("$filter=userPrincipalName in ('ADA@x.example','BOB@x.example')&$orderby=userPrincipalName")).toEqual([
    'Ada@x.example',
    'bob@x.example',
  ]);
  expect(await found("$filter=userPrincipalName ne 'BOB@x.example'&$orderby=userPrincipalName desc")).toEqual([
    'Cleo@x.example',
    'Ada@x.example',
  ]);
  expect(await found("$filter=startswith(userPrincipalName,'a')"), 'functions see what was written').toEqual([]);
  expect(await found("$filter=displayName eq 'ada@x.example'"), 'other texts are compared exactly').toEqual([]);
  const first = await send('GET', 'users?$top=1&$orderby=userPrincipalName');
  const second = await send('GET', first['@odata.nextLink'].replace('http://localhost:8080', ''));
  expect([first.value[0].userPrincipalName, second.value[0].userPrincipalName]).toEqual(['Ada@x.example', 'bob@x.example']);
  const own = await api.token({ tenantId, userPrincipalName: 'CLEO@X.example' });
  const me = await api.request('GET', 'me', { token: own });
  expect(me.body).toMatchObject({ userPrincipalName: 'Cleo@x.example' });
});

test('a role assignment limits its user, whatever case the token has', async () => {
  const user = await send('POST', 'users', { userPrincipalName: 'Ada@x.example' });
  const tag = await send('POST', 'deviceManagement/roleScopeTags', { displayName: 'Pilot' });
  const role = await send('POST', 'deviceManagement/roleDefinitions', { displayName: 'Reader' });
  await send('POST', 'deviceManagement/roleAssignments', {
    members: [user.id],
    'roleDefinition@odata.bind': `deviceManagement/roleDefinitions('${role.id}')`,
    'roleScopeTags@odata.bind': [`deviceManagement/roleScopeTags('${tag.id}')`],
  });
  await send('POST', HARDWARE, hardwareBody());
  for (const userPrincipalName of ['Ada@x.example', 'aDA@X.example', 'ada@x.example']) {
    const answer = await api.request('GET', HARDWARE, { token: await api.token({ tenantId, userPrincipalName }) });
    expect([userPrincipalName, answer.body.value]).toEqual([userPrincipalName, []]);
  }
});
