import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operationOn } from '../../src/api/operations/table.ts';
import { resourceAt } from '../../src/api/request/resolve.ts';
import type { ComplexType } from '../../src/edm/declare.ts';
import { shapeOf } from '../../src/edm/link.ts';
import { deviceComplianceScriptRuleError } from '../../src/model/device-compliance-policy.ts';
import { allPermissions, model, modelV1 } from '../../src/model/index.ts';
import { openApiText } from '../../src/server/routes/describe-api.ts';
import { type InProcessApi, type RequestOptions, startInProcessApi, type TestAnswer } from '../support/in-process-api.ts';
import { type DescribedOperation, OpenApiDocument } from '../support/openapi-document.ts';
import {
  CUSTOM_ATTRIBUTES,
  customAttributeBody,
  FILTERS,
  groupBody,
  groupTarget,
  HARDWARE,
  hardwareBody,
  SCRIPTS,
  SHELL_SCRIPTS,
  scriptBody,
  shellScriptBody,
} from '../support/sample-bodies.ts';
import { filterBody } from '../support/sample-filters.ts';
import { published } from '../support/surface-facts.ts';

/** The OpenAPI document: well made, complete, and true of what is served. */

const SETTINGS = { profile: 'docs', scopeNames: 'both', issuer: undefined } as const;
const textOf = (version: string, changes: object = {}): string => openApiText(version, { ...SETTINGS, ...changes });
const beta = new OpenApiDocument(JSON.parse(textOf('beta')));
const v1 = new OpenApiDocument(JSON.parse(textOf('v1.0')));
const VERSIONS = [
  ['beta', beta],
  ['v1.0', v1],
] as const;

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());

describe('the document', () => {
  it.each([
    ['beta', {}],
    ['v1.0', {}],
    ['beta', { profile: 'service', scopeNames: 'current', issuer: 'https://issuer.example/' }],
  ])('passes a public linter: %s %j', async (version, changes) => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const problems = await lintFromString({ source: textOf(version, changes), absoluteRef: 'openapi.json', config });
    expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual([]);
  });

  it.each(VERSIONS)('names each operation once: %s', (_, document) => {
    const ids = document.operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[\w$]+(\.[\w$]+)*$/);
  });

  it('names the same operation alike in every version, whatever else is there', () => {
    for (const { method, template, operationId } of v1.operations)
      expect(beta.operations.find((other) => other.method === method && other.template === template)).toMatchObject({ operationId });
    expect(beta.find('POST', '/deviceManagement/deviceManagementScripts/x/userRunStates')?.operationId).toBe(
      'deviceManagement.deviceManagementScripts.userRunStates.create',
    );
  });

  it('follows the profile and the permission names that the server has', () => {
    const document = new OpenApiDocument(JSON.parse(textOf('beta', { profile: 'service', scopeNames: 'current' })));
    const script = '/deviceManagement/deviceManagementScripts/x';
    expect(Object.keys(document.find('DELETE', script)!.responses)[0]).toBe('200');
    expect(Object.keys(beta.find('DELETE', script)!.responses)[0]).toBe('204');
    expect(document.find('PATCH', script)!.permissions).toEqual(['DeviceManagementScripts.ReadWrite.All']);
    expect(beta.find('PATCH', script)!.permissions).toContain('DeviceManagementConfiguration.ReadWrite.All');
  });
});

it('no complex type is declared both through its base and alone, as one schema could not serve both', () => {
  const declared = [...model.entityTypes, ...model.complexTypes].flatMap((type) => shapeOf(type).visible.map(({ type: of }) => of));
  const alone = declared.filter((type) => typeof type === 'object' && type.kind === 'complex' && type.base !== undefined);
  const doubtful = alone.filter((type) => model.concreteTypes(type as ComplexType).length === 1);
  // Values of this one are only ever answered, and always name their type.
  expect(doubtful.filter((type) => type !== deviceComplianceScriptRuleError)).toEqual([]);
});

