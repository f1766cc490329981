import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EntityType } from '../src/edm/declare.ts';
import { findNavigation, type Property, shapeOf } from '../src/edm/link.ts';
import { INT32_MAX, INT32_MIN } from '../src/edm/primitive.ts';
import { model } from '../src/model/index.ts';
import { type InProcessApi, startInProcessApi } from '../src/testing/in-process-api.ts';
import { expectRefusal } from './refusal.ts';
import { created } from './sample-bodies.ts';
import { type SurfaceProperty, surface } from './surface-facts.ts';
import { FIXTURES, type Fixture, type Ids } from './surface-fixtures.ts';

/**
 * Every property of the families that have a fixture: what is written is read back, limits hold at their last value and not beyond,
 * and the model's facets are the published ones.
 */

/** An entity type of a family where it can be written. */
interface Place {
  readonly title: string;
  readonly fixture: Fixture;
  readonly type: EntityType;
  /** Below the policy; empty for the policy itself. */
  readonly name: string;
  /** Single entities are there from the start, items of collections are created. */
  readonly collection: boolean;
}

const deviceManagement = model.findRoot('deviceManagement')!.type;

const places: readonly Place[] = FIXTURES.flatMap((fixture) => {
  const { target } = findNavigation(deviceManagement, fixture.root)!;
  const own: Place = { title: fixture.root, fixture, type: target, name: '', collection: true };
  const below = shapeOf(target).navigation.filter(({ capabilities }) => capabilities.includes('update'));
  return [
    own,
    ...below.map(({ name, target: type, collection }): Place => ({ title: `${fixture.root} ${name}`, fixture, type, name, collection })),
  ];
});

let api: InProcessApi;
const existing: Record<string, Ids> = {};
beforeAll(async () => {
  api = await startInProcessApi();
  for (const displayName of ['One', 'Two']) await created(api, 'deviceManagement/roleScopeTags', { displayName });
  for (const fixture of FIXTURES) existing[fixture.root] = await fixture.make(api);
});
afterAll(() => api.close());

const writable = ({ type }: Place): Property[] => shapeOf(type).visible.filter(({ readOnly }) => readOnly !== true);

const collectionPath = ({ fixture: { root }, name }: Place): string =>
  name === '' ? `deviceManagement/${root}` : `deviceManagement/${root}/${existing[root]![root]}/${name}`;

const bodyOf = ({ fixture, name }: Place): object => fixture.bodies[name === '' ? fixture.root : name]?.() ?? {};

/** Where an entity of a place is; made for the occasion where it can be. */
async function madeAt(place: Place, values: object = {}): Promise<string> {
  const path = collectionPath(place);
  return place.collection ? itemPath(place, (await created(api, path, { ...bodyOf(place), ...values })).id) : path;
}

const itemPath = (place: Place, id: string): string =>
  place.collection ? `${collectionPath(place)}/${encodeURIComponent(id)}` : collectionPath(place);

/** The n-th of many values that a property can have. */
function sample(property: Property, n: number): unknown {
  const { type, collection, name, maxLength = 20 } = property;
  if (collection) return [sample({ ...property, collection: false }, n), sample({ ...property, collection: false }, n + 1)];
  if (name.startsWith('roleScopeTag')) return String(n % 3); // must exist
  if (typeof type === 'object') {
    if (type.kind === 'enum') return Object.keys(type.members)[n % Object.keys(type.members).length];
    return { '@odata.type': '#microsoft.graph.exclusionGroupAssignmentTarget', groupId: `${property.name} ${n} ${samples++}` };
  }
  switch (type) {
    case 'Edm.Boolean':
      return n % 2 === 0;
    case 'Edm.Int32':
      return Math.min((property.minimum ?? 0) + n, property.maximum ?? INT32_MAX);
    case 'Edm.Binary':
      return Buffer.from(`#!/bin/sh\n# ${n}`).toString('base64');
    case 'Edm.DateTimeOffset':
      return `2017-01-01T00:0${n}:58.4418045-08:00`;
    case 'Edm.Duration':
      return `P${n}DT2M43.444327S`;
    default:
      return `é${n} ${samples++}`.slice(0, maxLength);
  }
}
let samples = 0;

const get = async (path: string) => {
  const answer = await api.request('GET', path);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
};

