import { XMLParser } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, groupTarget, HARDWARE, hardwareBody, rowsOf, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** What stands around the data: control information, context URLs, tags, headers, and what the service says of itself. */

const ROOT = 'http://localhost:8080/beta';

let api: InProcessApi;
let id: string;
let scriptId: string;

beforeAll(async () => {
  api = await startDescribedApi();
  id = (await created(api, HARDWARE, hardwareBody())).id;
  scriptId = (await created(api, SCRIPTS, scriptBody())).id;
  await created(api, `${SCRIPTS}/${scriptId}/assignments`, groupTarget('22222222-2222-2222-2222-222222222222'));
  for (const deviceName of ['A', 'B', 'C']) await created(api, `${HARDWARE}/${id}/deviceRunStates`, { deviceName });
});
afterAll(() => api.close());

const get = (path: string, headers = {}) =>
  api.request('GET', path.replaceAll('{h}', `${HARDWARE}/${id}`).replaceAll('{s}', `${SCRIPTS}/${scriptId}`), { headers });

describe('context URLs', () => {
  it.each([
    ['{h}', 'hardwareConfigurations/$entity'],
    [HARDWARE, 'hardwareConfigurations'],
    ['{h}/assignments', "hardwareConfigurations('{hid}')/assignments"],
    ['{s}/assignments', "deviceManagementScripts('{sid}')/assignments"],
    ['{s}?$expand=assignments', 'deviceManagementScripts(assignments())/$entity'],
    [`${SCRIPTS}?$expand=assignments`, 'deviceManagementScripts(assignments())'],
    ['{s}?$select=id,displayname', 'deviceManagementScripts(id,displayName)/$entity'],
    [`${SCRIPTS}?$select=id&$expand=assignments($select=id)`, 'deviceManagementScripts(id,assignments(id))'],
    ['{h}/runSummary', "hardwareConfigurations('{hid}')/runSummary/$entity"],
    ['{h}/deviceRunStates', "hardwareConfigurations('{hid}')/deviceRunStates"],
    ['{h}/displayName', "hardwareConfigurations('{hid}')/displayName"],
  ])('%s', async (path, context) => {
    const expected = `${ROOT}/$metadata#deviceManagement/${context.replace('{hid}', id).replace('{sid}', scriptId)}`;
    expect((await get(path)).body['@odata.context']).toBe(expected);
  });

  it('of what is expanded names its owner, as tools look for the id in it', async () => {
    const { body } = await get('{s}?$expand=assignments');
    expect(body['assignments@odata.context']).toBe(`${ROOT}/$metadata#deviceManagement/deviceManagementScripts('${scriptId}')/assignments`);
  });
});

describe('odata.metadata', () => {
  const controls = (body: object): string[] => Object.keys(body).filter((name) => name.includes('@') || name.startsWith('#'));

  it.each([
    ['Accept', { accept: 'application/json;odata.metadata=none' }, ''],
    ['Accept of 4.01', { accept: 'application/json; metadata=none' }, ''],
    ['$format', {}, 'application/json;odata.metadata=none'],
    ['$format over Accept', { accept: 'application/json;odata.metadata=full' }, 'application/json;odata.metadata=none'],
  ])('none by %s: data only', async (_, headers, format) => {
    const query = format === '' ? '' : `?$format=${encodeURIComponent(format)}`;
    for (const path of ['{h}', HARDWARE, '{h}/deviceRunStates', '{h}/displayName']) {
      const answer = await get(`${path}${query}`, headers);
      expect(answer.status, answer.text).toBe(200);
      expect(controls(answer.body)).toEqual([]);
      for (const row of Array.isArray(answer.body.value) ? answer.body.value : []) expect(controls(row)).toEqual([]);
      expect(answer.headers['content-type']).toContain('odata.metadata=none');
    }
  });

  it('none keeps the next link and the count, which no client can do without', async () => {
    const { body } = await get('{h}/deviceRunStates?$top=1&$count=true', { accept: 'application/json;odata.metadata=none' });
    expect(controls(body).sort()).toEqual(['@odata.count', '@odata.nextLink']);
  });

  it.each([undefined, 'application/json', '*/*', 'application/json;odata.metadata=minimal', 'text/html, application/json;q=0.5'])(
    'minimal by %s',
    async (accept) => {
      const answer = await get('{h}', accept === undefined ? {} : { accept });
      expect(controls(answer.body)).toEqual(['@odata.context', '@odata.type']);
      expect(answer.headers['content-type']).toBe('application/json;odata.metadata=minimal');
    },
  );

  it('minimal in the service profile has types only where they say more than the model', async () => {
    const { body } = await get('{s}?$expand=assignments', { prefer: 'muster.profile=service' });
    expect(controls(body)).toEqual(['@odata.context', 'assignments@odata.context']);
    expect(body.assignments[0].target['@odata.type']).toBe('#microsoft.graph.groupAssignmentTarget');
  });

  it('full has types, ids, links and actions', async () => {
    const { body } = await get('{s}', { accept: 'application/json;odata.metadata=full' });
    const url = `${ROOT}/${SCRIPTS}('${scriptId}')`;
    expect(body).toMatchObject({
      '@odata.type': '#microsoft.graph.deviceManagementScript',
      '@odata.id': url,
      '@odata.editLink': url,
      'assignments@odata.navigationLink': `${url}/assignments`,
      'assignments@odata.associationLink': `${url}/assignments/$ref`,
      'createdDateTime@odata.type': '#DateTimeOffset',
      'scriptContent@odata.type': '#Binary',
      '#microsoft.graph.assign': { target: `${url}/microsoft.graph.assign` },
    });
    const list = await get(SCRIPTS, { accept: 'application/json;odata.metadata=full' });
    expect(list.body.value[0]['assignments@odata.navigationLink']).toBe(`${url}/assignments`);
  });

  it('links in full metadata can be followed', async () => {
    const { body } = await get('{s}', { accept: 'application/json;odata.metadata=full' });
    const links = Object.entries(body as Record<string, string>).filter(([name]) => /@odata\.(id|editLink|navigationLink)$/.test(name));
    expect(links.length).toBeGreaterThan(5);
    for (const [name, link] of links) expect((await get(link.slice('http://localhost:8080'.length))).status, name).toBe(200);
  });
});

