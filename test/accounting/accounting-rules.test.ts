import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Result, WORST_FIRST } from '../support/accounting-model.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { groupBody } from '../support/sample-bodies.ts';

/** Rules of run states that deserve to be read as an example, or to be tried in every combination. */

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());

const ROOT = 'deviceManagement';

async function send(method: string, path: string, body?: Record<string, unknown>) {
  const answer = await api.request(method, `${ROOT}/${path}`, body === undefined ? {} : { body });
  expect([answer.status, answer.text]).toEqual([expect.toSatisfy((status) => status < 300), answer.text]);
  return answer.body;
}

const newHardware = async (): Promise<string> => {
  const policy = { displayName: 'x', fileName: 'a.cctk', configurationFileContent: 'AAAA' };
  return `hardwareConfigurations/${(await send('POST', 'hardwareConfigurations', policy)).id}`;
};

const newScript = async (): Promise<string> =>
  `deviceManagementScripts/${(await send('POST', 'deviceManagementScripts', { displayName: 'x' })).id}`;

const newDevice = async (userPrincipalName: string): Promise<string> => (await send('POST', 'managedDevices', { userPrincipalName })).id;

const binding = (device: string | null) => ({
  'managedDevice@odata.bind': device === null ? null : `https://any.example/beta/${ROOT}/managedDevices/${device}`,
});

/** Every set of results that the devices of one user can have, the empty one left out. */
const SETS: readonly (readonly Result[])[] = Array.from({ length: 63 }, (_, bits) =>
  WORST_FIRST.filter((_result, position) => ((bits + 1) >> position) & 1),
);

/** How many of the sets have this result as their worst: each better one may be there or not. */
const setsWithWorst = (result: Result): number => 2 ** (WORST_FIRST.length - 1 - WORST_FIRST.indexOf(result));

test('a hardware configuration counts each user once, by the worst result of the devices', async () => {
  const policy = await newHardware();
  for (const [index, results] of SETS.entries()) {
    for (const configurationState of results.toReversed()) {
      await send('POST', `${policy}/deviceRunStates`, { upn: `user${index}@x.example`, configurationState });
    }
  }
  const summary = await send('GET', `${policy}/runSummary`);
  expect(summary).toMatchObject({
    errorUserCount: setsWithWorst('scriptError'),
    failedUserCount: setsWithWorst('fail'),
    pendingUserCount: setsWithWorst('pending'),
    unknownUserCount: setsWithWorst('unknown'),
    successfulUserCount: setsWithWorst('success'),
    notApplicableUserCount: setsWithWorst('notApplicable'),
    errorDeviceCount: 32,
    notApplicableDeviceCount: 32,
  });
});

test('a script counts a user as a success only if nothing is worse, and as an error for either kind of failure', async () => {
  const policy = await newScript();
  for (const [index, results] of SETS.entries()) {
    const device = await newDevice(`script-user${index}@x.example`);
    for (const runState of results) await send('POST', `${policy}/deviceRunStates`, { runState, ...binding(device) });
  }
  expect(await send('GET', `${policy}/runSummary`)).toMatchObject({
    errorUserCount: setsWithWorst('scriptError') + setsWithWorst('fail'),
    successUserCount: setsWithWorst('success'),
    errorDeviceCount: 64,
    successDeviceCount: 32,
  });
});

test('a reported user state is answered exactly as it was written', async () => {
  const policy = await newHardware();
  const written = {
    upn: 'Ada@x.example',
    userEmail: '',
    userName: null,
    lastStateUpdateDateTime: '2017-01-01T00:02:58.4418045-08:00',
    successfulDeviceCount: 2147483647,
    failedDeviceCount: 1,
    pendingDeviceCount: 2,
    errorDeviceCount: 3,
    notApplicableDeviceCount: 4,
    unknownDeviceCount: 5,
  };
  const { id } = await send('POST', `${policy}/userRunStates`, written);
  await send('POST', `${policy}/deviceRunStates`, { upn: 'Ada@x.example', configurationState: 'fail' });
  expect(await send('GET', `${policy}/userRunStates/${id}`)).toMatchObject({ id, ...written });
});

test('a patched user state keeps its id, and deleting it shows the counted one again', async () => {
  const policy = await newHardware();
  await send('POST', `${policy}/deviceRunStates`, { upn: 'ada@x.example', configurationState: 'success' });
  const { value } = await send('GET', `${policy}/userRunStates`);
  const { id } = value[0];
  const patched = await send('PATCH', `${policy}/userRunStates/${id}`, { failedDeviceCount: 9 });
  expect(patched).toMatchObject({ id, failedDeviceCount: 9, successfulDeviceCount: 1 });
  await send('POST', `${policy}/deviceRunStates`, { upn: 'ada@x.example', configurationState: 'pending' });
  expect(await send('GET', `${policy}/userRunStates/${id}`)).toMatchObject({ failedDeviceCount: 9, pendingDeviceCount: 0 });
  await send('DELETE', `${policy}/userRunStates/${id}`);
  expect(await send('GET', `${policy}/userRunStates/${id}`)).toMatchObject({
    failedDeviceCount: 0,
    successfulDeviceCount: 1,
    pendingDeviceCount: 1,
  });
});

