import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sampleOperations } from '../../../test/support/sample-operations.ts';
import { shapeOf } from '../../edm/link.ts';
import { AppError } from '../../lib/app-error.ts';
import { model } from '../../model/index.ts';
import { parsePath } from '../../odata/url/parse-path.ts';
import { resolve } from './resolve.ts';
import { contextSteps, type Resource } from './resource.ts';

const at = (path: string): Resource => resolve(model, parsePath(path));

/** A path through the model, with a key behind every collection but perhaps the last. */
const modelPath = fc.array(fc.nat(), { minLength: 1, maxLength: 6 }).map((choices) => {
  const root = model.roots[choices[0]! % model.roots.length]!;
  const steps: { name: string; collection: boolean }[] = [{ name: root.name, collection: root.kind === 'entitySet' }];
  let type = root.type;
  for (const choice of choices.slice(1)) {
    const { navigation } = shapeOf(type);
    if (navigation.length === 0) break;
    const next = navigation[choice % navigation.length]!;
    steps.push(next);
    type = next.target;
  }
  return { steps, type };
});

const key = fc.oneof(
  fc.uuid(),
  fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !/^\$|^\.{1,2}$|[.(]/.test(text) && text.isWellFormed()),
);
const spelled = (name: string, upper: boolean): string => (upper ? name.toUpperCase() : name);
const withKey = (name: string, id: string, style: number): string =>
  [
    `${name}/${encodeURIComponent(id)}`,
    `${name}('${encodeURIComponent(id.replaceAll("'", "''"))}')`,
    `${name}(id='${encodeURIComponent(id.replaceAll("'", "''"))}')`,
  ][style % 3]!;

it('finds the same whatever the case, the form of the key and the slash at the end', () =>
  fc.assert(
    fc.property(
      modelPath,
      fc.array(key, { minLength: 6, maxLength: 6 }),
      fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
      (path, keys, styles) => {
        const { steps, type } = path;
        const operations = new Set(model.operations.map(({ name }) => name.toLowerCase()));
        fc.pre(keys.every((id) => !operations.has(id.toLowerCase())));
        const write = (styleOf: (index: number) => number, upper: boolean): string =>
          `/${steps.map(({ name, collection }, index) => (collection ? withKey(spelled(name, upper), keys[index]!, styleOf(index)) : spelled(name, upper))).join('/')}`;
        const plain = at(write(() => 0, false));
        expect(plain.kind).toBe('entity');
        expect(plain.steps.map(({ name, key: id }) => [name, id])).toEqual(
          steps.map(({ name, collection }, index) => [name, collection ? keys[index] : undefined]),
        );
        expect(plain.steps.at(-1)!.type).toBe(type);
        expect(at(`${write((index) => styles[index]!, true)}/`)).toEqual(plain);
      },
    ),
  ));

it('a collection is one without a key', () => {
  expect(at('/users')).toMatchObject({ kind: 'collection' });
  expect(at('/users/$count')).toMatchObject({ kind: 'count' });
  expect(at('/groups/x/members/$ref')).toMatchObject({ kind: 'references' });
  expect(at('/groups/x/members/y/$ref')).toMatchObject({ kind: 'reference' });
});

it('who may do what comes from the nearest navigation that says so', () => {
  expect(at('/groups/x').access.write).not.toContain('GroupMember.ReadWrite.All');
  expect(at('/groups/x/members').access.write).toContain('GroupMember.ReadWrite.All');
  expect(at('/deviceManagement/hardwareConfigurations/x/runSummary').access).toEqual(at('/deviceManagement/hardwareConfigurations').access);
});

it('throws nothing but errors that say what to do', () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string(),
          fc.constantFrom(
            'users',
            'deviceManagement',
            'hardwareConfigurations',
            'x',
            '$count',
            '$ref',
            '$value',
            'assign',
            'displayName',
            "users('",
            'microsoft.graph.user',
          ),
        ),
        { maxLength: 6 },
      ),
      (segments) => {
        try {
          expect(at(`/${segments.join('/')}`).steps.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect(['unknownSegment', 'invalidUrl', 'invalidKey']).toContain((error as AppError).code);
        }
      },
    ),
  ));

const sampled = (path: string): Resource => resolve(sampleOperations, parsePath(path));

it('casts to derived types, of one entity and of a collection, whose navigations then follow', () => {
  const types = (path: string) => sampled(path).steps.map(({ name, type, key: id }) => [name, type.name, id]);
  const tin = ['boxes', 'tinBox', '2'];
  for (const path of [
    'boxes/2/microsoft.graph.tinBox',
    "boxes('2')/graph.TinBox",
    'boxes/microsoft.graph.tinBox/2',
    "boxes/microsoft.graph.tinBox('2')",
  ]) {
    expect(types(`/shops/1/${path}`)).toEqual([['shops', 'shop', '1'], tin]);
    expect(types(`/shops/1/${path}/dents/3`)).toEqual([['shops', 'shop', '1'], tin, ['dents', 'part', '3']]);
    expect(sampled(`/shops/1/${path}/isFull()`)).toMatchObject({ kind: 'function', operation: { name: 'isFull' } });
    expect(contextSteps(sampled(`/shops/1/${path}/parts`).steps)[1]).toEqual({ name: 'boxes/microsoft.graph.tinBox', key: '2' });
  }
  expect(sampled('/shops/1/boxes/microsoft.graph.tinBox').kind).toBe('collection');
  expect(sampled('/shops/1/boxes/microsoft.graph.tinBox/sort')).toMatchObject({ kind: 'action' });
});

it.each(['boxes/2/dents', 'boxes/2/microsoft.graph.shop', 'boxes/2/microsoft.graph.loose', 'boxes/2/microsoft.graph.part'])(
  '%s is not there',
  (path) => {
    expect(() => sampled(`/shops/1/${path}`)).toThrow(expect.objectContaining({ code: 'unknownSegment' }));
  },
);
