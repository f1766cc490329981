import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { type ComplexType, type EntityType, type PropertyType, UNKNOWN_FUTURE_VALUE } from '../../src/edm/declare.ts';
import { defaultValue } from '../../src/edm/default-value.ts';
import { type Navigation, type Property, shapeOf } from '../../src/edm/link.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { model } from '../../src/model/index.ts';
import { startDescribedApi } from '../support/described-api.ts';
import { COMPLIANCE, HEALTH, newScript } from '../support/health-fixtures.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { propertyRuns } from '../support/property-runs.ts';
import {
  CUSTOM_ATTRIBUTES,
  created,
  createdPath,
  customAttributeBody,
  groupBody,
  groupTarget,
  HARDWARE,
  hardwareBody,
  SCRIPTS,
  SHELL_SCRIPTS,
  scriptBody,
  shellScriptBody,
} from '../support/sample-bodies.ts';
import { sample } from '../support/surface-samples.ts';

/** A PATCH changes the members of a complex value that it sends, and no others (OData Protocol 4.01 §11.4.3), wherever one is served. */

let api: InProcessApi;
beforeAll(async () => {
  api = await startDescribedApi();
});
afterAll(() => api.close());

type Json = Readonly<Record<string, unknown>>;

/** Where entities with complex values are changed: makes one, and tells its path. A changed target gives an assignment another id. */
interface Place {
  readonly type: string;
  make(): Promise<string>;
  /** Whether the rules refuse a value that its type allows. */
  refuses?(name: string, value: Json | null): boolean;
}

const TAGS = 'deviceManagement/roleScopeTags';

const ID_OF: Readonly<Record<string, string>> = {
  groupAssignmentTarget: 'groupId',
  exclusionGroupAssignmentTarget: 'groupId',
  configurationManagerCollectionAssignmentTarget: 'collectionId',
  scopeTagGroupAssignmentTarget: 'entraObjectId',
  organizationalUnitAssignmentTarget: 'organizationalUnitId',
};

const typeNameOf = (value: Json): string => String(value['@odata.type']).replace('#microsoft.graph.', '');

/** A target says whom it means, and names its filter when it has a mode. Both are asked of the value afterwards. */
function refusesTarget(name: string, value: Json | null): boolean {
  if (name !== 'target') return false;
  if (value === null) return true;
  const id = ID_OF[typeNameOf(value)];
  if (id !== undefined && (value[id] ?? '') === '') return true;
  return value.deviceAndAppManagementAssignmentFilterType !== 'none' && (value.deviceAndAppManagementAssignmentFilterId ?? '') === '';
}

const refusesTagTarget = (name: string, value: Json | null): boolean =>
  refusesTarget(name, value) ||
  value?.deviceAndAppManagementAssignmentFilterType !== 'none' ||
  !['groupAssignmentTarget', 'exclusionGroupAssignmentTarget', 'allDevicesAssignmentTarget'].includes(typeNameOf(value));

/** An assignment of a new policy, so that no other has the same target. */
const assignmentOf = (type: string, policy: () => Promise<string>): Place => ({
  type,
  refuses: refusesTarget,
  async make() {
    const path = `${await policy()}/assignments`;
    return `${path}/${encodeURIComponent((await created(api, path, groupTarget(uuidV4()))).id)}`;
  },
});

const device = (root: string): Place => ({ type: 'managedDevice', make: () => createdPath(api, `deviceManagement/${root}`, {}) });

const PLACES: Readonly<Record<string, Place>> = {
  deviceManagement: { type: 'deviceManagement', make: async () => 'deviceManagement' },
  managedDevices: device('managedDevices'),
  comanagedDevices: device('comanagedDevices'),
  users: { type: 'user', make: () => createdPath(api, 'users', {}) },
  groups: { type: 'group', make: () => createdPath(api, 'groups', groupBody()) },
  hardwareConfigurations: assignmentOf('hardwareConfigurationAssignment', () => createdPath(api, HARDWARE, hardwareBody())),
  deviceManagementScripts: assignmentOf('deviceManagementScriptAssignment', () => createdPath(api, SCRIPTS, scriptBody())),
  deviceShellScripts: assignmentOf('deviceManagementScriptAssignment', () => createdPath(api, SHELL_SCRIPTS, shellScriptBody())),
  deviceCustomAttributeShellScripts: assignmentOf('deviceManagementScriptAssignment', () =>
    createdPath(api, CUSTOM_ATTRIBUTES, customAttributeBody()),
  ),
  deviceHealthScripts: assignmentOf('deviceHealthScriptAssignment', async () => (await newScript(api, HEALTH)).path),
  deviceComplianceScripts: assignmentOf('deviceHealthScriptAssignment', async () => (await newScript(api, COMPLIANCE)).path),
  roleScopeTags: {
    ...assignmentOf('roleScopeTagAutoAssignment', () => createdPath(api, TAGS, {})),
    refuses: refusesTagTarget,
  },
};

const isComplex = (type: PropertyType): type is ComplexType => typeof type === 'object' && type.kind === 'complex';

