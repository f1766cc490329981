import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gadget, model, part, superGadget, target } from '../../../test/support/sample-model.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { type EntityInput, mergedValues, type ReadContext, readEntity } from './read-entity.ts';

/** What a body says; an update is of an entity that holds nothing yet, unless it is given. */
function read(body: unknown, mode: ReadContext['mode'] = 'update', stored: Row = {}): EntityInput {
  const input = readEntity(body, gadget, { model, mode });
  return { ...input, values: { ...input.values, ...mergedValues(input, stored) } };
}

const refused = (body: unknown, mode: ReadContext['mode'] = 'update') => {
  try {
    return `accepted as ${JSON.stringify(read(body, mode))}`;
  } catch (error) {
    return error instanceof AppError ? `${error.code} ${error.target}: ${error.message}` : String(error);
  }
};

const names = [...Object.keys(gadget.properties), ...Object.keys(gadget.navigation)];
const someKey = fc.oneof(
  fc.constantFrom(...names, '@odata.type', 'parts@odata.bind', 'leader@bind', 'parts@delta', '__proto__', 'constructor', '#x'),
  fc.constantFrom(...names).map((name) => name.toUpperCase()),
  fc.string(),
);
const someValue = fc.oneof(
  { depthSize: 'small' },
  fc.jsonValue(),
  fc.constantFrom('#microsoft.graph.groupTarget', 'red', 'AAAA', '2026-01-01T00:00:00Z', { '@odata.type': '#microsoft.graph.groupTarget' }),
);

