import type { Capability, ComplexType, EntityType, OperationDeclaration } from '../../src/edm/declare.ts';
import { findNavigation, type Navigation, shapeOf } from '../../src/edm/link.ts';
import { model } from '../../src/model/index.ts';
import facts from '../facts/surface.json' with { type: 'json' };

/**
 * What is published of the surface (`test/facts/surface.json`, where one line of text says all of an operation or a property), and
 * the same said of our model.
 */

export interface SurfaceOperation {
  readonly family: string;
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

export interface PublishedOperation extends SurfaceOperation {
  /** Any one of them is enough, delegated or of an application. */
  readonly permissions: readonly string[];
}

/** What a property, a parameter or a result holds. */
export interface SurfaceValue {
  /** `Edm.*` or `graph.*`. */
  readonly type: string;
  readonly collection?: boolean;
  readonly nullable?: boolean;
}

export interface SurfaceProperty extends SurfaceValue {
  readonly name: string;
  readonly readOnly?: boolean;
  readonly required?: boolean;
  /** Only a single GET with `$select` answers it. */
  readonly selectOnly?: boolean;
  readonly maxLength?: number;
  readonly maxBytes?: number;
  readonly min?: number;
  readonly max?: number;
}

interface SurfaceType {
  readonly base?: string;
  /** Something is left out. */
  readonly subset?: boolean;
  /** Name → type and facets. */
  readonly properties: Readonly<Record<string, string>>;
}

const publishedTypes: Readonly<Record<string, SurfaceType>> = { ...facts.entityTypes, ...facts.complexTypes };
const results: Readonly<Record<string, string | null>> = facts.boundOperations;

/** The published operations. */
export const published: readonly PublishedOperation[] = Object.entries<Readonly<Record<string, string>>>(facts.operations).flatMap(
  ([family, lines]) =>
    Object.entries(lines).map(([line, said]) => {
      const [method, path] = line.split(' ') as [string, string];
      const [kind, status, ...permissions] = said.split(' ') as [string, string, ...string[]];
      const names = permissions.map((permission) => `DeviceManagement${permission}.All`);
      return { family, kind, method, path, status: Number(status), permissions: names };
    }),
);

/** Reads `Collection(Edm.String)?`. */
function readValue(text: string): SurfaceValue {
  const [, type, inside, nullable] = /^(?:Collection\((.+)\)|([^?]+))(\?)?$/.exec(text)!.map((part) => part ?? '') as string[];
  return { type: type || inside!, collection: type !== '', nullable: nullable === '?' };
}

/** Reads `Edm.String? readOnly maxLength=150`. */
function propertyOf([name, text]: readonly [string, string]): SurfaceProperty {
  const [type, ...facets] = text.split(' ') as [string, ...string[]];
  const read = facets.map((facet) => facet.split('=')).map(([facet, value]) => [facet, value === undefined ? true : Number(value)]);
  return { name, ...readValue(type), ...Object.fromEntries(read) };
}

/** What each capability is asked with, and its status. */
const ASKED: Readonly<Partial<Record<Capability, Omit<SurfaceOperation, 'family' | 'path'>>>> = {
  list: { kind: 'list', method: 'GET', status: 200 },
  create: { kind: 'create', method: 'POST', status: 201 },
  get: { kind: 'get', method: 'GET', status: 200 },
  update: { kind: 'update', method: 'PATCH', status: 200 },
  delete: { kind: 'delete', method: 'DELETE', status: 204 },
};

/** The operations that our model serves below a collection of `deviceManagement`. What is only referred to is another family's. */
export function servedOperations(family: string, root: string): SurfaceOperation[] {
  const operationsOn = (path: string, type: EntityType, collection: boolean): SurfaceOperation[] =>
    model.operationsOf(type, collection).map(({ name, kind, returns }) => ({
      ...{ family, kind, method: kind === 'action' ? 'POST' : 'GET' },
      ...{ path: `${path}/${name}`, status: returns === undefined ? 204 : 200 },
    }));

  const operationsAt = (path: string, { collection, contained, capabilities, target }: Navigation): SurfaceOperation[] => {
    const item = collection ? `${path}/{id}` : path;
    return [
      ...capabilities.flatMap((capability) => {
        const asked = ASKED[capability];
        const ofCollection = capability === 'list' || capability === 'create';
        return asked === undefined ? [] : [{ family, path: ofCollection ? path : item, ...asked }];
      }),
      ...(capabilities.includes('list') ? [{ family, path: `${path}/$count`, kind: 'count', method: 'GET', status: 200 }] : []),
      ...operationsOn(item, target, false),
      ...(collection ? operationsOn(path, target, true) : []),
      ...(contained ? shapeOf(target).navigation.flatMap((below) => operationsAt(`${item}/${below.name}`, below)) : []),
    ];
  };

  const { type } = model.findRoot('deviceManagement')!;
  return operationsAt(`/deviceManagement/${root}`, findNavigation(type, root)!);
}

const nameOf = (type: string | { readonly name: string }): string => (typeof type === 'string' ? type : `graph.${type.name}`);

/** The properties of an entity or complex type, inherited ones too: those published, and those that our model has besides. */
export function documentedProperties(typeName: string): readonly SurfaceProperty[] {
  const properties = publishedProperties(typeName) ?? [];
  const { visible } = shapeOf(model.findType(typeName) as EntityType | ComplexType);
  const besides = visible.filter(({ name }) => properties.every((property) => property.name !== name));
  return [...properties, ...besides.map(({ name, type, nullable, collection }) => ({ name, type: nameOf(type), nullable, collection }))];
}

/** Whether the published type has more properties than the list. */
export const isSubset = (typeName: string): boolean => publishedTypes[typeName]?.subset === true;

/** Those published, if the type is. */
export function publishedProperties(typeName: string): readonly SurfaceProperty[] | undefined {
  const type = publishedTypes[typeName];
  if (type === undefined) return undefined;
  const inherited = type.base === undefined ? [] : (publishedProperties(type.base) ?? []);
  return [...inherited.filter(({ name }) => type.properties[name] === undefined), ...Object.entries(type.properties).map(propertyOf)];
}

/** What an operation returns: as published, else as our model has it. */
export function documentedResult({ name, binding, returns }: OperationDeclaration): SurfaceValue | undefined {
  const result = results[`${binding.name}/${name}`];
  if (result === null) return undefined;
  return result === undefined ? returns && { ...returns, type: nameOf(returns.type) } : readValue(result);
}
