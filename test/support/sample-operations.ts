import { action, boundFunction, complexType, containedMany, entityType, enumType, int32, string } from '../../src/edm/declare.ts';
import { linkModel } from '../../src/edm/link.ts';

/** Operations of every shape, and a derived type to cast to, for the tests of this folder alone. */

const colour = enumType('colour', { red: 0, green: 1 });
const size = complexType('size', { properties: { width: int32(), note: string({ nullable: true }) } });
const entity = entityType('entity', { abstract: true, properties: { id: string({ readOnly: true }) } });

const part = entityType('part', { base: entity, properties: { boxId: string() }, storage: { key: ['id'] } });

const box = entityType('box', {
  base: entity,
  properties: { shopId: string() },
  navigation: { parts: containedMany(() => part, { join: { boxId: 'id' } }) },
  storage: { key: ['id'] },
});

const tinBox = entityType('tinBox', {
  base: box,
  properties: { alloy: string() },
  navigation: { dents: containedMany(() => part, { join: { boxId: 'id' } }) },
  storage: { key: ['id'] },
});

/** Derived from `box`, but of rows that no navigation to boxes can find. */
const loose = entityType('loose', { base: box, properties: {} });

const shop = entityType('shop', {
  base: entity,
  properties: {},
  navigation: { boxes: containedMany(() => box, { join: { shopId: 'id' } }) },
  storage: { key: ['id'] },
});

const on = { binding: box } as const;

export const sampleOperations = linkModel({
  namespace: 'microsoft.graph',
  enumTypes: [colour],
  complexTypes: [size],
  entityTypes: [entity, part, box, tinBox, loose, shop],
  internal: [],
  operations: [
    action('shake', { ...on, parameters: {} }),
    action('open', { ...on, parameters: {}, returns: { type: part, collection: true } }),
    action('pick', { ...on, parameters: {}, returns: { type: part, nullable: true } }),
    action('clone', { ...on, parameters: {}, returns: { type: box } }),
    action('biggest', { ...on, bindingCollection: true, parameters: {}, returns: { type: box } }),
    action('sort', { ...on, bindingCollection: true, parameters: {}, returns: { type: box, collection: true } }),
    action('print', { ...on, parameters: {}, returns: { type: 'Edm.Stream' } }),
    boundFunction('size', { ...on, parameters: {}, returns: { type: size, nullable: true } }),
    boundFunction('sizes', { ...on, parameters: {}, returns: { type: size, collection: true } }),
    boundFunction('isFull', { ...on, parameters: {}, returns: { type: 'Edm.Boolean' } }),
    boundFunction('weight', { ...on, parameters: {}, returns: { type: 'Edm.Int64' } }),
    boundFunction('colour', { ...on, parameters: {}, returns: { type: colour } }),
    boundFunction('names', { ...on, parameters: {}, returns: { type: 'Edm.String', collection: true } }),
    boundFunction('colours', { ...on, parameters: {}, returns: { type: colour, collection: true } }),
    boundFunction('find', {
      ...on,
      parameters: {
        name: { type: 'Edm.String', nullable: true },
        count: { type: 'Edm.Int32' },
        colours: { type: colour, collection: true, default: ['red'] },
        size: { type: size, nullable: true, default: { width: 0, note: null } },
        top: { type: 'Edm.Double', default: 1.5 },
      },
      returns: { type: part, collection: true },
    }),
  ],
  roots: [{ kind: 'entitySet', name: 'shops', type: shop, access: {}, capabilities: ['list', 'get'] }],
});
