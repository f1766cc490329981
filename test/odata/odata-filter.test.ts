import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { created, createdPath, groupTarget, HARDWARE, hardwareBody, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** Every operator and function of `$filter`, over HTTP, against four configurations named A to D. */

let api: InProcessApi;
let states: string;
let scriptStates: string;
const ids: Record<string, string> = {};

const CONFIGURATIONS = [
  { displayName: 'A dell', description: 'first', fileName: 'a.cctk', roleScopeTagIds: ['0'], perDevicePasswordDisabled: true },
  { displayName: 'B surface', description: null, fileName: 'bb.pkg', hardwareConfigurationFormat: 'surface', roleScopeTagIds: ['1', '2'] },
  { displayName: "C o'dock", description: 'Third  ', fileName: 'ccc.PKG', hardwareConfigurationFormat: 'surfaceDock', roleScopeTagIds: [] },
  { displayName: 'D Straße 😀%_', description: '', fileName: 'dddd.cctk', roleScopeTagIds: ['0', '2'] },
] as const;

const STATES = [
  { deviceName: 'P', configurationState: 'success', internalVersion: 7, lastStateUpdateDateTime: '2017-01-01T00:02:58.4418045-08:00' },
  { deviceName: 'Q', configurationState: 'fail', internalVersion: -7, lastStateUpdateDateTime: '2017-01-01T08:02:58.4418045Z' },
  { deviceName: 'R', configurationState: 'pending', internalVersion: 2, lastStateUpdateDateTime: '2020-02-29T23:59:59.5+05:30' },
  {
    deviceName: 'S',
    configurationState: 'unknown',
    internalVersion: 0,
    lastStateUpdateDateTime: '2026-12-31T23:00:00-02:00',
    upn: 's@example.com',
  },
];

beforeAll(async () => {
  api = await startInProcessApi();
  for (const displayName of ['One', 'Two']) await created(api, 'deviceManagement/roleScopeTags', { displayName });
  for (const configuration of CONFIGURATIONS) {
    const { id } = await created(api, HARDWARE, hardwareBody(configuration));
    ids[configuration.displayName[0]!] = id;
    api.clock.advance(60_000);
  }
  await api.request('PATCH', `${HARDWARE}/${ids.B}`, { body: { fileName: 'bbb.pkg' } }); // version 2
  await created(api, `${HARDWARE}/${ids.A}/assignments`, groupTarget('11111111-1111-1111-1111-111111111111'));
  await created(api, `${HARDWARE}/${ids.B}/assignments`, { target: { '@odata.type': 'microsoft.graph.allDevicesAssignmentTarget' } });
  states = `${HARDWARE}/${ids.A}/deviceRunStates`;
  for (const state of STATES) await created(api, states, state);
  const device = await created(api, 'deviceManagement/managedDevices', { deviceName: 'PC-1', userPrincipalName: 'a@example.com' });
  const script = await createdPath(api, SCRIPTS, scriptBody());
  scriptStates = `${script}/deviceRunStates`;
  await created(api, scriptStates, { runState: 'success', 'managedDevice@odata.bind': `deviceManagement/managedDevices/${device.id}` });
  await created(api, scriptStates, { runState: 'fail' });
  ids.device = device.id;
});
afterAll(() => api.close());

const withIds = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name]!);

/** The first letters of the names found. */
async function found(path: string, filter: string, option = '$filter'): Promise<string> {
  const query = `${option}=${encodeURIComponent(withIds(filter))}`;
  const answer = await api.request('GET', `${path}?${query}`);
  expect(answer.status, answer.text).toBe(200);
  const count = await api.request('GET', `${path}/$count?${query}`);
  expect(count.text).toBe(String(answer.body.value.length));
  return answer.body.value.map((row: Record<string, string>) => (row.displayName ?? row.deviceName ?? row.runState)![0]).join('');
}

