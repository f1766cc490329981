import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkTenant } from '../../src/domain/doctor/doctor.ts';
import { deviceAndAppManagementAssignmentFilter } from '../../src/model/assignment-filter.ts';
import { startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, createdPath, FILTERS, groupBody, HARDWARE, hardwareBody, rowsOf, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';
import { DEVICES, EVERYTHING, filterBody, members, target, USERS, windows } from '../support/sample-filters.ts';

/** Assignment filters: their rules, who uses them, and whom they leave targeted. */

let api: InProcessApi;
beforeAll(async () => {
  api = await startDescribedApi();
});
afterAll(() => api.close());

const post = (path: string, body: object, headers = {}) => api.request('POST', path, { body, headers });
const patch = (path: string, body: object) => api.request('PATCH', path, { body });

describe('a filter', () => {
  it('is created with defaults, read, changed and deleted', async () => {
    const filter = await created(api, FILTERS, filterBody());
    expect(filter).toMatchObject({
      '@odata.type': '#microsoft.graph.deviceAndAppManagementAssignmentFilter',
      description: null,
      roleScopeTags: ['0'],
      assignmentFilterManagementType: 'devices',
      payloads: [],
    });
    const path = `${FILTERS}/${filter.id}`;
    const changed = await patch(path, { displayName: 'Notebooks', rule: 'device.model -eq "x"', payloads: [{ payloadId: 'x' }] });
    expect(changed.body).toMatchObject({
      displayName: 'Notebooks',
      rule: 'device.model -eq "x"',
      platform: 'windows10AndLater',
      payloads: [],
    });
    expect(await rowsOf(api, `${FILTERS}?$filter=id eq '${filter.id}'`)).toMatchObject([{ displayName: 'Notebooks' }]);
    expect((await api.request('DELETE', path)).status).toBe(204);
    expect((await api.request('GET', path)).status).toBe(404);
  });

  it('without a name, a rule or a rule that holds is refused', async () => {
    expectRefusal(await post(FILTERS, { displayName: 'x' }), { status: 400, code: 'missingProperty', target: 'rule' });
    expectRefusal(await post(FILTERS, filterBody({ displayName: undefined })), {
      status: 400,
      code: 'missingProperty',
      target: 'displayName',
    });
    const wrong = { status: 400, code: 'invalidValue', target: 'rule' } as const;
    expectRefusal(await post(FILTERS, filterBody({ rule: '(device.model -eq "x"' })), {
      ...wrong,
      says: /'\)' is expected at position 21/,
    });
    expectRefusal(await post(FILTERS, filterBody({ rule: '(device.colour -eq "x")' })), {
      ...wrong,
      says: /device\.manufacturer.* at position 1/,
    });
    expectRefusal(await post(FILTERS, filterBody({ rule: `(device.model -eq "${'x'.repeat(3100)}")` })), wrong);
    const path = await createdPath(api, FILTERS, filterBody({ rule: '(device.cpuArchitecture -in ["amd64"])' }));
    expectRefusal(await patch(path, { rule: 'device.model' }), wrong);
    expectRefusal(await patch(path, { platform: 'iOS' }), wrong);
    expect((await patch(path, { platform: 'macOS', description: 'Intel' })).body).toMatchObject({
      platform: 'macOS',
      description: 'Intel',
    });
  });

  it('is about apps where its platform is', async () => {
    const rule = '(app.deviceManagementType -eq "Unmanaged")';
    const filter = await created(api, FILTERS, filterBody({ platform: 'iOSMobileApplicationManagement', rule }));
    expect(filter.assignmentFilterManagementType).toBe('apps');
    expectRefusal(await post(FILTERS, filterBody({ assignmentFilterManagementType: 'apps' })), {
      status: 400,
      code: 'invalidValue',
      target: 'assignmentFilterManagementType',
    });
    const moved = await patch(`${FILTERS}/${filter.id}`, { platform: 'macOS', rule: 'device.model -eq "x"' });
    expect(moved.body).toMatchObject({ platform: 'macOS', assignmentFilterManagementType: 'devices' });
  });
});

describe('what filters can ask', () => {
  it('differs by platform', async () => {
    const names = async (platform: string) => {
      const answer = await api.request('GET', `${FILTERS}/getPlatformSupportedProperties(platform='${platform}')`);
      expect(answer.status, answer.text).toBe(200);
      return (answer.body.value as { name: string }[]).map(({ name }) => name);
    };
    expect(await names('windows10AndLater')).toContain('deviceTrustType');
    expect(await names('iOS')).toContain('isRooted');
    expect(await names('iOS')).not.toContain('deviceTrustType');
    expect(await names('iOSMobileApplicationManagement')).toContain('appVersion');
  });

  it('is what rules are held to, property by property and operator by operator', async () => {
    const WRITTEN: Readonly<Record<string, string>> = {
      equals: 'eq',
      notEquals: 'ne',
      greaterThan: 'gt',
      greaterThanOrEquals: 'ge',
      lessThan: 'lt',
      lessThanOrEquals: 'le',
    };
    const path = await createdPath(api, FILTERS, filterBody());
    const { body } = await api.request('GET', `${path}/getSupportedProperties`);
    expect(body['@odata.context']).toBe(
      'http://localhost:8080/beta/$metadata#Collection(microsoft.graph.assignmentFilterSupportedProperty)',
    );
    for (const { name, dataType, supportedOperators, supportedValues } of body.value) {
      for (const operator of supportedOperators) {
        const value = dataType === 'Version' ? '10.0' : `"${supportedValues[0] ?? 'x'}"`;
        const rule = `(device.${name} -${WRITTEN[operator] ?? operator} ${value})`;
        const answer = await post(`${FILTERS}/validateFilter`, { deviceAndAppManagementAssignmentFilter: filterBody({ rule }) });
        expect({ rule, valid: answer.body.isValidRule }).toEqual({ rule, valid: true });
      }
    }
  });

  it('is validated without anything being stored', async () => {
    const before = (await rowsOf(api, FILTERS)).length;
    const valid = async (changes: object) => {
      const answer = await post(`${FILTERS}/validateFilter`, { deviceAndAppManagementAssignmentFilter: filterBody(changes) });
      expect(answer.status, answer.text).toBe(200);
      return answer.body;
    };
    expect(await valid({})).toEqual({
      '@odata.context': 'http://localhost:8080/beta/$metadata#microsoft.graph.assignmentFilterValidationResult',
      isValidRule: true,
    });
    expect(await valid({ rule: 'device.model' })).toMatchObject({ isValidRule: false });
    expect(await valid({ platform: 'iOS', rule: '(device.deviceTrustType -eq "Unknown")' })).toMatchObject({ isValidRule: false });
    for (const body of [{}, { deviceAndAppManagementAssignmentFilter: null }, { deviceAndAppManagementAssignmentFilter: { rule: ' ' } }])
      expectRefusal(await post(`${FILTERS}/validateFilter`, body), { status: 400, code: 'missingProperty' });
    expect((await rowsOf(api, FILTERS)).length).toBe(before);
  });
});

describe('the assignments that use a filter', () => {
  it.each([
    ['hardware configuration', HARDWARE, { body: hardwareBody(), list: 'hardwareConfigurationAssignments' }],
    ['script', SCRIPTS, { body: scriptBody(), list: 'deviceManagementScriptAssignments' }],
  ])('of a %s are its payloads, through every way of writing them', async (_, root, { body, list }) => {
    const filter = await createdPath(api, FILTERS, filterBody());
    const other = await createdPath(api, FILTERS, filterBody());
    const [id, otherId] = [filter, other].map((path) => path.split('/').at(-1)!) as [string, string];
    const payloads = async (path: string) => (await api.request('GET', path)).body.payloads;
    const policy = await created(api, root, body);
    const path = `${root}/${policy.id}`;
    const group = { groupId: '44444444-4444-4444-4444-444444444444' };

    const assignment = await created(api, `${path}/assignments`, target(id, 'include', members(group.groupId)));
    expect(await payloads(filter)).toEqual([
      { payloadId: policy.id, payloadType: 'deviceConfigurationAndCompliance', ...group, assignmentFilterType: 'include' },
    ]);
    await post(`${path}/assign`, { [list]: [target(id, 'exclude'), target(otherId, 'include', members(group.groupId))] });
    expect(await payloads(filter)).toMatchObject([{ assignmentFilterType: 'exclude' }]);
    expect(await payloads(other)).toMatchObject([{ assignmentFilterType: 'include', ...group }]);
    expect(
      (await api.request('GET', `${FILTERS}?$filter=payloads/any(p:p/payloadId eq '${policy.id}')&$count=true`)).body['@odata.count'],
    ).toBe(2);

    const changed = await patch(`${path}/assignments/${encodeURIComponent(assignment.id)}`, target(null, 'none', members(group.groupId)));
    expect(changed.status, changed.text).toBe(200);
    expect(await payloads(other)).toEqual([]);
    expect((await api.request('DELETE', other)).status).toBe(204);

    expectRefusal(await api.request('DELETE', filter), { status: 409, code: 'inUse', says: /1 assignment/ });
    await api.request('DELETE', path);
    expect(await payloads(filter)).toEqual([]);
    expect((await api.request('DELETE', filter)).status).toBe(204);
  });

  it('name one that exists, and a refused request leaves no trace', async () => {
    const policy = await createdPath(api, HARDWARE, hardwareBody());
    const filter = await created(api, FILTERS, filterBody());
    const missing = { status: 400, code: 'referencedMissing', target: 'target/deviceAndAppManagementAssignmentFilterId' } as const;
    const body = {
      hardwareConfigurationAssignments: [target(filter.id, 'include'), target(policy.split('/').at(-1)!, 'include', USERS)],
    };
    expectRefusal(await post(`${policy}/assign`, body), missing);
    expectRefusal(await post(`${policy}/assignments`, target(null, 'include')), { ...missing, code: 'missingProperty' });
    expect(await rowsOf(api, `${policy}/assignments`)).toEqual([]);
    expect((await api.request('GET', `${FILTERS}/${filter.id}`)).body.payloads).toEqual([]);
    for (const none of [target(null, 'none'), target('00000000-0000-0000-0000-000000000000', 'none')])
      expect((await post(`${policy}/assign`, { hardwareConfigurationAssignments: [none] })).status).toBe(200);
  });
});

/** Writes of assignments, by their names: what a random history is made of. */
const step = fc.record({
  kind: fc.constantFrom('assign', 'add', 'change', 'remove', 'removePolicy', 'retarget'),
  whom: fc.constantFrom(EVERYTHING, USERS, members('g1'), members('g2')),
  mode: fc.constantFrom('include', 'exclude', 'none'),
  filter: fc.nat({ max: 1 }),
  script: fc.boolean(),
});

it('payloads are the assignments that name the filter, whatever was written', () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const own = await startDescribedApi();
      const filters = [await created(own, FILTERS, filterBody()), await created(own, FILTERS, filterBody())].map(({ id }) => id);
      const policies = new Map<string, string>();
      for (const { kind, whom, mode, filter, script } of steps) {
        const root = script ? SCRIPTS : HARDWARE;
        const policy = policies.get(root) ?? (await createdPath(own, root, script ? scriptBody() : hardwareBody()));
        policies.set(root, policy);
        const body = target(filters[filter]!, mode, whom);
        const [first] = await rowsOf(own, `${policy}/assignments`);
        const one = first === undefined ? undefined : `${policy}/assignments/${encodeURIComponent(first.id as string)}`;
        const list = script ? 'deviceManagementScriptAssignments' : 'hardwareConfigurationAssignments';
        if (kind === 'assign') await own.request('POST', `${policy}/assign`, { body: { [list]: [body, target(filters[1]!, mode)] } });
        else if (kind === 'add') await own.request('POST', `${policy}/assignments`, { body });
        else if (kind === 'removePolicy') {
          await own.request('DELETE', policy);
          policies.delete(root);
        } else if (one !== undefined && kind === 'change') await own.request('PATCH', one, { body });
        else if (one !== undefined && kind === 'remove') await own.request('DELETE', one);
        else if (script && one !== undefined) {
          const group = one.replace('/assignments/', '/groupAssignments/');
          await own.request('PATCH', group, { body: { targetGroupId: 'g3' } });
        }
      }
      const wanted = new Map(filters.map((id) => [id, [] as string[]]));
      for (const policy of policies.values())
        for (const row of await rowsOf(own, `${policy}/assignments`)) {
          const { deviceAndAppManagementAssignmentFilterId: id, deviceAndAppManagementAssignmentFilterType: mode } = row.target as Record<
            string,
            string
          >;
          if (mode !== 'none') wanted.get(id!)!.push(`${String(row.id)} ${mode}`);
        }
      for (const { id, payloads } of (await rowsOf(own, FILTERS)) as readonly { id: string; payloads: Record<string, string>[] }[])
        expect(payloads.map((p) => `${p.payloadId}:${p.groupId} ${p.assignmentFilterType}`).sort()).toEqual(wanted.get(id)!.sort());
      for await (const problem of checkTenant(own.store, own.tenantId)) expect(problem).toBeUndefined();
      await own.close();
    }),
    { numRuns: 30 },
  ));

