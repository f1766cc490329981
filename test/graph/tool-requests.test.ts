import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import {
  created,
  createdPath,
  customAttributeBody,
  FILTERS,
  groupBody,
  HARDWARE,
  hardwareBody,
  rowsOf,
  SCRIPTS,
  SHELL_SCRIPTS,
  scriptBody,
  shellScriptBody,
} from '../support/sample-bodies.ts';

/** Requests as public tools send them. The names are those of the list of what did not work once. */

const HEALTH = 'deviceManagement/deviceHealthScripts';
const COMPLIANCE = 'deviceManagement/deviceComplianceScripts';
const TAGS = 'deviceManagement/roleScopeTags';
const DETECTION = Buffer.from('exit 0').toString('base64');
const healthBody = (changes: object = {}) => ({ displayName: 'H', detectionScriptContent: DETECTION, ...changes });

let api: InProcessApi;
beforeAll(async () => {
  api = await startDescribedApi();
});
afterAll(() => api.close());

const batched = async (method: string, url: string, body?: object) => {
  const request = { id: '1', method, url, ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }) };
  return (await api.request('POST', '$batch', { body: { requests: [request] } })).body.responses[0];
};

describe('C6 `$select` without `id`', () => {
  it.each([
    [SCRIPTS, scriptBody()],
    [SHELL_SCRIPTS, shellScriptBody()],
    [HARDWARE, hardwareBody()],
    [HEALTH, healthBody()],
    [TAGS, { displayName: 'T' }],
    ['deviceManagement/managedDevices', { deviceName: 'D' }],
  ])('answers the id of %s all the same, in lists, single reads and batches', async (set, body) => {
    const { id } = await created(api, set, body);
    const name = 'deviceName' in body ? 'deviceName' : 'displayName';
    const list = await api.request('GET', `${set}?$select=${name}`);
    expect(list.body.value.map((row: { id: string }) => row.id)).toContain(id);
    expect(list.body['@odata.context']).toMatch(new RegExp(`\\(${name}\\)$`));
    for (const row of list.body.value)
      expect(
        Object.keys(row)
          .filter((key) => !key.startsWith('@'))
          .sort(),
      ).toEqual([name, 'id'].sort());
    expect((await api.request('GET', `${set}/${id}?$select=${name}`)).body.id).toBe(id);
    expect((await batched('GET', `/${set}/${id}?$select=${name}`)).body.id).toBe(id);
  });

  it('also below `$expand`, and of rows that are read by other columns', async () => {
    const script = await createdPath(api, SCRIPTS, scriptBody());
    const state = await created(api, `${script}/deviceRunStates`, { runState: 'success' });
    const { body } = await api.request('GET', `${script}?$select=displayName&$expand=deviceRunStates($select=runState)`);
    expect(body.deviceRunStates[0]).toMatchObject({ id: state.id, runState: 'success' });
    expect((await rowsOf(api, `${script}/deviceRunStates?$select=runState`))[0]).toMatchObject({ id: state.id });
  });

  it('leaves it out of users and groups, as Graph does', async () => {
    const group = await createdPath(api, 'groups', groupBody());
    expect(Object.keys((await api.request('GET', `${group}?$select=displayName`)).body)).not.toContain('id');
  });
});

describe('C8 POST of a role scope tag', () => {
  it.each([
    ['docs', 201],
    ['service', 200],
  ])('profile %s: %d', async (profile, status) => {
    const answer = await api.request('POST', TAGS, { body: { displayName: profile }, headers: { prefer: `muster.profile=${profile}` } });
    expect([answer.status, answer.body.displayName]).toEqual([status, profile]);
  });
});

