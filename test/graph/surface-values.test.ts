import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastStep } from '../../src/api/request/resource.ts';
import type { ComplexType, EntityType } from '../../src/edm/declare.ts';
import { INDEXED_TEXT, type Property, shapeOf } from '../../src/edm/link.ts';
import { INT32_MAX, INT32_MIN } from '../../src/edm/primitive.ts';
import { model } from '../../src/model/index.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created } from '../support/sample-bodies.ts';
import { isSubset, publishedProperties, type SurfaceProperty } from '../support/surface-facts.ts';
import type { Fixture, Ids } from '../support/surface-fixtures.ts';
import { sample, sampleObject } from '../support/surface-samples.ts';
import { bodyFor, operations, routeTo, startWalk, type Walk, withIds } from '../support/surface-walk.ts';

/**
 * Every property of the families that have a fixture: what is written is read back, limits hold at their last value and not beyond,
 * and the model's facets are the published ones.
 */

/** An entity where it can be changed. */
interface Place {
  readonly fixture: Fixture;
  readonly type: EntityType;
  /** With an id at its end where entities are created; a single one is there from the start. */
  readonly path: string;
  readonly collection: boolean;
}

/** What is only referred to is tried where it lives. */
const places: readonly Place[] = operations
  .filter(({ kind }) => kind === 'update')
  .flatMap((operation) => {
    const { type, collection, source } = lastStep(routeTo(operation).resource);
    const isElsewhere = 'contained' in source && !source.contained;
    return isElsewhere ? [] : [{ fixture: operation.fixture, type, path: operation.path, collection }];
  });

let { api, existing } = {} as Walk;
beforeAll(async () => {
  ({ api, existing } = await startWalk());
});
afterAll(() => api.close());

/** What can be written at any time. A part of the key says which entity it is. */
const writable = ({ type }: Place): Property[] =>
  shapeOf(type).visible.filter(({ name, readOnly }) => readOnly !== true && name !== 'id' && type.storage?.key.includes(name) !== true);

const idsAt = ({ fixture }: Place): Ids => existing.get(fixture)!;

/** Of an entity that is there from the start, where it is. */
const collectionPath = (place: Place): string =>
  `/beta${withIds(place.collection ? place.path.slice(0, place.path.lastIndexOf('/')) : place.path, idsAt(place))}`;

const bodyOf = (place: Place): Promise<object> => bodyFor(api, place, idsAt(place));

/** Where an entity of a place is; made for the occasion where it can be. */
async function madeAt(place: Place, values: object = {}): Promise<string> {
  const path = collectionPath(place);
  return place.collection ? itemPath(place, (await created(api, path, { ...(await bodyOf(place)), ...values })).id) : path;
}

const itemPath = (place: Place, id: string): string =>
  place.collection ? `${collectionPath(place)}/${encodeURIComponent(id)}` : collectionPath(place);

/** The n-th of the values that a property can have, of which there are many. */
function sampleAt(place: Place, property: Property, n: number): unknown {
  const { values = {}, texts = {} } = place.fixture;
  const { name } = property;
  return values[name]?.(n, idsAt(place)) ?? texts[name]?.(40 + n) ?? sample(property, n);
}

