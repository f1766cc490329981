import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastStep } from '../../src/api/request/resource.ts';
import type { EntityType } from '../../src/edm/declare.ts';
import { type Navigation, type Property, shapeOf } from '../../src/edm/link.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { model } from '../../src/model/index.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, groupBody, groupTarget } from '../support/sample-bodies.ts';
import { sample } from '../support/surface-samples.ts';
import { operations, routeTo } from '../support/surface-walk.ts';

/** What belongs to no family that is walked whole: users, groups, roles, the tenant. Each property that can be written is read back. */

/** The directory's updates are answered without content otherwise. */
const WITH_CONTENT = { prefer: 'return=representation' };

let api: InProcessApi;
let role: string;
let tag: string;
beforeAll(async () => {
  api = await startInProcessApi();
  for (const displayName of ['One', 'Two']) await created(api, TAGS, { displayName });
  role = (await created(api, 'deviceManagement/roleDefinitions', {})).id;
  tag = (await created(api, TAGS, {})).id;
});
afterAll(() => api.close());

const TAGS = 'deviceManagement/roleScopeTags';

interface Place {
  /** The collection where entities are made, or the path of the only one there is. */
  readonly path: () => string;
  readonly body?: () => object;
  /** Properties with rules of their own. */
  readonly values?: Readonly<Record<string, (n: number) => unknown>>;
  /** Properties that can be null, says their type, and cannot, says what they mean. */
  readonly needed?: readonly string[];
}

const target = (n: number) => ({ '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId: `${n} ${uuidV4()}` });

const PLACES: Readonly<Record<string, Place>> = {
  user: { path: () => 'users', body: () => ({}) },
  group: { path: () => 'groups', body: groupBody },
  organization: { path: () => `organization/${api.tenantId}` },
  deviceManagement: { path: () => 'deviceManagement' },
  detectedApp: { path: () => 'deviceManagement/detectedApps', body: () => ({}) },
  roleDefinition: { path: () => 'deviceManagement/roleDefinitions', body: () => ({}) },
  deviceAndAppManagementRoleAssignment: {
    path: () => `deviceManagement/roleDefinitions/${role}/roleAssignments`,
    body: () => ({}),
  },
  resourceOperation: { path: () => 'deviceManagement/resourceOperations', body: () => ({}) },
  roleScopeTag: { path: () => TAGS, body: () => ({}) },
  roleScopeTagAutoAssignment: {
    path: () => `${TAGS}/${tag}/assignments`,
    body: () => groupTarget(uuidV4()),
    values: { target },
    needed: ['target'],
  },
};

/** Every type that can be changed somewhere. */
function changeable(): ReadonlySet<EntityType> {
  const found = new Set<EntityType>();
  const seen = new Set<EntityType>();
  const look = (type: EntityType, capabilities: Navigation['capabilities']): void => {
    if (capabilities.includes('update')) found.add(type);
    if (seen.has(type)) return;
    seen.add(type);
    for (const navigation of model.navigationOf(type)) look(navigation.target, navigation.capabilities);
  };
  for (const root of ['deviceManagement', 'devices', 'directoryObjects', 'groups', 'me', 'organization', 'users']) {
    const { type, capabilities } = model.findRoot(root)!;
    look(type, capabilities as Navigation['capabilities']);
  }
  return found;
}

it('is everything that no family has', () => {
  const walked = new Set(operations.filter(({ kind }) => kind === 'update').map((operation) => lastStep(routeTo(operation).resource).type));
  const rest = [...changeable()].filter((type) => !walked.has(type)).map(({ name }) => name);
  // On machines without the published list fewer types are walked, but none that is here.
  expect(Object.keys(PLACES)).toEqual(expect.arrayContaining(rest));
  expect(rest.length).toBeGreaterThan(5);
});

describe.each(Object.entries(PLACES))('%s', (name, { path, body, values = {}, needed = [] }) => {
  const { visible } = shapeOf(model.findType(name) as EntityType);
  const writable = visible.filter(({ name: property, readOnly, unstored }) => readOnly !== true && unstored !== true && property !== 'id');
  const valueAt = (property: Property, n: number) => values[property.name]?.(n) ?? sample(property, n);
  const make = async (more: object = {}) =>
    body === undefined ? path() : `${path()}/${encodeURIComponent((await created(api, path(), { ...body(), ...more })).id)}`;
  const read = async (at: string) => (await api.request('GET', at)).body;

  if (body !== undefined)
    it('reads every property back as it was created', async () => {
      const written = Object.fromEntries(writable.map((property) => [property.name, valueAt(property, 1)]));
      expect(await read(await make(written))).toMatchObject(written);
    });

  it('reads each property back as it was changed, and the others as they were', async () => {
    let at = await make();
    let expected: Record<string, unknown> = {};
    for (const property of writable) {
      const value = valueAt(property, 2);
      const answer = await api.request('PATCH', at, { headers: WITH_CONTENT, body: { [property.name]: value } });
      expect(answer.status, `${property.name}: ${answer.text}`).toBe(200);
      if (body !== undefined) at = `${path()}/${encodeURIComponent(answer.body.id)}`; // an assignment's id is made of its target
      expected = { ...expected, [property.name]: value };
      expect(await read(at), property.name).toMatchObject(expected);
    }
  });

  it('takes null where the type does, and says where it does not', async () => {
    for (const { name: property, nullable, required, collection } of writable) {
      const at = await make();
      const answer = await api.request('PATCH', at, { headers: WITH_CONTENT, body: { [property]: null } });
      if ((nullable || collection) && required !== true && !needed.includes(property))
        expect([answer.status, (await read(at))[property]]).toEqual([200, collection ? [] : null]);
      else expect([answer.status, answer.body.error.target]).toEqual([400, property]);
    }
  });

  it('keeps what only the server sets', async () => {
    const at = await make();
    const before = await read(at);
    for (const property of visible.filter(({ readOnly, name: own }) => readOnly === true && own !== 'id')) {
      const other = [1, 2].map((n) => sample(property, n)).find((value) => value !== before[property.name]);
      expect((await api.request('PATCH', at, { headers: WITH_CONTENT, body: { [property.name]: other } })).status).toBe(200);
      expect((await read(at))[property.name], property.name).toEqual(before[property.name]);
    }
  });

  for (const property of writable.filter(({ maxLength }) => maxLength !== undefined))
    it(`${property.name} has at most ${property.maxLength} characters`, async () => {
      const at = await make();
      const send = (length: number) => api.request('PATCH', at, { headers: WITH_CONTENT, body: { [property.name]: 'x'.repeat(length) } });
      expect((await send(property.maxLength!)).status).toBe(200);
      expectRefusal(await send(property.maxLength! + 1), { status: 400, code: 'invalidValue', target: property.name });
    });
});
