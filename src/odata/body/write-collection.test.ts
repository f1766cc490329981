import { expect, test } from 'vitest';
import { writeCollection } from './write-entity.ts';

test('count and next link stand before the rows, and only when there are any', () => {
  const page = { level: 'minimal', context: 'c', count: 7, nextLink: 'n', value: [{ id: '1' }] } as const;
  expect(JSON.stringify(writeCollection(page))).toBe('{"@odata.context":"c","@odata.count":7,"@odata.nextLink":"n","value":[{"id":"1"}]}');
  expect(writeCollection({ ...page, count: 0, nextLink: undefined, value: [] })).toEqual({
    '@odata.context': 'c',
    '@odata.count': 0,
    value: [],
  });
  expect(writeCollection({ ...page, level: 'none' })).toEqual({ '@odata.count': 7, '@odata.nextLink': 'n', value: [{ id: '1' }] });
  expect(Object.keys(writeCollection({ level: 'minimal', context: 'c', value: [] }))).toEqual(['@odata.context', 'value']);
});
