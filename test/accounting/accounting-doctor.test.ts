import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkTenant } from '../../src/domain/doctor/doctor.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import { model } from '../../src/model/index.ts';
import { openSqliteReader } from '../../src/store/sqlite/open.ts';
import { derivedId } from '../support/accounting-model.ts';
import { PROPERTIES } from '../support/accounting-step.ts';
import { startInProcessApi } from '../support/in-process-api.ts';

/** The doctor finds what somebody did to the database behind the server's back, and nothing else. */

const HARDWARE = 'deviceManagement/hardwareConfigurations';
const KINDS = ['script', 'shell', 'customAttribute'] as const;
const ADA = 'ada@x.example';
const BOB = 'bob@x.example';

let root: string;
let tenantId: string;
const ids = { hardware: '', other: '', script: '', shell: '', customAttribute: '', adaState: '', report: '', scriptState: '', device: '' };

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'muster-doctor-'));
  const api = await startInProcessApi({ folder: root });
  tenantId = api.tenantId;
  const post = async (path: string, body: Record<string, unknown>): Promise<string> => {
    const answer = await api.request('POST', path, { body });
    expect(answer.status).toBe(201);
    return answer.body.id;
  };
  const policy = { displayName: 'x', fileName: 'a.cctk', configurationFileContent: 'AAAA' };
  ids.hardware = await post(HARDWARE, policy);
  ids.other = await post(HARDWARE, policy);
  for (const kind of KINDS) ids[kind] = await post(`deviceManagement/${PROPERTIES[kind].collection}`, { displayName: 'x' });
  const states = `${HARDWARE}/${ids.hardware}/deviceRunStates`;
  ids.adaState = await post(states, { upn: ADA, configurationState: 'success' });
  await post(states, { upn: BOB, configurationState: 'fail' });
  ids.report = await post(`${HARDWARE}/${ids.hardware}/userRunStates`, { upn: BOB, successfulDeviceCount: 7 });
  ids.device = await post('deviceManagement/managedDevices', { deviceName: 'PC-1', userPrincipalName: ADA });
  const bound = {
    runState: 'success',
    'managedDevice@odata.bind': `https://any.example/beta/deviceManagement/managedDevices/${ids.device}`,
  };
  ids.scriptState = await post(`deviceManagement/deviceManagementScripts/${ids.script}/deviceRunStates`, bound);
  await api.close();
});

afterAll(() => rm(root, { recursive: true }));

const blob = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

/** `entity id: problem` of everything that is found in a copy of the database on which these statements ran. */
async function findingsAfter(...statements: readonly (readonly [sql: string, ...ids: string[]])[]): Promise<string[]> {
  const folder = await mkdtemp(join(root, 'copy-'));
  const file = join(folder, 'muster.sqlite');
  await copyFile(join(root, 'muster.sqlite'), file);
  const database = new DatabaseSync(file);
  for (const [sql, ...uuids] of statements) expect(database.prepare(sql).run(...uuids.map(blob)).changes).toBe(1);
  database.close();
  const store = await openSqliteReader({ folder, types: model.stored, clock: new FakeClock() });
  const found: string[] = [];
  for await (const { entity, id, problem } of checkTenant(store, tenantId)) found.push(`${entity} ${id}: ${problem}`);
  await store.close();
  return found;
}

const userState = (policyId: string, upn: string, entity = 'hardwareConfigurationUserState'): string =>
  `${entity} ${derivedId(policyId, upn)}:`;
const summary = (policyId: string, entity = 'hardwareConfigurationRunSummary'): string => `${entity} ${policyId}:`;

const LACKS = 'it is not there, though there are rows to count';
const EXTRA = 'it is there, though it has no rows to count';

