import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { checkTenant } from '../../src/domain/doctor/doctor.ts';
import { findWork } from '../../src/domain/jobs/background.ts';
import type { EntityType } from '../../src/edm/declare.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import { model } from '../../src/model/index.ts';
import { HEALTH, newDevice, newScript } from '../support/health-fixtures.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { created } from '../support/sample-bodies.ts';
import { openPlainTestStore, openTestStore } from '../support/test-store.ts';
import { workOff } from '../support/work-off.ts';

/** What takes too long for one transaction is done in pieces; clients see it done at once, or row by row with true counters. */

const ROOT = 'deviceManagement';
const SCRIPT = { root: `${ROOT}/deviceManagementScripts`, body: { displayName: 'x' } };
const HARDWARE = {
  root: `${ROOT}/hardwareConfigurations`,
  body: { displayName: 'x', fileName: 'a.cctk', configurationFileContent: 'AAAA' },
};

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

async function get(api: InProcessApi, path: string) {
  const { status, body } = await api.request('GET', path);
  expect([path, status, body]).toEqual([path, 200, body]);
  return body;
}

async function problemsOf({ store, tenantId }: InProcessApi): Promise<readonly unknown[]> {
  const problems: unknown[] = [];
  for await (const problem of checkTenant(store, tenantId)) problems.push(problem);
  return problems;
}

/** How many rows a type really has, hidden ones included. */
const stored = ({ store, tenantId }: InProcessApi, name: string): Promise<number> =>
  store.read(tenantId, (reader) => reader.count({ from: model.stored.find((type) => type.name === name) as EntityType, scope: {} }));

const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<readonly T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

