import type { EntityType } from '../../edm/declare.ts';
import { type Model, shapeOf } from '../../edm/link.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';
import type { WriteContext } from '../../odata/body/write-entity.ts';
import type { Call } from '../request/context.ts';
import { profileValue } from '../request/profile.ts';
import { isInDirectory } from '../request/resource.ts';

/** Write contexts are kept, as a writer is compiled for each: many requests share few of them. */
const contexts = new WeakMap<Model, WeightedCache<WriteContext>>();

/** Bytes for the contexts of a model: selections differ without end. */
const CONTEXTS_WEIGHT = 2 * 1024 ** 2;
/** A compiled writer, and what it has for each property. */
const WRITER_WEIGHT = 2000;
const PROPERTY_WEIGHT = 500;

/** Members behind `unknownFutureValue` are shown to clients that ask for them (Graph, evolvable enumerations). */
export const hidesFutureMembers = ({ preferences }: Call): boolean => preferences.includeUnknownEnumMembers !== true;

/** What is selected. Intune's entities carry their `id`, too, whatever is selected; objects of the directory do not. */
const withId = (select: readonly string[], type: EntityType): readonly string[] =>
  select.includes('id') || isInDirectory(type) || !shapeOf(type).property.has('id') ? select : ['id', ...select];

/**
 * How entities of a type are written in this answer.
 * @param shape `select` is what the client selected, if it did; `isDerived` says that the type is not the declared one
 */
export function writeContextOf(
  call: Call,
  type: EntityType,
  shape: { readonly select?: readonly string[]; readonly inList: boolean; readonly isDerived?: boolean },
): WriteContext {
  const { inList, isDerived = false } = shape;
  const select = shape.select === undefined ? undefined : withId(shape.select, type);
  const defaultSelectOnly = inList || select === undefined;
  const typeAnnotation = isDerived || profileValue(call.profile, 'entityTypeAnnotation') === 'always';
  const nullContent = inList && profileValue(call.profile, 'contentInLists') === 'null';
  const hideFutureMembers = hidesFutureMembers(call);
  const flags =
    (call.longNumbersAsText ? 1 : 0) |
    (nullContent ? 2 : 0) |
    (typeAnnotation ? 4 : 0) |
    (defaultSelectOnly ? 8 : 0) |
    (hideFutureMembers ? 16 : 0);
  const key = `${type.name}|${call.level}|${flags}|${select?.join() ?? '*'}`;
  let known = contexts.get(call.model);
  if (known === undefined) {
    known = new WeightedCache(CONTEXTS_WEIGHT);
    contexts.set(call.model, known);
  }
  let context = known.get(key);
  if (context === undefined) {
    context = {
      model: call.model,
      type,
      level: call.level,
      ...(select === undefined ? {} : { select }),
      typeAnnotation,
      nullContent,
      defaultSelectOnly,
      hideFutureMembers,
      longNumbersAsText: call.longNumbersAsText,
    };
    known.set(key, context, WRITER_WEIGHT + PROPERTY_WEIGHT * (select ?? shapeOf(type).visible).length);
  }
  return context;
}
