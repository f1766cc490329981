import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_USES } from '../../src/domain/filters/filter-use.ts';
import { MAX_ASSIGNMENTS } from '../../src/domain/policies/assignment-rules.ts';
import type { EntityType } from '../../src/edm/declare.ts';
import { type Property, shapeOf } from '../../src/edm/link.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { model } from '../../src/model/index.ts';
import { readEntity } from '../../src/odata/body/read-entity.ts';
import { readParameters } from '../../src/odata/body/read-parameters.ts';
import { MAX_ITEMS, MAX_NESTED_ITEMS } from '../../src/odata/body/read-value.ts';
import { type RowWriter, type Store, typedWriter, type Writer } from '../../src/store/contract.ts';
import { COMPLIANCE, HEALTH, newScript } from '../support/health-fixtures.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import {
  CUSTOM_ATTRIBUTES,
  created,
  createdPath,
  customAttributeBody,
  FILTERS,
  groupBody,
  groupTarget,
  HARDWARE,
  hardwareBody,
  rowsOf,
  SCRIPTS,
  SHELL_SCRIPTS,
  scriptBody,
  shellScriptBody,
} from '../support/sample-bodies.ts';
import { filterBody } from '../support/sample-filters.ts';
import { sample } from '../support/surface-samples.ts';
import { openPlainTestStore } from '../support/test-store.ts';

/** Collections that clients send have limits that no real use meets, and no request keeps others waiting for long. */

let api: InProcessApi;
/** How often rows of each type were updated. */
const updates = new Map<EntityType, number>();
beforeAll(async () => {
  const plain = await openPlainTestStore(undefined, new FakeClock(Date.UTC(2026, 5, 1, 12)));
  const store: Store = {
    read: (tenantId, work) => plain.read(tenantId, work),
    write: (tenantId, work) => plain.write(tenantId, (writer) => work(counting(writer))),
    append: (tenantId, appending) => plain.append(tenantId, appending),
    close: () => plain.close(),
  };
  api = await startInProcessApi({ store });
});
afterAll(() => api.close());

const counting = (writer: RowWriter): Writer =>
  typedWriter({
    select: (plan) => writer.select(plan),
    count: (rows) => writer.count(rows),
    insert: (type, ...rows) => writer.insert(type, ...rows),
    update(type, key, changes) {
      updates.set(type, (updates.get(type) ?? 0) + 1);
      return writer.update(type, key, changes);
    },
    accumulate: (type, ...changes) => writer.accumulate(type, ...changes),
    delete: (rows, limit) => writer.delete(rows, limit),
  });

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

/** What reading something throws, as `code target`; undefined when it is read. */
function refusalOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return `${error.code} ${error.target}`;
  }
}

describe('B9 every collection that a client can send', () => {
  const properties = model.entityTypes.flatMap((type) =>
    shapeOf(type)
      .visible.filter(({ collection, readOnly }) => collection && readOnly !== true)
      .map((property) => [`${type.name}/${property.name}`, type, property] as const),
  );

  test.each(properties)('B9 %s has a limit, in creates, updates and parameters', (_, type, property) => {
    // What is inside them is counted, too.
    const isBare = typeof property.type === 'object' && property.type.kind === 'complex' && property.type.abstract !== true;
    const itemAt = (n: number) => (isBare ? {} : sample({ ...property, collection: false } as Property, n + 1));
    const named = type.abstract === true ? {} : { '@odata.type': `#microsoft.graph.${type.name}` };
    for (const mode of ['create', 'update', 'parameter'] as const) {
      const read = (count: number) => () => readEntity({ ...named, [property.name]: times(count, itemAt) }, type, { model, mode });
      expect(refusalOf(read(MAX_ITEMS + 1))).toBe(`invalidValue ${property.name}`);
      if (mode !== 'create') expect(refusalOf(read(MAX_ITEMS))).toBeUndefined();
    }
  });

  const parameters = model.operations.flatMap((operation) =>
    Object.entries(operation.parameters)
      .filter(([, { collection }]) => collection === true)
      .map(([name]) => [`${operation.binding.name}/${operation.name}/${name}`, operation, name] as const),
  );

  test.each(parameters)('B9 %s has a limit', (_, operation, name) => {
    const { type } = operation.parameters[name]!;
    const item = typeof type === 'object' && type.kind === 'entity' ? {} : 'x';
    const needed = parameters.filter(([, of, other]) => of === operation && other !== name).map(([, , other]) => [other, []]);
    const read = (count: number) => () =>
      readParameters({ ...Object.fromEntries(needed), [name]: times(count, () => item) }, operation, { model });
    expect(refusalOf(read(MAX_ITEMS + 1))).toBe(`invalidValue ${name}`);
    expect(refusalOf(read(MAX_ITEMS))).toBeUndefined();
  });

  test('B9 what is inside items is counted with them', () => {
    const type = model.findType('roleDefinition') as EntityType;
    const permission = { actions: times(MAX_ITEMS - 1, String) };
    const read = (count: number) => () => readEntity({ permissions: times(count, () => permission) }, type, { model, mode: 'update' });
    expect(refusalOf(read(MAX_NESTED_ITEMS / MAX_ITEMS))).toBeUndefined();
    expect(refusalOf(read(MAX_NESTED_ITEMS / MAX_ITEMS + 1))).toBe('invalidValue permissions');
  });

  test('B9 so have references', async () => {
    const bind = times(MAX_ITEMS + 1, () => `https://graph.microsoft.com/beta/directoryObjects/${uuidV4()}`);
    const answers = [
      await api.request('POST', 'groups', { body: groupBody({ 'members@odata.bind': bind }) }),
      await api.request('POST', 'groups', { body: groupBody({ members: bind.map((url) => ({ '@id': url })) }) }),
    ];
    expectRefusal(answers[0]!, { status: 400, code: 'invalidValue', target: 'members@odata.bind' });
    expectRefusal(answers[1]!, { status: 400, code: 'invalidValue', target: 'members' });
  });
});