describe('a policy that is deleted with very many rows', () => {
  /** More than go in the transaction that deletes the policy. */
  const STATES = 230;

  const fixtures = {
    hardware: { ...HARDWARE, states: (i: number) => ({ deviceName: `PC-${i}`, upn: `u${i % 7}@x.example`, configurationState: 'fail' }) },
    script: { ...SCRIPT, states: (i: number) => ({ runState: i % 2 === 0 ? 'success' : 'fail' }) },
  };

  test.each(Object.entries(fixtures))('is gone with all of them at once: %s', async (_, { root, body, states }) => {
    const api = await startInProcessApi();
    const [gone, stays] = [await newScript(api, { root, body }), await newScript(api, { root, body })];
    const [state] = await many(STATES, (i) => created(api, `${gone.path}/deviceRunStates`, states(i)));
    await created(api, `${stays.path}/deviceRunStates`, states(0));
    const user = await created(api, `${gone.path}/userRunStates`, {});
    expect((await api.request('DELETE', gone.path)).status).toBeLessThan(300);
    const paths = [
      '',
      '/deviceRunStates',
      '/deviceRunStates/$count',
      `/deviceRunStates/${state!.id}`,
      `/userRunStates/${user.id}`,
      '/runSummary',
    ];
    const check = async () => {
      for (const path of paths) expect([path, (await api.request('GET', gone.path + path)).status]).toEqual([path, 404]);
      expect((await api.request('PATCH', `${gone.path}/deviceRunStates/${state!.id}`, { body: states(1) })).status).toBe(404);
      expect((await api.request('POST', `${gone.path}/deviceRunStates`, { body: states(1) })).status).toBe(404);
      expect((await get(api, `${stays.path}/deviceRunStates`)).value).toHaveLength(1);
      expect(await problemsOf(api)).toEqual([]);
    };
    await check();
    expect(await findWork(api.store)).toHaveLength(1);
    for (let pieces = 1; pieces > 0; ) {
      pieces = await workOff(api, { pieces: 1, size: 9 });
      await check();
    }
    expect(await stored(api, root === HARDWARE.root ? 'hardwareConfigurationDeviceState' : 'deviceManagementScriptDeviceState')).toBe(1);
    await api.close();
  });

  test('is gone from lists of other things, too', async () => {
    const api = await startInProcessApi();
    const [gone, stays] = [await newScript(api, HEALTH), await newScript(api, HEALTH)];
    const devices = await many(STATES, (i) => newDevice(api, { deviceName: `PC-${i}` }));
    for (const { path } of [gone, stays])
      await Promise.all(devices.map(({ bind }) => created(api, `${path}/deviceRunStates`, { ...bind, detectionState: 'fail' })));
    expect((await api.request('DELETE', gone.path)).status).toBeLessThan(300);
    expect(await findWork(api.store)).toHaveLength(1);
    const last = `${ROOT}/managedDevices/${devices.at(-1)!.id}`;
    const check = async () => {
      const states = `${last}/deviceHealthScriptStates`;
      expect((await get(api, states)).value).toMatchObject([{ policyId: stays.id }]);
      expect(await get(api, `${states}/$count`)).toBe('1');
      expect((await get(api, `${last}?$expand=deviceHealthScriptStates`)).deviceHealthScriptStates).toHaveLength(1);
      const those = (condition: string) =>
        get(api, `${ROOT}/managedDevices?$count=true&$top=1&$filter=deviceHealthScriptStates/${condition}`);
      expect((await those(`any(s:s/policyId eq '${gone.id}')`))['@odata.count']).toBe(0);
      expect((await those(`all(s:s/policyId eq '${stays.id}')`))['@odata.count']).toBe(STATES);
      expect(await problemsOf(api)).toEqual([]);
    };
    await check();
    await workOff(api, { pieces: 2, size: 40 });
    await check();
    expect((await api.request('DELETE', last)).status).toBe(204);
    expect(await problemsOf(api)).toEqual([]);
    await workOff(api);
    expect(await stored(api, 'deviceHealthScriptPolicyState')).toBe(STATES - 1);
    await api.close();
  });

  test('is gone also when the server stops between, and its rows are removed by the next', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-background-'));
    folders.push(folder);
    const api = await startInProcessApi({ folder });
    const { path } = await newScript(api, HARDWARE);
    const [state] = await many(STATES, (i) => created(api, `${path}/deviceRunStates`, fixtures.hardware.states(i)));
    await api.request('DELETE', path);
    await workOff(api, { pieces: 1, size: 5 });
    await api.close();
    const store = await openTestStore(folder, api.clock);
    const again = await startInProcessApi({ store, tenantId: api.tenantId });
    expect((await again.request('GET', `${path}/deviceRunStates/${state!.id}`)).status).toBe(404);
    expect(await stored(again, 'hardwareConfigurationDeviceState')).toBe(STATES - 200 - 5);
    expect(await workOff(again)).toBe(1);
    expect(await stored(again, 'hardwareConfigurationDeviceState')).toBe(0);
    await again.close();
  });

  test('does not disturb writers that were at it', async () => {
    const api = await startInProcessApi();
    const { path } = await newScript(api, HARDWARE);
    await many(STATES, (i) => created(api, `${path}/deviceRunStates`, fixtures.hardware.states(i)));
    const posts = many(40, (i) => api.request('POST', `${path}/deviceRunStates`, { body: fixtures.hardware.states(i) }));
    const [answers, deleted] = await Promise.all([posts, api.request('DELETE', path)]);
    expect(deleted.status).toBe(204);
    expect(answers.every(({ status }) => status === 201 || status === 404)).toBe(true);
    await workOff(api);
    expect(await stored(api, 'hardwareConfigurationDeviceState')).toBe(0);
    await api.close();
  });

  test('is gone for writes that share its transaction, too', async () => {
    // A store that runs nothing twice: what is sent first is to be written first.
    const api = await startInProcessApi({ store: await openPlainTestStore(undefined, new FakeClock(Date.UTC(2026, 5, 1, 12))) });
    const { path } = await newScript(api, HARDWARE);
    const rows = await many(STATES, (i) => created(api, `${path}/deviceRunStates`, fixtures.hardware.states(i)));
    const last = rows
      .map(({ id }) => id)
      .sort()
      .at(-1);
    await get(api, path);
    const deleting = api.request('DELETE', path);
    const patched = await many(9, (i) => api.request('PATCH', `${path}/deviceRunStates/${last}`, { body: { upn: `new${i}@x.example` } }));
    expect((await deleting).status).toBe(204);
    expect(patched.map(({ status }) => status)).toEqual(patched.map(() => 404));
    expect(await problemsOf(api)).toEqual([]);
    await api.close();
  });
});

test('a group with very many members is gone at once from where its members look', async () => {
  const api = await startInProcessApi();
  const body = { displayName: 'All', mailEnabled: false, mailNickname: 'all', securityEnabled: true };
  const { id } = await created(api, 'groups', body);
  const users = await many(230, (i) => created(api, 'users', { displayName: `U${i}`, userPrincipalName: `u${i}@x.example` }));
  for (const user of users) {
    const reference = { '@odata.id': `https://any.example/beta/directoryObjects/${user.id}` };
    expect((await api.request('POST', `groups/${id}/members/$ref`, { body: reference })).status).toBe(204);
  }
  const last = [...users].sort((a, b) => (a.id < b.id ? -1 : 1)).at(-1)!.id;
  expect((await get(api, `users/${last}/memberOf`)).value).toHaveLength(1);
  expect((await api.request('DELETE', `groups/${id}`)).status).toBe(204);
  expect(await stored(api, 'groupMember')).toBe(30);
  for (const path of ['memberOf', 'transitiveMemberOf']) expect((await get(api, `users/${last}/${path}`)).value).toEqual([]);
  await workOff(api);
  expect(await stored(api, 'groupMember')).toBe(0);
  await api.close();
});

