import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { created, groupBody, groupTarget, HARDWARE, hardwareBody, rowsOf, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** Visits of public tools, as they make them; single request lines are in `client-lines.ts`. `{s}` is a script's id, `{h}` a configuration's, `{g}` a group's. */

let api: InProcessApi;
const ids: Record<string, string> = {};
beforeAll(async () => {
  api = await startInProcessApi();
  ids['{g}'] = (await created(api, 'groups', groupBody({ displayName: 'Pilot', description: 'first' }))).id;
  ids['{h}'] = (await created(api, HARDWARE, hardwareBody())).id;
  ids['{s}'] = (await created(api, SCRIPTS, scriptBody({ displayName: 'x', fileName: 'x.ps1' }))).id;
  await created(api, `${SCRIPTS}/${ids['{s}']}/assignments`, groupTarget(ids['{g}']));
});
afterAll(() => api.close());

const withIds = (path: string): string => Object.entries(ids).reduce((text, [name, id]) => text.replaceAll(name, id), path);
const send = (method: string, path: string, options = {}) => api.request(method, withIds(path), options);

describe('reads', () => {
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
    const { body: saved } = await send('GET', '/beta/deviceManagement/deviceManagementScripts/{s}');
    const { value: assignments } = (await send('GET', '/beta/deviceManagement/deviceManagementScripts/{s}/assignments')).body;
    const restored = await send('POST', '/beta/deviceManagement/deviceManagementScripts', { body: saved });
    expect(restored.status, restored.text).toBe(201);
    const { id: _, createdDateTime: __, ...same } = saved;
    expect(restored.body).toMatchObject(
      Object.fromEntries(Object.entries(same).filter(([name]) => !name.includes('@') && name !== 'lastModifiedDateTime')),
    );
    expect(restored.body.id).not.toBe(saved.id);
    const assign = await send('POST', `/beta/deviceManagement/deviceManagementScripts/${restored.body.id}/assign`, {
      body: { deviceManagementScriptAssignments: assignments },
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
