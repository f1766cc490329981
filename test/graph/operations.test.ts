import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, createdPath, FILTERS, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** How bound operations are called, and how they answer, whatever they do. */

const ROOT = 'http://localhost:8080/beta';
const body = { displayName: 'F', platform: 'iOS', rule: '(device.model -eq "x")' };

let api: InProcessApi;
let filter: string;
beforeAll(async () => {
  api = await startDescribedApi();
  filter = await createdPath(api, FILTERS, body);
});
afterAll(() => api.close());

const get = (path: string, headers = {}) => api.request('GET', path, { headers });

describe('functions', () => {
  it.each([
    'getState',
    'getState()',
    'getState/',
    'GETSTATE',
    'microsoft.graph.getState',
    'microsoft.graph.getState()',
    'graph.getState()',
    'Microsoft.Graph.GetState',
  ])('%s on a collection is no key', async (name) => {
    const answer = await get(`${FILTERS}/${name}`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({ '@odata.context': `${ROOT}/$metadata#microsoft.graph.assignmentFilterState`, enabled: true });
  });

  it.each([
    'getSupportedProperties',
    'getSupportedProperties()',
    'microsoft.graph.getSupportedProperties',
    'graph.GETSUPPORTEDPROPERTIES()',
  ])('%s on an entity', async (name) => {
    const answer = await get(`${filter}/${name}`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.value.length).toBeGreaterThan(5);
  });

  it.each([
    "(platform='iOS')",
    "(PLATFORM='ios')",
    "(platform=microsoft.graph.devicePlatformType'iOS')",
    '(platform=2)',
    "(platform=@p)?@p='iOS'",
    "(platform=@p)?@p=microsoft.graph.devicePlatformType'iOS'",
    "(platform=@p)?@p=@q&@q='iOS'",
    '(platform=%27iOS%27)',
    "?@platform='iOS'",
    "()?@platform='iOS'",
    "?platform='iOS'",
    "?Platform='iOS'&$top=100",
  ])('take parameters as %s', async (parameters) => {
    const answer = await get(`${FILTERS}/getPlatformSupportedProperties${parameters}`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.value).toEqual((await get(`${filter}/getSupportedProperties`)).body.value);
  });

  it.each([
    ['', 'missingProperty', 'platform'],
    ['()', 'missingProperty', 'platform'],
    ["(platfrom='iOS')", 'unknownProperty', 'platfrom'],
    ["(platform='iOS',x=1)", 'unknownProperty', 'x'],
    ["(platform='amiga')", 'invalidValue', 'platform'],
    ['(platform=null)', 'invalidValue', 'platform'],
    ['(platform=@p)', 'invalidValue', 'platform'],
    ['(platform=@p)?@p=@p', 'invalidValue', 'platform'],
    ["(platform=['iOS'])", 'invalidValue', 'platform'],
    ["(platform=@p)?@p=tolower('iOS')", 'invalidUrl', 'platform'],
    ["(platform=microsoft.graph.runState'fail')", 'invalidUrl', 'platform'],
    ["('iOS')", 'invalidUrl', "getPlatformSupportedProperties('iOS')"],
    ['(platform=iOS)', 'invalidUrl', null],
    ["(platform='iOS',platform='iOS')", 'invalidUrl', null],
  ] as const)('refuse the parameters %s', async (parameters, code, target) => {
    const answer = await get(`${FILTERS}/getPlatformSupportedProperties${parameters}`);
    expectRefusal(answer, { status: 400, code, ...(target === null ? {} : { target }) });
  });

  it('answer HEAD like GET', async () => {
    const answer = await api.request('HEAD', `${FILTERS}/getState`);
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
  });

  it('are GET, actions are POST', async () => {
    const post = await api.request('POST', `${FILTERS}/getState`, { body: {} });
    expectRefusal(post, { status: 405, code: 'methodNotAllowed' });
    expect(post.headers.allow).toBe('GET, HEAD, OPTIONS');
    const read = await get(`${FILTERS}/enable`);
    expectRefusal(read, { status: 405, code: 'methodNotAllowed' });
    expect(read.headers.allow).toBe('POST, OPTIONS');
  });

  it('page and count their collections, and refuse what they cannot', async () => {
    const all = (await get(`${filter}/getSupportedProperties`)).body.value;
    const part = await get(`${filter}/getSupportedProperties?$skip=1&$top=2&$count=true`);
    expect(part.body).toMatchObject({ '@odata.count': all.length, value: all.slice(1, 3) });
    const named = async (query: string) =>
      (await get(`${filter}/getSupportedProperties?${query}`)).body.value.map(({ name }: { name: string }) => name);
    expect(await named("$filter=startswith(name,'device') and dataType eq 'String'&$orderby=name desc")).toEqual([
      'deviceOwnership',
      'deviceName',
      'deviceCategory',
    ]);
    expect(await named("$filter=supportedOperators/any(o:o eq 'greaterThan')")).toEqual(['operatingSystemVersion']);
    expectRefusal(await get(`${filter}/getSupportedProperties?$filter=colour eq 1`), { status: 400, code: 'invalidQueryOption' });
    for (const option of ['$select=name', '$search=x', '$expand=x', '$skiptoken=x'])
      expectRefusal(await get(`${filter}/getSupportedProperties?${option}`), { status: 400, code: 'invalidQueryOption' });
    expectRefusal(await get(`${FILTERS}/getState?$top=1`), { status: 400, code: 'invalidQueryOption' });
    for (const rest of ['/$count', '/x', '()/enabled']) expect((await get(`${FILTERS}/getState${rest}`)).status, rest).toBe(400);
  });

  it('are called on what exists', async () => {
    expectRefusal(await get(`${FILTERS}/00000000-0000-0000-0000-000000000001/getSupportedProperties`), { status: 404, code: 'notFound' });
    expectRefusal(await get(`${FILTERS}/getSupportedProperties`), { status: 404, code: 'notFound' });
    expect((await get(`${filter}/getState`)).status).toBe(400);
  });

  it('write their values at each level of metadata', async () => {
    const at = async (level: string) =>
      (await get(`${filter}/getSupportedProperties`, { accept: `application/json;odata.metadata=${level}` })).body;
    expect(Object.keys(await at('none'))).toEqual(['value']);
    expect((await at('full')).value[0]).toMatchObject({
      '@odata.type': '#microsoft.graph.assignmentFilterSupportedProperty',
      'supportedOperators@odata.type': '#Collection(microsoft.graph.assignmentFilterOperator)',
    });
  });
});

describe('actions', () => {
  it('take parameters from the body alone', async () => {
    expectRefusal(await api.request('POST', `${FILTERS}/enable(enable=true)`), { status: 400, code: 'invalidUrl' });
    expectRefusal(await api.request('POST', `${FILTERS}/enable`), { status: 400, code: 'missingProperty', target: 'enable' });
    expectRefusal(await api.request('POST', `${FILTERS}/enable`, { body: { enable: 'yes' } }), {
      status: 400,
      code: 'invalidValue',
      target: 'enable',
    });
    expectRefusal(await api.request('POST', `${FILTERS}/enable`, { body: { enabled: true } }), {
      status: 400,
      code: 'unknownProperty',
      target: 'enabled',
    });
    expectRefusal(await api.request('POST', `${FILTERS}/enable?$top=1`, { body: { enable: true } }), {
      status: 400,
      code: 'invalidQueryOption',
    });
    expectRefusal(await api.request('POST', `${FILTERS}/enable`, { body: { enable: null } }), {
      status: 400,
      code: 'invalidValue',
      target: 'enable',
    });
  });

  it('without a result answer 204, and what they did is seen', async () => {
    for (const enable of [false, true]) {
      expect(await api.request('POST', `${FILTERS}/enable`, { body: { enable } })).toMatchObject({ status: 204, text: '' });
      expect((await get(`${FILTERS}/getState()`)).body.enabled).toBe(enable);
    }
  });

  it('may leave out what can be null', async () => {
    expect((await api.request('POST', `${SCRIPTS}/hasPayloadLinks`)).body.value).toEqual([]);
  });

  it('take no related entities in their parameters', async () => {
    const script = await createdPath(api, SCRIPTS, scriptBody());
    const assignment = { target: { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' }, 'x@odata.bind': 'users/1' };
    expectRefusal(await api.request('POST', `${script}/assign`, { body: { deviceManagementScriptAssignments: [assignment] } }), {
      status: 400,
      code: 'unknownProperty',
    });
  });
});

describe('who may call', () => {
  const as = async (permission: string) => ({ token: await api.token({ roles: [permission] }) });

  it('functions with a Read permission, actions with a ReadWrite one, unless they only look', async () => {
    const reader = await as('DeviceManagementConfiguration.Read.All');
    const writer = await as('DeviceManagementConfiguration.ReadWrite.All');
    const evaluation = { data: { platform: 'iOS', rule: body.rule } };
    const status = (path: string, options: object, method = 'POST') => api.request(method, path, options).then((answer) => answer.status);
    for (const caller of [reader, writer]) {
      expect(await status(`${FILTERS}/getState`, caller, 'GET')).toBe(200);
      expect(await status('deviceManagement/evaluateAssignmentFilter', { ...caller, body: evaluation })).toBe(200);
    }
    expect(await status(`${FILTERS}/enable`, { ...reader, body: { enable: true } })).toBe(403);
    expect(await status(`${FILTERS}/enable`, { ...writer, body: { enable: true } })).toBe(204);
    expect(await status(`${FILTERS}/getState`, await as('User.Read.All'), 'GET')).toBe(403);
  });
});

it('full metadata offers the operations of entities and of collections', async () => {
  const full = { accept: 'application/json;odata.metadata=full' };
  const collection = await get(FILTERS, full);
  const url = `${ROOT}/${FILTERS}`;
  expect(collection.body).toMatchObject({
    '#microsoft.graph.enable': { title: 'microsoft.graph.enable', target: `${url}/microsoft.graph.enable` },
    '#microsoft.graph.getState': { target: `${url}/microsoft.graph.getState()` },
    '#microsoft.graph.getPlatformSupportedProperties(platform)': {
      target: `${url}/microsoft.graph.getPlatformSupportedProperties(platform=@platform)`,
    },
  });
  const one = await get(filter, full);
  const { target } = one.body['#microsoft.graph.getSupportedProperties'];
  expect((await get(target.slice('http://localhost:8080'.length))).status).toBe(200);
  const { target: templated } = collection.body['#microsoft.graph.getPlatformSupportedProperties(platform)'];
  expect((await get(`${templated.slice('http://localhost:8080'.length)}?@platform='iOS'`)).status).toBe(200);
  expect(Object.keys((await get(FILTERS)).body).filter((name) => name.startsWith('#'))).toEqual([]);
});

it('operations of one tenant do not show in another', async () => {
  const other = { token: await api.token({ tenantId: '99999999-9999-9999-9999-999999999999' }) };
  await created(api, FILTERS, body);
  await api.request('POST', `${FILTERS}/enable`, { body: { enable: false } });
  expect((await api.request('GET', `${FILTERS}/getState`, other)).body.enabled).toBe(true);
  await api.request('POST', `${FILTERS}/enable`, { body: { enable: true } });
});