describe('B9 ids', () => {
  test('B9 are kept once, in the order in which they came', async () => {
    const tags = ['deviceManagement/roleScopeTags', 'deviceManagement/roleScopeTags'];
    const [one, two] = [await created(api, tags[0]!, { displayName: 'One' }), await created(api, tags[1]!, { displayName: 'Two' })];
    const roleScopeTagIds = [two.id, '0', two.id, '0', one.id, two.id];
    for (const [root, body] of [
      [HARDWARE, hardwareBody()],
      [SCRIPTS, scriptBody()],
      [HEALTH.root, HEALTH.body],
      ['deviceManagement/managedDevices', {}],
    ] as const) {
      const entity = await created(api, root, { ...body, roleScopeTagIds });
      expect(entity.roleScopeTagIds).toEqual([two.id, '0', one.id]);
      const answer = await api.request('PATCH', `${root}/${entity.id}`, { body: { roleScopeTagIds: ['0', '0'] } });
      expect(answer.body.roleScopeTagIds).toEqual(['0']);
    }
    const filter = await created(api, FILTERS, filterBody({ roleScopeTags: roleScopeTagIds }));
    expect(filter.roleScopeTags).toEqual([two.id, '0', one.id]);
    const role = await createdPath(api, 'deviceManagement/roleDefinitions', {});
    const group = uuidV4();
    const assignment = await created(api, `${role}/roleAssignments`, { members: [group, group], resourceScopes: ['a', 'a'] });
    expect(assignment).toMatchObject({ members: [group], resourceScopes: ['a'] });
  });

  test('B9 of which there are a hundred thousand are refused', async () => {
    const body = hardwareBody({ roleScopeTagIds: times(100_000, () => '0') });
    expectRefusal(await api.request('POST', HARDWARE, { body }), { status: 400, code: 'invalidValue', target: 'roleScopeTagIds' });
  });

  test('B9 that a function or an action looks up are refused, too', async () => {
    const ids = JSON.stringify(times(MAX_ITEMS + 1, String));
    const path = `deviceManagement/getRoleScopeTagsByIds(ids=@ids)?@ids=${encodeURIComponent(ids)}`;
    expectRefusal(await api.request('GET', path), { status: 400, code: 'invalidValue', target: 'ids' });
    const answer = await api.request('POST', `${SCRIPTS}/hasPayloadLinks`, { body: { payloadIds: times(MAX_ITEMS + 1, uuidV4) } });
    expectRefusal(answer, { status: 400, code: 'invalidValue', target: 'payloadIds' });
  });
});

