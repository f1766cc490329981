import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, type RequestOptions, startInProcessApi } from '../support/in-process-api.ts';
import { created, groupBody, groupTarget, HARDWARE, hardwareBody, rowsOf, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/**
 * The clauses of OData's conformance levels (Protocol §13), by their number, as far as no other suite is about them.
 * `docs/odata-conformance.md` has a row for each clause and names its test; the last test holds the page to that.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/odata-conformance.md'), 'utf8');
const GROUP = '22222222-2222-2222-2222-222222222222';

let api: InProcessApi;
let names: Readonly<Record<string, string>>;

beforeAll(async () => {
  api = await startInProcessApi();
  const hardware = (await created(api, HARDWARE, hardwareBody())).id;
  for (const deviceName of ['A', 'B', 'C']) {
    await created(api, `${HARDWARE}/${hardware}/deviceRunStates`, {
      deviceName,
      osVersion: deviceName === 'B' ? null : '10',
      internalVersion: 3,
    });
  }
  const script = (await created(api, SCRIPTS, scriptBody())).id;
  await created(api, `${SCRIPTS}/${script}/assignments`, groupTarget(GROUP));
  const device = (await created(api, 'deviceManagement/managedDevices', { deviceName: 'PC-1' })).id;
  await created(api, `${SCRIPTS}/${script}/deviceRunStates`, {});
  await created(api, `${SCRIPTS}/${script}/deviceRunStates`, {
    'managedDevice@odata.bind': `http://localhost:8080/beta/deviceManagement/managedDevices('${device}')`,
  });
  names = {
    '{id}': hardware,
    '{h}': `${HARDWARE}/${hardware}`,
    '{states}': `${HARDWARE}/${hardware}/deviceRunStates`,
    '{s}': `${SCRIPTS}/${script}`,
  };
});
afterAll(() => api.close());

const send = (request: string, options?: RequestOptions) => {
  const [, method, path] = /^(\S+) (.*)$/.exec(request)!;
  const target = Object.entries(names).reduce((text, [name, value]) => text.replaceAll(name, value), path!);
  return api.request(method!, target.replaceAll(' ', '%20'), options);
};
const get = async (path: string, headers = {}) => {
  const answer = await send(`GET ${path}`, { headers });
  expect(answer.status, answer.text).toBe(200);
  return answer;
};
/** The initials of the device states that a query leaves, in its order. */
const devices = async (query: string): Promise<string> =>
  (await get(`{states}?${query}`)).body.value.map(({ deviceName }: { deviceName: string }) => deviceName).join('');

describe('4.0 minimal', () => {
  it('A1-1 service document', async () => {
    for (const path of ['/beta', '/beta/', '/v1.0']) {
      const { body } = await get(path);
      expect(body.value.length).toBeGreaterThan(0);
      for (const item of body.value)
        expect(item).toMatchObject({
          name: expect.any(String),
          kind: expect.stringMatching(/^(EntitySet|Singleton)$/),
          url: expect.any(String),
        });
    }
    expect((await send('GET /beta?$filter=x')).status).toBe(400);
    expect((await send('GET /beta/$metadata?$top=1')).status).toBe(400);
  });

  it('A1-3 next links are the only paging', async () => {
    const { body } = await get('{states}?$top=2&$orderby=deviceName');
    const rest = await get(body['@odata.nextLink'].slice('http://localhost:8080'.length));
    expect([...body.value, ...rest.body.value].map(({ deviceName }) => deviceName)).toEqual(['A', 'B', 'C']);
  });

  it('A1-4 OData-Version on every answer', async () => {
    for (const request of [
      'GET /beta',
      'GET /beta/$metadata',
      'GET {h}',
      'GET {h}/$count',
      'GET /beta/x',
      'OPTIONS {h}',
      'DELETE {states}/x',
      'GET {states}/$count',
    ]) {
      expect((await send(request)).headers['odata-version'], request).toBe('4.0');
    }
  });

  it('A1-5.1 no charset unless asked for', async () => {
    for (const accept of ['application/json', '*/*', 'application/json;odata.metadata=full']) {
      expect((await get('{h}', { accept })).headers['content-type']).not.toContain('charset');
    }
    expect((await send('GET {h}', { headers: { accept: 'application/json;unknown=1' } })).status).toBe(406);
  });

  it('A1-5.2 OData-MaxVersion', async () => {
    for (const [asked, answered] of [
      ['4.0', '4.0'],
      ['4.01', '4.01'],
      ['5.0', '4.01'],
    ] as const) {
      expect((await get('{h}', { 'odata-maxversion': asked })).headers['odata-version']).toBe(answered);
    }
    for (const asked of ['3.0', '2.0']) expect((await send('GET {h}', { headers: { 'odata-maxversion': asked } })).status).toBe(400);
  });

  it('A1-6 custom options mean nothing, unknown system options are refused', async () => {
    expect((await get('{states}?x=1&_=2')).body).toEqual((await get('{states}')).body);
    for (const option of ['$x=1', '$deltatoken=1', '$index=1']) expect((await send(`GET {states}?${option}`)).status, option).toBe(400);
  });

  it('A1-8 numbers that JSON does not have', async () => {
    for (const totalStorageSpaceInBytes of ['NaN', 'INF', 1.5]) {
      expect((await send('POST deviceManagement/managedDevices', { body: { totalStorageSpaceInBytes } })).status).toBe(400);
    }
  });

  it('A1-10 PATCH merges, and PUT is not offered', async () => {
    const before = (await get('{h}')).body;
    const { body, status } = await send('PATCH {h}', { body: { description: 'merged' } });
    expect([status, body]).toEqual([200, { ...before, description: 'merged', lastModifiedDateTime: body.lastModifiedDateTime }]);
    const put = await send('PUT {h}', { body: hardwareBody() });
    expect([put.status, put.headers.allow]).toEqual([405, 'GET, HEAD, PATCH, DELETE, OPTIONS']);
  });

  it('A1-15 literals with the name of their type', async () => {
    expect(await devices("$filter=configurationState eq microsoft.graph.runState'unknown'&$orderby=deviceName")).toBe('ABC');
    expect((await send("GET {states}?$filter=duration'PT1S' eq duration'PT1S'")).status).toBe(200);
  });

  it('A1-18 the URL to read is the URL to edit', async () => {
    const full = await get('{h}', { accept: 'application/json;odata.metadata=full' });
    expect(full.body['@odata.editLink']).toBe(full.body['@odata.id']);
    expect((await send(`PATCH ${full.body['@odata.editLink'].slice('http://localhost:8080'.length)}`, { body: {} })).status).toBe(200);
  });

  it('A1-20 POST to a navigation creates and links', async () => {
    const { status, body, headers } = await send('POST {s}/userRunStates', { body: { userPrincipalName: 'a@b.c' } });
    expect(status).toBe(201);
    expect(headers.location).toContain(`/userRunStates('${body.id}')`);
    expect((await rowsOf(api, `${names['{s}']}/userRunStates`)).map(({ id }) => id)).toContain(body.id);
  });

  it('A1-21 references can be added and removed', async () => {
    const group = (await created(api, 'groups', groupBody({ displayName: 'G' }))).id;
    const user = (await created(api, 'users', { displayName: 'U', userPrincipalName: 'u@example.com' })).id;
    const reference = { '@odata.id': `http://localhost:8080/beta/users/${user}` };
    expect((await send(`POST groups/${group}/members/$ref`, { body: reference })).status).toBe(204);
    expect(await rowsOf(api, `groups/${group}/members`)).toMatchObject([{ id: user }]);
    expect((await send(`DELETE groups/${group}/members/${user}/$ref`)).status).toBe(204);
    expect(await rowsOf(api, `groups/${group}/members`)).toEqual([]);
  });

  it('A1-26 If-Match on reads, updates, actions and deletes', async () => {
    const path = `${HARDWARE}/${(await created(api, HARDWARE, hardwareBody())).id}`;
    const tag = (await get(path)).headers.etag!;
    const body = { description: 'x' };
    for (const stale of ['W/"x"', '"a", W/"b"']) {
      for (const request of [`GET ${path}`, `PATCH ${path}`, `POST ${path}/assign`, `DELETE ${path}`]) {
        const answer = await send(request, { headers: { 'if-match': stale }, ...(request.startsWith('PATCH') ? { body } : {}) });
        expect(answer.status, request).toBe(412);
      }
    }
    expect((await get(path)).headers.etag).toBe(tag);
    expect((await send(`GET ${path}`, { headers: { 'if-match': tag } })).status).toBe(200);
    expect((await send(`POST ${path}/assign`, { headers: { 'if-match': tag }, body: {} })).status).toBe(200);
    expect((await send(`PATCH ${path}`, { headers: { 'if-match': '*' }, body })).status).toBe(200);
    expect((await send(`POST ${path}/assign`, { headers: { 'if-none-match': '*' }, body: {} })).status).toBe(412);
    expect((await send(`DELETE ${path}`, { headers: { 'if-match': (await get(path)).headers.etag! } })).status).toBe(204);
  });

  it('A1-29 PATCH of what does not exist creates nothing', async () => {
    for (const id of ['00000000-0000-4000-8000-000000000001', 'x']) {
      expect((await send(`PATCH ${HARDWARE}/${id}`, { body: hardwareBody() })).status).toBe(404);
    }
  });

  it('A1-30 properties are written through their entity alone', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const answer = await send(`${method} {h}/description`, { body: { value: 'x' } });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
    }
  });
});

