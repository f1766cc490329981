import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, groupTarget, HARDWARE, hardwareBody, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** `$orderby`, `$select`, `$expand`, `$top`, `$skip`, `$count`. */

let api: InProcessApi;
let policy: string;
let script: string;

const STATES = [
  ['A', 'one@example.com', 3],
  ['B', null, 1],
  ['C', 'two@example.com', 1],
  ['D', null, 2],
  ['E', 'one@example.com', 2],
] as const;

beforeAll(async () => {
  api = await startInProcessApi();
  policy = `${HARDWARE}/${(await created(api, HARDWARE, hardwareBody())).id}`;
  for (const [deviceName, upn, internalVersion] of STATES)
    await created(api, `${policy}/deviceRunStates`, { deviceName, upn, internalVersion });
  for (const digit of ['1', '2', '3'])
    await created(api, `${policy}/assignments`, groupTarget(`${digit.repeat(8)}-0000-0000-0000-000000000000`));
  script = `${SCRIPTS}/${(await created(api, SCRIPTS, scriptBody())).id}`;
  const device = await created(api, 'deviceManagement/managedDevices', { deviceName: 'PC-1', userPrincipalName: 'one@example.com' });
  await created(api, `${script}/deviceRunStates`, {
    'managedDevice@odata.bind': `https://example.com/beta/deviceManagement/managedDevices('${device.id}')`,
  });
});
afterAll(() => api.close());

const get = async (path: string) => {
  const answer = await api.request('GET', path);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
};
const names = async (query: string): Promise<string> =>
  (await get(`${policy}/deviceRunStates?${query.replaceAll(' ', '%20')}`)).value
    .map((row: { deviceName: string }) => row.deviceName)
    .join('');

describe('$orderby', () => {
  it.each([
    ['deviceName', 'ABCDE'],
    ['deviceName asc', 'ABCDE'],
    ['deviceName desc', 'EDCBA'],
    ['DEVICENAME DESC', 'EDCBA'],
    ['internalVersion,deviceName desc', 'CBEDA'],
    ['internalVersion desc, deviceName', 'ADEBC'],
    ['upn,deviceName', 'BDAEC'], // null sorts below every value
    ['upn desc,deviceName', 'CAEBD'],
    ['internalVersion mod 2,deviceName desc', 'EDCBA'],
    ['length(upn),deviceName', 'BDACE'],
    ['upn eq null,deviceName', 'ACEBD'],
    ['id', 'ABCDE'],
    ['id desc,deviceName', 'EDCBA'],
    ['', 'ABCDE'],
  ])('%s → %s', async (order, expected) => {
    expect(await names(`$orderby=${order}`)).toBe(expected);
    expect(await names(`orderBy=${order}`)).toBe(expected);
  });

  it('through a navigation', async () => {
    expect((await get(`${script}/deviceRunStates?$orderby=managedDevice/deviceName`)).value).toHaveLength(1);
    expect((await get(`${HARDWARE}?$orderby=runSummary/unknownDeviceCount%20desc`)).value).toHaveLength(1);
  });

  it.each(['roleScopeTagIds', 'colour', 'assignments', 'displayName sideways'])('%s is refused', async (order) =>
    expectRefusal(await api.request('GET', `${HARDWARE}?$orderby=${order.replace(' ', '%20')}`), {
      status: 400,
      code: 'invalidQueryOption',
    }),
  );
});

describe('$top, $skip and $count', () => {
  it.each([
    ['$top=2', 'AB'],
    ['$top=0', ''],
    ['$skip=3', 'DE'],
    ['$skip=9', ''],
    ['$skip=1&$top=2', 'BC'],
    ['$top=2&$skip=1&$orderby=deviceName desc', 'DC'],
    ['$filter=internalVersion eq 1&$top=1&$skip=1', 'C'],
    ['$Top=2', 'AB'],
    ['top=2&skip=1', 'BC'],
  ])('%s → %s', async (query, expected) => expect(await names(query)).toBe(expected));

  it('$count counts what the filter leaves, whatever the page', async () => {
    const page = await get(`${policy}/deviceRunStates?$count=true&$top=1&$skip=1&$filter=internalVersion%20lt%203`);
    expect(page).toMatchObject({ '@odata.count': 4, value: [{ deviceName: 'C' }] });
    expect(await get(`${policy}/deviceRunStates?$count=false`)).not.toHaveProperty(['@odata.count']);
    expect(await get(`${policy}/deviceRunStates?$count=true&$top=0`)).toMatchObject({ '@odata.count': 5, value: [] });
  });
});

describe('$select', () => {
  it.each([
    ['id', ['id']],
    ['deviceName,upn', ['id', 'deviceName', 'upn']],
    ['DEVICENAME, UPN', ['id', 'deviceName', 'upn']],
    ['deviceName,deviceName', ['id', 'deviceName']],
  ])('%s', async (select, properties) => {
    const list = await get(`${policy}/deviceRunStates?$select=${select.replaceAll(' ', '%20')}`);
    const plain = (row: object) => Object.keys(row).filter((name) => !name.startsWith('@'));
    for (const row of list.value) expect(plain(row)).toEqual(properties);
    const one = await get(
      `${policy}/deviceRunStates/${(await get(`${policy}/deviceRunStates`)).value[0].id}?$select=${select.replaceAll(' ', '%20')}`,
    );
    expect(plain(one)).toEqual(properties);
  });

  it.each(['*', '', '*,id', 'microsoft.graph.assign,*'])("'%s' is everything", async (select) => {
    expect((await get(`${policy}?$select=${select}`)).displayName).toBe('BIOS baseline');
    expect(Object.keys(await get(`${policy}?$select=${select}`))).toEqual(Object.keys(await get(policy)));
  });

  it('an unknown property is refused, and named', async () => {
    for (const path of [
      `${policy}?$select=id,colour`,
      `${policy}/deviceRunStates?$select=colour`,
      `${HARDWARE}?$expand=assignments($select=colour)`,
    ])
      expectRefusal(await api.request('GET', path), { status: 400, code: 'invalidQueryOption', target: 'colour', says: 'colour' });
  });
});