/** Reads an entity: some properties are their defaults unless one asks for them. */
const read = async ({ type }: Place, path: string) => {
  const { visible } = shapeOf(type);
  const select = visible.some(({ selectOnly }) => selectOnly === true) ? `?$select=${visible.map(({ name }) => name)}` : '';
  const answer = await api.request('GET', `${path}${select}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
};

describe.each(places.map((place) => [place.path, place] as const))('%s', (_, place) => {
  if (place.collection)
    it('reads every property back as it was created', async () => {
      const values = Object.fromEntries(writable(place).map((property) => [property.name, sampleAt(place, property, 1)]));
      expect(await read(place, await madeAt(place, values))).toMatchObject(values);
    });

  it('reads each property back as it was changed, and the others as they were', async () => {
    let path = await madeAt(place);
    let { '@odata.context': _context, lastModifiedDateTime: _modified, version: _version, id: _id, ...expected } = await read(place, path);
    for (const property of writable(place)) {
      const { name } = property;
      const samples = [2, 3].map((n) => sampleAt(place, property, n));
      const value = samples.find((other) => other !== expected[name]) ?? samples[0];
      const answer = await api.request('PATCH', path, { body: { [name]: value } });
      expect(answer.status, answer.text).toBe(200);
      // The id of an assignment is made of its target.
      path = itemPath(place, answer.body.id);
      expected = { ...expected, [name]: value };
      for (const other of place.fixture.moved?.[name] ?? []) delete expected[other];
      expect(await read(place, path), name).toMatchObject(expected);
    }
  });

  it('takes null where the type does, and says where it does not', async () => {
    for (const { name, nullable, required, collection } of writable(place)) {
      const needed = required === true || place.fixture.needed?.includes(name) === true;
      const path = await madeAt(place);
      const answer = await api.request('PATCH', path, { body: { [name]: null } });
      if ((nullable || collection) && !needed)
        expect([name, answer.status, (await read(place, path))[name]]).toEqual([name, 200, collection ? [] : null]);
      else expect([name, answer.status, answer.body.error.target]).toEqual([name, 400, name]);
    }
  });

  it('keeps what only the server sets', async () => {
    const kept = shapeOf(place.type).visible.filter(({ readOnly }) => readOnly === true);
    const path = await madeAt(place);
    const before = await read(place, path);
    const other = (property: Property) => [1, 2].map((n) => sample(property, n)).find((value) => value !== before[property.name]);
    const values = Object.fromEntries(kept.map((property) => [property.name, other(property)]));
    const answers = [await api.request('PATCH', path, { body: values })];
    if (place.collection) answers.push(await api.request('POST', collectionPath(place), { body: { ...(await bodyOf(place)), ...values } }));
    for (const { status, text, body } of answers) {
      expect(status, text).toBeLessThan(300);
      for (const { name } of kept) expect(body[name], name).not.toEqual(values[name]);
    }
  });

  it('cannot be created without what is required', async () => {
    for (const { name } of writable(place).filter(({ required }) => required === true)) {
      const answer = await api.request('POST', collectionPath(place), { body: { ...(await bodyOf(place)), [name]: undefined } });
      expectRefusal(answer, { status: 400, code: 'missingProperty', target: name });
    }
    if (place.collection) expect((await api.request('POST', collectionPath(place), { body: await bodyOf(place) })).status).toBe(201);
  });

  it.each(writable(place).flatMap((property) => limitsOf(place, property).map((limit) => [property.name, limit.what, limit] as const)))(
    '%s: %s',
    async (name, _, { last, beyond, target }) => {
      const send = async (value: unknown) => [
        ...(place.collection
          ? [await api.request('POST', collectionPath(place), { body: { ...(await bodyOf(place)), [name]: value } })]
          : []),
        await api.request('PATCH', await madeAt(place), { body: { [name]: value } }),
      ];
      for (const { status, text, body } of await send(last)) {
        expect(status, text).toBeLessThan(300);
        expect((await read(place, itemPath(place, body.id)))[name]).toEqual(last);
      }
      for (const answer of await send(beyond)) expectRefusal(answer, { status: 400, code: 'invalidValue', target });
    },
  );
});

interface Limit {
  readonly what: string;
  readonly last: unknown;
  readonly beyond: unknown;
  /** Names the value that does not fit. */
  readonly target: string;
}

/** The limits of a property and of what is in it, each with the last value that fits and the first that does not. */
function limitsOf({ fixture }: Place, property: Property): Limit[] {
  const { name, type, collection, maxLength, maxBytes } = property;
  const limits: Limit[] = [];
  const add = (what: string, [last, beyond]: readonly [unknown, unknown], target = name): void => {
    limits.push(collection ? { what: `each ${what}`, last: [last], beyond: [last, beyond], target } : { what, last, beyond, target });
  };
  const text = fixture.texts?.[name] ?? ((length: number) => 'x'.repeat(length));
  const bytes = (size: number): string => Buffer.alloc(size, 'a').toString('base64');
  if (maxLength !== undefined) add(`${maxLength} characters`, [text(maxLength), text(maxLength + 1)]);
  if (maxBytes !== undefined) add(`${maxBytes} bytes`, [bytes(maxBytes), bytes(maxBytes + 1)]);
  const range = RANGES[String(type)];
  if (range !== undefined) {
    const { minimum = range[0], maximum = range[1] } = property;
    add(`not below ${minimum}`, [minimum, minimum - 1]);
    add(`not above ${maximum}`, [maximum, maximum + 1]);
  }
  if (typeof type === 'object' && type.kind === 'complex' && fixture.values?.[name] === undefined)
    for (const [index, { name: typeName }] of model.concreteTypes(type).entries())
      for (const inner of shapeOf(model.findType(typeName) as ComplexType).visible)
        for (const { what, last, beyond, target } of limitsOf({ fixture } as Place, inner)) {
          const holding = (value: unknown): object => ({ ...sampleObject(type, index), [inner.name]: value });
          add(`${typeName}/${inner.name} ${what}`, [holding(last), holding(beyond)], `${collection ? `${name}/1` : name}/${target}`);
        }
  return limits;
}

/** Of the numbers that a type can hold: longer ones are not told apart in JSON. */
const RANGES: Readonly<Record<string, readonly [minimum: number, maximum: number]>> = {
  'Edm.Int32': [INT32_MIN, INT32_MAX],
  'Edm.Int64': [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** What is not as it is published, and why. */
const OURS: Readonly<Record<string, Partial<SurfaceProperty>>> = {
  // A create without it is a wish for what follows from the file name, or for the default.
  'hardwareConfiguration.hardwareConfigurationFormat': { required: false },
  'hardwareConfiguration.perDevicePasswordDisabled': { required: false },
  // A filter is nothing without its rule, which has the product's limit; who uses it is known from the assignments.
  'deviceAndAppManagementAssignmentFilter.displayName': { required: true },
  'deviceAndAppManagementAssignmentFilter.rule': { required: true, maxLength: 3072 },
  'deviceAndAppManagementAssignmentFilter.payloads': { readOnly: true },
  // The service takes it from elsewhere; here an assignment says it.
  'organizationalUnitAssignmentTarget.organizationalUnitId': { readOnly: false },
  'organizationalUnitAssignmentTarget.assignmentConflictSetting': { readOnly: false },
  // Whether a script is global, and how new, is not for clients to say.
  'deviceHealthScript.isGlobalScript': { readOnly: true },
  'deviceHealthScript.highestAvailableVersion': { readOnly: true },
  // A remediation detects something.
  'deviceHealthScript.detectionScriptContent': { required: true },
  // A state is of a script.
  'deviceHealthScriptPolicyState.policyId': { required: true },
  'hardwarePasswordInfo.serialNumber': { required: true },
  'assignmentFilterEvaluateRequest.platform': { required: true },
  'assignmentFilterEvaluateRequest.rule': { required: true, maxLength: 3072 },
};

/** Types whose entities others report: what the service finds out by itself, clients tell us. */
const REPORTED = ['managedDevice', 'hardwarePasswordDetail', 'hardwarePasswordInfo'];

/** The facets of a property that can be compared. Numbers that count something are ours alone to keep from falling below zero. */
const facetsOf = (published: SurfaceProperty) => ({
  name: published.name,
  nullable: published.nullable ?? false,
  collection: published.collection ?? false,
  readOnly: published.readOnly ?? false,
  required: published.required ?? false,
  maxLength: published.maxLength,
  maxBytes: published.maxBytes,
  minimum: published.min === 0 || published.min === INT32_MIN ? undefined : published.min,
  maximum: published.max === INT32_MAX ? undefined : published.max,
});

/** Everything that is walked, and every complex type. */
const types = [...new Set([...operations.map((operation) => lastStep(routeTo(operation).resource).type), ...model.complexTypes])];

it.each(types.map((type) => [type.name, type] as const).filter(([name]) => publishedProperties(name) !== undefined))(
  '%s has the published limits and rules, and no others',
  (name, type) => {
    const theirs = publishedProperties(name)!.map((property) => facetsOf({ ...property, ...OURS[`${name}.${property.name}`] }));
    const known = shapeOf(type).visible.filter((property) => !isSubset(name) || theirs.some((facet) => facet.name === property.name));
    const ours = known.map(({ minimum, maximum, maxLength, ...rest }) =>
      facetsOf({
        ...rest,
        type: name,
        ...(maxLength === undefined || maxLength === INDEXED_TEXT ? {} : { maxLength }), // a limit of ours that nobody publishes
        ...(minimum === undefined ? {} : { min: minimum }),
        ...(maximum === undefined ? {} : { max: maximum }),
      }),
    );
    const comparable = (facets: typeof ours) =>
      facets.map((facet) => (REPORTED.includes(name) ? { ...facet, readOnly: undefined } : facet));
    const sorted = (facets: typeof ours) => comparable(facets).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(sorted(ours)).toEqual(sorted(theirs));
  },
);