describe('4.0 intermediate', () => {
  it('A2-4 casts to derived types', async () => {
    const { body } = await get('{s}/assignments/microsoft.graph.deviceManagementScriptAssignment');
    const cast = 'target/microsoft.graph.groupAssignmentTarget';
    expect((await get(`{s}/assignments/${encodeURIComponent(body.value[0].id)}/${cast}/groupId`)).body.value).toBe(GROUP);
    expect((await get(`{s}/assignments?$filter=${cast}/groupId eq '${GROUP}'`)).body.value).toHaveLength(1);
  });

  it('A2-7.3 operators and functions that are not offered are refused', async () => {
    for (const filter of [
      "lastStateUpdateDateTime mul duration'P1D' gt now()",
      'lastStateUpdateDateTime add lastStateUpdateDateTime gt now()',
      'geo.distance(a,b) lt 1',
      'case(true:1) eq 1',
      'configurationState add 1 eq 2',
    ]) {
      const answer = await send(`GET {states}?$filter=${filter}`);
      expect([answer.status, answer.body.error?.innerError.code], filter).toEqual([400, 'unsupportedQueryOption']);
    }
  });

  it('A2-16 $count as a segment honours $filter and $search', async () => {
    for (const [query, count] of [
      ['', '3'],
      ["?$filter=deviceName ne 'A'", '2'],
      ['?$search=B', '1'],
    ] as const) {
      const answer = await get(`{states}/$count${query}`);
      expect([answer.text, answer.headers['content-type']]).toEqual([count, 'text/plain']);
    }
  });

  it('A2-17 null sorts below every value', async () => {
    expect(await devices('$orderby=osVersion,deviceName')).toBe('BAC');
    expect(await devices('$orderby=osVersion desc,deviceName')).toBe('ACB');
  });
});

