import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkTenant } from '../../src/domain/doctor/doctor.ts';
import { deviceHealthScriptDay } from '../../src/model/device-health-script.ts';
import { deviceHealthScriptPolicyState } from '../../src/model/device-health-script-policy-state.ts';
import { COMPLIANCE, HEALTH } from '../support/health-fixtures.ts';
import { bodyOf, DAY, DETECTION, dayOf, operation, pick, World } from '../support/health-world.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { propertyRuns } from '../support/property-runs.ts';

/** Summaries, history and policy states of scripts that count devices alone: what a naive model of the rules says after any sequence of writes. */

const numRuns = Number(process.env.MUSTER_PROPERTY_RUNS ?? propertyRuns(40));

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());

describe('health scripts', () => {
  it('count what a plain model counts after any sequence of writes', { timeout: Math.max(60_000, numRuns * 3_000) }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25, size: 'max' }), async (operations) => {
        const world = await World.make(api, HEALTH);
        for (const [index, one] of operations.entries()) {
          await world.play(one);
          if (index % 8 === 7) await world.compare();
        }
        await world.compare();
        await world.send(`DELETE ${world.path}`, 204);
        await world.expectNoProblems();
      }),
      { numRuns },
    );
  });

  it('count each remediated device for thirty days, without a write in between', async () => {
    const world = await World.make(api, HEALTH);
    const cumulative = async () => (await world.get(`${world.path}/runSummary/issueRemediatedCumulativeDeviceCount`)).value;
    const now = api.clock.now();
    for (const daysAgo of [0, 29, 30]) {
      const result = { detectionState: 'fail', remediationState: 'success', time: now - daysAgo * DAY } as const;
      await world.send(`POST ${world.path}/deviceRunStates`, 201, bodyOf(result));
    }
    expect(await cumulative()).toBe(2);
    const tag = async () => (await api.request('GET', `${world.path}/runSummary`, { token: world.token })).headers.etag;
    const today = await tag();
    api.clock.advance(DAY);
    expect(await cumulative()).toBe(1);
    expect(await tag()).not.toBe(today);
    api.clock.advance(29 * DAY);
    expect(await cumulative()).toBe(0);
    expect((await world.get(`${world.path}/runSummary`)).issueRemediatedDeviceCount).toBe(3);
  });

  it('take the first result after a wait for a new report, and a result of the same time for a correction', async () => {
    const world = await World.make(api, HEALTH);
    const states = `${world.path}/deviceRunStates`;
    const cumulative = async () => (await world.get(`${world.path}/runSummary`)).issueRemediatedCumulativeDeviceCount;
    const now = api.clock.now();
    const remediated = { detectionState: 'fail', remediationState: 'success', time: now - 2 * DAY } as const;
    const { id } = await world.send(`POST ${states}`, 201, bodyOf(remediated));
    await world.send(`PATCH ${states}/${id}`, 200, bodyOf({ ...remediated, detectionState: 'pending', time: now }));
    await world.send(`PATCH ${states}/${id}`, 200, { detectionState: 'success', remediationState: 'success' });
    expect(await cumulative()).toBe(1);
    await world.send(`PATCH ${states}/${id}`, 200, { remediationState: 'skipped' });
    expect(await cumulative()).toBe(1);
    const { historyData } = await world.get(`${world.path}/getRemediationHistory`);
    expect(historyData).toMatchObject([
      { remediatedDeviceCount: 1, noIssueDeviceCount: 0, detectFailedDeviceCount: 1 },
      { remediatedDeviceCount: 0, noIssueDeviceCount: 1, detectFailedDeviceCount: 0 },
    ]);
  });

  it('refuse to be filtered or ordered by what is counted when it is read', async () => {
    const token = await api.token();
    for (const option of [
      '$filter=runSummary/issueRemediatedCumulativeDeviceCount gt 1',
      '$orderby=runSummary/issueRemediatedCumulativeDeviceCount',
    ]) {
      const answer = await api.request('GET', `${HEALTH.root}?${option}`, { token });
      expect(answer.status).toBe(400);
      expect(answer.body.error.message).toContain('issueRemediatedCumulativeDeviceCount');
    }
    const other = `${HEALTH.root}?$filter=runSummary/issueRemediatedDeviceCount ge 0`;
    expect((await api.request('GET', other, { token })).status).toBe(200);
  });

  it('say how many scripts are deployed', async () => {
    const world = await World.make(api, HEALTH);
    const summary = () => world.get(`${HEALTH.root}/getRemediationSummary`);
    expect(await summary()).toMatchObject({ scriptCount: 0, remediatedDeviceCount: 0 });
    const target = { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' };
    await world.send(`POST ${world.path}/assign`, 204, { deviceHealthScriptAssignments: [{ target }] });
    expect(await summary()).toMatchObject({ scriptCount: 1 });
  });
});

describe('compliance scripts', () => {
  const step = fc.record({ pick, state: fc.constantFrom(...DETECTION), write: fc.constantFrom('create', 'create', 'update', 'remove') });

  it('count what a plain model counts after any sequence of writes', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20, size: 'max' }), async (steps) => {
        const world = await World.make(api, COMPLIANCE);
        const states = new Map<string, string>();
        for (const { pick: at, state, write } of steps) {
          const id = [...states.keys()][at % (states.size || 1)];
          const path = `${world.path}/deviceRunStates`;
          if (write === 'create' || id === undefined)
            states.set((await world.send(`POST ${path}`, 201, { detectionState: state })).id, state);
          else if (write === 'update') {
            await world.send(`PATCH ${path}/${id}`, 200, { detectionState: state });
            states.set(id, state);
          } else {
            await world.send(`DELETE ${path}/${id}`, 204);
            states.delete(id);
          }
        }
        const count = (state: string): number => [...states.values()].filter((one) => one === state).length;
        expect(await world.get(`${world.path}/runSummary`)).toMatchObject({
          noIssueDetectedDeviceCount: count('success'),
          issueDetectedDeviceCount: count('fail'),
          detectionScriptErrorDeviceCount: count('scriptError'),
          detectionScriptPendingDeviceCount: count('pending'),
        });
        await world.expectNoProblems();
      }),
      { numRuns },
    );
  });
});

describe('the doctor', () => {
  it('finds days and policy states that are not what the rows add up to', async () => {
    const world = await World.make(api, HEALTH);
    const { scriptId: policyId, devices } = world;
    const result = { detectionState: 'fail', remediationState: 'success', time: api.clock.now() } as const;
    await world.send(`POST ${world.path}/deviceRunStates`, 201, { ...bodyOf(result), ...world.bind(0) });
    const day = dayOf(api.clock.now());
    await api.store.write(world.tenantId, async (writer) => {
      await writer.update(deviceHealthScriptDay, { policyId, day }, { lastRemediatedDeviceCount: 5, detectFailedDeviceCount: 0 });
      await writer.update(deviceHealthScriptPolicyState, { policyId, deviceId: devices[0]! }, { detectionState: 'success' });
    });
    const found = [];
    for await (const { entity, problem } of checkTenant(api.store, world.tenantId)) found.push(`${entity}: ${problem}`);
    expect(found).toEqual([
      'deviceHealthScriptDay: lastRemediatedDeviceCount is 5, but the rows add up to 1',
      'deviceHealthScriptDay: detectFailedDeviceCount is 0, but the rows add up to 1',
      'deviceHealthScriptPolicyState: detectionState is "success", but the rows add up to "fail"',
    ]);
  });
});