/** The complex values that a client can set, collections apart: those are replaced whole. */
const complexProperties = (type: EntityType): readonly Property[] =>
  shapeOf(type).visible.filter(
    (property) => isComplex(property.type) && !property.collection && property.readOnly !== true && property.unstored !== true,
  );

it('is tried wherever the model serves a complex value that can be changed', () => {
  const found = new Set<string>();
  const seen = new Set<EntityType>();
  const look = (type: EntityType, capabilities: Navigation['capabilities']): void => {
    if (capabilities.includes('update') && complexProperties(type).length > 0) found.add(type.name);
    if (seen.has(type)) return;
    seen.add(type);
    for (const navigation of model.navigationOf(type)) look(navigation.target, navigation.capabilities);
  };
  for (const { type, capabilities } of model.roots) look(type, capabilities);
  expect(new Set(Object.values(PLACES).map(({ type }) => type))).toEqual(found);
});

/** The value of a complex type of which nothing was sent. */
const fresh = (type: ComplexType): Json =>
  Object.fromEntries(shapeOf(type).visible.map((property) => [property.name, defaultValue(property)]));

const isPolymorphic = (declared: ComplexType): boolean => model.concreteTypes(declared).some((type) => type !== declared);

/** §11.4.3 in a few lines. Undefined where a type is missing that nothing tells, or a new value would be one that the client does not know. */
function merged(declared: ComplexType, stored: Json | null, sent: Json | null): Json | null | undefined {
  if (sent === null) return null;
  const { '@odata.type': named, ...members } = sent;
  const name = named ?? stored?.['@odata.type'] ?? (declared.abstract === true ? undefined : `#microsoft.graph.${declared.name}`);
  if (name === undefined) return undefined;
  const type = model.concreteTypes(declared).find((each) => `#microsoft.graph.${each.name}` === name)!;
  const isKept = stored !== null && (!isPolymorphic(declared) || stored['@odata.type'] === name);
  const before: Json = isKept ? stored : { ...(isPolymorphic(declared) ? { '@odata.type': name } : {}), ...fresh(type) };
  const after = Object.entries(members).map(([key, value]) => {
    const property = shapeOf(type).property.get(key)!;
    if (value === UNKNOWN_FUTURE_VALUE) return [key, isKept ? before[key] : undefined];
    return [
      key,
      isComplex(property.type) && !property.collection ? merged(property.type, before[key] as Json | null, value as Json | null) : value,
    ];
  });
  if (after.some(([, value]) => value === undefined)) return undefined;
  const whole: Json = { ...before, ...Object.fromEntries(after) };
  // What has no default must be sent.
  return Object.values(whole).includes(undefined) ? undefined : whole;
}

/** The members that a client may send of a type, any of them, each with any value. */
const membersOf = (type: ComplexType): fc.Arbitrary<Json> =>
  fc.record(
    Object.fromEntries(
      shapeOf(type).visible.map((property) => {
        const { type: held, nullable, collection } = property;
        const value: fc.Arbitrary<unknown> =
          isComplex(held) && !collection ? complexValue(held, undefined) : fc.integer({ min: 1, max: 6 }).map((n) => valueAt(property, n));
        return [property.name, nullable && !collection ? fc.oneof({ weight: 3, arbitrary: value }, fc.constant(null)) : value];
      }),
    ),
    { requiredKeys: [] },
  );

const valueAt = (property: Property, n: number): unknown =>
  property.type === 'Edm.String' && !property.collection ? `text${n}` : sample(property, n);

/** A value of a type as a client sends it. @param stored the type of what is there: it need not be named */
const complexValue = (declared: ComplexType, stored: ComplexType | undefined): fc.Arbitrary<Json> =>
  fc.oneof(
    ...model.concreteTypes(declared).map((type) => {
      const annotation = { '@odata.type': `#microsoft.graph.${type.name}` };
      const named = membersOf(type).map((members) => ({ ...annotation, ...members }));
      return !isPolymorphic(declared) || type === stored ? fc.oneof(membersOf(type), named) : named;
    }),
  );

/** What a PATCH sends of one property: chosen when the stored value is known, as its type decides what may be sent without a type. */
interface Change {
  readonly property: number;
  readonly isNull: boolean;
  readonly seed: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  property: fc.nat(),
  isNull: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
  seed: fc.integer(),
});

function sentBy({ isNull, seed }: Change, { type, nullable }: Property, stored: Json | null): Json | null {
  if (isNull && nullable) return null;
  const declared = type as ComplexType;
  const known = stored?.['@odata.type'];
  const storedType = model.concreteTypes(declared).find(({ name }) => known === `#microsoft.graph.${name}`);
  return fc.sample(complexValue(declared, storedType), { numRuns: 1, seed })[0]!;
}

