import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { checkTenant } from '../../src/domain/doctor/doctor.ts';
import { findWork } from '../../src/domain/jobs/background.ts';
import { COMPLIANCE, HEALTH, newDevice, newScript, type ScriptFixture } from '../support/health-fixtures.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { created, HARDWARE, hardwareBody } from '../support/sample-bodies.ts';
import { isShared, openTestStore } from '../support/test-store.ts';
import { workOff } from '../support/work-off.ts';

/** Two servers share a database, and their clocks lie apart: what has happened first is what was committed first. */

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Two servers of one tenant, before either has done anything. @param apart how far the second's clock is ahead, in milliseconds */
async function startBoth(apart: number): Promise<readonly [InProcessApi, InProcessApi]> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-clocks-'));
  folders.push(folder);
  const a = await startInProcessApi({ folder });
  const store = isShared ? await openTestStore(folder, a.clock) : a.store;
  const b = await startInProcessApi({ store, tenantId: a.tenantId });
  b.clock.advance(apart);
  return [a, b];
}

const stop = async ([a, b]: readonly InProcessApi[]): Promise<void> => {
  await a!.close();
  if (b!.store !== a!.store) await b!.close();
};

const body = (file: string) => ({ configurationFileContent: Buffer.from(file).toString('base64') });

const ALL_DEVICES = { target: { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' } };

/** More than are reset in the transaction of the new version. */
const MANY = 110;

const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<readonly T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

/** The results of all device states, by id. */
async function resultsOf(api: InProcessApi, path: string): Promise<ReadonlyMap<string, unknown>> {
  const { body: page } = await api.request('GET', `${path}/deviceRunStates?$top=1000`);
  return new Map(
    page.value.map((row: Record<string, unknown>) => [
      row.id,
      'configurationState' in row ? `${row.configurationState} ${row.internalVersion}` : row.detectionState,
    ]),
  );
}

async function expectNoProblems({ store, tenantId }: InProcessApi): Promise<void> {
  for await (const problem of checkTenant(store, tenantId)) expect.unreachable(JSON.stringify(problem));
}

describe.each([-5000, 5000])('A5 the clock of the second server is %i ms ahead', (apart) => {
  test.each([
    [0, 1],
    [1, 0],
  ])('A5 a result of the new version stays, one of the old version becomes pending: new version by server %i', async (first, second) => {
    const servers = await startBoth(apart);
    const [bumping, reporting] = [servers[first]!, servers[second]!];
    const path = `${HARDWARE}/${(await created(bumping, HARDWARE, hardwareBody())).id}`;
    await created(bumping, `${path}/assignments`, ALL_DEVICES);
    const report = (api: InProcessApi, internalVersion: number) =>
      created(api, `${path}/deviceRunStates`, { deviceName: 'PC', configurationState: 'success', internalVersion });
    const old = await many(MANY, (i) => report(i % 2 === 0 ? bumping : reporting, 1));
    expect((await bumping.request('PATCH', path, { body: body('new') })).status).toBe(200);
    expect(await findWork(bumping.store)).toHaveLength(1);
    const changed = old.at(-1)!.id;
    const patch = { configurationState: 'success', internalVersion: 2 };
    expect((await reporting.request('PATCH', `${path}/deviceRunStates/${changed}`, { body: patch })).status).toBe(200);
    const added = await many(3, () => report(reporting, 2));
    await workOff(reporting);
    const results = await resultsOf(bumping, path);
    for (const { id } of added) expect(results.get(id)).toBe('success 2');
    for (const { id } of old) expect(results.get(id)).toBe(id === changed ? 'success 2' : 'pending 2');
    await expectNoProblems(bumping);
    await stop(servers);
  });

  test.each<readonly [string, ScriptFixture]>([
    ['health scripts', HEALTH],
    ['compliance scripts', COMPLIANCE],
  ])('A5 so do results of %s', async (_, script) => {
    const servers = await startBoth(apart);
    const [a, b] = servers;
    const { path } = await newScript(a, script);
    await created(a, `${path}/assignments`, ALL_DEVICES);
    const devices = await many(MANY + 1, (i) => newDevice(a, { deviceName: `PC-${i}` }));
    const report = (api: InProcessApi, i: number) =>
      created(api, `${path}/deviceRunStates`, { ...devices[i]!.bind, detectionState: 'success' });
    const old = await many(MANY, (i) => report(i % 2 === 0 ? a : b, i));
    expect((await a.request('PATCH', path, { body: { detectionScriptContent: 'AAAA' } })).status).toBe(200);
    expect(await findWork(a.store)).toHaveLength(1);
    const added = await report(b, MANY);
    await workOff(b);
    const results = await resultsOf(a, path);
    expect(results.get(added.id)).toBe('success');
    for (const { id } of old) expect(results.get(id)).toBe('pending');
    await expectNoProblems(a);
    await stop(servers);
  });
});

/** What one of the servers does. `state` chooses among those that there are. */
type Step =
  | { readonly kind: 'report' | 'bump'; readonly server: number }
  | { readonly kind: 'change'; readonly server: number; readonly state: number }
  | { readonly kind: 'piece'; readonly server: number; readonly size: number };

const server = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('report' as const), server }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('change' as const), server, state: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('bump' as const), server }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('piece' as const), server, size: fc.integer({ min: 1, max: 30 }) }) },
);

test('A5 after any sequence of reports, new versions and pieces of work every state is of the version it was committed under', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: -5000, max: 5000 }), fc.array(step, { maxLength: 40, size: 'max' }), async (apart, steps) => {
      const servers = await startBoth(apart);
      const path = `${HARDWARE}/${(await created(servers[0], HARDWARE, hardwareBody())).id}`;
      await created(servers[0], `${path}/assignments`, ALL_DEVICES);
      let version = 1;
      const expected = new Map<string, string>();
      const result = () => ({ configurationState: 'success', internalVersion: version });
      const report = async (api: InProcessApi) => {
        const { id } = await created(api, `${path}/deviceRunStates`, result());
        expected.set(id, `success ${version}`);
      };
      const bump = async (api: InProcessApi) => {
        expect((await api.request('PATCH', path, { body: body(`version ${++version}`) })).status).toBe(200);
        for (const id of expected.keys()) expected.set(id, `pending ${version}`);
      };
      await many(MANY, (i) => report(servers[i % 2]!));
      await bump(servers[0]);
      for (const each of steps) {
        const api = servers[each.server]!;
        if (each.kind === 'report') await report(api);
        if (each.kind === 'bump') await bump(api);
        if (each.kind === 'piece') await workOff(api, { pieces: 1, size: each.size });
        if (each.kind !== 'change') continue;
        const id = [...expected.keys()][each.state % expected.size]!;
        expect((await api.request('PATCH', `${path}/deviceRunStates/${id}`, { body: result() })).status).toBe(200);
        expected.set(id, `success ${version}`);
      }
      await workOff(servers[1]);
      expect(await resultsOf(servers[0], path)).toEqual(expected);
      await expectNoProblems(servers[0]);
      await stop(servers);
    }),
    { numRuns: propertyRuns(25) },
  );
});
