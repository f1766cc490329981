import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gadget, model } from '../../../test/support/sample-model.ts';
import type { PropertyType } from '../../edm/declare.ts';
import { type Property, shapeOf } from '../../edm/link.ts';
import type { PrimitiveName, Row } from '../../edm/primitive.ts';
import { readEntity } from './read-entity.ts';
import { type WriteContext, writeEntity } from './write-entity.ts';

const twoDigits = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
const dayText = fc
  .date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
  .map((d) => d.toISOString().slice(0, 10));
const timeText = fc.tuple(twoDigits(23), twoDigits(59), twoDigits(59)).map((parts) => parts.join(':'));
const offsetText = fc.oneof(
  fc.constant('Z'),
  fc.tuple(fc.constantFrom('+', '-'), twoDigits(13), twoDigits(59)).map(([s, h, m]) => `${s}${h}:${m}`),
);

const primitives: Record<PrimitiveName, fc.Arbitrary<unknown>> = {
  'Edm.Binary': fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
  'Edm.Boolean': fc.boolean(),
  'Edm.Date': dayText,
  'Edm.DateTimeOffset': fc.tuple(dayText, timeText, fc.nat(9_999_999), offsetText).map(([d, t, f, o]) => `${d}T${t}.${f}${o}`),
  'Edm.Decimal': fc.double({ noNaN: true, noDefaultInfinity: true }),
  'Edm.Double': fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom('INF', '-INF', 'NaN')),
  'Edm.Duration': fc.tuple(fc.nat(99), fc.nat(59)).map(([h, s]) => `PT${h}H${s}S`),
  'Edm.Guid': fc.uuid(),
  'Edm.Int32': fc.integer({ min: 1, max: 23 }),
  'Edm.Int64': fc.maxSafeInteger(),
  'Edm.String': fc.string({ maxLength: 20 }).filter((text) => !text.includes('\0')),
  'Edm.TimeOfDay': timeText,
};

/** JSON that a client could send for a property. */
function json({ type, collection, nullable, required }: Property): fc.Arbitrary<unknown> {
  const item = jsonOf(type);
  const value = collection ? fc.array(item, { maxLength: 3 }) : item;
  return nullable && required !== true ? fc.option(value) : value;
}

function jsonOf(type: PropertyType): fc.Arbitrary<unknown> {
  if (typeof type === 'string') return primitives[type];
  if (type.kind === 'enum') return fc.constantFrom(...Object.keys(type.members).filter((name) => name !== 'unknownFutureValue'));
  const concrete = model
    .concreteTypes(type)
    .map((t) => fc.record({ '@odata.type': fc.constant(`#microsoft.graph.${t.name}`), ...members(shapeOf(t).visible) }));
  return fc.oneof(...concrete);
}

const members = (properties: readonly Property[]) => Object.fromEntries(properties.map((p) => [p.name, json(p)]));

const body = fc.record(members(shapeOf(gadget).visible.filter((p) => p.readOnly !== true)), { requiredKeys: ['displayName'] });
const read = (sent: unknown): Row => readEntity(JSON.parse(JSON.stringify(sent)), gadget, { model, mode: 'create' }).values;

const minimal: WriteContext = { model, type: gadget, level: 'minimal' };
const row: Row = {
  id: 'g1',
  displayName: 'a',
  createdDateTime: '2026-01-01T00:00:00Z',
  colour: 'ultraviolet',
  content: 'AAAA',
  tags: ['x'],
  target: { '@odata.type': '#microsoft.graph.everyoneTarget', filterId: null, grade: 'first' },
  settings: { limit: 4, ratio: Number.NEGATIVE_INFINITY, seen: '2026-01-01T00:00:00Z', tags: [] },
  description: null,
  seen: null,
  secretColumn: 'hidden',
};

