import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, createdPath, groupTarget, HARDWARE, hardwareBody, rowsOf, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** All the ways in which a path may name the same thing, and what stands behind it: counts, values, properties, actions. */

let api: InProcessApi;
let id: string;
let scriptId: string;
let assignmentId: string;

const GROUP = '22222222-2222-2222-2222-222222222222';

beforeAll(async () => {
  api = await startInProcessApi();
  await created(api, 'deviceManagement/roleScopeTags', { displayName: 'One' });
  id = (await created(api, HARDWARE, hardwareBody({ description: null, roleScopeTagIds: ['0', '1'] }))).id;
  scriptId = (await created(api, SCRIPTS, scriptBody())).id;
  assignmentId = (await created(api, `${HARDWARE}/${id}/assignments`, groupTarget(GROUP))).id;
  await created(api, `${HARDWARE}/${id}/deviceRunStates`, { deviceName: 'PC-1' });
});
afterAll(() => api.close());

const get = (path: string, headers = {}) =>
  api.request('GET', path.replaceAll('{id}', id).replaceAll('{a}', encodeURIComponent(assignmentId)), { headers });

describe('one entity', () => {
  it.each([
    `${HARDWARE}/{id}`,
    `${HARDWARE}/{id}/`,
    `${HARDWARE}('{id}')`,
    `${HARDWARE}('{id}')/`,
    `${HARDWARE}({id})`,
    `${HARDWARE}(id='{id}')`,
    `${HARDWARE}(ID='{id}')`,
    `${HARDWARE}(%27{id}%27)`,
    'DEVICEMANAGEMENT/HardwareConfigurations/{id}',
    "devicemanagement/hardwareconfigurations('{id}')",
    '%64eviceManagement/hardware%43onfigurations/{id}',
    `${HARDWARE}/{id}/microsoft.graph.hardwareConfiguration`,
    `${HARDWARE}/{id}/graph.hardwareConfiguration`,
    `${HARDWARE}/microsoft.graph.hardwareConfiguration/{id}`,
    `${HARDWARE}/microsoft.graph.HardwareConfiguration('{id}')`,
    `/beta/${HARDWARE}/{id}`,
    `/BETA/${HARDWARE}/{id}`,
    `${HARDWARE}/{id}?`,
    `${HARDWARE}/{id}?x=custom&client=me`,
  ])('%s', async (path) => {
    const answer = await get(path);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ id, displayName: 'BIOS baseline' });
  });

  it('an id in capitals', async () => expect((await get(`${HARDWARE}/${id.toUpperCase()}`)).body.id).toBe(id));

  it.each([`${HARDWARE}/{id}/assignments/{a}`, `${HARDWARE}/{id}/assignments('{a}')`, `${HARDWARE}('{id}')/ASSIGNMENTS(id='{a}')`])(
    'an id that is no UUID: %s',
    async (path) => {
      const answer = await get(path);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body).toMatchObject({ id: `${id}:${GROUP}`, target: { groupId: GROUP } });
    },
  );

  it('below a deeper path, both key forms mixed', async () => {
    const [state] = await rowsOf(api, `${HARDWARE}/${id}/deviceRunStates`);
    for (const path of [`${HARDWARE}/{id}/deviceRunStates('${state!.id}')`, `${HARDWARE}('{id}')/DeviceRunStates/${state!.id}/`])
      expect((await get(path)).body).toMatchObject({ id: state!.id, deviceName: 'PC-1' });
  });

  it('a type that it is not', async () => {
    for (const path of [
      '{id}/microsoft.graph.user',
      'microsoft.graph.user',
      'microsoft.graph.runState',
      "{id}/microsoft.graph.hardwareConfiguration('x')",
    ])
      expectRefusal(await get(`${HARDWARE}/${path}`), { status: 400, code: 'unknownSegment' });
    for (const type of ['runState', 'user', 'hasPayloadLinkResultItem'])
      expectRefusal(await get(`${HARDWARE}/{id}/assignments/{a}/target/microsoft.graph.${type}`), { status: 400, code: 'unknownSegment' });
  });
});