describe('a new version of a policy with very many states', () => {
  const STATES = 110;

  type Step =
    | { readonly do: 'bump' | 'add' | 'untarget' }
    | { readonly do: 'patch' | 'touch' | 'delete'; readonly at: number }
    | { readonly do: 'piece'; readonly size: number };

  // Mostly those that are left for later.
  const at = fc.integer({ min: STATES - 15, max: STATES - 1 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('bump' as const, 'add' as const, 'untarget' as const) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('patch' as const, 'touch' as const, 'delete' as const), at }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('piece' as const), size: fc.integer({ min: 1, max: 30 }) }) },
  );

  /** One Muster with a policy, to which steps are done. */
  async function startWorld(family: 'hardware' | 'health') {
    const api = await startInProcessApi();
    const isHardware = family === 'hardware';
    const { path } = await newScript(api, isHardware ? HARDWARE : HEALTH);
    const all = { target: { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' } };
    const assign = (assignments: readonly object[]) =>
      api.request('POST', `${path}/assign`, {
        body: { [isHardware ? 'hardwareConfigurationAssignments' : 'deviceHealthScriptAssignments']: assignments },
      });
    await assign([all]);
    const result = (state: string) => ({ [isHardware ? 'configurationState' : 'detectionState']: state });
    const [name, text] = isHardware ? ['deviceName', 'osVersion'] : ['preRemediationDetectionScriptOutput', 'remediationScriptError'];
    const ids: string[] = [];
    const add = async () => {
      const values = { [name!]: `PC-${ids.length}`, ...result('success'), ...(isHardware ? { upn: `u${ids.length % 5}@x.example` } : {}) };
      ids.push((await created(api, `${path}/deviceRunStates`, values)).id);
    };
    for (let i = 0; i < STATES; i++) await add();
    let versions = 0;
    return {
      api,
      async step(what: Step, isLate: boolean): Promise<void> {
        api.clock.advance(1000);
        const state = 'at' in what ? `${path}/deviceRunStates/${ids[what.at]}` : '';
        switch (what.do) {
          case 'bump': {
            const content = Buffer.from(`version ${++versions}`).toString('base64');
            const body = { [isHardware ? 'configurationFileContent' : 'detectionScriptContent']: content };
            expect((await api.request('PATCH', path, { body })).status).toBe(200);
            if (!isLate) await workOff(api);
            return;
          }
          case 'add':
            return add();
          case 'untarget':
            // The targets of the moment count, and late pieces have another: the work goes first.
            await workOff(api);
            await assign(versions % 2 === 0 ? [] : [all]);
            return;
          case 'patch':
            await api.request('PATCH', state, {
              body: { ...result(what.at % 3 === 0 ? 'fail' : 'success'), lastStateUpdateDateTime: new Date(api.clock.now()).toISOString() },
            });
            return;
          case 'touch':
            await api.request('PATCH', state, { body: { [text!]: `touched ${versions}` } });
            return;
          case 'delete':
            await api.request('DELETE', state);
            return;
          case 'piece':
            if (isLate) await workOff(api, { pieces: 1, size: what.size });
        }
      },
      /** All that clients see of the states and what is counted, without ids. */
      async seen() {
        const { value } = await get(api, `${path}/deviceRunStates?$top=1000`);
        const users = isHardware ? (await get(api, `${path}/userRunStates?$top=1000`)).value : [];
        const { id: _, '@odata.context': __, ...summary } = await get(api, `${path}/runSummary`);
        const plain = (rows: readonly Record<string, unknown>[]) => rows.map(({ id, ...row }) => JSON.stringify(row)).sort();
        return { states: plain(value), users: plain(users), summary };
      },
    };
  }

  test.each(['hardware', 'health'] as const)(
    'ends as if all states had been reset at once, and counters are never wrong: %s',
    { timeout: 120_000 },
    async (family) => {
      const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const [atOnce, late] = [await startWorld(family), await startWorld(family)];
        for (const one of [{ do: 'bump' } as const, ...steps]) {
          await atOnce.step(one, false);
          await late.step(one, true);
          expect(await problemsOf(late.api)).toEqual([]);
        }
        await workOff(late.api);
        expect(await late.seen()).toEqual(await atOnce.seen());
        await Promise.all([atOnce.api.close(), late.api.close()]);
      });
      await fc.assert(property, { numRuns: propertyRuns(15) });
    },
  );
});

test('policy states take on each name of their script, however fast it changes', async () => {
  const api = await startInProcessApi();
  const { path } = await newScript(api, HEALTH, { displayName: 'A' });
  const devices = await many(120, (i) => newDevice(api, { deviceName: `PC-${i}` }));
  await Promise.all(devices.map(({ bind }) => created(api, `${path}/deviceRunStates`, bind)));
  const rename = async (displayName: string) => expect((await api.request('PATCH', path, { body: { displayName } })).status).toBe(200);
  await rename('B');
  await workOff(api, { pieces: 1, size: 5 });
  await rename('C');
  await workOff(api, { size: 7 });
  const names = await many(
    120,
    async (i) => (await get(api, `${ROOT}/managedDevices/${devices[i]!.id}/deviceHealthScriptStates`)).value[0].policyName,
  );
  expect(new Set(names)).toEqual(new Set(['C']));
  await api.close();
});