const ofAda = (): [string, string] => [ids.hardware, derivedId(ids.hardware, ADA)];
const ofBob = (): [string, string] => [ids.hardware, derivedId(ids.hardware, BOB)];
const USER_ROW = 'hardwareConfigurationUserState WHERE policyId = ? AND id = ?';
const setUser = (column: string, value: string): string => `UPDATE ${USER_ROW.replace(' WHERE', ` SET ${column} = ${value} WHERE`)}`;
const setSummary = (change: string): string => `UPDATE hardwareConfigurationRunSummary SET ${change} WHERE policyId = ?`;

test('an untouched database is well', async () => {
  expect(await findingsAfter()).toEqual([]);
});

test('a wrong counter of a user', async () => {
  expect(await findingsAfter([setUser('successfulDeviceCount', '3'), ...ofAda()])).toEqual([
    `${userState(ids.hardware, ADA)} successfulDeviceCount is 3, but the rows add up to 1`,
  ]);
});

test('a wrong counter behind a reported row', async () => {
  expect(await findingsAfter([setUser('failedDeviceCount', '0'), ...ofBob()], [setUser('reportedRows', '2'), ...ofBob()])).toEqual([
    `${userState(ids.hardware, BOB)} reportedRows is 2, but the rows add up to 1`,
    `${userState(ids.hardware, BOB)} failedDeviceCount is 0, but the rows add up to 1`,
  ]);
});

test('a wrong time of a user, by a millisecond', async () => {
  const [found, ...others] = await findingsAfter([setUser('lastStateUpdateDateTime', 'lastStateUpdateDateTime + 10000'), ...ofAda()]);
  expect(others).toEqual([]);
  expect(found).toContain(`${userState(ids.hardware, ADA)} lastStateUpdateDateTime is`);
});

test('a wrong counter and a wrong time of a summary', async () => {
  const found = await findingsAfter([setSummary('errorUserCount = 1, lastRunDateTime = NULL'), ids.hardware]);
  expect(found.toSorted()).toEqual([
    `${summary(ids.hardware)} errorUserCount is 1, but the rows add up to 0`,
    `${summary(ids.hardware)} lastRunDateTime is null, but the rows add up to "2026-06-01T12:00:00.000Z"`,
  ]);
});

test('a derived user state that is not there', async () => {
  expect(await findingsAfter([`DELETE FROM ${USER_ROW}`, ...ofAda()])).toEqual([`${userState(ids.hardware, ADA)} ${LACKS}`]);
});

test('a derived user state that counts nobody', async () => {
  const [found, ...others] = await findingsAfter([`${setUser('upn', "'eve@x.example'")}`, ...ofAda()]);
  expect(found).toBe(`${userState(ids.hardware, ADA)} ${EXTRA}`);
  expect(others).toEqual([`${userState(ids.hardware, ADA)} ${LACKS}`]);
});

test('a summary that is not there', async () => {
  expect(await findingsAfter(['DELETE FROM hardwareConfigurationRunSummary WHERE policyId = ?', ids.hardware])).toEqual([
    `${summary(ids.hardware)} ${LACKS}`,
  ]);
});

test('rows that are shown, or hidden, by mistake', async () => {
  expect(await findingsAfter([setUser('shown', '1'), ...ofBob()])).toEqual([
    `${userState(ids.hardware, BOB)} shown is true, but the rows add up to false`,
  ]);
  expect(await findingsAfter([setUser('shown', '0'), ids.hardware, ids.report])).toEqual([
    `hardwareConfigurationUserState ${ids.report}: shown is false, but the rows add up to true`,
  ]);
  expect(await findingsAfter([setSummary('shown = 0'), ids.hardware])).toEqual([
    `${summary(ids.hardware)} shown is false, but the rows add up to true`,
  ]);
});

test('a derived user state whose id does not stand for its user', async () => {
  const stray = '00000000-0000-4000-8000-000000000000';
  expect(await findingsAfter([`UPDATE ${USER_ROW.replace(' WHERE', ' SET id = ? WHERE')}`, stray, ...ofAda()])).toEqual([
    `hardwareConfigurationUserState ${stray}: ${EXTRA}`,
    `${userState(ids.hardware, ADA)} ${LACKS}`,
  ]);
});