describe('IEEE754Compatible', () => {
  const compatible = { accept: 'application/json;IEEE754Compatible=true' };

  it('writes 64-bit numbers and counts as texts, and reads them', async () => {
    const body = { totalStorageSpaceInBytes: '1099511627776', skuNumber: 7 };
    const made = await api.request('POST', 'deviceManagement/managedDevices', { body, headers: compatible });
    expect(made.body).toMatchObject(body);
    const device = `deviceManagement/managedDevices/${made.body.id}`;
    const one = await get(device, compatible);
    expect(one.headers['content-type']).toBe('application/json;odata.metadata=minimal;IEEE754Compatible=true');
    expect(one.body).toMatchObject(body);
    const list = await get('deviceManagement/managedDevices?$count=true&$expand=users($count=true)', compatible);
    expect(list.body).toMatchObject({ '@odata.count': '1', value: [{ ...body, 'users@odata.count': '0' }] });
    expect((await get(`${device}/totalStorageSpaceInBytes`, compatible)).body.value).toBe('1099511627776');
    expect((await get(device)).body.totalStorageSpaceInBytes).toBe(1099511627776);
    expect((await get(device, { accept: 'application/json;IEEE754Compatible=false' })).body.totalStorageSpaceInBytes).toBe(1099511627776);
  });
});

describe('ETags', () => {
  it('a tag stays while the entity does, and If-None-Match saves the body', async () => {
    const first = await get('{h}');
    expect(first.headers.etag).toMatch(/^W\/"[^"]+"$/);
    expect((await get('{h}?$select=id')).headers.etag).toBe(first.headers.etag);
    for (const tags of [first.headers.etag!, '*', `"x", ${first.headers.etag}`]) {
      const again = await get('{h}', { 'if-none-match': tags });
      expect(again).toMatchObject({ status: 304, text: '' });
      expect(again.headers.etag).toBe(first.headers.etag);
    }
    expect((await get('{h}', { 'if-none-match': 'W/"other"' })).status).toBe(200);
  });

  it('HEAD is answered like GET', async () => {
    const { etag } = (await get('{h}')).headers;
    expect((await api.request('HEAD', `${HARDWARE}/${id}`, { headers: { 'if-none-match': etag! } })).status).toBe(304);
  });

  it('what is expanded is not in the tag, so that its changes are always answered', async () => {
    const { headers } = await get('{s}?$expand=assignments');
    await created(api, `${SCRIPTS}/${scriptId}/assignments`, groupTarget('33333333-2222-2222-2222-222222222222'));
    const again = await get('{s}?$expand=assignments', { 'if-none-match': headers.etag! });
    expect(again.status).toBe(200);
    expect(again.body.assignments).toHaveLength(2);
  });

  it('a write changes the tag; the old one is stale afterwards', async () => {
    const policy = `${HARDWARE}/${(await created(api, HARDWARE, hardwareBody())).id}`;
    const { etag } = (await api.request('GET', policy)).headers;
    const write = (description: string, tag: string) =>
      api.request('PATCH', policy, { body: { description }, headers: { 'if-match': tag } });
    const updated = await write('one', etag!);
    expect(updated.status, updated.text).toBe(200);
    expect(updated.headers.etag).not.toBe(etag);
    expect((await api.request('GET', policy)).headers.etag).toBe(updated.headers.etag);
    expectRefusal(await write('two', etag!), { status: 412, code: 'preconditionFailed' });
    expect((await api.request('GET', policy)).body.description).toBe('one');
    expect((await write('three', '*')).status).toBe(200);
    expectRefusal(await api.request('DELETE', policy, { headers: { 'if-match': etag! } }), { status: 412, code: 'preconditionFailed' });
    const current = (await api.request('GET', policy)).headers.etag!;
    expect((await api.request('DELETE', policy, { headers: { 'if-match': current } })).status).toBe(204);
    expectRefusal(await write('four', '*'), { status: 404, code: 'notFound' });
  });
});

