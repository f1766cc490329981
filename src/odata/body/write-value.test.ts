import { expect, test } from 'vitest';
import { colour, model, target } from '../../../test/support/sample-model.ts';
import { writeValue } from './write-value.ts';

const everyone = { '@odata.type': '#microsoft.graph.everyoneTarget', filterId: null, grade: 'first' };

test('a single value is wrapped, a complex value is not', () => {
  const minimal = { model, level: 'minimal', context: 'c' } as const;
  expect(writeValue('a', { type: 'Edm.String' }, minimal)).toEqual({ '@odata.context': 'c', value: 'a' });
  expect(writeValue(Number.NaN, { type: 'Edm.Double' }, minimal)).toEqual({ '@odata.context': 'c', value: 'NaN' });
  expect(writeValue(['red'], { type: colour, collection: true }, minimal)).toEqual({ '@odata.context': 'c', value: ['red'] });
  expect(writeValue(everyone, { type: target }, minimal)).toEqual({ '@odata.context': 'c', ...everyone });
  expect(writeValue([everyone], { type: target, collection: true }, { ...minimal, level: 'none' })).toEqual({
    value: [{ filterId: null, grade: 'first' }],
  });
});
