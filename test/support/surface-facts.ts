import type { Capability, ComplexType, EntityType, OperationDeclaration } from '../../src/edm/declare.ts';
import { findNavigation, type Navigation, shapeOf } from '../../src/edm/link.ts';
import { model } from '../../src/model/index.ts';
import { sharedFile } from './shared-file.ts';

/** What is published of the surface, where the list is at hand, and the same said of our model. */

export interface SurfaceOperation {
  readonly family: string;
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
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
  readonly maxLength?: number;
  readonly maxBytes?: number;
  readonly min?: number;
  readonly max?: number;
}

interface SurfaceType {
  readonly baseType: string | null;
  /** Something is left out. */
  readonly subset?: string;
  /** Almost everything is. */
  readonly external?: boolean;
  readonly properties: readonly SurfaceProperty[];
}

interface Surface {
  readonly operations: readonly SurfaceOperation[];
  readonly entityTypes: Readonly<Record<string, SurfaceType>>;
  readonly complexTypes: Readonly<Record<string, SurfaceType>>;
  readonly boundOperations: readonly { readonly name: string; readonly binding: string; readonly returns: SurfaceValue | null }[];
}

const text = sharedFile('graph/surface.json');

/** The published surface, or undefined on a machine that does not have it. */
export const surface: Surface | undefined = text === undefined ? undefined : (JSON.parse(text) as Surface);

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

const publishedType = (typeName: string): SurfaceType | undefined => surface?.entityTypes[typeName] ?? surface?.complexTypes[typeName];

/** Whether the published type has more properties than the list. */
export function isSubset(typeName: string): boolean {
  const { subset, external } = publishedType(typeName) ?? {};
  return (subset ?? external) !== undefined;
}

/** Those published, if the type is. */
export function publishedProperties(typeName: string): readonly SurfaceProperty[] | undefined {
  const published = publishedType(typeName);
  if (published === undefined) return undefined;
  const inherited = published.baseType === null ? [] : (publishedProperties(published.baseType.replace('graph.', '')) ?? []);
  return [...inherited.filter(({ name }) => published.properties.every((own) => own.name !== name)), ...published.properties];
}

/** What an operation returns: as published, else as our model has it. */
export function documentedResult({ name, binding, returns }: OperationDeclaration): SurfaceValue | undefined {
  const published = surface?.boundOperations.find((bound) => bound.name === name && bound.binding === `graph.${binding.name}`);
  if (published !== undefined) return published.returns ?? undefined;
  return returns && { ...returns, type: nameOf(returns.type) };
}