describe('B9 assignments of a policy', () => {
  const lists = { hardware: ['hardwareConfigurationAssignments'], health: ['deviceHealthScriptAssignments'] } as const;
  const scripts = ['deviceManagementScriptAssignments', 'deviceManagementScriptGroupAssignments'] as const;

  const families: readonly (readonly [string, () => Promise<string>, readonly string[]])[] = [
    ['hardwareConfigurations', () => createdPath(api, HARDWARE, hardwareBody()), lists.hardware],
    ['deviceManagementScripts', () => createdPath(api, SCRIPTS, scriptBody()), scripts],
    ['deviceShellScripts', () => createdPath(api, SHELL_SCRIPTS, shellScriptBody()), scripts],
    ['deviceCustomAttributeShellScripts', () => createdPath(api, CUSTOM_ATTRIBUTES, customAttributeBody()), scripts],
    ['deviceHealthScripts', async () => (await newScript(api, HEALTH)).path, lists.health],
    ['deviceComplianceScripts', async () => (await newScript(api, COMPLIANCE)).path, lists.health],
    ['roleScopeTags', () => createdPath(api, 'deviceManagement/roleScopeTags', {}), ['assignments']],
  ];

  test.each(families)(
    'B9 %s: as many as the limit are taken, one more is refused and changes nothing',
    async (_, policy, [list, second]) => {
      const path = await policy();
      const assignments = times(MAX_ASSIGNMENTS + 1, () => groupTarget(uuidV4()));
      const assign = (body: object) => api.request('POST', `${path}/assign`, { body });
      expect((await assign({ [list!]: assignments.slice(1) })).status).toBeLessThan(205);
      const count = async () => Number((await api.request('GET', `${path}/assignments/$count`)).text);
      expect(await count()).toBe(MAX_ASSIGNMENTS);
      expectRefusal(await assign({ [list!]: assignments }), { status: 400, code: 'invalidValue', target: list! });
      expectRefusal(await api.request('POST', `${path}/assignments`, { body: assignments[0] }), {
        status: 400,
        code: 'invalidValue',
        target: 'target',
      });
      if (second !== undefined) {
        const body = { [list!]: assignments.slice(0, 600), [second]: times(600, () => ({ targetGroupId: uuidV4() })) };
        expectRefusal(await assign(body), { status: 400, code: 'invalidValue', target: 'target' });
      }
      expect(await count()).toBe(MAX_ASSIGNMENTS);
      expect((await assign({ [list!]: [] })).status).toBeLessThan(205);
      expect(await count()).toBe(0);
    },
  );

  test('B9 that name one filter write it once', async () => {
    const filter = await created(api, FILTERS, filterBody());
    const path = await createdPath(api, HARDWARE, hardwareBody());
    const target = () => ({
      ...groupTarget(uuidV4()).target,
      deviceAndAppManagementAssignmentFilterId: filter.id,
      deviceAndAppManagementAssignmentFilterType: 'include',
    });
    const type = model.findType('deviceAndAppManagementAssignmentFilter') as EntityType;
    for (const count of [MAX_ASSIGNMENTS, MAX_ASSIGNMENTS, 0]) {
      updates.clear();
      const body = { hardwareConfigurationAssignments: times(count, () => ({ target: target() })) };
      expect((await api.request('POST', `${path}/assign`, { body })).status).toBe(200);
      expect(updates.get(type)).toBeLessThanOrEqual(2);
      const [row] = await rowsOf(api, `${FILTERS}?$filter=id eq '${filter.id}'`);
      expect(row!.payloads).toHaveLength(count);
    }
  });

  test('B9 of all policies that use one filter are as many as its limit', async () => {
    const { id } = await created(api, FILTERS, filterBody());
    const uses = (filter: unknown) => ({
      target: {
        ...groupTarget(uuidV4()).target,
        deviceAndAppManagementAssignmentFilterId: filter,
        deviceAndAppManagementAssignmentFilterType: 'include',
      },
    });
    for (let used = 0; used < MAX_USES; used += MAX_ASSIGNMENTS) {
      const path = await createdPath(api, HARDWARE, hardwareBody());
      const body = { hardwareConfigurationAssignments: times(MAX_ASSIGNMENTS, () => uses(id)) };
      expect((await api.request('POST', `${path}/assign`, { body })).status).toBe(200);
    }
    const one = await createdPath(api, SCRIPTS, scriptBody());
    const target = 'target/deviceAndAppManagementAssignmentFilterId';
    expectRefusal(await api.request('POST', `${one}/assignments`, { body: uses(id) }), { status: 400, code: 'invalidValue', target });
    const other = await created(api, FILTERS, filterBody());
    expect((await api.request('POST', `${one}/assignments`, { body: uses(other.id) })).status).toBe(201);
    expect(await rowsOf(api, `${one}/assignments`)).toHaveLength(1);
  });
});