describe('headers', () => {
  it('Location of a new entity leads to it', async () => {
    const answer = await api.request('POST', HARDWARE, { body: hardwareBody() });
    expect(answer.headers.location).toBe(`${ROOT}/${HARDWARE}('${answer.body.id}')`);
    expect((await get(answer.headers.location!.slice('http://localhost:8080'.length))).body).toEqual(answer.body);
    const child = await api.request('POST', `${HARDWARE}/${answer.body.id}/assignments`, { body: groupTarget('a') });
    expect((await get(child.headers.location!.slice('http://localhost:8080'.length))).body).toEqual(child.body);
  });

  it('Prefer: maxpagesize', async () => {
    for (const prefer of ['odata.maxpagesize=2', 'maxpagesize=2']) {
      const answer = await get('{h}/deviceRunStates', { prefer });
      expect(answer.body.value).toHaveLength(2);
      expect(answer.headers['preference-applied']).toBe('odata.maxpagesize=2');
      const rest = await get(answer.body['@odata.nextLink'].slice('http://localhost:8080'.length), { prefer });
      expect(rest.body.value).toHaveLength(1);
      expect(rest.body).not.toHaveProperty(['@odata.nextLink']);
    }
  });

  it.each([
    [{}, '4.0'],
    [{ 'odata-version': '4.0' }, '4.0'],
    [{ 'odata-version': '4.01', 'odata-maxversion': '4.0' }, '4.0'],
    [{ 'odata-maxversion': '4.01' }, '4.01'],
    [{ 'odata-maxversion': '9.9' }, '4.01'],
  ])('OData-Version for %j is %s', async (headers, version) => {
    for (const path of ['{h}', HARDWARE, '']) expect((await get(path, headers)).headers['odata-version']).toBe(version);
  });

  it('every answer has OData-Version and request ids', async () => {
    for (const [method, path] of [
      ['GET', '{h}'],
      ['GET', 'nonsense'],
      ['DELETE', HARDWARE],
      ['GET', '$metadata'],
      ['GET', '/nowhere'],
    ] as const) {
      const target = path.replace('{h}', `${HARDWARE}/${id}`);
      const { headers } = await api.request(method, target, { headers: { 'client-request-id': 'my-id' } });
      expect(headers).toMatchObject({
        'odata-version': '4.0',
        'request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        'client-request-id': 'my-id',
      });
    }
  });

  it('HEAD is GET without the body', async () => {
    for (const path of ['{h}', HARDWARE, `${HARDWARE}/$count`, '$metadata', '', 'nonsense']) {
      const target = path.replace('{h}', `${HARDWARE}/${id}`);
      const [head, full] = [await api.request('HEAD', target), await api.request('GET', target)];
      expect(head).toMatchObject({ status: full.status, text: '' });
      for (const name of ['content-type', 'etag', 'odata-version']) expect(head.headers[name]).toBe(full.headers[name]);
    }
  });
});

const ROOTS = ['deviceManagement', 'devices', 'directory', 'directoryObjects', 'groups', 'me', 'organization', 'users'];

describe('the service of itself', () => {
  const open = (path: string, headers = {}) => api.request('GET', path, { token: null, headers });

  it.each([
    ['/beta', ROOTS],
    ['/beta/', ROOTS],
    ['/v1.0/', ROOTS],
  ])('the service document at %s', async (path, names) => {
    const { status, body } = await open(path);
    expect(status).toBe(200);
    expect(body['@odata.context']).toBe(`http://localhost:8080${path.replace(/\/$/, '')}/$metadata`);
    expect(body.value.map(({ name }: { name: string }) => name)).toEqual(names);
    for (const { url, kind } of body.value) {
      if (url === 'directory') continue; // it has no properties, and only what is below it can be asked for
      // Only a user is somebody to ask for.
      const options = url === 'me' ? { token: await api.token({ userPrincipalName: 'me@example.com' }) } : {};
      expect((await api.request('GET', `${path.replace(/\/$/, '')}/${url}`, options)).status).toBe(200);
      expect(['EntitySet', 'Singleton']).toContain(kind);
    }
  });

  it.each(['/beta/$metadata', '/beta/%24metadata', '/beta/$metadata/', '/v1.0/$metadata', '/beta/$metadata?$format=xml'])(
    '%s, without a token',
    async (path) => {
      const { status, headers, text } = await open(path, { accept: 'application/xml' });
      expect(status).toBe(200);
      expect(headers['content-type']).toMatch(/^application\/xml/);
      const parsed = new XMLParser({ ignoreAttributes: false }).parse(text, true);
      expect(parsed['edmx:Edmx']['edmx:DataServices'].Schema['@_Namespace']).toBe('microsoft.graph');
    },
  );

  it('v1.0 describes only what it has', async () => {
    expect((await open('/v1.0/$metadata')).text).not.toMatch(/hardwareConfiguration|deviceManagementScript/);
  });
});

it('rows of a collection are the entities themselves', async () => {
  for (const row of await rowsOf(api, HARDWARE)) {
    const { '@odata.context': _, ...single } = (await get(`${HARDWARE}/${row.id}`)).body;
    expect(single).toEqual(row);
  }
});
