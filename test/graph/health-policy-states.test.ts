import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDescribedApi } from '../support/described-api.ts';
import { HEALTH, newDevice, newScript } from '../support/health-fixtures.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { created, rowsOf } from '../support/sample-bodies.ts';

/** Policy states: the device states of a device, seen from the device, under a compound key. */

let api: InProcessApi;
beforeAll(async () => {
  api = await startDescribedApi();
});
afterAll(() => api.close());

const get = async (path: string) => {
  const answer = await api.request('GET', path);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
};

describe('policy states', () => {
  /** A script, a device, and the state of one on the other. */
  async function policyState(body: object = {}) {
    const script = await newScript(api, HEALTH);
    const device = await newDevice(api);
    const states = `deviceManagement/managedDevices/${device.id}/deviceHealthScriptStates`;
    const state = await created(api, states, { policyId: script.id, detectionState: 'fail', ...body });
    return { script, device, states, state, key: { deviceId: device.id, id: state.id, policyId: script.id } };
  }

  it('are device states seen from the device: what is written to one is read in the other', async () => {
    const { script, device, states, state, key } = await policyState({ remediationState: 'success' });
    expect(state).toMatchObject({
      ...key,
      id: `${script.id}:${device.id}`,
      deviceName: 'PC-1',
      osVersion: '10.0.26100',
      policyName: 'Disk space',
      userName: 'a@example.com',
    });
    const [run] = await rowsOf(api, `${script.path}/deviceRunStates?$expand=managedDevice($select=id)`);
    expect(run).toMatchObject({ detectionState: 'fail', remediationState: 'success', managedDevice: { id: device.id } });
    await api.request('PATCH', `${script.path}/deviceRunStates/${run!.id}`, {
      body: { detectionState: 'success', remediationScriptError: 'e' },
    });
    expect(await get(`${states}/${state.id}`)).toMatchObject({ detectionState: 'success', remediationScriptError: 'e' });
    expect((await api.request('PATCH', `${states}/${state.id}`, { body: { detectionState: 'scriptError' } })).body.detectionState).toBe(
      'scriptError',
    );
    expect(await get(`${script.path}/runSummary`)).toMatchObject({ noIssueDetectedDeviceCount: 0, detectionScriptErrorDeviceCount: 1 });
    expect((await api.request('DELETE', `${states}/${state.id}`)).status).toBe(204);
    expect(await rowsOf(api, `${script.path}/deviceRunStates`)).toEqual([]);
    expect((await get(`${script.path}/runSummary`)).detectionScriptErrorDeviceCount).toBe(0);
  });

  it('have a compound key, whose parts may stand in any order', async () => {
    const { states, state, key } = await policyState();
    const { deviceId, id, policyId } = key;
    for (const written of [
      `(deviceId='${deviceId}',id='${id}',policyId='${policyId}')`,
      `(id='${id}',policyId='${policyId}',deviceId='${deviceId}')`,
      `(ID='${id}',PolicyId='${policyId.toUpperCase()}',DeviceId=${deviceId})`,
      `/id='${id}',policyId='${policyId}',deviceId='${deviceId}'`,
      `/${encodeURIComponent(`id='${id}',policyId='${policyId}',deviceId='${deviceId}'`)}`,
      `('${id}')`,
      `(id='${id}')`,
      `/${id}`,
      `/${encodeURIComponent(id)}`,
    ]) {
      expect((await get(states + written)).id, written).toBe(state.id);
    }
    const aliased = `${states}(id=@i,policyId=@p,deviceId=@d)?@i='${id}'&@p='${policyId}'&@d='${deviceId}'`;
    expect((await get(aliased)).id).toBe(state.id);
    expect(await get(`${states}(id='${id}',policyId='${policyId}',deviceId='${deviceId}')/detectionState`)).toMatchObject({
      value: 'fail',
    });
  });

  it('say which key is wrong, and find no row by a key that contradicts itself or the path', async () => {
    const { states, key } = await policyState();
    const other = await newDevice(api);
    const { deviceId, id, policyId } = key;
    for (const written of [`(id='${id}',policyId='${policyId}')`, `(id='${id}',name='x')`, '(1)', '(id=@i)', `(policyId='${policyId}')`]) {
      const answer = await api.request('GET', states + written);
      expect(answer.status, written).toBe(400);
      expect(answer.body.error.message).toContain('deviceId, id, policyId');
    }
    for (const written of [
      `(id='${id}',policyId='${policyId}',deviceId='${other.id}')`,
      `(id='${id}',policyId='${other.id}',deviceId='${deviceId}')`,
      `(id='x',policyId='${policyId}',deviceId='${deviceId}')`,
      `(id='${id}',policyId='nobody',deviceId='${deviceId}')`,
    ]) {
      expect((await api.request('GET', states + written)).status, written).toBe(404);
    }
    const elsewhere = `deviceManagement/managedDevices/${other.id}/deviceHealthScriptStates`;
    expect((await api.request('GET', `${elsewhere}(id='${id}',policyId='${policyId}',deviceId='${deviceId}')`)).status).toBe(404);
  });

  it('are located by their whole key, and paged in its order', async () => {
    const { device, states, state, key } = await policyState();
    const answer = await api.request('POST', states, { body: { policyId: (await newScript(api, HEALTH)).id } });
    expect(answer.headers.location).toContain(`/managedDevices('${device.id}')/deviceHealthScriptStates(deviceId='${device.id}',id='`);
    expect((await api.request('GET', answer.headers.location!.replace(/^.*?\/beta/, '/beta'))).body.id).toBe(answer.body.id);
    const pages = await api.request('GET', `${states}?$orderby=detectionState desc`, { headers: { prefer: 'odata.maxpagesize=1' } });
    const next = await get(pages.body['@odata.nextLink'].replace(/^.*?\/beta/, '/beta'));
    expect([...pages.body.value, ...next.value].map(({ id }) => id).sort()).toEqual([state.id, answer.body.id].sort());
    const full = await api.request('GET', `${states}/${state.id}`, { headers: { accept: 'application/json;odata.metadata=full' } });
    expect(full.body['@odata.id']).toMatch(
      new RegExp(`\\(deviceId='${key.deviceId}',id='${key.policyId}%3A${key.deviceId}',policyId='${key.policyId}'\\)$`),
    );
  });

  it('can be reached through a script state of the device', async () => {
    const { device, state, key } = await policyState();
    const script = (await created(api, 'deviceManagement/deviceManagementScripts', {})).id;
    const run = (await created(api, `deviceManagement/deviceManagementScripts/${script}/deviceRunStates`, device.bind)).id;
    const states = `deviceManagement/deviceManagementScripts/${script}/deviceRunStates/${run}/managedDevice/deviceHealthScriptStates`;
    expect((await rowsOf(api, states)).map(({ id }) => id)).toEqual([state.id]);
    expect((await api.request('PATCH', `${states}/${state.id}`, { body: { detectionState: 'success' } })).status).toBe(200);
    expect((await get(`${states}(id='${key.id}',policyId='${key.policyId}',deviceId='${key.deviceId}')`)).detectionState).toBe('success');
    const policyId = (await newScript(api, HEALTH)).id;
    expect((await api.request('POST', states, { body: { policyId } })).status).toBe(201);
    expect((await api.request('DELETE', `${states}/${state.id}`)).status).toBe(204);
    expect((await api.request('GET', `${states}/$count`)).text).toBe('1');
  });

  it('are one for each device and script', async () => {
    const { script, device, states } = await policyState();
    expect((await api.request('POST', states, { body: { policyId: script.id } })).status).toBe(409);
    expect((await api.request('POST', `${script.path}/deviceRunStates`, { body: device.bind })).status).toBe(409);
    expect(await rowsOf(api, `${script.path}/deviceRunStates`)).toHaveLength(1);
  });

  it('need a script that exists, and the device of the path', async () => {
    const { states } = await policyState();
    const { id } = await newScript(api, HEALTH);
    for (const [body, target] of [
      [{}, 'policyId'],
      [{ policyId: 'Policy Id value' }, 'policyId'],
      [{ policyId: '00000000-0000-0000-0000-000000000009' }, 'policyId'],
      [{ policyId: id, deviceId: 'another' }, 'deviceId'],
    ] as const) {
      const answer = await api.request('POST', states, { body });
      expect(answer.status).toBe(400);
      expect(answer.body.error.message).toContain(target);
    }
  });

  it('follow the device that a state is bound to, and go with it', async () => {
    const { script, device, states } = await policyState();
    const other = await newDevice(api, { deviceName: 'PC-2' });
    const [run] = await rowsOf(api, `${script.path}/deviceRunStates`);
    await api.request('PATCH', `${script.path}/deviceRunStates/${run!.id}`, { body: other.bind });
    expect(await rowsOf(api, states)).toEqual([]);
    const moved = `deviceManagement/managedDevices/${other.id}/deviceHealthScriptStates`;
    expect(await rowsOf(api, moved)).toMatchObject([{ deviceName: 'PC-2', deviceId: other.id }]);
    expect((await api.request('DELETE', `deviceManagement/managedDevices/${other.id}`)).status).toBe(204);
    expect((await get(`${script.path}/runSummary`)).issueDetectedDeviceCount).toBe(1);
    expect((await api.request('GET', `${script.path}/deviceRunStates/${run!.id}/managedDevice`)).status).toBe(204);
    expect((await api.request('DELETE', `deviceManagement/managedDevices/${device.id}`)).status).toBe(204);
  });

  it('follow the names of their device and script, unless a client gave them others', async () => {
    const { script, device, states, state } = await policyState({ deviceName: 'as reported' });
    await api.request('PATCH', `deviceManagement/managedDevices/${device.id}`, { body: { deviceName: 'PC-9', osVersion: '11' } });
    await api.request('PATCH', script.path, { body: { displayName: 'Renamed' } });
    expect(await get(`${states}/${state.id}`)).toMatchObject({ deviceName: 'as reported', osVersion: '11', policyName: 'Renamed' });
    await api.request('DELETE', script.path);
    expect(await rowsOf(api, states)).toEqual([]);
  });

  it('are no part of v1.0', async () => {
    const { device } = await policyState();
    expect((await api.request('GET', `/v1.0/deviceManagement/managedDevices/${device.id}/deviceHealthScriptStates`)).status).toBe(400);
    expect((await api.request('GET', `/v1.0/deviceManagement/managedDevices?$expand=deviceHealthScriptStates`)).status).toBe(400);
    expect((await api.request('GET', '/v1.0/$metadata', { token: null })).text).not.toContain('deviceHealthScript');
  });
});
