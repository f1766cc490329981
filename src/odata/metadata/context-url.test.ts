import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contextUrl, referenceContextUrl, typeContextUrl } from './context-url.ts';

const serviceRoot = 'http://h:8080/beta';
const configurations = [{ name: 'deviceManagement' }, { name: 'hardwareConfigurations' }];
const statesOf = (key: string) => [{ name: 'deviceManagement' }, { name: 'hardwareConfigurations', key }, { name: 'deviceRunStates' }];

describe('contextUrl', () => {
  test('any key can be read back from it, and it is a valid URL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (key) => {
        const url = contextUrl({ serviceRoot, path: statesOf(key) });
        expect(URL.canParse(url)).toBe(true);
        expect(url).toMatch(/^[\x21-\x7e]*$/);
        const quoted = /\('(.*)'\)\/deviceRunStates$/.exec(url)![1]!;
        expect(decodeURIComponent(quoted).replaceAll("''", "'")).toBe(key.toWellFormed());
      }),
    );
  });

  test.each([
    [{ path: [] }, ''],
    [{ path: configurations }, '#deviceManagement/hardwareConfigurations'],
    [{ path: configurations, entity: true }, '#deviceManagement/hardwareConfigurations/$entity'],
    [{ path: [{ name: 'deviceManagement' }] }, '#deviceManagement'],
    [{ path: statesOf("o'1"), entity: true }, "#deviceManagement/hardwareConfigurations('o''1')/deviceRunStates/$entity"],
    [{ path: [{ name: 'users', key: 'a/b' }, { name: 'displayName' }] }, "#users('a%2Fb')/displayName"],
    [{ path: [{ name: 'users' }], cast: 'microsoft.graph.x', entity: true }, '#users/microsoft.graph.x/$entity'],
    [{ path: configurations, selection: { select: [], expand: [] } }, '#deviceManagement/hardwareConfigurations'],
    [
      { path: [{ name: 'users' }], entity: true, selection: { expand: [{ name: 'assignments', selection: {} }] } },
      '#users(assignments())/$entity',
    ],
    [
      {
        path: [{ name: 'users' }],
        selection: {
          select: ['id', 'displayName', 'parts'],
          expand: [{ name: 'parts', selection: { select: ['id'], expand: [{ name: 'x', selection: {} }] } }],
        },
      },
      '#users(id,displayName,parts(id,x()))',
    ],
  ])('%j', (parts, fragment) => {
    expect(contextUrl({ serviceRoot, ...parts })).toBe(`${serviceRoot}/$metadata${fragment}`);
  });
});

test('values and references', () => {
  expect(typeContextUrl(serviceRoot, { name: 'Edm.String' })).toBe(`${serviceRoot}/$metadata#Edm.String`);
  expect(typeContextUrl(serviceRoot, { name: 'microsoft.graph.x', collection: true })).toBe(
    `${serviceRoot}/$metadata#Collection(microsoft.graph.x)`,
  );
  expect(referenceContextUrl(serviceRoot, true)).toBe(`${serviceRoot}/$metadata#Collection($ref)`);
  expect(referenceContextUrl(serviceRoot, false)).toBe(`${serviceRoot}/$metadata#$ref`);
});
