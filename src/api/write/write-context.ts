import type { EntityType } from '../../edm/declare.ts';
import { shapeOf } from '../../edm/link.ts';
import type { WriteContext } from '../../odata/body/write-entity.ts';
import type { Call } from '../request/context.ts';
import { profileValue } from '../request/profile.ts';
import { isInDirectory } from '../request/resource.ts';

/** Members behind `unknownFutureValue` are shown to clients that ask for them (Graph, evolvable enumerations). */
export const hidesFutureMembers = ({ preferences }: Call): boolean => preferences.includeUnknownEnumMembers !== true;

/** What is selected. Intune's entities carry their `id`, too, whatever is selected; objects of the directory do not. */
const withId = (select: readonly string[], type: EntityType): readonly string[] =>
  select.includes('id') || isInDirectory(type) || !shapeOf(type).property.has('id') ? select : ['id', ...select];

/**
 * How entities of a type are written in this answer. The plan of the request keeps the contexts, as a writer is compiled for each.
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
  const key = `${type.name}|${inList}|${isDerived}|${select?.join() ?? '*'}`;
  let context = call.writeContexts.get(key);
  if (context === undefined) {
    context = {
      model: call.model,
      type,
      level: call.level,
      ...(select === undefined ? {} : { select }),
      typeAnnotation,
      nullContent,
      defaultSelectOnly,
      hideFutureMembers: hidesFutureMembers(call),
      longNumbersAsText: call.longNumbersAsText,
    };
    call.writeContexts.set(key, context);
  }
  return context;
}