describe('a collection', () => {
  it.each([HARDWARE, `${HARDWARE}/`, HARDWARE.toUpperCase(), `${HARDWARE}/microsoft.graph.hardwareConfiguration`, `${HARDWARE}?`])(
    '%s',
    async (path) => {
      const answer = await get(path);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body.value).toMatchObject([{ id }]);
    },
  );

  it.each([`${HARDWARE}/$count`, `${HARDWARE}/$count/`, `${HARDWARE}/%24count`, `${HARDWARE}/{id}/assignments/$count`])(
    '%s',
    async (path) => {
      const answer = await get(path, { accept: 'text/plain', consistencylevel: 'eventual' });
      expect(answer).toMatchObject({ status: 200, text: '1' });
      expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    },
  );

  it('an empty one is an empty list', async () => expect((await get('users')).body.value).toEqual([]));
});

describe('properties', () => {
  it.each([
    ['displayName', 'BIOS baseline'],
    ['DISPLAYNAME/', 'BIOS baseline'],
    ['version', 1],
    ['perDevicePasswordDisabled', false],
    ['roleScopeTagIds', ['0', '1']],
    ['hardwareConfigurationFormat', 'dell'],
    ['assignments/{a}/target/deviceAndAppManagementAssignmentFilterType', 'none'],
    ['assignments/{a}/target/microsoft.graph.groupAssignmentTarget/groupId', GROUP],
    ['assignments/{a}/target/groupId', GROUP],
    ['runSummary/unknownDeviceCount', 1],
  ])('/%s', async (path, value) => {
    const answer = await get(`${HARDWARE}/{id}/${path}`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.value).toEqual(value);
    expect(answer.body['@odata.context']).toMatch(/^http:\/\/localhost:8080\/beta\/\$metadata#deviceManagement\/hardwareConfigurations\('/);
  });

  it('a complex one is an object', async () => {
    const { body } = await get(`${HARDWARE}/{id}/assignments/{a}/target`);
    expect(body).toMatchObject({ '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId: GROUP });
  });

  it('a complex one at each level of metadata', async () => {
    const target = (level: string) =>
      get(`${HARDWARE}/{id}/assignments/{a}/target`, { accept: `application/json;odata.metadata=${level}` });
    const controls = (body: object) => Object.keys(body).filter((name) => name.includes('@'));
    expect(controls((await target('none')).body)).toEqual([]);
    expect(controls((await target('minimal')).body)).toEqual(['@odata.context', '@odata.type']);
    expect((await target('full')).body).toHaveProperty(['deviceAndAppManagementAssignmentFilterType@odata.type']);
  });

  it('a cast to a type that the value does not have is 404', async () => {
    const policy = await createdPath(api, HARDWARE, hardwareBody());
    const add = async (type: string, rest = {}) =>
      (await created(api, `${policy}/assignments`, { target: { '@odata.type': `#microsoft.graph.${type}`, ...rest } })).id;
    const all = await add('allDevicesAssignmentTarget');
    const excluded = await add('exclusionGroupAssignmentTarget', { groupId: 'x' });
    const target = (row: string, rest: string) => get(`${policy}/assignments/${encodeURIComponent(row)}/target/${rest}`);
    for (const rest of ['', '/groupId', '/groupId/$value'].map((text) => `microsoft.graph.groupAssignmentTarget${text}`)) {
      expectRefusal(await target(all, rest), { status: 404, code: 'notFound' });
    }
    expect(await target(all, 'groupId')).toMatchObject({ status: 204 });
    expect((await target(all, 'microsoft.graph.allDevicesAssignmentTarget')).status).toBe(200);
    expect((await target(excluded, 'microsoft.graph.groupAssignmentTarget/groupId')).body.value).toBe('x');
  });

  it('null has no content', async () => {
    expect(await get(`${HARDWARE}/{id}/description`)).toMatchObject({ status: 204, text: '' });
    expect(await get(`${HARDWARE}/{id}/description/$value`)).toMatchObject({ status: 204, text: '' });
  });

  it.each([
    ['displayName', 'BIOS baseline', 'text/plain'],
    ['version', '1', 'text/plain'],
    ['configurationFileContent', '[cctk]\nSecureBoot=Enabled', 'application/octet-stream'],
  ])('/%s/$value', async (path, value, type) => {
    const answer = await get(`${HARDWARE}/{id}/${path}/$value`);
    expect(answer).toMatchObject({ status: 200, text: value });
    expect(answer.headers['content-type']).toMatch(type);
  });

  it('$value of what has none', async () => {
    for (const path of ['roleScopeTagIds/$value', 'assignments/{a}/target/$value', '$value', 'assignments/$value'])
      expectRefusal(await get(`${HARDWARE}/{id}/${path}`), { status: 400, code: 'unknownSegment' });
  });

  it('of an entity that does not exist', async () => {
    expectRefusal(await get(`${HARDWARE}/${scriptId}/displayName`), { status: 404, code: 'notFound' });
  });
});

describe('actions', () => {
  const hardwareAssignments = { hardwareConfigurationAssignments: [groupTarget('33333333-3333-3333-3333-333333333333')] };

  it.each([
    'assign',
    'assign/',
    'assign()',
    'ASSIGN',
    'microsoft.graph.assign',
    'microsoft.graph.assign()',
    'graph.assign',
    'assignHardwareConfiguration',
  ])('%s on a configuration answers 200 with what is assigned', async (name) => {
    const policy = await createdPath(api, HARDWARE, hardwareBody());
    await created(api, `${policy}/assignments`, groupTarget(GROUP));
    const answer = await api.request('POST', `${policy}/${name}`, { body: hardwareAssignments });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.value).toMatchObject([{ target: { groupId: '33333333-3333-3333-3333-333333333333' } }]);
    expect(answer.body['@odata.context']).toMatch(/#deviceManagement\/hardwareConfigurations\('[^']+'\)\/assignments$/);
    expect(await rowsOf(api, `${policy}/assignments`)).toEqual(answer.body.value);
  });

  it.each(['assign', 'assign()', 'microsoft.graph.assign', 'Microsoft.Graph.Assign'])(
    '%s on a script answers 204, both lists count',
    async (name) => {
      const script = await createdPath(api, SCRIPTS, scriptBody());
      const body = {
        deviceManagementScriptGroupAssignments: [
          { '@odata.type': '#microsoft.graph.deviceManagementScriptGroupAssignment', targetGroupId: GROUP },
        ],
        deviceManagementScriptAssignments: [{ target: { '@odata.type': '#microsoft.graph.allLicensedUsersAssignmentTarget' } }],
      };
      const answer = await api.request('POST', `${script}/${name}`, { body });
      expect(answer, answer.text).toMatchObject({ status: 204, text: '' });
      const assigned = await rowsOf(api, `${script}/assignments`);
      expect(assigned.map((row) => String(row.id).split(':')[1]).sort()).toEqual([GROUP, 'acacacac-9df4-4c7d-9d50-4ef0226f57a9']);
      expect(await rowsOf(api, `${script}/groupAssignments`)).toMatchObject([{ targetGroupId: GROUP }]);
    },
  );

  it.each([
    ['no body', undefined],
    ['{}', {}],
    ['an empty list', { hardwareConfigurationAssignments: [] }],
    ['null', { hardwareConfigurationAssignments: null }],
  ])('assign with %s clears', async (_, body) => {
    const policy = await createdPath(api, HARDWARE, hardwareBody());
    await created(api, `${policy}/assignments`, groupTarget(GROUP));
    const answer = await api.request('POST', `${policy}/assign`, body === undefined ? {} : { body });
    expect(answer).toMatchObject({ status: 200, body: { value: [] } });
    expect(await rowsOf(api, `${policy}/assignments`)).toEqual([]);
  });

  it('bound to a collection', async () => {
    const script = await created(api, SCRIPTS, scriptBody());
    await created(api, `${SCRIPTS}/${script.id}/assignments`, groupTarget(GROUP));
    for (const name of ['hasPayloadLinks', 'microsoft.graph.hasPayloadLinks()']) {
      const answer = await api.request('POST', `${SCRIPTS}/${name}`, { body: { payloadIds: [script.id, scriptId, 'x'] } });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body['@odata.context']).toBe(
        'http://localhost:8080/beta/$metadata#Collection(microsoft.graph.hasPayloadLinkResultItem)',
      );
      expect(answer.body.value).toMatchObject([
        { payloadId: script.id, hasLink: true },
        { payloadId: scriptId, hasLink: false },
        { payloadId: 'x', hasLink: false },
      ]);
    }
  });

  it('a collection action on one entity, and the other way round', async () => {
    for (const path of [`${SCRIPTS}/${scriptId}/hasPayloadLinks`, `${SCRIPTS}/assign/x`])
      expect((await api.request('POST', path, { body: {} })).status).toBe(400);
    expectRefusal(await api.request('POST', `${SCRIPTS}/assign`, { body: {} }), { status: 405, code: 'methodNotAllowed' });
  });
});