describe('over HTTP', () => {
  it.each(['beta', 'v1.0'])('is served to anybody, with a tag: %s', async (version) => {
    const path = `/${version}/openapi.json`;
    const first = await api.request('GET', path, { token: null });
    expect(first).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(first.body).toEqual(JSON.parse(textOf(version)));
    const { etag } = first.headers;
    expect(await api.request('GET', path, { token: null, headers: { 'if-none-match': etag! } })).toMatchObject({ status: 304, text: '' });
    expect((await api.request('GET', path, { token: null, headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    expect((await api.request('POST', path, { token: null })).status).toBe(405);
  });
});

/** A request line of an operation, on entities that do not exist. */
const sampleOf = (template: string): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'property' ? 'id' : '00000000-0000-0000-0000-000000000009'));

const codeOf = (answer: TestAnswer): unknown => (answer.body as { error?: { innerError?: { code?: unknown } } })?.error?.innerError?.code;

/** With a body that fits nothing, so that nothing comes of it. */
const attempt = async (
  version: string,
  { method, template }: Pick<DescribedOperation, 'method' | 'template'>,
  options: RequestOptions = {},
) =>
  api.request(method, `/${version}${sampleOf(template)}`, {
    // Applications are nobody's `me`.
    ...(template.startsWith('/me') ? { token: await api.token({ userPrincipalName: 'me@example.com' }) } : {}),
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: { 'no such property': 1 } }),
    ...options,
  });