describe('writeEntity', () => {
  test('what was written reads back as it was, at every level that names types', () => {
    fc.assert(
      fc.property(body, fc.constantFrom('minimal' as const, 'full' as const), (sent, level) => {
        const values = read(sent);
        const written = writeEntity(values, { model, type: gadget, level }, { context: 'c', url: 'http://h/gadgets/1' });
        expect(read(written)).toEqual(values);
      }),
    );
  });

  test('level minimal with all that is declared is the row itself', () => {
    fc.assert(
      fc.property(body, (sent) => {
        const finite = JSON.parse(JSON.stringify(sent).replaceAll(/"-?INF"|"NaN"/g, '0'));
        const values = read(finite);
        expect(writeEntity(values, minimal)).toEqual(values);
      }),
    );
  });

  test('level none holds no control information anywhere', () => {
    fc.assert(
      fc.property(body, (sent) => {
        const written = writeEntity(
          read(sent),
          { model, type: gadget, level: 'none', typeAnnotation: true },
          { context: 'c', url: 'u', etag: 'e' },
        );
        const names: string[] = [];
        JSON.stringify(written, (name, value) => {
          names.push(name);
          return value;
        });
        expect(names.filter((name) => name.includes('@'))).toEqual([]);
      }),
    );
  });

  test('minimal: context, type on demand, id first, internal columns never', () => {
    const written = writeEntity(row, { ...minimal, typeAnnotation: true }, { context: 'c', etag: 'W/"1"' });
    expect(Object.keys(written).slice(0, 5)).toEqual(['@odata.context', '@odata.type', '@odata.etag', 'id', 'displayName']);
    expect(written).toMatchObject({ '@odata.type': '#microsoft.graph.gadget', id: 'g1', description: null, settings: { ratio: '-INF' } });
    expect(written).not.toHaveProperty('secretColumn');
    expect(written).not.toHaveProperty('count');
  });

  test('select leaves the rest out; expanded navigations stay', () => {
    const context: WriteContext = { ...minimal, select: ['displayName'] };
    const parts = { context: 'p', count: 2, nextLink: 'n', value: [{ id: 'p1' }] };
    expect(writeEntity(row, context, { expanded: { parts, leader: { value: null } } })).toEqual({
      displayName: 'a',
      'parts@odata.context': 'p',
      'parts@odata.count': 2,
      'parts@odata.nextLink': 'n',
      parts: [{ id: 'p1' }],
      leader: null,
    });
  });

  test('full spells everything out', () => {
    const written = writeEntity(row, { ...minimal, level: 'full', nullContent: true }, { context: 'c', url: 'http://h/gadgets/g1' });
    expect(written).toEqual({
      '@odata.context': 'c',
      '@odata.type': '#microsoft.graph.gadget',
      '@odata.id': 'http://h/gadgets/g1',
      '@odata.editLink': 'http://h/gadgets/g1',
      id: 'g1',
      displayName: 'a',
      description: null,
      'colour@odata.type': '#microsoft.graph.colour',
      colour: 'ultraviolet',
      content: null,
      seen: null,
      'tags@odata.type': '#Collection(String)',
      tags: ['x'],
      target: {
        '@odata.type': '#microsoft.graph.everyoneTarget',
        filterId: null,
        'grade@odata.type': '#microsoft.graph.grade',
        grade: 'first',
      },
      settings: {
        '@odata.type': '#microsoft.graph.settings',
        limit: 4,
        ratio: '-INF',
        'seen@odata.type': '#DateTimeOffset',
        seen: '2026-01-01T00:00:00Z',
        'tags@odata.type': '#Collection(String)',
        tags: [],
      },
      'createdDateTime@odata.type': '#DateTimeOffset',
      createdDateTime: '2026-01-01T00:00:00Z',
      'parts@odata.associationLink': 'http://h/gadgets/g1/parts/$ref',
      'parts@odata.navigationLink': 'http://h/gadgets/g1/parts',
      'leader@odata.associationLink': 'http://h/gadgets/g1/leader/$ref',
      'leader@odata.navigationLink': 'http://h/gadgets/g1/leader',
      '#microsoft.graph.attach': { title: 'microsoft.graph.attach', target: 'http://h/gadgets/g1/microsoft.graph.attach' },
    });
  });

  test('full with select links only what is selected', () => {
    const written = writeEntity(row, { ...minimal, level: 'full', select: ['id', 'leader'] }, { url: 'u' });
    expect(Object.keys(written).filter((name) => !name.startsWith('@'))).toEqual([
      'id',
      'leader@odata.associationLink',
      'leader@odata.navigationLink',
    ]);
  });

  test('members behind unknownFutureValue can be hidden', () => {
    const context: WriteContext = { ...minimal, hideFutureMembers: true };
    expect(writeEntity({ colour: 'ultraviolet', colours: ['red', 'ultraviolet'] }, context)).toEqual({
      colour: 'unknownFutureValue',
      colours: ['red', 'unknownFutureValue'],
    });
  });
});
