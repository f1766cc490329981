import { rulesFor } from '../../domain/rules.ts';
import type { UnitOfWork } from '../../domain/unit-of-work.ts';
import type { EntityType } from '../../edm/declare.ts';
import { type Navigation, shapeOf } from '../../edm/link.ts';
import type { Reader } from '../../store/contract.ts';
import { rowAt } from '../read/locate.ts';
import type { Resource } from '../request/resource.ts';

/** References that an entity holds in a column that is a list of ids: role assignments and their scope tags. */

/** The column of the source that lists the targets of a navigation, if that is how it refers to them. */
export function listColumn({ collection, contained, join, through }: Navigation, source: EntityType): string | undefined {
  if (!collection || contained || through !== undefined) return undefined;
  return Object.values(join).find((column) => shapeOf(source).property.get(column)?.collection === true);
}

/** Whether a resource is, or is in, a collection of references that its parent lists. */
export const isListed = (resource: Resource): boolean => listOf(resource) !== undefined;

function listOf({ steps }: Resource): string | undefined {
  const [parent, last] = [steps.at(-2), steps.at(-1)!];
  return parent !== undefined && 'join' in last.source ? listColumn(last.source, parent.type) : undefined;
}

/** Puts an id on the list above a resource, or takes it off. @throws notFound when there is no such parent */
export async function changeList(
  change: UnitOfWork,
  seen: Reader,
  edit: { resource: Resource; add?: string; take?: string },
): Promise<void> {
  const { resource, add, take } = edit;
  const column = listOf(resource)!;
  const { type } = resource.steps.at(-2)!;
  const parent = await rowAt(seen, resource.steps.slice(0, -1));
  const kept = (parent[column] as readonly string[]).filter((id) => id !== take && id !== add);
  await rulesFor(type).update(change, parent, { [column]: add === undefined ? kept : [...kept, add] });
}
