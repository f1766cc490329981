import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attach, model } from '../../../test/support/sample-model.ts';
import { AppError } from '../../lib/app-error.ts';
import { readParameters } from './read-parameters.ts';

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

  test('no body and {} mean no parameters: what may be left out has its default or is null', () => {
    const lenient = { ...attach, parameters: { ...attach.parameters, amount: { type: 'Edm.Int32', default: 7 } } } as const;
    for (const body of [undefined, {}]) {
      expect(readParameters(body, lenient, { model })).toEqual({ gadgetParts: null, note: null, amount: 7 });
      expect(() => read(body)).toThrow(expect.objectContaining({ code: 'missingProperty', target: 'amount' }));
    }
    expect(() => readParameters({ amount: 1 }, { ...attach, kind: 'function' }, { model })).toThrow(
      expect.objectContaining({ code: 'missingProperty', target: 'gadgetParts' }),
    );
  });

  test('entities are read without asking for required properties', () => {
    const { gadgetParts, note } = read({
      gadgetparts: [{ '@odata.type': '#microsoft.graph.part', id: 'x', target: { '@odata.type': 'microsoft.graph.everyoneTarget' } }],
      note: null,
      amount: 1,
      '@odata.context': 'x',
    });
    expect(gadgetParts).toEqual([{ target: { '@odata.type': '#microsoft.graph.everyoneTarget', filterId: null, grade: 'first' } }]);
    expect(note).toBeNull();
    expect(read({ gadgetParts: null, amount: 1 })).toEqual({ gadgetParts: null, note: null, amount: 1 });
  });

  test.each([
    [[], 'invalidBody'],
    [{ amonut: 1 }, 'unknownProperty'],
    [{ amount: null }, 'invalidValue'],
    [{ amount: 'one' }, 'invalidValue'],
    [{ amount: 1, Amount: 1 }, 'duplicateProperty'],
    [{ gadgetParts: {} }, 'invalidValue'],
    [{ gadgetParts: [null] }, 'invalidBody'],
    [{ gadgetParts: [{ titel: 'x' }] }, 'unknownProperty'],
  ])('%j is refused as %s', (body, code) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code }));
  });
});
