import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/lib/clock.ts';
import { model } from '../../src/model/index.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { type InProcessApi, type RequestOptions, startInProcessApi, type TestAnswer } from '../support/in-process-api.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { expectHarmless, expectRefusal, type Refusal } from '../support/refusal.ts';
import { created, groupBody, HARDWARE, hardwareBody, rowsOf, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** `$batch` over HTTP. What a batch must look like is tested beside `odata/batch`; here is what becomes of its parts. */

const ORIGIN = 'http://localhost:8080';
const JSON_HEADERS = { 'Content-Type': 'application/json' };

interface PartAnswer {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts the shape of what it reads
  readonly body?: any;
}

let api: InProcessApi;
let script: { readonly id: string };
const commits: number[] = [];

beforeAll(async () => {
  const clock = new FakeClock();
  const observer = { committed: (writes: number) => commits.push(writes) };
  api = await startInProcessApi({ store: await openSqliteStore({ folder: ':memory:', types: model.stored, clock, observer }) });
  script = await created(api, SCRIPTS, scriptBody());
});

afterAll(() => api.close());

/** Sends a batch. @returns the answers by id */
async function batch(
  requests: readonly object[],
  options: RequestOptions = {},
  path = '/beta/$batch',
): Promise<Record<string, PartAnswer>> {
  const answer = await api.request('POST', path, { body: { requests }, ...options });
  expect(answer.status, answer.text).toBe(200);
  expect(answer.headers['content-type']).toBe('application/json');
  const { responses } = answer.body as { responses: readonly PartAnswer[] };
  expect(responses).toHaveLength(requests.length);
  for (const { id, headers } of responses) {
    expect(id).toEqual(expect.any(String));
    expect(headers).toMatchObject({ 'request-id': expect.stringMatching(/^[0-9a-f-]{36}$/) });
  }
  expect(new Set(responses.map(({ headers }) => headers['request-id'])).size).toBe(responses.length);
  return Object.fromEntries(responses.map((response) => [response.id, response]));
}

const get = (id: unknown, url: string, changes: object = {}) => ({ id, method: 'GET', url, ...changes });
const post = (id: unknown, url: string, body: object) => ({ id, method: 'POST', url, headers: JSON_HEADERS, body });

/** A part's answer as if it had come alone. */
function aloneAs({ status, headers, body }: PartAnswer): TestAnswer {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const type = headers['Content-Type'] ?? 'text/plain';
  const text = type.startsWith('application/json') ? JSON.stringify(body) : type.startsWith('text/') ? (body ?? '') : atob(body);
  return { status, headers: lower, body, text };
}

describe('the request lines of clients', () => {
  it('integer ids, URLs with and without a slash in front, as a backup tool sends them', async () => {
    const other = await created(api, SCRIPTS, scriptBody({ displayName: 'Other' }));
    const answers = await batch([
      get(1, `deviceManagement/deviceManagementScripts/${script.id}`),
      get(2, `deviceManagement/deviceManagementScripts/${other.id}`),
      get(3, `/deviceManagement/deviceManagementScripts/${script.id}/assignments`),
    ]);
    expect(Object.keys(answers).map(Number)).toEqual([1, 2, 3]);
    expect(answers['1']).toMatchObject({ status: 200, headers: { 'Content-Type': expect.any(String) }, body: { id: script.id } });
    expect(answers['1']!.body.scriptContent).toEqual(expect.any(String));
    expect(answers['2']!.body.displayName).toBe('Other');
    expect(answers['3']).toMatchObject({ status: 200, body: { value: [] } });
    expect(answers['3']!.body['@odata.context']).toContain(script.id);
  });

  it('$top and $expand in a list, and $select behind a trailing slash', async () => {
    const answers = await batch([
      get('a', `deviceManagement/deviceManagementScripts?$top=999&$expand=assignments`),
      get('b', `/deviceManagement/deviceManagementScripts/${script.id}/?$select=displayName`),
    ]);
    expect(answers.a!.body.value[0]).toMatchObject({ assignments: [] });
    expect(answers.b!.body).toMatchObject({ displayName: 'Map drives' });
    expect(answers.b!.body).not.toHaveProperty('fileName');
  });

  it('URLs that nobody has encoded, with the version, and absolute', async () => {
    const answers = await batch([
      get(1, `${SCRIPTS}?$filter=displayName eq 'Map drives' and id eq '${script.id}'`),
      get(2, `/beta/${SCRIPTS}/${script.id}`),
      get(3, `${ORIGIN}/beta/${SCRIPTS}/${script.id}`),
      get(4, `${SCRIPTS}?$filter=displayName eq 'Ärger ☃'`),
    ]);
    expect(answers['1']!.body.value).toMatchObject([{ id: script.id }]);
    expect([answers['2']!.body.id, answers['3']!.body.id]).toEqual([script.id, script.id]);
    expect(answers['4']).toMatchObject({ status: 200, body: { value: [] } });
  });

  it('links of parts are absolute', async () => {
    const { made } = await batch([post('made', HARDWARE, hardwareBody())]);
    expect(made).toMatchObject({ status: 201, headers: { Location: `${ORIGIN}/beta/${HARDWARE}('${made!.body.id}')` } });
    expect(made!.headers.ETag).toMatch(/^W\//);
    for (let left = 2; left > 0; left--) await created(api, 'groups', groupBody({ displayName: 'g' }));
    const { page } = await batch([get('page', "groups?$top=1&$filter=displayName eq 'g'")]);
    const link = page!.body['@odata.nextLink'] as string;
    expect(link).toMatch(/^http:\/\/localhost:8080\/beta\/groups\?\S+$/);
    const { next } = await batch([get('next', link)]);
    expect(next!.body.value).toHaveLength(1);
  });
});

describe('a batch', () => {
  it('writes everything that depends on nothing in one commit', async () => {
    commits.length = 0;
    const answers = await batch(Array.from({ length: 20 }, (_, id) => post(id, 'users', { displayName: `u${id}` })));
    expect(Object.values(answers).map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(commits).toEqual([20]);
  });

  it('answers each part as the same request alone is answered', async () => {
    // What these write, none of them reads: so it does not matter which runs first.
    await api.request('PATCH', `${SCRIPTS}/${script.id}`, { body: { description: 'x' } });
    const lines = [
      ['GET', SCRIPTS],
      ['GET', `${SCRIPTS}?$filter=displayName%20eq%20%27x%27&$count=true`],
      ['GET', `${SCRIPTS}/${script.id}?$expand=assignments`],
      ['GET', `${SCRIPTS}/${script.id}/scriptContent/$value`],
      ['GET', `${SCRIPTS}/${script.id}/displayName/$value`],
      ['GET', `${SCRIPTS}/$count`],
      ['GET', '$metadata'],
      ['GET', ''],
      ['GET', `${SCRIPTS}/nobody`],
      ['GET', `${SCRIPTS}?$filter=nothing eq 1`.replaceAll(' ', '%20')],
      ['GET', 'no/such'],
      ['PUT', SCRIPTS],
      ['POST', HARDWARE, hardwareBody()],
      ['POST', SCRIPTS, { nonsense: true }],
      ['POST', `${SCRIPTS}/${script.id}/assign`, { deviceManagementScriptAssignments: [] }],
      ['PATCH', `${SCRIPTS}/${script.id}`, { description: 'x' }],
      ['PATCH', `${SCRIPTS}/${script.id}`, { displayName: 7 }],
      ['DELETE', `${SCRIPTS}/01a205e4-017c-7000-95ee-079789cd8d85`],
    ] as const;
    const headers = fc.constantFrom<Record<string, string>>(
      {},
      { Accept: 'application/json;odata.metadata=full' },
      { Prefer: 'muster.profile=service, odata.maxpagesize=1' },
      { 'If-Match': 'W/"other"' },
      { 'If-None-Match': '*' },
      { 'client-request-id': 'c', 'OData-MaxVersion': '4.01' },
      { 'Content-Type': 'text/plain' },
      { Prefer: 'maxpagesize=none' },
    );
    const parts = fc.array(fc.tuple(fc.constantFrom(...lines), headers), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(parts, async (drawn) => {
        const requests = drawn.map(([[method, url, body], own], id) => {
          const isText = own['Content-Type'] === 'text/plain';
          const content = body === undefined ? {} : { body: isText ? JSON.stringify(body) : body };
          return { id, method, url: `/${url}`, headers: { ...(body === undefined ? {} : JSON_HEADERS), ...own }, ...content };
        });
        const answers = await batch(requests);
        for (const { id, method, url, headers: own, ...content } of requests) {
          const lower = Object.fromEntries(Object.entries(own).map(([name, value]) => [name.toLowerCase(), value]));
          const alone = await api.request(method, `/beta${url}`, { headers: lower, ...content });
          expect(essence(aloneAs(answers[id]!)), url).toEqual(essence(alone));
        }
      }),
      { numRuns: propertyRuns(30) },
    );
  });

  it('hands its Accept, Prefer and client-request-id down, where a part has none of its own', async () => {
    const headers = { accept: 'application/json;odata.metadata=none', prefer: 'odata.continue-on-error', 'client-request-id': 'mine' };
    const answers = await batch([get(1, SCRIPTS), get(2, SCRIPTS, { headers: { ACCEPT: 'application/json' } })], { headers });
    expect(answers['1']!.body).not.toHaveProperty('@odata.context');
    expect(answers['2']!.body).toHaveProperty('@odata.context');
    expect(answers['2']!.headers['client-request-id']).toBe('mine');
  });

  it('serves /v1.0 too, and each version itself alone', async () => {
    const answers = await batch(
      [get(1, '/users'), get(2, '/v1.0/users'), get(3, SCRIPTS), get(4, '/beta/users'), get(5, `${ORIGIN}/beta/users`)],
      {},
      '/v1.0/%24batch/',
    );
    expect(Object.values(answers).map(({ status }) => status)).toEqual([200, 200, 400, 400, 400]);
  });
});

describe('a part', () => {
  it('runs behind those that it depends on, wherever they stand, and refers to what they have made', async () => {
    const answers = await batch([
      get('read', '/$Assigned/assignments', { dependsOn: ['assigned'] }),
      {
        ...post('assigned', '$made/assign', {
          deviceManagementScriptAssignments: [{ target: { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' } }],
        }),
        dependsOn: ['MADE'],
      },
      post('made', SCRIPTS, scriptBody({ displayName: 'Made by a batch' })),
      get('list', '$made/assignments', { dependsOn: ['made', 'assigned'] }),
      get('again', '$made?$select=displayName', { dependsOn: ['made', 'list'] }),
      get('copy', '/$again/fileName/$value', { dependsOn: ['again'] }),
    ]);
    expect(answers.made!.status).toBe(201);
    expect(answers.assigned!.status).toBe(204);
    expect(answers.assigned).not.toHaveProperty('body');
    expect(answers.list!.body.value).toHaveLength(1);
    expect(answers.again!.body.displayName).toBe('Made by a batch');
    expect(answers.copy!.body).toBe('map.ps1');
    // An action is no entity: nothing lies below its URL.
    expectRefusal(aloneAs(answers.read!), { status: 400, code: 'unknownSegment' });
  });

  it('does not run where one that it depends on has failed, and fails nobody else', async () => {
    const answers = await batch([
      post('bad', SCRIPTS, { displayName: 1 }),
      { ...post('child', 'groups', groupBody({ displayName: 'never' })), dependsOn: ['bad'] },
      { ...post('grandchild', 'groups', groupBody({ displayName: 'never' })), dependsOn: ['child'] },
      post('other', 'groups', groupBody({ displayName: 'made' })),
    ]);
    expect(answers.bad!.status).toBe(400);
    expectRefusal(aloneAs(answers.child!), { status: 424, code: 'failedDependency', says: "'bad'" });
    expectRefusal(aloneAs(answers.grandchild!), { status: 424, code: 'failedDependency', says: "'child'" });
    expect(answers.other!.status).toBe(201);
    const names = (await rowsOf(api, 'groups')).map(({ displayName }) => displayName);
    expect(names).toContain('made');
    expect(names).not.toContain('never');
  });

  it.each<[string, string, Refusal]>([
    ['elsewhere', 'https://graph.microsoft.com/beta/users', { status: 400, code: 'invalidUrl' }],
    ['to another host by two slashes', '//localhost:8080/beta/users', { status: 400, code: 'invalidUrl' }],
    ['to a batch', '/$batch', { status: 400, code: 'invalidUrl' }],
    ['to a batch in disguise', `${ORIGIN}/beta/%24BATCH/?x`, { status: 400, code: 'invalidUrl' }],
    ['to no part', '$nobody/assign', { status: 400, code: 'unknownSegment' }],
    ['too far', `users?$filter=id eq '${'a'.repeat(20_000)}'`, { status: 414, code: 'urlTooLong' }],
  ])('whose URL leads %s is refused alone', async (_, url, refusal) => {
    const answers = await batch([post('bad', url, { requests: [] }), get('good', 'users?$top=1')]);
    expectRefusal(aloneAs(answers.bad!), refusal);
    expect(answers.good!.status).toBe(200);
  });

  it('has its media type judged by itself', async () => {
    const { text, xml } = await batch([
      { ...post('text', 'groups', {}), headers: { 'Content-Type': 'text/plain' }, body: 'x' },
      get('xml', '$metadata'),
    ]);
    expectRefusal(aloneAs(text!), { status: 415, code: 'unsupportedMediaType' });
    expect(aloneAs(xml!).text).toMatch(/^<\?xml/);
  });

  it('speaks for the caller of the batch, within what that one may do', async () => {
    const token = await api.token({ roles: ['User.Read.All'] });
    const other = await api.token({ roles: ['DeviceManagementScripts.Read.All'] });
    const answers = await batch(
      [
        get('may', 'users'),
        get('may not', SCRIPTS),
        get('same', 'users', { headers: { Authorization: `Bearer ${token}` } }),
        get('smuggler', SCRIPTS, { headers: { authorization: `Bearer ${other}` } }),
      ],
      { token },
    );
    expect(Object.values(answers).map(({ status }) => status)).toEqual([200, 403, 200, 400]);
    expectRefusal(aloneAs(answers['may not']!), { status: 403, code: 'insufficientScope' });
    expectRefusal(aloneAs(answers.smuggler!), { status: 400, code: 'invalidHeader', target: 'Authorization' });
  });
});

describe('refused as a whole is', () => {
  const attempt = (options: RequestOptions, method = 'POST', path = '$batch') => api.request(method, path, options);
  const body = { requests: [post(1, 'groups', groupBody({ displayName: 'refused' }))] };

  it('a batch without a valid token', async () => {
    expectRefusal(await attempt({ body, token: null }), { status: 401, code: 'missingToken' });
    expectRefusal(await attempt({ body, token: 'x' }), { status: 401, code: 'invalidToken' });
  });

  it.each([
    ['no body', {}, 'invalidBody'],
    ['broken JSON', { body: '{"requests":[' }, 'invalidJson'],
    ['a name twice', { body: '{"requests":[],"requests":[]}' }, 'duplicateProperty'],
    ['21 requests', { body: { requests: Array.from({ length: 21 }, (_, id) => get(id, 'users')) } }, 'invalidRequest'],
    ['If-Match', { body, headers: { 'if-match': '*' } }, 'invalidHeader'],
    ['repeatability', { body, headers: { 'repeatability-request-id': 'a' } }, 'invalidHeader'],
  ] as const)('one with %s', async (_, options, code) => {
    expectRefusal(await attempt(options), { status: 400, code });
  });

  it('nonsense of any kind, without a fault of the server', async () => {
    const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('GET', 'POST', '1', 'users', '$1/x', ['1'], { accept: '*/*' }));
    const part = fc.record({ id: value, method: value, url: value, headers: value, body: value, dependsOn: value }, { requiredKeys: [] });
    const near = fc.record(
      { id: fc.nat(3), method: fc.constantFrom('GET', 'Post'), url: fc.string(), dependsOn: fc.array(fc.nat(3), { maxLength: 2 }) },
      { requiredKeys: ['id', 'method', 'url'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(value, fc.record({ requests: fc.array(fc.oneof(part, near), { maxLength: 4 }) })), async (sent) => {
        const answer = await attempt({ body: JSON.stringify(sent) });
        expectHarmless(answer);
        for (const each of (answer.body.responses ?? []) as readonly PartAnswer[]) expectHarmless(aloneAs(each));
      }),
    );
  });

  it('one of which a part is malformed: nothing has run then', async () => {
    const answer = await attempt({ body: { requests: [...body.requests, { id: 2, method: 'GET' }] } });
    expectRefusal(answer, { status: 400, code: 'missingProperty', target: 'requests/1/url' });
    expect((await rowsOf(api, 'groups')).map(({ displayName }) => displayName)).not.toContain('refused');
  });

  it('another method, media type, format or option', async () => {
    const got = await attempt({}, 'GET');
    expectRefusal(got, { status: 405, code: 'methodNotAllowed' });
    expect(got.headers.allow).toBe('POST, OPTIONS');
    const multipart = { body: '--b', headers: { 'content-type': 'multipart/mixed; boundary=b' } };
    expectRefusal(await attempt(multipart), { status: 415, code: 'unsupportedMediaType' });
    expectRefusal(await attempt({ body, headers: { accept: 'multipart/mixed' } }), { status: 406, code: 'notAcceptable' });
    expectRefusal(await attempt({ body }, 'POST', '$batch?$top=1'), { status: 400, code: 'invalidQueryOption' });
  });
});

/** An answer without what differs between two of the same: ids of requests and of new entities, tags of these, the time of errors. */
function essence({ status, headers, text }: TestAnswer): object {
  const { 'request-id': _, etag: tag, ...others } = headers;
  const plain = (value: string): string =>
    value.replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, '{uuid}').replace(/"date":"[^"]*"/, '"date":""');
  const kept = Object.fromEntries(Object.entries(others).map(([name, value]) => [name, plain(value)]));
  const isJson = headers['content-type']?.startsWith('application/json') === true;
  return { status, headers: { ...kept, tagged: tag !== undefined }, body: isJson ? JSON.parse(plain(text)) : text };
}
