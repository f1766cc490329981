import type { Capability, EntityType } from '../src/edm/declare.ts';
import { findNavigation, type Navigation, shapeOf } from '../src/edm/link.ts';
import { model } from '../src/model/index.ts';
import { sharedFile } from './shared-file.ts';

/** What is published of the surface, where the list is at hand, and the same said of our model. */

export interface SurfaceOperation {
  readonly family: string;
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

export interface SurfaceProperty {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly collection?: boolean;
  readonly readOnly?: boolean;
  readonly required?: boolean;
  readonly maxLength?: number;
  readonly maxBytes?: number;
  readonly min?: number;
  readonly max?: number;
}

interface Surface {
  readonly operations: readonly SurfaceOperation[];
  readonly entityTypes: Readonly<Record<string, { readonly properties: readonly SurfaceProperty[] }>>;
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

/** The properties of a type: as published, else as our model has them. */
export function documentedProperties(typeName: string): readonly SurfaceProperty[] {
  const published = surface?.entityTypes[typeName]?.properties;
  if (published !== undefined) return published;
  const { visible } = shapeOf(model.findType(typeName) as EntityType);
  return visible.map(({ name, type, nullable, collection }) => ({
    name,
    type: typeof type === 'string' ? type : `graph.${type.name}`,
    nullable,
    collection,
  }));
}