describe('$filter over configurations', () => {
  it.each([
    ["displayName eq 'A dell'", 'A'],
    ["DISPLAYNAME EQ 'A dell'", 'A'],
    ["displayName eq 'a dell'", ''],
    ["displayName ne 'A dell'", 'BCD'],
    ["displayName gt 'B'", 'BCD'],
    ["displayName ge 'B surface' and displayName lt 'D'", 'BC'],
    ["displayName le 'B surface' or displayName eq 'C o''dock'", 'ABC'],
    ["not (displayName lt 'C')", 'CD'],
    ["not contains(displayName,'dell')", 'BCD'],
    ["id eq '{C}'", 'C'],
    ['id eq {C}', 'C'],
    ["id in ('{C}','{A}')", 'AC'],
    ["displayName in ('A dell','x')", 'A'],
    ['version in (2, 3)', 'B'],
    ["hardwareConfigurationFormat in ('dell','surfaceDock')", 'ACD'],
    ['description eq null', 'B'],
    ['description ne null', 'ACD'],
    ["description ne 'first'", 'BCD'],
    ["description eq ''", 'D'],
    ["hardwareConfigurationFormat eq 'surface'", 'B'],
    ["hardwareConfigurationFormat eq microsoft.graph.hardwareConfigurationFormat'surfaceDock'", 'C'],
    ["hardwareConfigurationFormat has 'surfaceDock'", 'C'],
    ['assignments/$count eq 1', 'AB'],
    ['assignments/$count lt 1', 'CD'],
    ['assignments/$count($filter=target/groupId ne null) gt 0', 'A'],
    ["deviceRunStates/$count($filter=configurationState eq 'fail' or internalVersion gt $it/version) eq 3", 'A'],
    ["roleScopeTagIds/$count($filter=$this eq '0') eq 1", 'AD'],
    ['deviceRunStates/$count add assignments/$count eq 5', 'A'],
    ['perDevicePasswordDisabled', 'A'],
    ['perDevicePasswordDisabled eq false', 'BCD'],
    ['not perDevicePasswordDisabled', 'BCD'],
    ['version eq 2', 'B'],
    ['version gt 1.5', 'B'],
    ['version add 1 eq 3', 'B'],
    ['version sub 3 eq -1', 'B'],
    ['version mul 3 eq 6', 'B'],
    ['version div 2 eq 1', 'B'],
    ['version divby 2 eq 0.5', 'ACD'],
    ['version mod 2 eq 1', 'ACD'],
    ['-version eq -2', 'B'],
    ["contains(displayName,'o''d')", 'C'],
    ["contains(displayName,'%_')", 'D'],
    ["contains(displayName,'😀')", 'D'],
    ["startswith(fileName,'b')", 'B'],
    ["StartsWith(fileName,'b')", 'B'],
    ["endswith(fileName,'.cctk')", 'AD'],
    ["contains(description,'i')", 'AC'],
    ['length(fileName) gt 7', 'D'],
    ["indexof(fileName,'.') eq 3", 'BC'],
    ["substring(fileName,1) eq 'bb.pkg'", 'B'],
    ["substring(fileName,0,1) eq 'c'", 'C'],
    ["tolower(fileName) eq 'ccc.pkg'", 'C'],
    ["toupper(fileName) eq 'A.CCTK'", 'A'],
    ["trim(description) eq 'Third'", 'C'],
    ["concat(fileName,'!') eq 'a.cctk!'", 'A'],
    ["concat(concat(displayName,'/'),fileName) eq 'A dell/a.cctk'", 'A'],
    ["matchesPattern(fileName,'^[a-b]+[.]')", 'AB'],
    ['createdDateTime eq 2026-06-01T12:01:00Z', 'B'],
    ['createdDateTime ge 2026-06-01T14:02:00+02:00', 'CD'],
    ["createdDateTime lt '2026-06-01T12:01:00Z'", 'A'],
    ['createdDateTime lt now()', 'ABCD'],
    ['createdDateTime gt mindatetime() and createdDateTime lt maxdatetime()', 'ABCD'],
    ['minute(createdDateTime) eq 2', 'C'],
    ["roleScopeTagIds/any(t:t eq '0')", 'AD'],
    ["roleScopeTagIds/any(t:t eq '1' or t eq '0')", 'ABD'],
    ["roleScopeTagIds/all(t:t eq '0')", 'AC'],
    ['roleScopeTagIds/any()', 'ABD'],
    ['not roleScopeTagIds/any()', 'C'],
    ["roleScopeTagIds/any(t:t in ('1','9'))", 'B'],
    ['assignments/any()', 'AB'],
    ["assignments/any(a:a/target/groupId eq '11111111-1111-1111-1111-111111111111')", 'A'],
    ['assignments/any(a:a/target/microsoft.graph.groupAssignmentTarget/groupId ne null)', 'A'],
    ["assignments/any(a:contains(a/id,'adadadad'))", 'B'],
    ['assignments/all(a:a/target/groupId eq null)', 'BCD'],
    ["assignments/any(a:a/target/deviceAndAppManagementAssignmentFilterType eq 'none')", 'AB'],
    ["deviceRunStates/any(s:s/configurationState eq 'fail' and s/internalVersion lt 0)", 'A'],
    ["userRunStates/any(u:u/upn eq 's@example.com')", 'A'],
    ['userRunStates/any(u:u/unknownDeviceCount gt 0) or version eq 2', 'AB'],
    ['runSummary/failedDeviceCount gt 0', 'A'],
    ['runSummary/successfulDeviceCount eq 0', 'BCD'],
    ['$it/version eq 2', 'B'],
    ['', 'ABCD'],
    ['true', 'ABCD'],
    ['false', ''],
    ['null eq null', 'ABCD'],
    ["'a' eq 'a'", 'ABCD'],
  ])('%s → %s', async (filter, expected) => {
    expect(await found(HARDWARE, filter)).toBe(expected);
    expect(await found(HARDWARE, filter, 'filter')).toBe(expected);
  });

  it.each([
    ['displayName eq @name', "@name='A dell'", 'A'],
    ['displayName in @names', '@names=["A dell","B surface"]', 'AB'],
    ['displayName in @names', "@names=@same&@same=['A dell']", 'A'],
    ['description eq @missing', '', 'B'],
    ['version eq @v', '@v=2', 'B'],
    ['hardwareConfigurationFormat eq @f', "@f='surface'", 'B'],
  ])('aliases: %s with %s → %s', async (filter, aliases, expected) => {
    const query = `$filter=${encodeURIComponent(filter)}&${aliases.replaceAll(' ', '%20')}`;
    const answer = await api.request('GET', `${HARDWARE}?${query}`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.value.map((row: { displayName: string }) => row.displayName[0]).join('')).toBe(expected);
  });
});

