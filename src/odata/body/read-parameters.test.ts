import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { readParameters } from './read-parameters.ts';
import { attach, model } from './sample-model.ts';

const read = (body: unknown) => readParameters(body, attach, { model });

describe('readParameters', () => {
  test('any JSON is read or refused with an AppError', () => {
    const key = fc.oneof(fc.constantFrom('gadgetParts', 'NOTE', 'amount', '@odata.context'), fc.string());
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.jsonValue(), { noNullPrototype: true })), (body) => {
        try {
          for (const name of Object.keys(read(body))) expect(Object.keys(attach.parameters)).toContain(name);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
    );
  });

  test('no body and {} mean no parameters', () => {
    expect(read(undefined)).toEqual({});
    expect(read({})).toEqual({});
  });

  test('entities are read without asking for required properties', () => {
    const { gadgetParts, note } = read({
      gadgetparts: [{ '@odata.type': '#microsoft.graph.part', id: 'x', target: { '@odata.type': 'microsoft.graph.everyoneTarget' } }],
      note: null,
      '@odata.context': 'x',
    });
    expect(gadgetParts).toMatchObject([{ values: { target: { '@odata.type': '#microsoft.graph.everyoneTarget', filterId: null } } }]);
    expect(note).toBeNull();
    expect(read({ gadgetParts: null })).toEqual({ gadgetParts: null });
  });

  test.each([
    [[], 'invalidBody'],
    [{ amonut: 1 }, 'unknownProperty'],
    [{ amount: null }, 'invalidValue'],
    [{ amount: '1' }, 'invalidValue'],
    [{ amount: 1, Amount: 1 }, 'duplicateProperty'],
    [{ gadgetParts: {} }, 'invalidValue'],
    [{ gadgetParts: [null] }, 'invalidBody'],
    [{ gadgetParts: [{ titel: 'x' }] }, 'unknownProperty'],
  ])('%j is refused as %s', (body, code) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code }));
  });
});
