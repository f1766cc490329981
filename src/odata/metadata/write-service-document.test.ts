import { expect, test } from 'vitest';
import { entityType } from '../../edm/declare.ts';
import { linkModel } from '../../edm/link.ts';
import { writeServiceDocument } from './write-service-document.ts';

const user = entityType('user', { properties: {} });
const root = { type: user, access: {}, capabilities: [] } as const;
const model = linkModel({
  namespace: 'microsoft.graph',
  enumTypes: [],
  complexTypes: [],
  entityTypes: [user],
  internal: [],
  operations: [],
  roots: [
    { ...root, kind: 'entitySet', name: 'users' },
    { ...root, kind: 'singleton', name: 'me' },
  ],
});

test('lists the roots', () => {
  expect(writeServiceDocument(model, { serviceRoot: 'http://h/beta', level: 'minimal' })).toEqual({
    '@odata.context': 'http://h/beta/$metadata',
    value: [
      { name: 'users', kind: 'EntitySet', url: 'users' },
      { name: 'me', kind: 'Singleton', url: 'me' },
    ],
  });
  expect(writeServiceDocument(model, { serviceRoot: 'http://h/beta', level: 'none' })).not.toHaveProperty('@odata.context');
});