describe.each(VERSIONS)('what is served below %s', (version, document) => {
  it('is what is described: these methods of these paths, and no others', async () => {
    const wrong: string[] = [];
    for (const template of Object.keys(document.json.paths)) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        const isDescribed = document.operations.some((operation) => operation.template === template && operation.method === method);
        const answer = await attempt(version, { method, template });
        if ((codeOf(answer) !== 'methodNotAllowed' && codeOf(answer) !== 'unknownSegment') !== isDescribed)
          wrong.push(`${method} ${template}: ${answer.status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('needs the permissions that are described, any one of them', async () => {
    const tokens = new Map<string, Promise<string>>();
    const tokenOf = (roles: readonly string[]): Promise<string> => {
      const key = roles.join();
      tokens.set(key, tokens.get(key) ?? api.token({ roles }));
      return tokens.get(key)!;
    };
    const wrong: string[] = [];
    for (const operation of document.operations.filter(({ operationId }) => operationId !== 'batch')) {
      const { permissions } = operation;
      expect(permissions.length, operation.operationId).toBeGreaterThan(0);
      const others = allPermissions.filter((name) => !permissions.includes(name));
      if ((await attempt(version, operation, { token: await tokenOf(others) })).status !== 403) wrong.push(operation.operationId);
      for (const name of permissions)
        if ((await attempt(version, operation, { token: await tokenOf([name]) })).status === 403)
          wrong.push(`${operation.operationId} ${name}`);
    }
    expect(wrong).toEqual([]);
  });

  it('is closed without a token, and to a forged one', async () => {
    const forged = (await api.token()).replace(/[^.]+$/, (signature) => signature.split('').reverse().join(''));
    for (const token of [null, forged]) {
      const open: string[] = [];
      for (const operation of document.operations)
        if ((await attempt(version, operation, { token })).status !== 401) open.push(operation.operationId);
      expect(open).toEqual([]);
    }
    expect(document.operations.length).toBeGreaterThan(100);
  });

  it('takes the query options that are described, and refuses the others', async () => {
    const options = Object.entries({
      $filter: "id eq 'x'",
      $search: '"x"',
      $orderby: 'id',
      $select: 'id',
      $expand: '*',
      $top: '1',
      $skip: '1',
      $count: 'true',
      $skiptoken: 'x',
    });
    const wrong: string[] = [];
    for (const operation of document.operations) {
      for (const [name, value] of options) {
        const answer = await attempt(version, { ...operation, template: `${operation.template}?${name}=${encodeURIComponent(value)}` });
        const isRefused = ['invalidQueryOption', 'unsupportedQueryOption'].includes(String(codeOf(answer)));
        if (isRefused === operation.parameters.includes(name)) wrong.push(`${operation.operationId} ${name}: ${answer.text}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

it('every published operation that is served is described', () => {
  const missing: string[] = [];
  let served = 0;
  for (const [served_, document] of [
    [model, beta],
    [modelV1, v1],
  ] as const) {
    for (const { method, path } of published) {
      const plain = path.replaceAll(/\{\w+\}/g, 'x');
      if (!isServed(served_, method, plain)) continue;
      served += 1;
      const withoutCasts = plain.replaceAll(/\/microsoft\.graph\.\w+(?=\/)/g, ''); // the document leaves them out
      if (document.find(method, withoutCasts) === undefined) missing.push(`${method} ${path}`);
    }
  }
  expect(missing).toEqual([]);
  expect(served).toBeGreaterThan(60);
});

/** Whether the router knows a request; paths over more than one reference are left out of the document. */
function isServed(served: typeof model, method: string, path: string): boolean {
  try {
    const resource = resourceAt(served, { path, query: '' });
    operationOn(resource, method);
    return resource.steps.filter(({ source }) => 'contained' in source && !source.contained).length < 2;
  } catch {
    return false;
  }
}

describe('what is answered', () => {
  /** Sends a request whose body and answer must be as described. */
  async function send(method: string, path: string, body?: object): ReturnType<InProcessApi['request']> {
    const answer = await api.request(method, path, body === undefined ? {} : { body });
    beta.expectPromised(method, `/${path}`, answer);
    const schema = beta.find(method, `/${path}`)?.requestSchema;
    if (body !== undefined && answer.status < 300) beta.expectFit(schema!, body);
    return answer;
  }

  /** A policy and one of everything below it. */
  async function policy(root: string, body: object, user: object): Promise<string> {
    const path = `${root}/${(await send('POST', root, body)).body.id}`;
    await send('POST', `${path}/assignments`, groupTarget('g1'));
    await send('POST', `${path}/userRunStates`, user);
    await send('POST', `${path}/deviceRunStates`, root === HARDWARE ? { ...user, configurationState: 'fail' } : { runState: 'fail' });
    return path;
  }

  const below = ['assignments', 'deviceRunStates', 'userRunStates'];
  const ofScript = { user: { userPrincipalName: 'a@example.com' }, collections: [...below, 'groupAssignments'] };

  it.each([
    { root: HARDWARE, body: hardwareBody(), user: { upn: 'a@example.com' }, collections: below },
    { root: SCRIPTS, body: scriptBody(), ...ofScript },
    { root: SHELL_SCRIPTS, body: shellScriptBody(), ...ofScript },
    { root: CUSTOM_ATTRIBUTES, body: customAttributeBody(), ...ofScript },
  ])('fits the schemas: $root', async ({ root, body, user, collections }) => {
    const path = await policy(root, body, user);
    await send('GET', root);
    await send('GET', `${root}?$expand=*&$count=true&$top=1`);
    await send('GET', `${root}/$count`);
    await send('GET', path);
    await send('GET', `${path}?$expand=*`);
    await send('GET', `${path}/displayName`);
    await send('GET', `${path}/description`);
    await send('GET', `${path}/${root === HARDWARE ? 'configurationFileContent' : 'scriptContent'}/$value`);
    await send('PATCH', path, { description: 'changed' });
    await send('PATCH', path, { colour: 1 });
    await send('PATCH', `${path}/runSummary`, { errorUserCount: 1 });
    await send('GET', `${path}/runSummary`);
    await send('DELETE', `${path}/runSummary`);
    for (const name of collections) {
      await send('GET', `${path}/${name}/$count`);
      const { body: page } = await send('GET', `${path}/${name}`);
      const item = `${path}/${name}/${encodeURIComponent(page.value[0].id)}`;
      await send('GET', item);
      await send('GET', `${path}/${name}/00000000-0000-0000-0000-000000000009`);
      await send('PATCH', item, { id: 'ignored' });
    }
    const list = root === HARDWARE ? 'hardwareConfigurationAssignments' : 'deviceManagementScriptAssignments';
    await send('POST', `${path}/assign`, { [list]: [groupTarget('g2')] });
    await send('POST', `${path}/assign`, { [list]: 1 });
    await send('DELETE', path);
    await send('DELETE', path);
  });

  it('fits the schemas: the directory and devices', async () => {
    const user = (await send('POST', 'users', { userPrincipalName: 'b@example.com' })).body.id;
    const device = (await send('POST', 'deviceManagement/managedDevices', { deviceName: 'PC', userPrincipalName: 'b@example.com' })).body
      .id;
    const group = `groups/${(await send('POST', 'groups', groupBody())).body.id}`;
    for (const id of [`users/${user}`, `deviceManagement/managedDevices/${device}`])
      await send('POST', `${group}/members/$ref`, { '@odata.id': id });
    await send('POST', `${group}/members/$ref`, { '@odata.id': 'users/nobody' });
    for (const path of ['members', 'members/$ref', 'members/$count']) await send('GET', `${group}/${path}`);
    await send('DELETE', `${group}/members/${user}/$ref`);
    await send('GET', 'deviceManagement');
    await send('GET', `deviceManagement/managedDevices/${device}`);
    await send('GET', `deviceManagement/managedDevices/${device}/users`);
    const script = `${SCRIPTS}/${(await send('POST', SCRIPTS, scriptBody())).body.id}`;
    const state = await send('POST', `${script}/deviceRunStates`, {
      'managedDevice@odata.bind': `deviceManagement/managedDevices/${device}`,
    });
    await send('GET', `${script}/deviceRunStates/${state.body.id}?$expand=managedDevice`);
    await send('GET', `${script}/deviceRunStates/${state.body.id}/managedDevice`);
    await send('POST', `${SCRIPTS}/hasPayloadLinks`, { payloadIds: ['x'] });
  });

  it('fits the schemas: operations and batches', async () => {
    const filter = `${FILTERS}/${(await send('POST', FILTERS, filterBody())).body.id}`;
    await send('GET', FILTERS);
    await send('GET', filter);
    await send('GET', `${filter}/getSupportedProperties`);
    await send('GET', `${FILTERS}/getState`);
    await send('GET', `${FILTERS}/getPlatformSupportedProperties(platform='macOS')?$top=2&$filter=isCollection eq false`);
    await send('POST', `${FILTERS}/validateFilter`, { deviceAndAppManagementAssignmentFilter: filterBody() });
    await send('POST', 'deviceManagement/evaluateAssignmentFilter', { data: { platform: 'macOS', rule: '(device.deviceName -eq "x")' } });
    const requests = [
      { id: 1, method: 'GET', url: `/${FILTERS}` },
      { id: '2', method: 'POST', url: SCRIPTS, headers: { 'content-type': 'application/json' }, body: scriptBody(), dependsOn: ['1'] },
    ];
    expect((await send('POST', '$batch', { requests })).body.responses).toHaveLength(2);
    await send('POST', '$batch', { requests: [] });
  });

  it('is refused where the schemas say so', async () => {
    const create = beta.find('POST', `/${HARDWARE}`)!.requestSchema!;
    expect(() => beta.expectFit(create, { displayName: 'no file' })).toThrow();
    expect(() => beta.expectFit(create, hardwareBody({ displayName: 'x'.repeat(151) }))).toThrow();
    expect(() => beta.expectFit(create, hardwareBody({ hardwareConfigurationFormat: 'acme' }))).toThrow();
    expect(() => beta.expectFit(create, hardwareBody({ version: 'one' }))).not.toThrow(); // the server's own, and ignored
    const assign = beta.find('POST', `/${SCRIPTS}/x/assignments`)!.requestSchema!;
    expect(() => beta.expectFit(assign, { target: { '@odata.type': '#microsoft.graph.noTarget', groupId: 'g' } })).toThrow();
    expect(() => beta.expectFit(assign, { target: 'everybody' })).toThrow();
  });
});
