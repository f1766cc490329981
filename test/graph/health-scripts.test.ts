import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDescribedApi } from '../support/described-api.ts';
import { dailySchedule, HEALTH, newDevice, newScript } from '../support/health-fixtures.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { created, rowsOf } from '../support/sample-bodies.ts';

/** Health scripts: their properties, assignments, global scripts and on-demand runs. */

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

describe('a health script', () => {
  it('comes back as it was written, with what the server says of it', async () => {
    const { path } = await newScript(api, HEALTH);
    const script = await get(path);
    expect(script).toMatchObject({
      version: '1',
      isGlobalScript: false,
      highestAvailableVersion: null,
      deviceHealthScriptType: 'deviceHealthScript',
      detectionScriptParameters: [
        { '@odata.type': '#microsoft.graph.deviceHealthScriptIntegerParameter', name: 'gigabytes', isRequired: true, defaultValue: 5 },
        { '@odata.type': '#microsoft.graph.deviceHealthScriptStringParameter', name: 'drive', defaultValue: 'C' },
        { '@odata.type': '#microsoft.graph.deviceHealthScriptBooleanParameter', defaultValue: true },
      ],
      remediationScriptParameters: [],
    });
    expect((await get(`${HEALTH.root}?$filter=isGlobalScript eq false and displayName eq 'Disk space'`)).value.length).toBeGreaterThan(0);
  });

  it('has a publisher that is a text, also when nobody named one', async () => {
    expect(await created(api, HEALTH.root, { displayName: 'x', detectionScriptContent: 'eA==' })).toMatchObject({
      publisher: '',
      version: '1',
    });
  });

  it.each([
    [{ detectionScriptParameters: [{ name: 'x', defaultValue: 1 }] }, 'detectionScriptParameters/0'],
    [
      { detectionScriptParameters: [{ '@odata.type': '#microsoft.graph.deviceHealthScriptIntegerParameter', defaultValue: 2147483648 }] },
      'detectionScriptParameters/0/defaultValue',
    ],
    [{ deviceHealthScriptType: 'other' }, 'deviceHealthScriptType'],
    [{ detectionScriptContent: 'no base64!' }, 'detectionScriptContent'],
  ])('refuses %j', async (body, target) => {
    const answer = await api.request('POST', HEALTH.root, { body });
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain(target);
  });

  it('gets a new version when what runs changes, unless its author names one', async () => {
    const { path } = await newScript(api, HEALTH);
    const patch = async (body: object) => (await api.request('PATCH', path, { body })).body.version;
    expect(await patch({ displayName: 'Other' })).toBe('1');
    expect(await patch({ remediationScriptContent: 'AAAA' })).toBe('2');
    expect(await patch({ remediationScriptContent: 'AAAA' })).toBe('2');
    expect(await patch({ detectionScriptParameters: [] })).toBe('3');
    expect(await patch({ detectionScriptContent: 'AAAB', version: '2026-A' })).toBe('2026-A');
    expect(await patch({ detectionScriptContent: 'AAAC' })).toBe('2026-A');
  });

  it('has its new version before targeted devices only', async () => {
    const { path } = await newScript(api, HEALTH);
    const device = await newDevice(api);
    await created(api, `${path}/deviceRunStates`, { detectionState: 'success', ...device.bind });
    const pending = async () => (await get(`${path}/runSummary`)).detectionScriptPendingDeviceCount;
    await api.request('PATCH', path, { body: { detectionScriptContent: 'AAAA' } });
    expect(await pending()).toBe(0);
    const target = { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' };
    await api.request('POST', `${path}/assign`, { body: { deviceHealthScriptAssignments: [{ target }] } });
    await api.request('PATCH', path, { body: { detectionScriptContent: 'AAAB' } });
    expect(await pending()).toBe(1);
  });
});

describe('an assignment', () => {
  const target = { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' };
  const schedule = (type: string, rest: object) => ({ '@odata.type': `#microsoft.graph.deviceHealthScript${type}Schedule`, ...rest });

  it.each([
    schedule('Daily', { interval: 1, useUtc: false, time: '01:00:00.0000000' }),
    schedule('Hourly', { interval: 23 }),
    schedule('RunOnce', { interval: 1, useUtc: true, time: '11:58:36.2550000', date: '2016-12-31' }),
    null,
  ])('keeps the schedule %j', async (runSchedule) => {
    const { path, id } = await newScript(api, HEALTH);
    const answer = await created(api, `${path}/assignments`, { target, runSchedule, runRemediationScript: true });
    expect(answer).toMatchObject({ id: `${id}:adadadad-808e-44e2-905a-0b7873a8a531`, runSchedule, runRemediationScript: true });
    const rows = await rowsOf(api, `${path}/assignments`);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ runSchedule, runRemediationScript: true });
  });

  it.each([
    [schedule('Hourly', { interval: 0 }), 'interval'],
    [schedule('Hourly', { interval: 24 }), 'interval'],
    [schedule('Hourly', { interval: 1, time: '01:00:00' }), 'time'],
    [schedule('Daily', { interval: 1, date: '2020-01-01' }), 'date'],
    [schedule('Daily', { interval: 1, time: '25:00' }), 'time'],
    [schedule('RunOnce', { interval: 1, date: '2020-02-30' }), 'date'],
    [schedule('Time', { interval: 1 }), 'runSchedule'],
    [{ interval: 1 }, 'runSchedule'],
  ])('refuses the schedule %j', async (runSchedule, name) => {
    const { path } = await newScript(api, HEALTH);
    const answer = await api.request('POST', `${path}/assignments`, { body: { target, runSchedule } });
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain(name);
  });

  it('is kept whole by assign, which replaces them all', async () => {
    const { path } = await newScript(api, HEALTH);
    const one = { target, runRemediationScript: true, runSchedule: dailySchedule };
    expect((await api.request('POST', `${path}/assign`, { body: { deviceHealthScriptAssignments: [one] } })).status).toBe(204);
    expect(await rowsOf(api, `${path}/assignments`)).toMatchObject([one]);
    expect((await api.request('POST', `${path}/assign`, { body: { deviceHealthScriptAssignments: [] } })).status).toBe(204);
    expect(await rowsOf(api, `${path}/assignments`)).toEqual([]);
  });
});