describe('$expand', () => {
  it('collections and single entities, with contexts of their own', async () => {
    const body = await get(`${policy}?$expand=assignments,runSummary`);
    expect(body.assignments).toHaveLength(3);
    expect(body['assignments@odata.context']).toMatch(/#deviceManagement\/hardwareConfigurations\('[^']+'\)\/assignments$/);
    expect(body.runSummary).toMatchObject({ unknownDeviceCount: 5 });
    expect(body['runSummary@odata.context']).toMatch(/\/runSummary\/\$entity$/);
  });

  it('nested options', async () => {
    const options = '$filter=internalVersion lt 3;$orderby=deviceName desc;$top=2;$skip=1;$count=true;$select=deviceName';
    const body = await get(`${policy}?$expand=deviceRunStates(${options.replaceAll(' ', '%20')})`);
    expect(body['deviceRunStates@odata.count']).toBe(4);
    expect(
      body.deviceRunStates.map((row: object) => Object.entries(row).filter(([name]) => name !== 'id' && !name.startsWith('@'))),
    ).toEqual([[['deviceName', 'D']], [['deviceName', 'C']]]);
  });

  it.each([
    '$top=2',
    '$top=2;$orderby=deviceName desc',
    '$top=1;$filter=upn ne null',
    '$top=2;$skip=1;$select=deviceName',
    '$top=2;$count=true',
    '$filter=upn eq @u;$top=1',
  ])('a nested next link leads through the rest: %s', async (options) => {
    const aliases = "@u='one@example.com'";
    const encoded = options.replaceAll(' ', '%20');
    const all = await get(`${policy}/deviceRunStates?${encoded.replaceAll(';', '&').replace(/\$top=\d+/, '$top=99')}&${aliases}`);
    for (const path of [policy, HARDWARE]) {
      const answer = await get(`${path}?$expand=deviceRunStates(${encoded})&${aliases}`);
      const parent = answer.value?.[0] ?? answer;
      const seen = [...parent.deviceRunStates];
      let next: string | undefined = parent['deviceRunStates@odata.nextLink'];
      for (let pages = 0; next !== undefined && pages < 9; pages++) {
        expect(next).toMatch(/^http:\/\/localhost:8080\/beta\//);
        const page: { value: object[]; '@odata.nextLink'?: string } = await get(next.slice('http://localhost:8080'.length));
        seen.push(...page.value);
        next = page['@odata.nextLink'];
      }
      expect(seen).toEqual(all.value);
    }
  });

  it('levels within levels', async () => {
    const body = await get(
      `${SCRIPTS}?$expand=userRunStates($expand=deviceRunStates($expand=managedDevice($select=deviceName);$select=id);$select=userPrincipalName)`,
    );
    expect(body.value[0].userRunStates).toMatchObject([
      { userPrincipalName: 'one@example.com', deviceRunStates: [{ managedDevice: { deviceName: 'PC-1' } }] },
    ]);
    expect(body.value[0].userRunStates[0]).not.toHaveProperty('successDeviceCount');
  });

  it('a navigation that leads nowhere is null', async () => {
    await created(api, `${script}/deviceRunStates`, { resultMessage: 'nobody' });
    const body = await get(`${script}/deviceRunStates?$expand=managedDevice($select=id)&$filter=managedDevice%20eq%20null`);
    expect(body.value).toMatchObject([{ resultMessage: 'nobody', managedDevice: null }]);
  });

  it('everything, references only, counts only', async () => {
    expect(await get(`${policy}?$expand=*`)).toMatchObject({
      assignments: expect.any(Array),
      deviceRunStates: expect.any(Array),
      runSummary: expect.any(Object),
    });
    const references = await get(`${policy}?$expand=assignments/$ref`);
    expect(references.assignments[0]).toEqual({ '@odata.id': expect.stringMatching(/\/assignments\('/) });
    expect(await get(`${policy}?$expand=deviceRunStates/$count`)).toMatchObject({ 'deviceRunStates@odata.count': 5 });
  });

  it('with $select, expanded entities stay', async () => {
    const body = await get(`${policy}?$select=id&$expand=assignments($select=id)`);
    expect(Object.keys(body).filter((name) => !name.includes('@'))).toEqual(['id', 'assignments']);
  });

  it.each(['managedDevice($top=1)', 'managedDevice($filter=id eq null)'])('%s is refused: there is only one', async (expand) =>
    expectRefusal(await api.request('GET', `${script}/deviceRunStates?$expand=${expand.replaceAll(' ', '%20')}`), {
      status: 400,
      code: 'invalidQueryOption',
    }),
  );
});
