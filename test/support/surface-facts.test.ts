import { expect, it } from 'vitest';
import type { EntityType } from '../../src/edm/declare.ts';
import { sharedFile } from './shared-file.ts';
import {
  documentedResult,
  type PublishedOperation,
  published,
  publishedProperties,
  type SurfaceProperty,
  type SurfaceValue,
} from './surface-facts.ts';

interface OriginalType {
  readonly properties: readonly SurfaceProperty[];
}

interface Original {
  readonly operations: readonly (Omit<PublishedOperation, 'permissions'> & {
    readonly permissions: { readonly delegated: readonly string[]; readonly application: readonly string[] };
  })[];
  readonly entityTypes: Readonly<Record<string, OriginalType>>;
  readonly complexTypes: Readonly<Record<string, OriginalType>>;
  readonly boundOperations: readonly { readonly name: string; readonly binding: string; readonly returns: SurfaceValue | null }[];
}

const text = sharedFile('graph/surface.json');

it('reads the facts', () => {
  expect(published).toHaveLength(299);
  expect(published).toContainEqual({
    ...{ family: 'hardwareConfiguration', kind: 'action', method: 'POST', status: 200 },
    path: '/deviceManagement/hardwareConfigurations/{hardwareConfigurationId}/assign',
    permissions: ['DeviceManagementConfiguration.ReadWrite.All'],
  });
  const properties = new Map(publishedProperties('hardwareConfiguration')!.map((property) => [property.name, property]));
  expect(properties.get('id')).toEqual({ name: 'id', type: 'Edm.String', collection: false, nullable: false, readOnly: true });
  expect(properties.get('displayName')).toMatchObject({ required: true, maxLength: 150 });
  expect(properties.get('roleScopeTagIds')).toMatchObject({ type: 'Edm.String', collection: true });
});

it.skipIf(text === undefined)('the facts are those of the list that they were taken from', () => {
  const original = JSON.parse(text!) as Original;
  const plain = ({ family, kind, method, path, status, permissions }: PublishedOperation) => ({
    family,
    kind,
    method,
    path,
    status,
    permissions,
  });
  const line = ({ method, path }: { readonly method: string; readonly path: string }) => `${method} ${path}`;
  const byLine = <T extends { readonly method: string; readonly path: string }>(list: readonly T[]) =>
    list.toSorted((a, b) => line(a).localeCompare(line(b)));
  for (const kind of ['delegated', 'application'] as const)
    expect(byLine(original.operations.map((operation) => plain({ ...operation, permissions: operation.permissions[kind] })))).toEqual(
      byLine(published),
    );
  for (const [name, { properties }] of Object.entries({ ...original.entityTypes, ...original.complexTypes })) {
    const ours = new Map(publishedProperties(name)!.map((property) => [property.name, property]));
    for (const property of properties) expect(property, name).toMatchObject(withoutDefaults(ours.get(property.name)!));
  }
  for (const { name, binding, returns } of original.boundOperations) {
    const operation = { name, binding: { name: binding.replace('graph.', '') } as EntityType } as Parameters<typeof documentedResult>[0];
    expect(documentedResult(operation) ?? null, `${binding} ${name}`).toEqual(
      returns && { collection: false, nullable: false, ...returns },
    );
  }
});

/** What is said of a property; the list marks nothing that is false, and has a sentence where we have a mark. */
const withoutDefaults = ({ selectOnly, ...property }: SurfaceProperty) => ({
  ...Object.fromEntries(Object.entries(property).filter(([, value]) => value !== false)),
  ...(selectOnly === true ? { selectOnly: expect.any(String) } : {}),
});
