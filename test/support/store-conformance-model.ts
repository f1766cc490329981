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
  referenceMany,
  referenceOne,
  string,
  timeOfDay,
} from '../../src/edm/declare.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import type { Store } from '../../src/store/contract.ts';
import { rerunningStore } from './rerunning-store.ts';

/** A small model with every kind of column, key, index and navigation that a store must cope with. */

export const color = enumType('color', { none: 0, red: 1, green: 2, blue: 4 });

export const rule = complexType('rule', {
  properties: {
    name: string({ nullable: true }),
    size: int32({ nullable: true }),
    color: property(color, { nullable: true }),
    since: dateTimeOffset({ nullable: true }),
    active: boolean({ nullable: true }),
  },
});

/** Something with a property of each type. */
export const thing: EntityType = entityType('thing', {
  properties: {
    id: string({ format: 'uuid' }),
    name: string({ nullable: true }),
    title: string(),
    count: int32({ nullable: true }),
    total: int64(),
    ratio: property('Edm.Double', { nullable: true }),
    enabled: boolean(),
    checked: boolean({ nullable: true }),
    color: property(color, { nullable: true }),
    made: dateTimeOffset(),
    seen: dateTimeOffset({ nullable: true }),
    day: date({ nullable: true }),
    time: timeOfDay({ nullable: true }),
    length: duration({ nullable: true }),
    content: binary({ nullable: true }),
    ownerId: string({ format: 'uuid', nullable: true }),
    tags: property('Edm.String', { collection: true }),
    rule: property(rule, { nullable: true }),
    rules: property(rule, { collection: true, nullable: true }),
    secret: string({ internal: true, nullable: true }),
    login: string({ caseless: true, nullable: true }),
  },
  navigation: {
    owner: referenceOne(() => owner, { join: { id: 'ownerId' } }),
    parts: containedMany(() => part, { join: { thingId: 'id' } }),
    greenParts: containedMany(() => part, { join: { thingId: 'id' }, fixed: { color: 'green' } }),
    namesakes: referenceMany(() => owner, { join: { login: 'login' } }),
    groups: referenceMany(() => group, { join: { thingId: 'id' }, through: { link: () => thingGroup, linkTo: 'groupId' } }),
  },
  storage: {
    document: true,
    key: ['id'],
    indexes: [
      { properties: ['made'] },
      { properties: ['ownerId', 'seen'] },
      { properties: ['title'], where: { color: 'red' } },
      { properties: ['login'] },
    ],
  },
});

/** What `thing.owner` leads to; its own navigation makes paths of two steps. */
export const owner: EntityType = entityType('owner', {
  properties: {
    id: string({ format: 'uuid' }),
    name: string({ nullable: true }),
    groupId: string({ nullable: true }),
    born: dateTimeOffset(),
    login: string({ caseless: true, nullable: true }),
  },
  navigation: { group: referenceOne(() => group, { join: { id: 'groupId' } }) },
  storage: { key: ['id'], indexes: [{ properties: ['login'] }] },
});

/** Its id is kept as bytes, and `owner.groupId`, which refers to it, as text. */
export const group: EntityType = entityType('group', {
  properties: { id: string({ format: 'uuid' }), label: string() },
  storage: { key: ['id'] },
});

export const thingGroup: EntityType = entityType('thingGroup', {
  properties: { thingId: string({ format: 'uuid' }), groupId: string({ format: 'uuid' }) },
  storage: { key: ['thingId', 'groupId'] },
});

export const part: EntityType = entityType('part', {
  properties: {
    id: string(),
    thingId: string({ format: 'uuid' }),
    label: string({ nullable: true }),
    color: property(color, { nullable: true }),
    size: int32(),
  },
  storage: { key: ['id'], indexes: [{ properties: ['thingId'] }] },
});

/** Links between owners, which can form circles. */
export const ownerLink: EntityType = entityType('ownerLink', {
  properties: { fromId: string({ format: 'uuid' }), toId: string({ format: 'uuid' }) },
  storage: { key: ['fromId', 'toId'], indexes: [{ properties: ['toId'] }] },
});

/** What cats and dogs have in common: their rows together. */
export const animal: EntityType = entityType('animal', {
  properties: { id: string({ format: 'uuid' }), name: string({ nullable: true }), born: dateTimeOffset() },
  storage: { key: ['id'], view: true },
});
export const cat: EntityType = entityType('cat', { base: animal, properties: { lives: int32() }, storage: { key: ['id'] } });
export const dog: EntityType = entityType('dog', {
  base: animal,
  properties: { tricks: string({ collection: true }) },
  storage: { key: ['id'] },
});

/** Counters. */
export const tally: EntityType = entityType('tally', {
  properties: {
    thingId: string({ format: 'uuid' }),
    upn: string(),
    good: int64(),
    bad: int64(),
    latest: dateTimeOffset({ nullable: true }),
    note: string({ nullable: true }),
    open: boolean(),
  },
  storage: { key: ['thingId', 'upn'] },
});

/** Every stored type: what a store under test is opened with. */
export const conformanceTypes: readonly EntityType[] = [thing, owner, group, thingGroup, part, tally, ownerLink, animal, cat, dog];

/** The clock that a store under test is opened with: `now()` lies among the dates of the data. */
export const conformanceClock = new FakeClock(Date.UTC(2020, 5, 15, 12, 34, 56, 789));

/** The store under test, running all work again. */
export const rerunning = (store: Store): Store =>
  rerunningStore(store, (writer) => writer.insert(ownerLink, { fromId: uuidV4(), toId: uuidV4() }));