/** Reads an entity with the properties that must be asked for. */
async function read(path: string, names: readonly string[]): Promise<Json> {
  const answer = await api.request('GET', `${path}?$select=id,${names.join(',')}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

describe.each(Object.entries(PLACES))('A6 %s', (_, place) => {
  it('any sequence of updates leaves what a plain model of the specification says', async () => {
    const properties = complexProperties(model.findType(place.type) as EntityType);
    const names = properties.map(({ name }) => name);
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        let path = await place.make();
        let expected = await read(path, names);
        for (const each of changes) {
          const property = properties[each.property % properties.length]!;
          const { name } = property;
          const stored = expected[name] as Json | null;
          const sent = sentBy(each, property, stored);
          const after = merged(property.type as ComplexType, stored, sent);
          const isRefused = after === undefined || place.refuses?.(name, after) === true;
          const headers = { prefer: 'return=representation' };
          const answer = await api.request('PATCH', path, { body: { [name]: sent }, headers });
          expect([name, sent, answer.status], answer.text).toEqual([name, sent, isRefused ? 400 : 200]);
          if (!isRefused) {
            expected = { ...expected, [name]: after, id: answer.body.id };
            if (path.includes('/assignments/')) path = `${path.slice(0, path.lastIndexOf('/'))}/${encodeURIComponent(String(expected.id))}`;
          }
          const { '@odata.context': _before, '@odata.etag': _tagBefore, ...wanted } = expected;
          expect(await read(path, names)).toMatchObject(wanted);
        }
      }),
      { numRuns: propertyRuns(40) },
    );
  });
});

describe('A6 members that are not sent stay', () => {
  const patched = async (path: string, body: object): Promise<Json> => {
    const answer = await api.request('PATCH', path, { body });
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  };

  test('A6 one of the settings of device management', async () => {
    const settings = { deviceComplianceCheckinThresholdDays: 77, enableLogCollection: false, derivedCredentialUrl: 'https://x' };
    const before = await patched('deviceManagement', { settings });
    const after = await patched('deviceManagement', { settings: { secureByDefault: true } });
    expect(after.settings).toEqual({ ...(before.settings as Json), ...settings, secureByDefault: true });
  });

  test('A6 a run schedule of which one member is sent, its type named or not', async () => {
    const { path } = await newScript(api, HEALTH);
    const runSchedule = {
      '@odata.type': '#microsoft.graph.deviceHealthScriptDailySchedule',
      interval: 8,
      useUtc: true,
      time: '01:00:00.0000000',
    };
    const { id } = await created(api, `${path}/assignments`, { ...groupTarget(uuidV4()), runSchedule });
    const assignment = `${path}/assignments/${id}`;
    const { '@odata.type': _, ...members } = runSchedule;
    expect((await patched(assignment, { runSchedule: { time: '02:00:00' } })).runSchedule).toMatchObject({
      ...members,
      time: '02:00:00.0000000',
    });
    const named = { '@odata.type': 'microsoft.graph.deviceHealthScriptDailySchedule', useUtc: false };
    expect((await patched(assignment, { runSchedule: named })).runSchedule).toMatchObject({
      interval: 8,
      useUtc: false,
      time: '02:00:00.0000000',
    });
    const hourly = { '@odata.type': '#microsoft.graph.deviceHealthScriptHourlySchedule' };
    expect((await patched(assignment, { runSchedule: hourly })).runSchedule).toEqual({ ...hourly, interval: 1 });
  });

  test('A6 a target with only its filter type, in both profiles and in a batch', async () => {
    for (const profile of ['docs', 'service'] as const) {
      const one = await startDescribedApi({ profile, store: api.store });
      const policy = await one.request('POST', HARDWARE, { body: hardwareBody() });
      const path = `${HARDWARE}/${policy.body.id}/assignments`;
      const target = { ...groupTarget(uuidV4()).target, deviceAndAppManagementAssignmentFilterId: 'not a UUID' };
      const assignment = await one.request('POST', path, { body: { target } });
      expect(assignment.status, assignment.text).toBeLessThan(300);
      const body = { target: { deviceAndAppManagementAssignmentFilterType: 'include' } };
      const headers = { 'Content-Type': 'application/json' };
      const requests = [{ id: '1', method: 'PATCH', url: `/${path}/${assignment.body.id}`, headers, body }];
      const batch = await one.request('POST', '$batch', { body: { requests } });
      expect(batch.body.responses[0].status, batch.text).toBe(200);
      expect(batch.body.responses[0].body.target).toEqual({ ...target, deviceAndAppManagementAssignmentFilterType: 'include' });
    }
  });

  test('A6 a repeated update merges once, and is answered as before', async () => {
    const path = await createdPath(api, 'deviceManagement/managedDevices', { hardwareInformation: { model: 'x', imei: 'y' } });
    const headers = { 'repeatability-request-id': uuidV4(), 'repeatability-first-sent': new Date(api.clock.now()).toUTCString() };
    const send = () => api.request('PATCH', path, { body: { hardwareInformation: { imei: 'z' } }, headers });
    const [first, second] = [await send(), await send()];
    expect([first.status, second.status, second.text]).toEqual([200, 200, first.text]);
    const { hardwareInformation } = await read(path, ['hardwareInformation']);
    expect(hardwareInformation).toMatchObject({ model: 'x', imei: 'z' });
  });
});