test('a device state that was never uncounted', async () => {
  const found = await findingsAfter([
    'DELETE FROM hardwareConfigurationDeviceState WHERE policyId = ? AND id = ?',
    ...([ids.hardware, ids.adaState] as const),
  ]);
  expect(found.toSorted()).toEqual(
    [
      `${userState(ids.hardware, ADA)} ${EXTRA}`,
      `${summary(ids.hardware)} successfulDeviceCount is 8, but the rows add up to 7`,
      `${summary(ids.hardware)} successfulUserCount is 2, but the rows add up to 1`,
      `${summary(ids.hardware)} successStates is 1, but the rows add up to 0`,
    ].toSorted(),
  );
});

test('a device state below no policy', async () => {
  const found = await findingsAfter(
    ['DELETE FROM hardwareConfiguration WHERE id = ?', ids.other],
    ['DELETE FROM hardwareConfigurationRunSummary WHERE policyId = ?', ids.other],
    ["UPDATE hardwareConfigurationDeviceState SET policyId = ? WHERE upn = 'ada@x.example'", ids.other],
    [`DELETE FROM ${USER_ROW}`, ...ofAda()],
    [setSummary('successfulDeviceCount = 7, successfulUserCount = 1, successStates = 0'), ids.hardware],
  );
  expect(found).toEqual([
    `hardwareConfigurationDeviceState ${ids.adaState}: it belongs to hardwareConfiguration '${ids.other}', which does not exist`,
  ]);
});

test('a script of each kind has its children, and no other', async () => {
  const kinds = 'deviceManagementScript or deviceShellScript or deviceCustomAttributeShellScript';
  for (const [kind, table] of [
    ['shell', 'deviceShellScript'],
    ['customAttribute', 'deviceCustomAttributeShellScript'],
  ] as const) {
    expect(await findingsAfter([`DELETE FROM ${table} WHERE id = ?`, ids[kind]])).toEqual([
      `${summary(ids[kind], 'deviceManagementScriptRunSummary')} it belongs to ${kinds} '${ids[kind]}', which does not exist`,
    ]);
    const change = 'UPDATE deviceManagementScriptRunSummary SET errorDeviceCount = 1 WHERE policyId = ?';
    expect(await findingsAfter([change, ids[kind]])).toEqual([
      `${summary(ids[kind], 'deviceManagementScriptRunSummary')} errorDeviceCount is 1, but the rows add up to 0`,
    ]);
  }
});

test('an id that two kinds of scripts have', async () => {
  expect(
    await findingsAfter(
      ['DELETE FROM deviceManagementScriptRunSummary WHERE policyId = ?', ids.customAttribute],
      ['UPDATE deviceCustomAttributeShellScript SET id = ? WHERE id = ?', ids.shell, ids.customAttribute],
    ),
  ).toEqual([`deviceCustomAttributeShellScript ${ids.shell}: its id is that of a deviceShellScript, too`]);
});

test('a script state with another user than its device has', async () => {
  const problem = `deviceManagementScriptDeviceState ${ids.scriptState}: its user is not the user of managed device '${ids.device}'`;
  expect(await findingsAfter(["UPDATE managedDevice SET userPrincipalName = 'bob@x.example' WHERE id = ?", ids.device])).toEqual([problem]);
  expect(await findingsAfter(['DELETE FROM managedDevice WHERE id = ?', ids.device])).toEqual([
    `deviceManagementScriptDeviceState ${ids.scriptState}: its managed device '${ids.device}' does not exist`,
  ]);
  const found = await findingsAfter([
    "UPDATE deviceManagementScriptDeviceState SET userPrincipalName = 'bob@x.example' WHERE id = ?",
    ids.scriptState,
  ]);
  const scriptUser = (upn: string): string => userState(ids.script, upn, 'deviceManagementScriptUserState');
  expect(found).toEqual([`${scriptUser(ADA)} ${EXTRA}`, `${scriptUser(BOB)} ${LACKS}`, problem]);
});
