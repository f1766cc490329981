import type { EntityType, OperationDeclaration, OperationParameter } from '../../edm/declare.ts';
import { isPublished, type Model, publishedName, shapeOf } from '../../edm/link.ts';
import { parsePath } from '../../odata/url/parse-path.ts';
import { operationsOn } from '../operations/table.ts';
import { isStoredBelow, resolve } from '../request/resolve.ts';
import { lastStep, type Resource } from '../request/resource.ts';

/** A part of a path that the client fills in. */
export interface PathParameter {
  readonly name: string;
  readonly holds:
    | { readonly kind: 'key'; readonly step: Resource['steps'][number] }
    | { readonly kind: 'property'; readonly names: readonly string[] }
    | { readonly kind: 'argument'; readonly parameter: OperationParameter };
}

/** A path that the router serves, as a template, with what it names. */
export interface ServedPath {
  /** `/users/{userId}/displayName` */
  readonly template: string;
  readonly parameters: readonly PathParameter[];
  readonly resource: Resource;
}

/** A path on the way down: as a template, and with keys made up, as the resolver wants it. */
interface Path {
  readonly template: string;
  readonly sample: string;
  readonly parameters: readonly PathParameter[];
}

/**
 * Every path below the roots of a model, each resolved as a request's path is, so that the list cannot differ from what is served.
 * Two rules keep it finite: a path crosses at most one reference, as what is behind it has a path of its own; and it ends at a type
 * that is above already. Properties share one template, as they are many. A type in a path stands where it tells apart what a
 * collection holds, and where it leads to what only that type has.
 */
export function walkPaths(model: Model): readonly ServedPath[] {
  const found: ServedPath[] = [];
  const add = (path: Path): ServedPath => {
    const served = { template: path.template, parameters: path.parameters, resource: resolve(model, parsePath(path.sample)) };
    if (operationsOn(served.resource).length > 0) found.push(served);
    return served;
  };
  const visit = (path: Path, crossed: boolean): void => {
    const { resource } = add(path);
    const step = lastStep(resource);
    const isReference = 'contained' in step.source && !step.source.contained;
    if (resource.kind === 'collection') {
      for (const name of ['$count', '$ref']) add(below(path, name));
      for (const operation of operationsBound(model, resource)) add(called(path, operation));
      for (const type of crossed ? [] : derivedTypes(model, step)) {
        const ofType = below(path, qualified(model, type));
        for (const next of [ofType, below(ofType, '$count'), below(ofType, '$ref')]) add(next);
      }
      visit(keyed(path, resource), crossed);
      return;
    }
    for (const next of [propertyOf(path, resource), ...bytesOf(path, step), below(path, '$ref')]) add(next);
    if (isReference && crossed) return;
    for (const operation of operationsBound(model, resource)) add(called(path, operation));
    const navigations = model.navigationOf(step.type);
    for (const { name, target } of navigations) {
      if (resource.steps.some(({ type }) => type === target)) end(below(path, name));
      else visit(below(path, name), crossed || isReference);
    }
    // What is of an abstract type has a path of its own.
    for (const type of isReference || step.type.abstract === true ? [] : derivedTypes(model, step)) {
      const own = model.navigationOf(type).filter(({ name }) => !navigations.some((inherited) => inherited.name === name));
      for (const { name } of own) visit(below(below(path, qualified(model, type)), name), crossed);
    }
  };
  const end = (path: Path): void => {
    const { resource } = add(path);
    for (const name of resource.kind === 'collection' ? ['$count', '$ref'] : ['$ref']) add(below(path, name));
    if (resource.kind === 'collection') add(keyed(path, resource));
  };
  for (const { name } of model.roots) visit({ template: `/${name}`, sample: `/${name}`, parameters: [] }, false);
  return found;
}

/** The types to which what a step finds can be cast. */
const derivedTypes = (model: Model, step: Resource['steps'][number]): readonly EntityType[] =>
  model.entityTypes.filter(
    (type) => type !== step.type && type.abstract !== true && isStoredBelow(type, step) && isPublished(type) === isPublished(step.type),
  );

const qualified = (model: Model, type: EntityType): string => `${model.namespace}.${publishedName(type)}`;

const operationsBound = (model: Model, { kind, steps }: Resource): readonly OperationDeclaration[] =>
  model.operationsOf(steps.at(-1)!.type, kind === 'collection');

const below = (path: Path, segment: string): Path => ({
  ...path,
  template: `${path.template}/${segment}`,
  sample: `${path.sample}/${segment}`,
});

const extended = (path: Path, sample: string, parameter: PathParameter): Path => ({
  template: `${path.template}/{${parameter.name}}`,
  sample: `${path.sample}/${sample}`,
  parameters: [...path.parameters, parameter],
});

/** One entity of a collection. */
function keyed(path: Path, resource: Resource): Path {
  const step = lastStep(resource);
  const name = `${step.type.name}Id`;
  const same = path.parameters.filter((parameter) => parameter.name.startsWith(name)).length;
  return extended(path, '0', { name: same === 0 ? name : `${name}${same + 1}`, holds: { kind: 'key', step } });
}

/** A property of an entity, whichever. */
function propertyOf(path: Path, resource: Resource): Path {
  const names = shapeOf(lastStep(resource).type).visible.map(({ name }) => name);
  return extended(path, names[0]!, { name: 'property', holds: { kind: 'property', names } });
}

const bytesOf = (path: Path, { type }: Resource['steps'][number]): readonly Path[] =>
  shapeOf(type)
    .visible.filter((property) => property.type === 'Edm.Binary')
    .map(({ name }) => below(path, `${name}/$value`));

/** Whether an argument stands in the URL's parentheses: a value alone that must be given. Others are query options. */
export const isPathArgument = ({ collection, nullable, type, default: preset }: OperationParameter): boolean =>
  collection !== true && nullable !== true && preset === undefined && (typeof type === 'string' || type.kind === 'enum');

/** A call. Only a function's arguments stand in the URL (URL Conventions §4.5). */
function called(path: Path, { kind, name, parameters }: OperationDeclaration): Path {
  const given = kind === 'function' ? Object.entries(parameters).filter(([, parameter]) => isPathArgument(parameter)) : [];
  const written = given.map(([argument, parameter]) => `${argument}=${literalOf(parameter, `{${argument}}`)}`).join(',');
  return {
    template: `${path.template}/${name}${given.length === 0 ? '' : `(${written})`}`,
    sample: `${path.sample}/${name}`,
    parameters: [
      ...path.parameters,
      ...given.map(([argument, parameter]) => ({ name: argument, holds: { kind: 'argument', parameter } as const })),
    ],
  };
}

const PREFIXES: Readonly<Record<string, string>> = { 'Edm.String': '', 'Edm.Duration': 'duration', 'Edm.Binary': 'binary' };

/** A value in a URL: some types stand in quotes. */
function literalOf({ type }: OperationParameter, value: string): string {
  const prefix = typeof type === 'string' ? PREFIXES[type] : '';
  return prefix === undefined ? value : `${prefix}'${value}'`;
}
