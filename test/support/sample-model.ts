import {
  binary,
  boolean,
  complexType,
  containedMany,
  date,
  dateTimeOffset,
  duration,
  type EntityType,
  entityType,
  enumType,
  int32,
  int64,
  property,
  referenceOne,
  string,
  timeOfDay,
} from '../../src/edm/declare.ts';
import { linkModel } from '../../src/edm/link.ts';

/** A small model with one of everything, for the tests of this folder alone. */

export const colour = enumType('colour', { none: 0, red: 1, darkBlue: 2, unknownFutureValue: 3, ultraviolet: 4 });
const grade = enumType('grade', { first: 1, second: 2 });

export const target = complexType('target', {
  abstract: true,
  properties: { filterId: string({ nullable: true }), grade: property(grade) },
});
const groupTarget = complexType('groupTarget', { base: target, properties: { groupId: string({ required: true, maxLength: 40 }) } });
const everyoneTarget = complexType('everyoneTarget', { base: target, properties: {} });
const settings = complexType('settings', {
  properties: {
    limit: int32({ minimum: 1, maximum: 23, default: 4 }),
    ratio: property('Edm.Double', { nullable: true }),
    seen: dateTimeOffset({ nullable: true }),
    tags: string({ collection: true }),
  },
});

export const entity = entityType('entity', { abstract: true, properties: { id: string({ readOnly: true }) } });

export const part = entityType('part', {
  base: entity,
  properties: { title: string({ nullable: true }), target: property(target, { nullable: true }) },
});

export const gadget = entityType('gadget', {
  base: entity,
  properties: {
    displayName: string({ required: true, maxLength: 20 }),
    description: string({ nullable: true }),
    count: int32(),
    size: int64({ nullable: true }),
    isActive: boolean(),
    ratio: property('Edm.Double', { nullable: true }),
    owner: property('Edm.Guid', { nullable: true }),
    colour: property(colour),
    colours: property(colour, { collection: true, nullable: true }),
    content: binary({ nullable: true, maxBytes: 64, content: true }),
    seen: dateTimeOffset({ nullable: true }),
    interval: duration({ nullable: true }),
    day: date({ nullable: true }),
    time: timeOfDay({ nullable: true }),
    tags: string({ collection: true, nullable: true }),
    target: property(target, { nullable: true }),
    targets: property(target, { collection: true, nullable: true }),
    settings: property(settings, { nullable: true }),
    createdDateTime: dateTimeOffset({ readOnly: true }),
    secretColumn: string({ internal: true, nullable: true }),
  },
  navigation: {
    parts: containedMany(() => part, { join: { gadgetId: 'id' } }),
    leader: referenceOne((): EntityType => gadget, { join: { id: 'leaderId' } }),
  },
});

export const superGadget = entityType('superGadget', { base: gadget, properties: { power: int32({ nullable: true }) } });

export const attach = {
  kind: 'action',
  name: 'attach',
  binding: gadget,
  parameters: {
    gadgetParts: { type: part, collection: true, nullable: true },
    note: { type: 'Edm.String', nullable: true },
    amount: { type: 'Edm.Int32' },
  },
} as const;

export const model = linkModel({
  namespace: 'microsoft.graph',
  enumTypes: [colour, grade],
  complexTypes: [target, groupTarget, everyoneTarget, settings],
  entityTypes: [entity, part, gadget, superGadget],
  internal: [],
  operations: [attach],
  roots: [],
});