it('the doctor finds payloads that are wrong', async () => {
  const own = await startDescribedApi();
  const { id } = await created(own, FILTERS, filterBody());
  const payloads = [{ payloadId: id, groupId: 'g', payloadType: 'unknown', assignmentFilterType: 'include' }] as const;
  await own.store.write(own.tenantId, (writer) => writer.update(deviceAndAppManagementAssignmentFilter, { id }, { payloads }));
  const problems: unknown[] = [];
  for await (const problem of checkTenant(own.store, own.tenantId)) problems.push(problem);
  expect(problems).toMatchObject([
    { entity: 'deviceAndAppManagementAssignmentFilter', id, problem: expect.stringContaining('1 assignments, but 0') },
  ]);
  await own.close();
});

describe('targeting', () => {
  /** A new version puts targeted devices back to pending: which of PC-D (Dell), PC-H (HP) and PC-X (unknown here) are they? */
  async function targeted(own: InProcessApi, assignments: readonly object[]): Promise<readonly unknown[]> {
    const path = await createdPath(own, HARDWARE, hardwareBody());
    for (const deviceName of ['PC-D', 'PC-H', 'PC-X'])
      await created(own, `${path}/deviceRunStates`, { deviceName, upn: 'a@x.example', configurationState: 'success' });
    const assigned = await own.request('POST', `${path}/assign`, { body: { hardwareConfigurationAssignments: assignments } });
    expect(assigned.status, assigned.text).toBe(200);
    expect((await own.request('PATCH', path, { body: { fileName: 'new.cctk' } })).status).toBe(200);
    const states = await rowsOf(own, `${path}/deviceRunStates?$filter=configurationState eq 'pending'&$orderby=deviceName`);
    return states.map(({ deviceName }) => deviceName);
  }

  it('is narrowed by filters, while they are switched on', async () => {
    const own = await startDescribedApi();
    await created(own, DEVICES, windows({ deviceName: 'PC-D' }));
    await created(own, DEVICES, windows({ deviceName: 'PC-H', manufacturer: 'HP' }));
    const dell = (await created(own, FILTERS, filterBody())).id;
    const group = (await created(own, 'groups', groupBody({ displayName: 'G' }))).id;
    expect(await targeted(own, [target(null, 'none')])).toEqual(['PC-D', 'PC-H', 'PC-X']);
    expect(await targeted(own, [target(dell, 'include')])).toEqual(['PC-D']);
    expect(await targeted(own, [target(dell, 'exclude')])).toEqual(['PC-H', 'PC-X']);
    expect(await targeted(own, [target(dell, 'include'), target(null, 'none', members(group))])).toEqual(['PC-D']);
    expect(await targeted(own, [target(dell, 'include'), target(dell, 'exclude', USERS)])).toEqual(['PC-D', 'PC-H', 'PC-X']);
    expect((await own.request('POST', `${FILTERS}/enable`, { body: { enable: false } })).status).toBe(204);
    expect(await targeted(own, [target(dell, 'include')])).toEqual(['PC-D', 'PC-H', 'PC-X']);
    await own.close();
  });
});
