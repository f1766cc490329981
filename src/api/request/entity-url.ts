import type { EntityType } from '../../edm/declare.ts';
import { keyNames, type Model, TYPE_COLUMN } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { type ContextStep, type EntityKey, stepText } from '../../odata/metadata/context-url.ts';
import type { Call } from './context.ts';
import type { Step } from './resource.ts';

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
export const urlOf = (call: Pick<Call, 'serviceRoot'>, steps: readonly ContextStep[]): string =>
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
