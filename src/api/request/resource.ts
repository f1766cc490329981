import type { Access, ComplexType, EntityType, OperationDeclaration } from '../../edm/declare.ts';
import { keyNames, type Model, type Navigation, type Property, type Root, TYPE_COLUMN } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { type ContextStep, type EntityKey, stepText } from '../../odata/metadata/context-url.ts';
import type { SegmentArguments } from '../../odata/url/syntax.ts';

/** What a path names: the model's elements in the order of the URL. */

/** One step from the root: an entity set, a singleton or a navigation, with the key that picks one of its entities. */
export interface Step {
  readonly name: string;
  readonly type: EntityType;
  /** The root's, or the navigation's. */
  readonly source: Root | Navigation;
  readonly collection: boolean;
  readonly key?: EntityKey;
  /** Qualified name of `type`, where the URL casts the declared type to it. */
  readonly cast?: string;
}

/** The entity or collection at the end of the steps, or something about it. */
export interface Resource {
  readonly kind: 'collection' | 'entity' | 'count' | 'property' | 'value' | 'reference' | 'references' | 'action' | 'function';
  /** Never empty. */
  readonly steps: readonly Step[];
  /** Who may do what here, inherited along the path. */
  readonly access: Access;
  /** Of `property` and `value`: the property, then properties inside a complex value, and types that it is cast to. */
  readonly property?: Property;
  readonly nested?: readonly (Property | ComplexType)[];
  /** Of `action` and `function`. */
  readonly operation?: OperationDeclaration;
  /** Of a function: what its parentheses hold. */
  readonly given?: SegmentArguments;
}

/** The last step of a resource. */
export const lastStep = ({ steps }: Resource): Step => steps.at(-1)!;

/** Whether entities of a type are objects of the directory, which is asked and answers in a way of its own. */
export const isInDirectory = ({ family }: EntityType): boolean => family === 'directory';

/** Canonical URLs. Keys are quoted in parentheses, as Graph's own contexts have them. */

/** The steps as context URLs and links want them. A cast stands before the key. */
export const contextSteps = (steps: readonly Step[]): readonly ContextStep[] =>
  steps.map(({ name, key, cast }) => {
    const named = cast === undefined ? name : `${name}/${cast}`;
    return key === undefined ? { name: named } : { name: named, key };
  });

/** The key of a row, as URLs have it. */
export function entityKeyOf(type: EntityType, row: Row): EntityKey {
  const names = keyNames(type);
  return names.length === 1 ? (row[names[0]!] as string) : Object.fromEntries(names.map((name) => [name, row[name] as string]));
}

/** The URL of what the steps name. */
export const urlOf = (call: { readonly serviceRoot: string }, steps: readonly ContextStep[]): string =>
  `${call.serviceRoot}/${steps.map(stepText).join('/')}`;

const homes = new WeakMap<Model, Map<EntityType, readonly ContextStep[] | undefined>>();

/** The set that the entities of a type live in, whichever way they are come to; undefined of those that live below others. */
function homeOf(model: Model, type: EntityType): readonly ContextStep[] | undefined {
  let known = homes.get(model);
  if (known === undefined) {
    known = new Map();
    homes.set(model, known);
  }
  if (!known.has(type)) known.set(type, findHome(model, type));
  return known.get(type);
}

function findHome(model: Model, type: EntityType): readonly ContextStep[] | undefined {
  for (const root of model.roots) if (root.kind === 'entitySet' && root.type === type) return [{ name: root.name }];
  for (const root of model.roots.filter(({ kind }) => kind === 'singleton')) {
    const own = model
      .navigationOf(root.type)
      .find(({ collection, contained, fixed, target }) => collection && contained && target === type && Object.keys(fixed).length === 0);
    if (own !== undefined) return [{ name: root.name }, { name: own.name }];
  }
  return undefined;
}

/**
 * The one path of an entity, the same everywhere (`@odata.id`, references).
 * @param row one of a view has its type in it
 * @param otherwise the path to an entity that lives below another one
 */
export function entitySteps(
  model: Model,
  [declared, row]: readonly [EntityType, Row],
  otherwise: readonly ContextStep[],
): readonly ContextStep[] {
  const named = row[TYPE_COLUMN];
  const type = typeof named === 'string' ? (model.findType(named) as EntityType) : declared;
  const home = homeOf(model, type);
  return home === undefined ? otherwise : [...home.slice(0, -1), { ...home.at(-1)!, key: entityKeyOf(type, row) }];
}

/** A path behind the version, and the tenant that it names. */
export interface TenantPath {
  readonly path: string;
  /** The tenant's id in lower case; undefined where the path names none. */
  readonly tenant?: string | undefined;
}

const PREFIX = /^\/+(?:myorganization|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))(?=\/)/i;

/** Graph lets the tenant stand in front of a path, and tools send empty segments (`//`): both are left out. */
export function readTenantPath(sent: string): TenantPath {
  const prefix = PREFIX.exec(sent);
  if (prefix === null && !sent.includes('//')) return { path: sent };
  const path = (prefix === null ? sent : sent.slice(prefix[0].length)).replaceAll(/\/{2,}/g, '/');
  return { path, tenant: prefix?.[1]?.toLowerCase() };
}
