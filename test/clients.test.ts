import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../src/testing/in-process-api.ts';
import { created, groupBody, groupTarget, HARDWARE, hardwareBody, rowsOf, SCRIPTS, scriptBody } from './sample-bodies.ts';

/** The request lines that public tools send, as they send them. `{s}` is a script's id, `{h}` a configuration's, `{d}` a device's, `{g}` a group's. */

let api: InProcessApi;
const ids: Record<string, string> = {};
beforeAll(async () => {
  api = await startInProcessApi();
  ids['{g}'] = (await created(api, 'groups', groupBody({ displayName: 'Pilot', description: 'first' }))).id;
  ids['{d}'] = (await created(api, 'deviceManagement/managedDevices', { deviceName: 'PC-1', userPrincipalName: 'a@example.com' })).id;
  ids['{h}'] = (await created(api, HARDWARE, hardwareBody())).id;
  ids['{s}'] = (await created(api, SCRIPTS, scriptBody({ displayName: 'x', fileName: 'x.ps1' }))).id;
  await created(api, `${SCRIPTS}/${ids['{s}']}/assignments`, groupTarget(ids['{g}']));
  const state = await created(api, `${SCRIPTS}/${ids['{s}']}/deviceRunStates`, {
    runState: 'success',
    'managedDevice@odata.bind': `deviceManagement/managedDevices/${ids['{d}']}`,
  });
  ids['{state}'] = state.id;
  ids['{user}'] = String((await rowsOf(api, `${SCRIPTS}/${ids['{s}']}/userRunStates`))[0]!.id);
});
afterAll(() => api.close());

const withIds = (path: string): string => Object.entries(ids).reduce((text, [name, id]) => text.replaceAll(name, id), path);
const send = (method: string, path: string, options = {}) => api.request(method, withIds(path), options);