describe('$filter over device states', () => {
  it.each([
    ["configurationState eq 'success'", 'P'],
    ["configurationState ne 'success'", 'QRS'],
    ["configurationState in ('fail','pending')", 'QR'],
    ["configurationState has microsoft.graph.runState'fail'", 'Q'],
    ['lastStateUpdateDateTime eq 2017-01-01T08:02:58.4418045Z', 'PQ'],
    ['lastStateUpdateDateTime eq 2017-01-01T00:02:58.4418045-08:00', 'PQ'],
    ['lastStateUpdateDateTime eq 2017-01-01T08:02:58.4418046Z', ''],
    ['lastStateUpdateDateTime gt 2020-02-29T18:29:59Z', 'RS'],
    ['year(lastStateUpdateDateTime) eq 2026', 'S'], // in the value's own offset
    ['year(lastStateUpdateDateTime) eq 2017 and month(lastStateUpdateDateTime) eq 1 and day(lastStateUpdateDateTime) eq 1', 'PQ'],
    ['day(lastStateUpdateDateTime) eq 29', 'R'],
    ['hour(lastStateUpdateDateTime) eq 8', 'Q'],
    ['second(lastStateUpdateDateTime) eq 58', 'PQ'],
    ['fractionalseconds(lastStateUpdateDateTime) eq 0.5', 'R'],
    ['totaloffsetminutes(lastStateUpdateDateTime) eq 330', 'R'],
    ['date(lastStateUpdateDateTime) eq 2020-02-29', 'R'],
    ['time(lastStateUpdateDateTime) lt 02:00:00', 'P'],
    ['internalVersion div 2 eq -3', 'Q'],
    ['internalVersion mod 4 eq -3', 'Q'],
    ['internalVersion divby 2 eq 3.5', 'P'],
    ['round(internalVersion divby 2) eq 4', 'P'],
    ['round(internalVersion divby 2) eq -4', 'Q'], // halves away from zero
    ['floor(internalVersion divby 2) eq -4', 'Q'],
    ['ceiling(internalVersion divby 2) eq -3', 'Q'],
    ['internalVersion gt -2147483648', 'PQRS'],
    ["upn eq 's@example.com'", 'S'],
  ])('%s → %s', async (filter, expected) => expect(await found(states, filter)).toBe(expected));

  it.each([
    ["managedDevice/id eq '{device}'", 's'],
    ['managedDevice/id eq {device}', 's'],
    ["managedDevice/deviceName eq 'PC-1'", 's'],
    ["startswith(managedDevice/userPrincipalName,'a@')", 's'],
    ['managedDevice eq null', 'f'],
    ['managedDevice ne null', 's'],
    ["managedDevice/deviceName ne 'PC-1'", 'f'],
  ])('through a navigation: %s → %s', async (filter, expected) => expect(await found(scriptStates, filter)).toBe(expected));

  it('what the server cannot do is refused, and says so', async () => {
    for (const filter of [
      "cast(displayName,'Edm.Int32') eq 1",
      "isof('microsoft.graph.entity')",
      'assignments/$count($search=x) gt 0',
      'userRunStates/$count($filter=deviceRunStates/$count gt 0) gt 0',
      'displayName/$count gt 0',
      'userRunStates/any(u:u/deviceRunStates/any())',
    ]) {
      const answer = await api.request('GET', `${HARDWARE}?$filter=${encodeURIComponent(filter)}`);
      expect(answer.status, `${filter}: ${answer.text}`).toBe(400);
      expect(['unsupportedQueryOption', 'invalidQueryOption']).toContain(answer.body.error.innerError.code);
    }
  });
});

describe('$search', () => {
  it.each([
    ['dell', 'A'],
    ['DELL', 'A'],
    ['"o\'dock"', 'C'],
    ['surface OR dell', 'AB'],
    ['NOT dell', 'BCD'],
    ['dell surface', ''],
    ['stra', 'D'],
    ['nothing', ''],
  ])('%s → %s', async (search, expected) => expect(await found(HARDWARE, search, '$search')).toBe(expected));
});