test('a script’s reported user counts by the numbers that were reported, not by what is hidden behind them', async () => {
  const policy = await newScript();
  const device = await newDevice('ada@x.example');
  for (const runState of ['success', 'pending']) await send('POST', `${policy}/deviceRunStates`, { runState, ...binding(device) });
  expect(await send('GET', `${policy}/runSummary`)).toMatchObject({ successDeviceCount: 1, successUserCount: 0 });
  const { value } = await send('GET', `${policy}/userRunStates`);
  await send('PATCH', `${policy}/userRunStates/${value[0].id}`, { successDeviceCount: 2 });
  expect(await send('GET', `${policy}/runSummary`)).toMatchObject({ successDeviceCount: 2, successUserCount: 1 });
  await send('DELETE', `${policy}/userRunStates/${value[0].id}`);
  expect(await send('GET', `${policy}/runSummary`)).toMatchObject({ successDeviceCount: 1, successUserCount: 0 });
});

test('a script state that loses its device is nobody’s, whether it is unbound or the device goes', async () => {
  const policy = await newScript();
  const device = await newDevice('ada@x.example');
  const unbound = await send('POST', `${policy}/deviceRunStates`, { runState: 'success', ...binding(device) });
  await send('POST', `${policy}/deviceRunStates`, { runState: 'fail', ...binding(device) });
  const users = async () => (await send('GET', `${policy}/userRunStates`)).value;
  expect(await users()).toMatchObject([{ successDeviceCount: 1, errorDeviceCount: 1 }]);
  await send('PATCH', `${policy}/deviceRunStates/${unbound.id}`, binding(null));
  expect(await users()).toMatchObject([{ successDeviceCount: 0, errorDeviceCount: 1 }]);
  await send('DELETE', `managedDevices/${device}`);
  expect(await users()).toEqual([]);
  expect(await send('GET', `${policy}/runSummary`)).toMatchObject({ successDeviceCount: 1, errorDeviceCount: 1, successUserCount: 0 });
});

test('a script state created below a user state is found where it says it is, so another user’s device is refused', async () => {
  const policy = await newScript();
  const { id } = await send('POST', `${policy}/userRunStates`, { userPrincipalName: 'ada@x.example' });
  const below = `${ROOT}/${policy}/userRunStates/${id}/deviceRunStates`;
  const refused = await api.request('POST', below, { body: binding(await newDevice('bob@x.example')) });
  expect([refused.status, refused.body.error.target]).toEqual([400, 'managedDevice']);
  for (const body of [{}, binding(await newDevice('ada@x.example'))]) {
    const { status, headers } = await api.request('POST', below, { body });
    expect(status).toBe(201);
    expect((await api.request('GET', headers.location!.replace(/^.*\/beta\//, ''))).status).toBe(200);
  }
});

test('a new version goes back to pending on every targeted device, also by way of a group in a group, and on no excluded one', async () => {
  const policy = await newHardware();
  const directory = async (path: string, body: Record<string, unknown>): Promise<string> => {
    const answer = await api.request('POST', path, { body });
    expect(answer.status).toBeLessThan(300);
    return answer.body.id;
  };
  const join = (group: string, member: string) =>
    directory(`groups/${group}/members/$ref`, { '@odata.id': `https://any.example/beta/directoryObjects/${member}` });
  const [outer, inner, excluded] = [
    await directory('groups', groupBody()),
    await directory('groups', groupBody()),
    await directory('groups', groupBody()),
  ];
  await join(outer, inner);
  await join(inner, outer);
  await join(inner, await directory('users', { userPrincipalName: 'ada@x.example' }));
  await join(excluded, (await send('POST', 'managedDevices', { deviceName: 'PC-2' })).id);
  const target = (type: string, groupId: string) => ({ target: { '@odata.type': `#microsoft.graph.${type}`, groupId } });
  const targets = [target('groupAssignmentTarget', outer), target('exclusionGroupAssignmentTarget', excluded)];
  await send('POST', `${policy}/assign`, { hardwareConfigurationAssignments: targets });
  const devices = [
    { deviceName: 'PC-1', upn: 'ada@x.example' },
    { deviceName: 'PC-2', upn: 'ada@x.example' },
    { deviceName: 'PC-1', upn: 'bob@x.example' },
  ];
  for (const device of devices) {
    await send('POST', `${policy}/deviceRunStates`, {
      ...device,
      configurationState: 'success',
      configurationOutput: 'done',
      internalVersion: 1,
    });
  }
  await send('PATCH', policy, { description: 'no new version', fileName: 'a.cctk', configurationFileContent: 'AAAA' });
  expect(await send('GET', policy)).toMatchObject({ version: 1 });
  await send('PATCH', policy, { perDevicePasswordDisabled: true, fileName: 'b.cctk' });
  expect(await send('GET', policy)).toMatchObject({ version: 2 });
  const kept = { configurationState: 'success', configurationOutput: 'done', internalVersion: 1 };
  const { value } = await send('GET', `${policy}/deviceRunStates`);
  expect(value).toMatchObject([
    { ...devices[0], configurationState: 'pending', configurationOutput: null, internalVersion: 2 },
    { ...devices[1], ...kept },
    { ...devices[2], ...kept },
  ]);
  expect(await send('GET', `${policy}/runSummary`)).toMatchObject({ pendingDeviceCount: 1, successfulDeviceCount: 2 });
});
