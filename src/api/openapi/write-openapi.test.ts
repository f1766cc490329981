import { expect, it } from 'vitest';
import {
  action,
  boundFunction,
  complexType,
  containedMany,
  containedOne,
  entityType,
  enumType,
  int32,
  property,
  referenceOne,
  string,
} from '../../edm/declare.ts';
import { linkModel } from '../../edm/link.ts';
import type { Schema } from './type-schema.ts';
import { writeOpenApi } from './write-openapi.ts';

/** What no served type has, but any may have some day: functions of all kinds, cycles, concrete bases. */

const access = { read: ['A.Read'], write: ['A.Write'] };
const colour = enumType('colour', { red: 0, blue: 1 });
const place = complexType('place', { properties: { name: string() } });
const house = complexType('house', { base: place, properties: { floors: int32({ minimum: 1 }) } });

const thing = entityType('thing', {
  properties: { id: string({ readOnly: true }), where: property(place, { nullable: true }), colour: property(colour) },
  navigation: {
    parts: containedMany((): ReturnType<typeof entityType> => part, { join: { thingId: 'id' } }),
    twin: referenceOne((): ReturnType<typeof entityType> => other, { join: { id: 'twinId' } }),
  },
  storage: { key: ['id'] },
});
const part = entityType('part', {
  properties: { id: string({ readOnly: true }), thingId: string({ internal: true }) },
  navigation: { parts: containedMany((): ReturnType<typeof entityType> => part, { join: { partId: 'id' } }) },
  storage: { key: ['id'] },
});
const other = entityType('other', {
  properties: { id: string({ readOnly: true }) },
  navigation: {
    detail: containedOne(() => detail, { join: { id: 'id' } }),
    next: referenceOne((): ReturnType<typeof entityType> => further, { join: { id: 'id' } }),
  },
  storage: { key: ['id'] },
});
const further = entityType('further', {
  properties: { id: string({ readOnly: true }) },
  navigation: { detail: containedOne(() => detail, { join: { id: 'id' } }) },
  storage: { key: ['id'] },
});
const detail = entityType('detail', { properties: { id: string({ readOnly: true }) }, storage: { key: ['id'] } });

const model = linkModel({
  namespace: 'sample',
  enumTypes: [colour],
  complexTypes: [place, house],
  entityTypes: [thing, part, other, further, detail],
  internal: [],
  operations: [
    boundFunction('find', {
      binding: thing,
      bindingCollection: true,
      parameters: { colour: { type: colour }, size: { type: 'Edm.Int32' }, names: { type: 'Edm.String', collection: true } },
      returns: { type: thing, collection: true },
    }),
    boundFunction('read', { binding: thing, parameters: {}, returns: { type: 'Edm.Stream' } }),
    boundFunction('whereabouts', { binding: thing, parameters: {}, returns: { type: place, nullable: true } }),
    action('paint', { binding: thing, parameters: { colour: { type: colour }, coats: { type: 'Edm.Int32', default: 1 } } }),
  ],
  roots: [{ kind: 'entitySet', name: 'things', type: thing, access, capabilities: ['list', 'get', 'create', 'update', 'delete'] }],
});

// biome-ignore lint/suspicious/noExplicitAny: a document of all shapes
const document: any = writeOpenApi(model, { version: 'x', profile: 'docs', scopeNames: 'both' });
const schemaOf = (status: number, operation: { responses: Record<number, { content: Record<string, { schema: Schema }> }> }) =>
  operation.responses[status]!.content['application/json']!.schema;

it('puts the arguments of a function into the path, and those that cannot stand there into the query', () => {
  const { get, parameters } = document.paths["/things/find(colour='{colour}',size={size})"];
  expect(parameters).toMatchObject([
    { name: 'colour', in: 'path', required: true, schema: { $ref: '#/components/schemas/sample.colour' } },
    { name: 'size', in: 'path', required: true, schema: { type: 'integer' } },
  ]);
  expect(get.parameters).toContainEqual(expect.objectContaining({ name: 'names', in: 'query', required: true }));
  expect(get.parameters).toContainEqual({ $ref: '#/components/parameters/top' });
  expect(schemaOf(200, get)).toEqual({ $ref: '#/components/schemas/sample.thingCollectionResponse' });
});

it('tells what operations take and return', () => {
  const { read, whereabouts, paint } = Object.fromEntries(
    ['read', 'whereabouts', 'paint'].map((name) => [name, document.paths[`/things/{thingId}/${name}`]]),
  );
  expect(Object.keys(read.get.responses[200].content)).toEqual(['application/json', 'application/octet-stream']);
  expect(schemaOf(200, whereabouts.get)).toMatchObject({ allOf: [{ $ref: '#/components/schemas/sample.placeOrDerived' }, {}] });
  expect(whereabouts.get.responses).toHaveProperty('204');
  expect(paint.post.requestBody).toMatchObject({
    required: true,
    content: {
      'application/json': { schema: { properties: { coats: { type: ['integer', 'string'], default: 1 } }, required: ['colour'] } },
    },
  });
  expect(paint.post.responses).toHaveProperty('204');
});

it('ends where a type comes again, and behind the second reference', () => {
  const paths = Object.keys(document.paths);
  expect(paths).toContain('/things/{thingId}/parts/{partId}');
  expect(paths).toContain('/things/{thingId}/parts/{partId}/parts/{partId2}');
  expect(paths).not.toContain('/things/{thingId}/parts/{partId}/parts/{partId2}/parts');
  expect(paths).toContain('/things/{thingId}/twin/detail');
  expect(paths).toContain('/things/{thingId}/twin/next');
  expect(paths).not.toContain('/things/{thingId}/twin/next/detail');
});

it('lets a value say which of several types it has', () => {
  const { schemas } = document.components;
  expect(schemas['sample.placeOrDerived']).toMatchObject({
    oneOf: [{ $ref: '#/components/schemas/sample.place' }, { $ref: '#/components/schemas/sample.house' }],
    discriminator: { mapping: { '#sample.house': '#/components/schemas/sample.house' } },
  });
  expect(schemas['sample.house']).toMatchObject({
    required: ['@odata.type'],
    properties: { '@odata.type': { enum: ['#sample.house', 'sample.house'] }, name: { type: 'string' }, floors: { minimum: 1 } },
  });
  expect(schemas['sample.thing'].properties.where).toEqual({
    anyOf: [{ $ref: '#/components/schemas/sample.placeOrDerived' }, { type: 'null' }],
  });
});
