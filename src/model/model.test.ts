import { describe, expect, it } from 'vitest';
import type { Access, EntityType } from '../edm/declare.ts';
import { shapeOf } from '../edm/link.ts';
import { deviceManagement } from './device-management.ts';
import { allPermissions, model, modelV1 } from './index.ts';

/** The declarations hang together: what one names, another has. */

const stored = model.stored;

describe.each(stored.map((type) => ({ name: type.name, type })))('$name', ({ type }) => {
  const { properties, property, navigation } = shapeOf(type);

  it('has the columns of its key and its indexes, and the key cannot be null', () => {
    const { key, indexes = [] } = type.storage!;
    for (const name of [...key, ...indexes.flatMap((index) => index.properties)]) expect([...property.keys()]).toContain(name);
    for (const name of key) expect(property.get(name)!.nullable).toBe(false);
    expect(key).toEqual([...new Set(key)]);
  });

  it('joins columns that exist and hold the same kind of value', () => {
    for (const { name, join, target } of navigation) {
      for (const [there, here] of Object.entries(join)) {
        expect(property.has(here), `${name}: ${here}`).toBe(true);
        const other = target.storage === undefined ? undefined : shapeOf(target).property.get(there);
        if (target.storage !== undefined)
          expect({ name, type: other?.type, format: other?.format }).toEqual({
            name,
            type: property.get(here)!.type,
            format: property.get(here)!.format,
          });
      }
    }
  });

  it('has names that differ by more than their case', () => {
    const names = [...properties, ...navigation].map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });

  it('has facets that do not contradict each other', () => {
    for (const p of properties) {
      const defaulted = p.default === undefined ? [] : [p.default].flat();
      expect({ name: p.name, both: p.required === true && p.readOnly === true }).toEqual({ name: p.name, both: false });
      if (typeof p.type === 'object' && p.type.kind === 'enum')
        for (const value of defaulted) expect(Object.keys(p.type.members)).toContain(value);
      if (p.minimum !== undefined && p.maximum !== undefined) expect(p.minimum).toBeLessThanOrEqual(p.maximum);
      expect({ name: p.name, searchableText: p.searchable !== true || p.type === 'Edm.String' }).toEqual({
        name: p.name,
        searchableText: true,
      });
    }
  });
});

/** Every place in a model with what is granted there. */
function places(of: typeof model): { path: string; access: Access }[] {
  const found: { path: string; access: Access }[] = [];
  const walk = (path: string, type: EntityType, access: Access): void => {
    found.push({ path, access });
    if (path.split('/').length > 6) return;
    for (const navigation of shapeOf(type).navigation)
      walk(`${path}/${navigation.name}`, navigation.target, { ...access, ...navigation.access });
  };
  for (const { name, type, access } of of.roots) walk(`/${name}`, type, access);
  return found;
}

describe.each([
  ['beta', model],
  ['v1.0', modelV1],
] as const)('access in %s', (_, served) => {
  it('is declared everywhere: somebody may read and somebody may write', () => {
    for (const { path, access } of places(served)) {
      expect(access.read?.length, path).toBeGreaterThan(0);
      expect(access.write?.length, path).toBeGreaterThan(0);
    }
  });

  it('never lets a Read name write, and lets whoever writes read', () => {
    for (const { path, access } of places(served)) {
      const writers = [access.write, access.create, access.update, access.delete].flatMap((names) => names ?? []);
      expect(
        writers.filter((name) => name.endsWith('.Read.All')),
        path,
      ).toEqual([]);
      for (const name of writers) expect(access.read, path).toContain(name);
    }
  });

  it('names only permissions that can be granted', () => {
    for (const { access } of places(served))
      for (const names of [access.read, access.write, ...Object.values(access.operations ?? {})])
        for (const name of names ?? []) expect(allPermissions).toContain(name);
  });
});

it('names each type once, without regard to case', () => {
  const names = [...model.enumTypes, ...model.complexTypes, ...model.entityTypes, ...model.internal].map(({ name }) => name.toLowerCase());
  expect(new Set(names).size).toBe(names.length);
});

describe('types that share children', () => {
  const navigations = shapeOf(deviceManagement).navigation;

  it('share ids as well: each is a sibling of the others, so that rows below an id prove that there is one with it', () => {
    const parents = Map.groupBy(
      navigations.flatMap((from) => shapeOf(from.target).navigation.map((to) => ({ from, to }))).filter(({ to }) => 'policyId' in to.join),
      ({ to }) => to.target,
    );
    for (const [child, places] of parents) {
      const kinds = places.map(({ from }) => from.target);
      if (kinds.length === 1) continue;
      for (const { from } of places) expect(new Set(from.siblings?.()), `${from.name} and ${child.name}`).toEqual(new Set(kinds));
    }
    expect(parents.size).toBeGreaterThan(0);
  });

  it('have the same ones under the same names', () => {
    for (const { name, target, siblings } of navigations)
      for (const sibling of siblings?.() ?? []) expect(sibling.navigation, name).toEqual(target.navigation);
  });

  it('are of one family with them', () => {
    for (const { target, siblings } of navigations)
      for (const type of (siblings?.() ?? []).flatMap((t) => [t, ...shapeOf(t).navigation.map((n) => n.target)]))
        expect({ type: type.name, family: type.family }).toEqual({ type: type.name, family: target.family });
  });
});

it('enumerations number each member once', () => {
  for (const { name, members } of model.enumTypes) expect(new Set(Object.values(members)).size, name).toBe(Object.keys(members).length);
});

it('operations are bound to types that are served', () => {
  for (const { binding, name } of model.operations) expect(model.entityTypes, name).toContain(binding);
});