describe('4.01', () => {
  it('B-min-4 names with and without prefix', async () => {
    for (const prefix of ['', 'odata.']) {
      const headers = { prefer: `${prefix}maxpagesize=2`, accept: `application/json;${prefix}metadata=none` };
      const { body } = await get('{states}', headers);
      expect([body.value.length, body['@odata.context']]).toEqual([2, undefined]);
    }
    for (const name of ['isolation', 'odata-isolation'])
      expect((await send('GET {h}', { headers: { [name]: 'snapshot' } })).status).toBe(412);
  });

  it('B-min-6 B-min-7 options without $, names in any case', async () => {
    for (const query of [
      "$filter=deviceName eq 'A'",
      "filter=deviceName eq 'A'",
      "FILTER=DeviceName EQ 'A'",
      "%24Filter=StartsWith(DEVICENAME,'A') AND NOT (deviceName eq 'B')",
    ]) {
      expect(await devices(query), query).toBe('A');
    }
    expect(await devices('TOP=1&OrderBy=devicename DESC')).toBe('C');
  });

  it('B-min-8 names come back as the metadata has them', async () => {
    const { body } = await get('{h}?$select=DISPLAYNAME,VERSION');
    expect(Object.keys(body).filter((name) => !name.startsWith('@'))).toEqual(['id', 'version', 'displayName']);
    expect(body['@odata.context']).toContain('(displayName,version)');
  });

  it('B-min-9a B-min-9b texts stand for values of other types', async () => {
    for (const filter of [
      "configurationState eq 'unknown'",
      "lastStateUpdateDateTime gt '2020-01-01T00:00:00Z'",
      "internalVersion eq '3'",
      "internalVersion add '1' eq 4",
    ]) {
      expect(await devices(`$filter=${filter}&$orderby=deviceName`), filter).toBe('ABC');
    }
  });

  it('B-min-9f aliases for keys', async () => {
    const id = names['{id}'];
    for (const path of [
      "(@k)?@k='{id}'",
      "(id=@k)?@k='{id}'",
      "(%40k)/displayName?@k='{id}'",
      "(@k)/deviceRunStates?$filter=deviceName eq @n&@n='A'&@k='{id}'",
      '(@k)?@k={id}',
    ]) {
      const { body } = await get(`${HARDWARE}${path}`);
      expect(JSON.stringify(body)).toContain(id);
    }
    const odd = "%00/\\'' ";
    const answer = await send(`GET ${HARDWARE}(@k)?@k='${encodeURIComponent(odd)}'`);
    expect([answer.status, answer.body.error.message]).toEqual([404, expect.stringContaining("%00/\\' ")]);
    for (const query of ['', '?@k=', '?@k=@k', '?@k=1', '?@k=null'])
      expect((await send(`GET ${HARDWARE}(@k)${query}`)).status, query).toBe(400);
    expect((await send("OPTIONS deviceManagement/hardwareConfigurations(@k)?@k='x'")).headers.allow).toBe(
      'GET, HEAD, PATCH, DELETE, OPTIONS',
    );
  });

  it('B-min-9h a single navigation compared with null', async () => {
    const of = async (filter: string): Promise<number> => (await get(`{s}/deviceRunStates?$filter=${filter}`)).body.value.length;
    expect([await of('managedDevice eq null'), await of('managedDevice ne null')]).toEqual([1, 1]);
  });

  it('B-min-9i B-min-9j B-min-9k in, divby, substring from the end', async () => {
    expect(await devices("$filter=deviceName in ('A','C')&$orderby=deviceName")).toBe('AC');
    expect(await devices('$filter=internalVersion divby 2 eq 1.5 and internalVersion div 2 eq 1&$orderby=deviceName')).toBe('ABC');
    expect(await devices("$filter=substring(concat(deviceName,'xyz'),-3,2) eq 'xy' and substring(concat('x',deviceName),-1) eq 'B'")).toBe(
      'B',
    );
    expect((await send("GET {states}?$filter=substring(deviceName,0,-1) eq ''")).status).toBe(400);
  });

  it('B-int-5 $select of parts, nested and as paths', async () => {
    const target = { '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId: GROUP };
    for (const select of [
      'target($select=groupId)',
      'target/groupId',
      'TARGET/GROUPID',
      'target/microsoft.graph.groupAssignmentTarget/groupId',
      'target($select=microsoft.graph.groupAssignmentTarget/groupId)',
    ]) {
      const { body } = await get(`{s}/assignments?$select=id,${select}`);
      expect(body.value, select).toEqual([expect.objectContaining({ id: expect.any(String), target })]);
      expect(body['@odata.context'], select).toMatch(/\(id,target\/(microsoft\.graph\.groupAssignmentTarget\/)?groupId\)$/);
    }
    const whole = await get('{s}/assignments?$select=target/groupId,target');
    expect(Object.keys(whole.body.value[0].target).length).toBeGreaterThan(2);
    expect(whole.body['@odata.context']).toMatch(/\(target\)$/);
    const nested = await get('{s}?$expand=assignments($select=target/groupId)');
    expect(nested.body.assignments[0].target).toEqual(target);
    for (const [select, code] of [
      ['target/colour', 'invalidQueryOption'],
      ['target/microsoft.graph.runSchedule/x', 'invalidQueryOption'],
      ['id/x', 'unsupportedQueryOption'],
      ['target($top=1)', 'unsupportedQueryOption'],
    ]) {
      expect((await send(`GET {s}/assignments?$select=${select}`)).body.error?.innerError.code, select).toBe(code);
    }
  });
});

describe('docs/odata-conformance.md', () => {
  /** `clause | what it asks | what Muster does | test`. */
  const rows = [...PAGE.matchAll(/^\| ([AB][\w.–-]*(?:, [AB\d][\w.–-]*)*) \| (.*) \| (.*) \| (.*) \|$/gm)].map(([, clause, , , test]) => ({
    clause: clause!,
    test: test!,
  }));

  it('has a row for each clause of the levels that it claims', () => {
    const clauses = rows.flatMap(({ clause }) => clause.split(', '));
    expect(new Set(clauses).size).toBe(clauses.length);
    const numbered = (prefix: string, numbers: readonly (number | string)[]) => numbers.map((number) => `${prefix}-${number}`);
    expect(clauses).toEqual(
      expect.arrayContaining([
        ...numbered('A1', [1, 2, 3, 4, '5.1', '5.2', 6, 7, 8, 9, 10, 12, 13, 14, 15, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
        ...numbered('A2', [2, 3, 4, 5, 6, '7.1', '7.2', '7.3', '7.4', '7.5', 11, 12, 13, 15, 16, 17]),
        ...numbered('B-min', [4, 5, 6, 7, 8, '9a', '9b', '9c', '9d', '9e', '9f', '9h', '9i', '9j', '9k', '9l']),
        ...numbered('B-int', [3, 4, 5]),
      ]),
    );
  });

  it('names a test that exists for each of them', () => {
    for (const { clause, test } of rows) {
      if (test === '–') continue; // not offered, as the row says
      const named = [...test.matchAll(/`([\w./-]+\.test\.ts)` “([^”]+)”/g)];
      expect(named.length, clause).toBeGreaterThan(0);
      for (const [, file, name] of named) {
        expect(existsSync(join(ROOT, file!)), `${clause}: ${file}`).toBe(true);
        const source = readFileSync(join(ROOT, file!), 'utf8');
        const literals = ["'", '"', '`'].map((quote) => quote + name! + quote);
        expect(
          literals.some((literal) => source.includes(literal)),
          `${clause}: ${file} has no test “${name}”`,
        ).toBe(true);
      }
    }
  });

  it('names each clause test of this file', () => {
    const own = [...readFileSync(fileURLToPath(import.meta.url), 'utf8').matchAll(/^ {2}it\('((?:A1|A2|B-)[^']*)'/gm)].map(
      ([, name]) => name!,
    );
    expect(own.length).toBeGreaterThan(20);
    for (const name of own) expect(PAGE).toContain(`“${name}”`);
  });
});