describe('C9 booleans and numbers that are sent as text', () => {
  it.each([
    ['enforceSignatureCheck', 'false', false],
    ['enforceSignatureCheck', 'TRUE', true],
    ['runAs32Bit', 'True', true],
  ])('%s: %j is read', async (name, sent, held) => {
    const path = await createdPath(api, SCRIPTS, scriptBody({ [name]: sent }));
    expect((await api.request('GET', path)).body[name]).toBe(held);
    expect((await api.request('PATCH', path, { body: { [name]: String(!held) } })).body[name]).toBe(!held);
  });

  it('inside of complex values, of actions and of batches', async () => {
    const path = await createdPath(api, HEALTH, healthBody());
    const schedule = { '@odata.type': '#microsoft.graph.deviceHealthScriptHourlySchedule', interval: '3' };
    const target = { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' };
    const body = { deviceHealthScriptAssignments: [{ target, runRemediationScript: 'true', runSchedule: schedule }] };
    expect((await api.request('POST', `${path}/assign`, { body })).status).toBeLessThan(300);
    expect((await rowsOf(api, `${path}/assignments`))[0]).toMatchObject({ runRemediationScript: true, runSchedule: { interval: 3 } });
    expect((await batched('POST', `/${SCRIPTS}`, scriptBody({ runAs32Bit: 'true' }))).body.runAs32Bit).toBe(true);
    const shell = await created(api, SHELL_SCRIPTS, shellScriptBody({ retryCount: '2' }));
    expect(shell.retryCount).toBe(2);
  });

  it.each([
    [SCRIPTS, scriptBody({ runAs32Bit: 'maybe' }), 'runAs32Bit'],
    [SCRIPTS, scriptBody({ runAs32Bit: 1 }), 'runAs32Bit'],
    [SCRIPTS, scriptBody({ runAs32Bit: '' }), 'runAs32Bit'],
    [SCRIPTS, scriptBody({ displayName: 5 }), 'displayName'],
    [SHELL_SCRIPTS, shellScriptBody({ retryCount: '1.5' }), 'retryCount'],
    [SHELL_SCRIPTS, shellScriptBody({ retryCount: 'three' }), 'retryCount'],
    [SHELL_SCRIPTS, shellScriptBody({ retryCount: ' 3' }), 'retryCount'],
    [SHELL_SCRIPTS, shellScriptBody({ retryCount: '99999999999' }), 'retryCount'],
  ])('%s: what is none stays 400 (%#)', async (set, body, target) => {
    expectRefusal(await api.request('POST', set, { body }), { status: 400, code: 'invalidValue', target });
  });
});

describe('C10 a plus in a query is a space', () => {
  it.each([
    "$filter=displayName+eq+'C10'",
    '$filter=displayName+eq+%27C10%27&$select=id,displayName',
    "$filter=contains(displayName,'C1')+and+displayName+ne+'other'",
    '$filter=lastModifiedDateTime+gt+2024-01-01T00:00:00Z',
    '$orderby=displayName+desc,createdDateTime+asc',
    "$filter=@name+eq+displayName&@name='C10'",
    '$expand=deviceRunStates($orderby=resultMessage+desc)',
    '$search=C10+OR+nothing',
  ])('%s', async (query) => {
    await created(api, SCRIPTS, scriptBody({ displayName: 'C10' }));
    const answer = await api.request('GET', `${SCRIPTS}?${query}`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.value.length).toBeGreaterThan(0);
    expect((await batched('GET', `/${SCRIPTS}?${query}`)).status).toBe(200);
  });

  it('and %2B is a plus, in values and in offsets of points in time', async () => {
    await created(api, SCRIPTS, scriptBody({ displayName: 'a+b' }));
    expect(await rowsOf(api, `${SCRIPTS}?$filter=displayName+eq+'a%2Bb'`)).toHaveLength(1);
    expect(await rowsOf(api, `${SCRIPTS}?$filter=displayName+eq+'a+b'`)).toHaveLength(0);
    expect((await api.request('GET', `${SCRIPTS}?$filter=createdDateTime+gt+2024-01-01T00:00:00%2B02:00`)).status).toBe(200);
  });

  it('also where a next link repeats the query', async () => {
    for (const n of [1, 2, 3]) await created(api, SHELL_SCRIPTS, shellScriptBody({ displayName: `next ${n}` }));
    let next = `/beta/${SHELL_SCRIPTS}?$filter=startswith(displayName,'next+')&$orderby=displayName+desc&$top=1`;
    const seen: string[] = [];
    while (next !== undefined) {
      const { body, text } = await api.request('GET', next);
      expect(body.value, text).toHaveLength(1);
      seen.push(body.value[0].displayName);
      next = body['@odata.nextLink']?.replace('http://localhost:8080', '');
    }
    expect(seen).toEqual(['next 3', 'next 2', 'next 1']);
  });
});

describe('C11 times of day', () => {
  it.each([
    ['01:00', '01:00:00.0000000'],
    ['23:59:58', '23:59:58.0000000'],
    ['11:58:36.255', '11:58:36.2550000'],
    ['11:58:36.2550000', '11:58:36.2550000'],
    ['11:58:36.123456789012', '11:58:36.1234567'],
  ])('%s is answered as the service writes it', async (time, written) => {
    const path = await createdPath(api, HEALTH, healthBody());
    const runSchedule = { '@odata.type': '#microsoft.graph.deviceHealthScriptDailySchedule', interval: 1, useUtc: true, time };
    const target = { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' };
    await api.request('POST', `${path}/assign`, { body: { deviceHealthScriptAssignments: [{ target, runSchedule }] } });
    expect((await rowsOf(api, `${path}/assignments`))[0]).toMatchObject({ runSchedule: { time: written } });
  });
});

describe('C12 what a policy cannot be without', () => {
  it.each([
    [HEALTH, { displayName: 'H' }, { target: 'detectionScriptContent', code: 'missingProperty' }],
    [HEALTH, healthBody({ detectionScriptContent: null }), { target: 'detectionScriptContent', code: 'invalidValue' }],
    [HEALTH, healthBody({ detectionScriptContent: '' }), { target: 'detectionScriptContent', code: 'invalidValue' }],
    [HEALTH, healthBody({ displayName: '' }), { target: 'displayName', code: 'invalidValue' }],
    [HARDWARE, hardwareBody({ configurationFileContent: '' }), { target: 'configurationFileContent', code: 'invalidValue' }],
    [HARDWARE, hardwareBody({ displayName: '' }), { target: 'displayName', code: 'invalidValue' }],
    [HARDWARE, hardwareBody({ fileName: '' }), { target: 'fileName', code: 'invalidValue' }],
    [SCRIPTS, scriptBody({ displayName: '' }), { target: 'displayName', code: 'invalidValue' }],
    [SHELL_SCRIPTS, shellScriptBody({ displayName: '' }), { target: 'displayName', code: 'invalidValue' }],
    [
      'deviceManagement/deviceCustomAttributeShellScripts',
      customAttributeBody({ displayName: '' }),
      { target: 'displayName', code: 'invalidValue' },
    ],
    [COMPLIANCE, { displayName: '' }, { target: 'displayName', code: 'invalidValue' }],
    [TAGS, { displayName: '' }, { target: 'displayName', code: 'invalidValue' }],
    [
      FILTERS,
      { displayName: '', platform: 'windows10AndLater', rule: '(device.model -eq "x")' },
      { target: 'displayName', code: 'invalidValue' },
    ],
  ] as const)('%s: 400 that names it (%#)', async (set, body, refusal) => {
    expectRefusal(await api.request('POST', set, { body }), { status: 400, ...refusal });
  });

  it('is not taken away by PATCH', async () => {
    const health = await createdPath(api, HEALTH, healthBody());
    for (const detectionScriptContent of ['', null])
      expect((await api.request('PATCH', health, { body: { detectionScriptContent } })).status).toBe(400);
    const hardware = await createdPath(api, HARDWARE, hardwareBody());
    expect((await api.request('PATCH', hardware, { body: { configurationFileContent: '' } })).status).toBe(400);
    expect((await api.request('PATCH', hardware, { body: { displayName: '' } })).status).toBe(400);
  });
});

describe('C13 null for a collection', () => {
  it.each([
    [SCRIPTS, scriptBody(), 'roleScopeTagIds'],
    [HARDWARE, hardwareBody(), 'roleScopeTagIds'],
    [HEALTH, healthBody(), 'roleScopeTagIds'],
    [HEALTH, healthBody(), 'detectionScriptParameters'],
    [FILTERS, { displayName: 'F', platform: 'windows10AndLater', rule: '(device.model -eq "x")' }, 'roleScopeTags'],
    ['deviceManagement/managedDevices', { deviceName: 'D' }, 'roleScopeTagIds'],
  ])('%s: %j of %s is stored as an empty list', async (set, body, name) => {
    const answer = await api.request('POST', set, { body: { ...body, [name]: null } });
    expect(answer.status, answer.text).toBe(201);
    const path = `${set}/${answer.body.id}`;
    expect((await api.request('GET', `${path}?$select=${name}`)).body[name]).toEqual([]);
    expect((await api.request('PATCH', path, { body: { [name]: null } })).status).toBe(200);
    expect((await api.request('GET', `${path}?$select=${name}`)).body[name]).toEqual([]);
  });
});

describe('C14 a date beside a point in time', () => {
  it.each([
    ['createdDateTime ge 2018-01-24', true],
    ['createdDateTime lt 2018-01-24', false],
    ["createdDateTime ge '2018-01-24'", true],
    ['2018-01-24 le createdDateTime', true],
    ["displayName eq 'nothing' or createdDateTime ge 2018-01-24", true],
    ['createdDateTime gt 2026-06-01', true],
    ['createdDateTime gt 2026-06-02', false],
    ['not (createdDateTime ge 2018-01-24)', false],
  ])('%s', async (filter, isFound) => {
    await created(api, SCRIPTS, scriptBody());
    const rows = await rowsOf(api, `${SCRIPTS}?$filter=${encodeURIComponent(filter)}`);
    expect(rows.length > 0).toBe(isFound);
  });

  it('is midnight UTC, and a day that there is not is refused', async () => {
    expectRefusal(await api.request('GET', `${SCRIPTS}?$filter=createdDateTime%20ge%202018-02-30`), {
      status: 400,
      code: 'invalidQueryOption',
    });
  });
});

describe('C15 doubled slashes', () => {
  it.each(['/beta//deviceManagement/deviceManagementScripts', '/beta/deviceManagement//deviceManagementScripts', `/beta///${SCRIPTS}//`])(
    '%s',
    async (path) => {
      const { id } = await created(api, SCRIPTS, scriptBody());
      expect((await api.request('GET', path)).status).toBe(200);
      expect((await api.request('GET', `${path}//${id}//deviceRunStates`)).status).toBe(200);
      expect((await api.request('POST', path, { body: scriptBody() })).status).toBe(201);
      expect((await batched('GET', path.slice('/beta'.length))).status).toBe(200);
      const page = await api.request('GET', `${path}?$top=1`);
      expect((await api.request('GET', page.body['@odata.nextLink'].replace('http://localhost:8080', ''))).status).toBe(200);
    },
  );
});

it('C15 C30 references may have doubled slashes and a tenant, too', async () => {
  const member = await created(api, 'users', { displayName: 'U', userPrincipalName: 'slashes@example.com' });
  for (const root of ['https://graph.microsoft.com/beta//', `https://graph.microsoft.com/v1.0/${api.tenantId}/`, '/v1.0/myorganization/']) {
    const group = await created(api, 'groups', groupBody({ 'members@odata.bind': [`${root}users/${member.id}`] }));
    expect((await rowsOf(api, `groups/${group.id}/members`)).map(({ id }) => id)).toEqual([member.id]);
  }
});

describe('C16 isof and cast', () => {
  it.each([
    "isof('microsoft.graph.deviceManagementScript')",
    'isof(microsoft.graph.deviceManagementScript)',
    "cast(displayName,'Edm.String') eq 'x'",
  ])('%s is refused in words that say so', async (filter) => {
    const answer = await api.request('GET', `${SCRIPTS}?$filter=${encodeURIComponent(filter)}`);
    expectRefusal(answer, { status: 400, code: 'unsupportedQueryOption', says: /'?(isof|cast)'?/ });
  });
});

describe('C21 payloadCompatibleAssignmentFilter', () => {
  const TYPE = '#microsoft.graph.payloadCompatibleAssignmentFilter';
  const filter = { displayName: 'P', platform: 'windows10AndLater', rule: '(device.model -eq "x")' };

  it.each(['docs', 'service'])('is created, read, listed and changed as what it is, in profile %s', async (profile) => {
    const headers = { prefer: `muster.profile=${profile}` };
    const send = (method: string, path: string, body?: object) => api.request(method, path, { headers, ...(body && { body }) });
    const own = { '@odata.type': TYPE, payloadType: 'enrollmentRestrictions' };
    const answer = await send('POST', FILTERS, { ...filter, ...own });
    expect([answer.status, answer.body], answer.text).toEqual([201, expect.objectContaining({ ...filter, ...own })]);
    const path = `${FILTERS}/${answer.body.id}`;
    expect((await send('GET', path)).body).toMatchObject(own);
    const listed = (await send('GET', `${FILTERS}?$select=displayName,payloadType`)).body.value;
    expect(listed.find(({ id }: { id: string }) => id === answer.body.id)).toEqual({ id: answer.body.id, displayName: 'P', ...own });
    expect((await send('PATCH', path, { '@odata.type': TYPE, payloadType: 'notSet' })).body).toMatchObject({
      '@odata.type': TYPE,
      payloadType: 'notSet',
    });
    expect((await send('PATCH', path, { displayName: 'Q' })).body).toMatchObject({
      displayName: 'Q',
      '@odata.type': TYPE,
      payloadType: 'notSet',
    });
    expect((await send('POST', FILTERS, { ...filter, '@odata.type': TYPE })).body.payloadType).toBe('notSet');
    expect((await send('DELETE', path)).status).toBe(204);
  });

  it('shows nothing of it on other filters, which refuse it', async () => {
    const { id } = await created(api, FILTERS, filter);
    expect(Object.keys((await api.request('GET', `${FILTERS}/${id}`)).body)).not.toContain('payloadType');
    expectRefusal(await api.request('POST', FILTERS, { body: { ...filter, payloadType: 'notSet' } }), {
      status: 400,
      code: 'unknownProperty',
    });
    expect((await api.request('GET', '/beta/$metadata')).text).toContain(
      '<EntityType Name="payloadCompatibleAssignmentFilter" BaseType="microsoft.graph.deviceAndAppManagementAssignmentFilter"',
    );
  });
});

describe('C22 lookups that write nothing', () => {
  it.each(['DeviceManagementScripts.Read.All', 'DeviceManagementConfiguration.Read.All'])('need no more than %s', async (permission) => {
    const token = await api.token({ roles: [permission] });
    const looked = await api.request('POST', `${SCRIPTS}/hasPayloadLinks`, { token, body: { payloadIds: [] } });
    expect(looked.status, looked.text).toBe(200);
    const { id } = await created(api, HEALTH, healthBody());
    const version = await api.request('POST', `${HEALTH}/${id}/getGlobalScriptHighestAvailableVersion`, { token });
    expect(version.status, version.text).not.toBe(403);
    expect((await api.request('POST', `${HEALTH}/${id}/assign`, { token, body: {} })).status).toBe(403);
  });
});

describe('C23 the names of the seeds', () => {
  it('let a user create user states of scripts, and no application', async () => {
    const strict = await startDescribedApi({ scopeNames: 'seeds' });
    const script = await createdPath(strict, SCRIPTS, scriptBody());
    const state = { userPrincipalName: 'a@b.example' };
    const permission = 'DeviceManagementConfiguration.ReadWrite.All';
    const send = async (path: string, request: Parameters<InProcessApi['token']>[0], body: object = state) =>
      (await strict.request('POST', path, { body, token: await strict.token(request) })).status;
    expect(await send(`${script}/userRunStates`, { roles: [permission] })).toBe(403);
    expect(await send(`${script}/userRunStates`, { scopes: [permission], userPrincipalName: 'u@x.example' })).toBe(201);
    expect(
      await send(`${script}/userRunStates`, { scopes: ['DeviceManagementScripts.ReadWrite.All'], userPrincipalName: 'u@x.example' }),
    ).toBe(403);
    expect(await send(HARDWARE, { roles: [permission] }, hardwareBody())).toBe(201);
    await strict.close();
  });
});

describe('C24 scope tags that there are not', () => {
  const body = scriptBody({ roleScopeTagIds: ['Role Scope Tag Ids value'] });

  it('are kept in profile docs, as the documentation has them', async () => {
    const { id, roleScopeTagIds } = await created(api, SCRIPTS, body);
    expect(roleScopeTagIds).toEqual(['Role Scope Tag Ids value']);
    expect((await api.request('PATCH', `${SCRIPTS}/${id}`, { body: { roleScopeTagIds: ['another'] } })).body.roleScopeTagIds).toEqual([
      'another',
    ]);
  });

  it('are refused in profile service', async () => {
    const answer = await api.request('POST', SCRIPTS, { body, headers: { prefer: 'muster.profile=service' } });
    expect([answer.status, answer.body.error?.innerError?.code]).toEqual([400, 'invalidValue']);
  });
});

describe('C29 ABNF', () => {
  const search = (query: string) => api.request('GET', `${SCRIPTS}?${query}`);

  it('a semicolon in a word of `$search` is sent encoded', async () => {
    await created(api, SCRIPTS, scriptBody({ displayName: 'semi;colon' }));
    expect((await search('$search=semi%3Bcolon')).body.value).toHaveLength(1);
    expect((await search('$search="semi;colon"')).body.value).toHaveLength(1);
    expect((await search('$search=semi;colon')).status).toBe(400);
  });

  it('also inside of `$expand`, whose options may be parted by encoded ones', async () => {
    for (const nested of [
      '$search=a%3Bb',
      '$search=a%3Bb;$top=1',
      '$search=a%3B$top=1',
      '%24search%3Da%3B%24top%3D1',
      "$filter=displayName eq 'a%3Bb'%3B$top=1",
    ]) {
      const answer = await api.request('GET', `groups?$expand=members(${nested})`);
      expect(answer.status, `${nested}: ${answer.text}`).toBe(200);
    }
  });

  it('OData-MaxVersion may have any digits', async () => {
    const answer = await api.request('GET', SCRIPTS, { headers: { 'odata-maxversion': '06.2831852000' } });
    expect([answer.status, answer.headers['odata-version']]).toEqual([200, '4.01']);
  });
});

describe('C30 the tenant in front of a path', () => {
  it('is the caller’s, or `myorganization`', async () => {
    const group = await created(api, 'groups', groupBody());
    for (const prefix of ['/v1.0/myorganization', `/beta/${api.tenantId}`, `/beta/${api.tenantId.toUpperCase()}`, '/beta/myOrganization']) {
      expect((await api.request('GET', `${prefix}/groups/${group.id}`)).body.id, prefix).toBe(group.id);
      const page = await api.request('GET', `${prefix}/groups?$top=1`);
      expect(page.status).toBe(200);
    }
    expect((await batched('GET', `/myorganization/groups/${group.id}`)).body.id).toBe(group.id);
    expect((await api.request('GET', '/beta/00000000-0000-4000-8000-000000000009/groups')).status).toBe(403);
  });
});