describe('global scripts', () => {
  const at = (name: string) => `${HEALTH.root}/${name}`;

  /** A tenant of its own. */
  const tenant = async () => {
    const token = await api.token({ tenantId: crypto.randomUUID() });
    const call = (method: string, path: string, body?: object) =>
      api.request(method, path, { token, ...(body === undefined ? {} : { body }) });
    return call;
  };

  it('are there once they have been enabled', async () => {
    const call = await tenant();
    expect((await call('GET', at('areGlobalScriptsAvailable'))).body.value).toBe('notConfigured');
    expect((await call('GET', HEALTH.root)).body.value).toEqual([]);
    expect((await call('POST', at('enableGlobalScripts'))).status).toBe(204);
    expect((await call('POST', at('microsoft.graph.enableGlobalScripts'))).status).toBe(204);
    expect((await call('GET', at('areGlobalScriptsAvailable()'))).body.value).toBe('enabled');
    const { value } = (await call('GET', `${HEALTH.root}?$filter=isGlobalScript eq true`)).body;
    expect(value).toHaveLength(2);
    for (const script of value) {
      expect(script).toMatchObject({ version: '1', highestAvailableVersion: '2', isGlobalScript: true });
      const path = `${HEALTH.root}/${script.id}`;
      const text = Buffer.from(script.detectionScriptContent, 'base64').toString();
      expect(text).toContain('exit 0');
      for (const [method, body] of [
        ['PATCH', { displayName: 'mine' }],
        ['DELETE', undefined],
      ] as const) {
        const answer = await call(method, path, body);
        expect(answer.status).toBe(400);
        expect(answer.body.error.message).toContain('read-only');
      }
      const target = { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' };
      expect((await call('POST', `${path}/assign`, { deviceHealthScriptAssignments: [{ target }] })).status).toBe(204);
      expect((await call('GET', `${path}?$expand=assignments,runSummary`)).body.assignments).toHaveLength(1);
    }
  });

  it('take the versions that there are', async () => {
    const call = await tenant();
    await call('POST', at('enableGlobalScripts'));
    const [script] = (await call('GET', HEALTH.root)).body.value;
    const path = `${HEALTH.root}/${script.id}`;
    expect((await call('POST', `${path}/getGlobalScriptHighestAvailableVersion`)).body.value).toBe('2');
    expect((await call('POST', `${path}/updateGlobalScript`, { version: '3' })).status).toBe(400);
    expect((await call('POST', `${path}/updateGlobalScript`, { version: '2' })).body.value).toBe('2');
    const updated = (await call('GET', path)).body;
    expect(updated.version).toBe('2');
    expect(`${updated.detectionScriptContent}${updated.remediationScriptContent}`).not.toBe(
      `${script.detectionScriptContent}${script.remediationScriptContent}`,
    );
    expect((await call('POST', `${path}/updateGlobalScript`, { version: '1' })).body.value).toBe('1');
    expect((await call('POST', `${path}/updateGlobalScript`, {})).body.value).toBe('2');
  });

  it('are not what clients create', async () => {
    const { path } = await newScript(api, HEALTH, { isGlobalScript: true, highestAvailableVersion: '9' });
    expect(await get(path)).toMatchObject({ isGlobalScript: false, highestAvailableVersion: null });
    expect((await api.request('POST', `${path}/updateGlobalScript`, { body: { version: '1' } })).status).toBe(400);
    expect((await api.request('POST', `${path}/getGlobalScriptHighestAvailableVersion`)).body.value).toBe('1');
  });
});

describe('initiateOnDemandProactiveRemediation', () => {
  const on = (path: string) => `${path}/initiateOnDemandProactiveRemediation`;

  it('makes the state of the device pending until it reports again, and keeps what it reported', async () => {
    const script = await newScript(api, HEALTH);
    const device = await newDevice(api);
    const path = `deviceManagement/managedDevices/${device.id}`;
    const body = { scriptPolicyId: script.id.toUpperCase() };
    expect((await api.request('POST', on(path), { body })).status).toBe(204);
    const [state] = await rowsOf(api, `${path}/deviceHealthScriptStates`);
    expect(state).toMatchObject({ detectionState: 'pending', policyId: script.id });
    const run = `${script.path}/deviceRunStates/${(await rowsOf(api, `${script.path}/deviceRunStates`))[0]!.id}`;
    await api.request('PATCH', run, {
      body: { detectionState: 'fail', remediationState: 'success', lastStateUpdateDateTime: '2026-05-30T00:00:00Z' },
    });
    expect((await api.request('POST', on(`${run}/managedDevice`), { body })).status).toBe(204);
    expect(await get(run)).toMatchObject({
      detectionState: 'pending',
      remediationState: 'success',
      lastStateUpdateDateTime: '2026-05-30T00:00:00Z',
      expectedStateUpdateDateTime: '2026-06-01T12:00:00.000Z',
    });
    expect(await get(`${script.path}/runSummary`)).toMatchObject({
      detectionScriptPendingDeviceCount: 1,
      issueDetectedDeviceCount: 0,
      issueRemediatedCumulativeDeviceCount: 1,
    });
  });

  it('needs a health script that exists', async () => {
    const device = await newDevice(api);
    const other = (await created(api, 'deviceManagement/deviceManagementScripts', {})).id;
    for (const body of [{}, { scriptPolicyId: null }, { scriptPolicyId: 'x' }, { scriptPolicyId: other }]) {
      const answer = await api.request('POST', on(`deviceManagement/managedDevices/${device.id}`), { body });
      expect(answer.status).toBe(400);
      expect(answer.body.error.message).toContain('scriptPolicyId');
    }
  });
});