describe('readEntity', () => {
  test('any JSON is read or refused with an AppError, and nothing undeclared gets through', () => {
    const body = fc.oneof(fc.jsonValue(), fc.dictionary(someKey, someValue, { noNullPrototype: true }));
    fc.assert(
      fc.property(body, fc.constantFrom('create', 'update', 'parameter'), (json, mode) => {
        try {
          const { values, bindings, nested } = read(JSON.parse(JSON.stringify(json)), mode);
          for (const name of Object.keys(values)) expect(Object.keys(gadget.properties)).toContain(name);
          for (const name of Object.keys({ ...bindings, ...nested })) expect(Object.keys(gadget.navigation)).toContain(name);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('a property is found in any case, exact spelling first, and never twice', () => {
    expect(read({ DISPLAYNAME: 'a' }).values).toEqual({ displayName: 'a' });
    expect(refused({ displayName: 'a', displayname: 'b' })).toMatch(/^duplicateProperty displayname/);
  });

  test('unknown and internal properties are refused by name', () => {
    expect(refused({ dispalyName: 'a' })).toBe(
      "unknownProperty dispalyName: 'dispalyName' is not a property of microsoft.graph.gadget. The nearest name is 'displayName'.",
    );
    expect(refused({ secretColumn: 'a' })).toMatch(/^unknownProperty secretColumn/);
    expect(refused(JSON.parse('{"__proto__":{}}'))).toMatch(/^unknownProperty __proto__/);
    expect(refused({ settings: { limits: 1 } })).toMatch(/^unknownProperty settings\/limits.*nearest name is 'limit'/);
  });

  test('read-only properties, annotations and advertised actions are ignored', () => {
    const junk = {
      id: 5,
      createdDateTime: 'never',
      '@odata.context': 'x',
      'tags@odata.type': '#Collection(String)',
      '#microsoft.graph.a': {},
    };
    expect(read({ ...junk, 'parts@odata.context': 'x', count: 1 }).values).toEqual({ count: 1 });
  });

  test('a create names everything that is missing; null does not count as sent', () => {
    expect(refused({}, 'create')).toBe("missingProperty displayName: Send 'displayName': required here and missing.");
    expect(refused({ displayName: null }, 'create')).toMatch(/^invalidValue displayName/);
    expect(read({}, 'parameter').values).toEqual({});
  });

  test.each(['#microsoft.graph.gadget', 'microsoft.graph.gadget', '#MICROSOFT.GRAPH.Gadget'])('type %s is accepted', (name) => {
    expect(read({ '@odata.type': name }).type).toBe(gadget);
    expect(read({ '@type': name }).type).toBe(gadget);
  });

  test('a derived type brings its properties; other types are refused', () => {
    expect(read({ '@odata.type': '#microsoft.graph.superGadget', power: 3 })).toMatchObject({ type: superGadget, values: { power: 3 } });
    for (const name of ['#microsoft.graph.part', 'gadget', '#other.gadget', '', 5, null]) {
      expect(refused({ '@odata.type': name })).toMatch(
        /^invalidValue @odata.type: .*#microsoft.graph.gadget, #microsoft.graph.superGadget/,
      );
    }
  });

  test('enumerations take names in any case and numbers', () => {
    for (const value of ['darkBlue', 'DARKBLUE', '2', 2]) expect(read({ colour: value }).values).toEqual({ colour: 'darkBlue' });
    expect(refused({ colour: 'green' })).toBe("invalidValue colour: 'colour' must be one of none, red, darkBlue, ultraviolet.");
    for (const value of [7, '7', null, [], 'constructor']) expect(refused({ colour: value })).toMatch(/^invalidValue/);
  });

  test('unknownFutureValue is refused on create and leaves the property alone on update', () => {
    expect(refused({ displayName: 'a', colour: 'unknownFutureValue' }, 'create')).toMatch(/^invalidValue colour/);
    expect(read({ colour: 'unknownFutureValue', count: 1 }, 'update').values).toEqual({ count: 1 });
  });

  test('null is for nullable properties, and never inside a collection', () => {
    expect(read({ description: null, tags: null }).values).toEqual({ description: null, tags: [] });
    expect(refused({ count: null })).toMatch(/^invalidValue count: 'count' cannot be null/);
    expect(refused({ tags: ['a', null] })).toMatch(/^invalidValue tags\/1/);
    expect(refused({ tags: 'a' })).toMatch(/must be an array/);
  });

  test('a complex value is completed, typed and in declared order', () => {
    const sent = { GroupId: 'g', '@odata.type': 'microsoft.graph.GroupTarget' };
    const { values } = read({ target: sent, settings: {} });
    expect(JSON.stringify(values)).toBe(
      JSON.stringify({
        target: { '@odata.type': '#microsoft.graph.groupTarget', filterId: null, grade: 'first', groupId: 'g' },
        settings: { limit: 4, ratio: null, seen: null, tags: [] },
      }),
    );
  });

  test('A6 an update keeps the members of a stored complex value that it does not send, unless it names another type', () => {
    const stored = read({
      settings: { limit: 7, ratio: 0.5, tags: ['a'] },
      target: { '@odata.type': '#microsoft.graph.groupTarget', groupId: 'g', grade: 'second', filterId: 'f' },
    }).values;
    const update = (body: object) => read(body, 'update', stored).values;
    expect(update({ settings: { RATIO: null } })).toEqual({ settings: { limit: 7, ratio: null, seen: null, tags: ['a'] } });
    expect(update({ settings: { tags: [] } })).toEqual({ settings: { limit: 7, ratio: 0.5, seen: null, tags: [] } });
    expect(update({ target: { filterId: null } })).toEqual({ target: { ...(stored.target as Row), filterId: null } });
    expect(update({ target: { '@type': 'microsoft.graph.grouptarget', grade: 1 } })).toEqual({
      target: { ...(stored.target as Row), grade: 'first' },
    });
    expect(update({ target: { '@odata.type': '#microsoft.graph.everyoneTarget' } })).toEqual({
      target: { '@odata.type': '#microsoft.graph.everyoneTarget', filterId: null, grade: 'first' },
    });
    expect(update({ settings: null, target: null })).toEqual({ settings: null, target: null });
    expect(() => update({ settings: { limit: null } })).toThrow(expect.objectContaining({ target: 'settings/limit' }));
  });

  test('an abstract complex type must be named, and required members sent', () => {
    expect(refused({ target: { groupId: 'g' } })).toBe(
      "invalidValue target/@odata.type: 'target/@odata.type' is missing; send one of #microsoft.graph.groupTarget, #microsoft.graph.everyoneTarget.",
    );
    expect(refused({ target: { '@odata.type': '#microsoft.graph.target' } })).toMatch(/^invalidValue target/);
    expect(refused({ targets: [{ '@odata.type': '#microsoft.graph.groupTarget' }] })).toMatch(/^missingProperty targets\/0\/groupId/);
    expect(target.abstract).toBe(true);
  });

  test('references are told from content', () => {
    const body = { 'leader@odata.bind': 'gadgets/1', 'parts@bind': ['parts/1'], parts: [{ '@id': 'parts/2' }, { title: 'new' }] };
    expect(read(body)).toMatchObject({
      bindings: { leader: ['gadgets/1'], parts: ['parts/1', 'parts/2'] },
      nested: { parts: [{ title: 'new' }] },
    });
    expect(read({ leader: { '@odata.id': 'gadgets/1' } })).toMatchObject({ bindings: { leader: ['gadgets/1'] }, nested: {} });
    expect(read({ leader: null, parts: [] }).nested).toEqual({ leader: null, parts: [] });
    expect(read({ 'leader@odata.bind': null }).bindings).toEqual({ leader: [] });
    expect(refused({ 'parts@odata.bind': 'parts/1' })).toMatch(/^invalidValue parts@odata.bind/);
    expect(refused({ 'nobody@odata.bind': 'x' })).toMatch(/^unknownProperty nobody/);
    expect(refused({ parts: {} })).toMatch(/^invalidValue parts/);
    expect(refused({ 'parts@delta': [] })).toMatch(/^invalidBody parts@delta/);
  });

  test.each([null, [], 'x', 5, true, undefined])('%j is no entity', (body) => {
    expect(refused(body)).toMatch(/^invalidBody/);
  });

  test('error targets start with the path of the entity', () => {
    const work = () => readEntity({ title: 5 }, part, { model, mode: 'create', path: 'gadgetParts/0' });
    expect(work).toThrow(expect.objectContaining({ target: 'gadgetParts/0/title' }));
  });
});