describe('reads', () => {
  it.each([
    ['a backup tool lists', '/beta/deviceManagement/deviceManagementScripts/', { value: [{ id: '{s}' }] }],
    [
      'a backup tool reads one with what it is assigned to',
      '/beta/deviceManagement/deviceManagementScripts/{s}?$expand=assignments',
      { id: '{s}', assignments: [{ target: { groupId: '{g}' } }] },
    ],
    ['a backup tool reads assignments', '/beta/deviceManagement/deviceManagementScripts/{s}/assignments', { value: [{ id: '{s}:{g}' }] }],
    ['a backup tool names a group', '/beta/groups/{g}?$select=displayName', { displayName: 'Pilot' }],
    ['an admin tool lists configurations', '/beta/deviceManagement/hardwareConfigurations', { value: [{ id: '{h}' }] }],
    [
      'an admin tool reads with a slash before the query',
      '/beta/deviceManagement/deviceManagementScripts/{s}/?$select=displayName,fileName',
      { displayName: 'x', fileName: 'x.ps1' },
    ],
    ['an admin tool searches', '/beta/deviceManagement/deviceManagementScripts?$top=50&$search="x"', { value: [{ id: '{s}' }] }],
    ['a Terraform provider reads', '/beta/deviceManagement/deviceManagementScripts/{s}?%24expand=assignments', { assignments: [{}] }],
    [
      'a Terraform provider filters',
      "/beta/deviceManagement/deviceManagementScripts?$filter=contains(displayName,'x')%20and%20contains(fileName,'x')%20and%20runAsAccount%20eq%20'system'",
      { value: [{ id: '{s}' }] },
    ],
    [
      'a portal lists with assignments',
      '/beta/deviceManagement/deviceManagementScripts?$top=999&$expand=assignments',
      { value: [{ assignments: [{}] }] },
    ],
    [
      'an assignment checker reads group assignments',
      "/beta/deviceManagement/deviceManagementScripts('{s}')/groupAssignments",
      { value: [{ targetGroupId: '{g}' }] },
    ],
    [
      'a sample reads user states',
      '/beta/deviceManagement/deviceManagementScripts/{s}/userRunStates',
      { value: [{ userPrincipalName: 'a@example.com', successDeviceCount: 1 }] },
    ],
    ['a sample reads one configuration', '/beta/deviceManagement/hardwareConfigurations/{h}', { id: '{h}' }],
    ['path segments in odd case', '/beta/deviceManagement/deviceManagementSCripts/{s}', { id: '{s}' }],
    [
      'a desired-state module filters with its own case',
      "/beta/deviceManagement/deviceManagementScripts?$filter=DisplayName%20eq%20'x'",
      { value: [{ id: '{s}' }] },
    ],
    [
      'device states with their device',
      '/beta/deviceManagement/deviceManagementScripts/{s}/deviceRunStates?$expand=managedDevice',
      { value: [{ managedDevice: { deviceName: 'PC-1' } }] },
    ],
    [
      'device states with its id only',
      '/beta/deviceManagement/deviceManagementScripts/{s}/deviceRunStates?$expand=managedDevice($select=id)&$top=100',
      { value: [{ managedDevice: { id: '{d}' } }] },
    ],
    [
      'an empty filter',
      '/beta/deviceManagement/deviceManagementScripts/{s}/deviceRunStates?$expand=managedDevice($select=id)&$filter=',
      { value: [{ runState: 'success' }] },
    ],
    [
      'states of one device',
      "/beta/deviceManagement/deviceManagementScripts/{s}/deviceRunStates?$filter=managedDevice/id%20eq%20'{d}'",
      { value: [{ id: '{state}' }] },
    ],
    [
      "states of a user's devices",
      '/beta/deviceManagement/deviceManagementScripts/{s}/userRunStates/{user}/deviceRunStates',
      { value: [{ id: '{state}' }] },
    ],
    [
      'assignments and summary at once',
      '/beta/deviceManagement/deviceManagementScripts?$expand=assignments,runSummary',
      { value: [{ runSummary: { successDeviceCount: 1, successUserCount: 1 } }] },
    ],
    ['groups by name', "/beta/groups?$filter=displayName%20eq%20'Pilot'", { value: [{ id: '{g}' }] }],
    ['managed devices', "/v1.0/deviceManagement/managedDevices?$filter=deviceName%20eq%20'PC-1'&$select=id", { value: [{ id: '{d}' }] }],
  ])('%s: %s', async (_, path, expected) => {
    const answer = await send('GET', path, {
      headers: { consistencylevel: 'eventual', 'x-ms-client-request-id': '1', 'x-ms-throttle-priority': 'low' },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject(JSON.parse(withIds(JSON.stringify(expected))));
  });

  it('an admin tool decides by full metadata what to expand', async () => {
    const { body } = await send('GET', '/beta/deviceManagement/hardwareConfigurations', {
      headers: { accept: 'application/json;odata.metadata=full' },
    });
    expect(body.value[0]).toMatchObject({
      '@odata.type': '#microsoft.graph.hardwareConfiguration',
      'assignments@odata.navigationLink': expect.stringContaining(ids['{h}']!),
    });
  });

  it('a backup tool finds the owner in the context, and the count is bare text', async () => {
    const { body } = await send('GET', '/beta/deviceManagement/deviceManagementScripts/{s}/assignments');
    expect(body['@odata.context']).toContain(`deviceManagementScripts('${ids['{s}']}')/assignments`);
    const count = await send('GET', '/beta/deviceManagement/deviceManagementScripts/{s}/deviceRunStates/$count', {
      headers: { consistencylevel: 'eventual' },
    });
    expect(count).toMatchObject({ status: 200, text: '1' });
  });

  it('a script asked in the wrong collection is 404', async () => {
    expect((await send('GET', '/beta/deviceManagement/hardwareConfigurations/{s}')).status).toBe(404);
  });

  it('in the service profile, lists hold no content, entities do', async () => {
    const headers = { prefer: 'muster.profile=service' };
    const { body } = await send('GET', '/beta/deviceManagement/deviceManagementScripts', { headers });
    expect(body.value[0]).toMatchObject({ scriptContent: null });
    expect((await send('GET', '/beta/deviceManagement/deviceManagementScripts/{s}', { headers })).body.scriptContent).toMatch(
      /^[A-Za-z0-9+/]+=*$/,
    );
  });
});

describe('writes', () => {
  it('a backup tool restores what it read, annotations and all', async () => {
    const { body: saved } = await send('GET', '/beta/deviceManagement/deviceManagementScripts/{s}?$expand=assignments');
    const restored = await send('POST', '/beta/deviceManagement/deviceManagementScripts', { body: saved });
    expect(restored.status, restored.text).toBe(201);
    const { id: _, createdDateTime: __, assignments: ___, ...same } = saved;
    expect(restored.body).toMatchObject(
      Object.fromEntries(Object.entries(same).filter(([name]) => !name.includes('@') && name !== 'lastModifiedDateTime')),
    );
    expect(restored.body.id).not.toBe(saved.id);
    const assign = await send('POST', `/beta/deviceManagement/deviceManagementScripts/${restored.body.id}/assign`, {
      body: { deviceManagementScriptAssignments: saved.assignments },
    });
    expect(assign.status, assign.text).toBe(204);
    expect(await rowsOf(api, `${SCRIPTS}/${restored.body.id}/assignments`)).toMatchObject([{ target: { groupId: ids['{g}'] } }]);
  });

  it('a provider creates, assigns, clears, updates and deletes', async () => {
    const root = '/beta/deviceManagement/deviceManagementScripts';
    const { body, status } = await send('POST', root, { body: scriptBody({ '@odata.type': '#microsoft.graph.DeviceManagementScript' }) });
    expect(status).toBe(201);
    const script = `${root}/${body.id}`;
    const assignments = [
      groupTarget(ids['{g}']!),
      {
        target: {
          '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget',
          deviceAndAppManagementAssignmentFilterId: null,
          deviceAndAppManagementAssignmentFilterType: 'none',
        },
      },
    ];
    expect((await send('POST', `${root}('${body.id}')/assign`, { body: { deviceManagementScriptAssignments: assignments } })).status).toBe(
      204,
    );
    expect(
      (await send('GET', `${script}?$expand=assignments`)).body.assignments.map(({ id }: { id: string }) => id.split(':')[1]).sort(),
    ).toEqual([ids['{g}'], 'adadadad-808e-44e2-905a-0b7873a8a531'].sort());
    expect((await send('POST', `${script}/assign`, { body: { deviceManagementScriptAssignments: [] } })).status).toBe(204);
    expect(await rowsOf(api, `${script}/assignments`)).toEqual([]);
    expect((await send('PATCH', script, { body: { id: body.id, displayName: 'renamed', runAs32Bit: true } })).body).toMatchObject({
      displayName: 'renamed',
      runAs32Bit: true,
    });
    expect((await send('DELETE', script)).status).toBe(204);
    expect((await send('GET', script)).status).toBe(404);
  });

  it('a backup tool counts on 200 for assign and delete of scripts: the service profile', async () => {
    const headers = { prefer: 'muster.profile=service' };
    const { body } = await send('POST', SCRIPTS, { body: scriptBody(), headers });
    expect((await send('POST', `${SCRIPTS}/${body.id}/assign`, { body: {}, headers })).status).toBe(200);
    expect((await send('DELETE', `${SCRIPTS}/${body.id}`, { headers })).status).toBe(200);
  });

  it('a generated client assigns a configuration without a body and deletes with If-Match', async () => {
    const { body, headers } = await send('POST', HARDWARE, { body: hardwareBody() });
    expect(await send('POST', `${HARDWARE}/${body.id}/assign`)).toMatchObject({ status: 200, body: { value: [] } });
    expect((await send('DELETE', `${HARDWARE}/${body.id}`, { headers: { 'if-match': headers.etag } })).status).toBe(204);
  });

  it('an export is imported again, with what the server sets still in it', async () => {
    const { body } = await send('GET', '/beta/deviceManagement/hardwareConfigurations/{h}');
    const imported = await send('POST', '/beta/deviceManagement/hardwareConfigurations', { body });
    expect(imported.status, imported.text).toBe(201);
    expect(imported.body).toMatchObject({
      version: 1,
      displayName: body.displayName,
      configurationFileContent: body.configurationFileContent,
    });
  });

  it('the portal sends no format with a .cctk file', async () => {
    const { body } = await send('POST', HARDWARE, { body: { displayName: 'P', fileName: 'Dell.CCTK', configurationFileContent: 'YQ==' } });
    expect(body).toMatchObject({ hardwareConfigurationFormat: 'dell', roleScopeTagIds: ['0'], version: 1 });
  });

  it('in the service profile, an error message is a JSON text that tools parse', async () => {
    const answer = await send('PATCH', '/beta/deviceManagement/deviceManagementScripts/{s}', {
      body: { colour: 1 },
      headers: { prefer: 'muster.profile=service' },
    });
    expect(answer.status).toBe(400);
    const message = JSON.parse(answer.body.error.message);
    expect(message).toMatchObject({ _version: 3, CustomApiErrorPhrase: '', RetryAfter: null });
    expect(message.Message).toContain('colour');
  });
});