describe.each(places.map((place) => [place.title, place] as const))('%s', (_, place) => {
  if (place.collection)
    it('reads every property back as it was created', async () => {
      const values = Object.fromEntries(writable(place).map((property) => [property.name, sample(property, 1)]));
      expect(await get(await madeAt(place, values))).toMatchObject(values);
    });

  it('reads each property back as it was changed, and the others as they were', async () => {
    let path = await madeAt(place);
    let { '@odata.context': _context, lastModifiedDateTime: _modified, version: _version, id: _id, ...expected } = await get(path);
    for (const property of writable(place)) {
      const { name } = property;
      const value = [2, 3].map((n) => sample(property, n)).find((other) => other !== expected[name]);
      const answer = await api.request('PATCH', path, { body: { [name]: value } });
      expect(answer.status, answer.text).toBe(200);
      // The id of an assignment is made of its target.
      path = itemPath(place, answer.body.id);
      expected = { ...expected, [name]: value };
      expect(await get(path), name).toMatchObject(expected);
    }
  });

  it('takes null where the type does, and says where it does not', async () => {
    for (const { name, nullable, required } of writable(place)) {
      // An assignment is nothing without what it targets.
      const needed = required === true || name === 'target' || name === 'targetGroupId';
      const path = await madeAt(place);
      const answer = await api.request('PATCH', path, { body: { [name]: null } });
      if (nullable && !needed) expect([name, answer.status, (await get(path))[name]]).toEqual([name, 200, null]);
      else expect([name, answer.status, answer.body.error.target]).toEqual([name, 400, name]);
    }
  });

  it('cannot be created without what is required', async () => {
    for (const { name } of writable(place).filter(({ required }) => required === true)) {
      const answer = await api.request('POST', collectionPath(place), { body: { ...bodyOf(place), [name]: undefined } });
      expectRefusal(answer, { status: 400, code: 'missingProperty', target: name });
    }
    if (place.collection) expect((await api.request('POST', collectionPath(place), { body: bodyOf(place) })).status).toBe(201);
  });

  it.each(writable(place).flatMap((property) => limitsOf(property).map((limit) => [property.name, limit.what, limit] as const)))(
    '%s: %s',
    async (name, _, { last, beyond }) => {
      const send = async (value: unknown) => [
        ...(place.collection ? [await api.request('POST', collectionPath(place), { body: { ...bodyOf(place), [name]: value } })] : []),
        await api.request('PATCH', await madeAt(place), { body: { [name]: value } }),
      ];
      for (const { status, text, body } of await send(last)) {
        expect(status, text).toBeLessThan(300);
        expect(body[name]).toBe(last);
      }
      for (const answer of await send(beyond)) expectRefusal(answer, { status: 400, code: 'invalidValue', target: name });
    },
  );
});

interface Limit {
  readonly what: string;
  readonly last: unknown;
  readonly beyond: unknown;
}

/** The limits of a property, each with the last value that fits and the first that does not. */
function limitsOf({ type, collection, maxLength, maxBytes, minimum = INT32_MIN, maximum = INT32_MAX }: Property): Limit[] {
  const limits: Limit[] = [];
  if (collection) return limits;
  const bytes = (size: number): string => Buffer.alloc(size, 'a').toString('base64');
  if (maxLength !== undefined)
    limits.push({ what: `${maxLength} characters`, last: 'x'.repeat(maxLength), beyond: 'x'.repeat(maxLength + 1) });
  if (maxBytes !== undefined) limits.push({ what: `${maxBytes} bytes`, last: bytes(maxBytes), beyond: bytes(maxBytes + 1) });
  if (type === 'Edm.Int32') {
    limits.push({ what: `not below ${minimum}`, last: minimum, beyond: minimum - 1 });
    limits.push({ what: `not above ${maximum}`, last: maximum, beyond: maximum + 1 });
  }
  return limits;
}

/** Published as required, yet a create without it is a wish for what follows from the file name, or for the default. */
const FOLLOWS = ['hardwareConfigurationFormat', 'perDevicePasswordDisabled'];

/** The facets of a property that can be compared. Numbers that count something are ours alone to keep from falling below zero. */
const facetsOf = (published: SurfaceProperty) => ({
  name: published.name,
  nullable: published.nullable,
  collection: published.collection ?? false,
  readOnly: published.readOnly ?? false,
  required: published.required === true && !FOLLOWS.includes(published.name),
  maxLength: published.maxLength,
  maxBytes: published.maxBytes,
  minimum: published.min === 0 ? undefined : published.min,
  maximum: published.max,
});

if (surface !== undefined)
  it.each([...new Set(places.map(({ type }) => type))].map((type) => [type.name, type] as const))(
    '%s has the published limits and rules, and no others',
    (name, type) => {
      const theirs = surface!.entityTypes[name]!.properties.map(facetsOf);
      const ours = shapeOf(type).visible.map(({ minimum, maximum, ...rest }) =>
        facetsOf({
          ...rest,
          type: name,
          ...(minimum === undefined ? {} : { min: minimum }),
          ...(maximum === undefined ? {} : { max: maximum }),
        }),
      );
      const sorted = (facets: typeof ours) => facets.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      expect(sorted(ours)).toEqual(sorted(theirs));
    },
  );
