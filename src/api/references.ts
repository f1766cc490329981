import type { Change } from '../domain/change.ts';
import { findOne } from '../domain/change.ts';
import { rulesFor } from '../domain/rules.ts';
import type { EntityType } from '../edm/declare.ts';
import { findNavigation, type Navigation, shapeOf } from '../edm/link.ts';
import type { Row, Value } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import { isUuid } from '../lib/ids.ts';
import type { EntityInput } from '../odata/body/read-entity.ts';
import type { Reader } from '../store/contract.ts';
import { referencedId } from './entity-reference.ts';
import { rowAt } from './locate.ts';
import type { Resource } from './resource.ts';

/** References that entities hold in columns: one in a single column, several in a column that is a list. */

/** The column of the source that lists the targets of a navigation, if that is how it refers to them. */
function listColumn({ collection, contained, join }: Pick<Navigation, 'collection' | 'contained' | 'join'>, source: EntityType) {
  if (!collection || contained) return undefined;
  return Object.values(join).find((column) => shapeOf(source).property.get(column)?.collection === true);
}

/** Whether a resource is, or is in, a collection of references that its parent lists. */
export const isListed = (resource: Resource): boolean => listOf(resource) !== undefined;

function listOf({ steps }: Resource): string | undefined {
  const [parent, last] = [steps.at(-2), steps.at(-1)!];
  return parent !== undefined && 'join' in last.source ? listColumn(last.source, parent.type) : undefined;
}

/** Puts an id on the list above a resource, or takes it off. @throws notFound when there is no such parent */
export async function changeList(change: Change, seen: Reader, edit: { resource: Resource; add?: string; take?: string }): Promise<void> {
  const { resource, add, take } = edit;
  const column = listOf(resource)!;
  const { type } = resource.steps.at(-2)!;
  const parent = await rowAt(seen, resource.steps.slice(0, -1));
  const kept = (parent[column] as readonly string[]).filter((id) => id !== take && id !== add);
  await rulesFor(type).update(change, parent, { [column]: add === undefined ? kept : [...kept, add] });
}

/** The entity that a URL refers to. @throws referencedMissing */
export async function referenced(seen: Reader, url: string, { type, target }: { type: EntityType; target: string }): Promise<Row> {
  const id = referencedId(url, target);
  const hasUuid = shapeOf(type).property.get('id')!.format === 'uuid';
  const found = hasUuid && !isUuid(id) ? undefined : await findOne(seen, type, { id: hasUuid ? id.toLowerCase() : id });
  if (found !== undefined) return found;
  throw new AppError('referencedMissing', `'${target}' refers to the ${type.name} '${id}', which does not exist.`, { target });
}

/** Columns that `nav@odata.bind` sets. @throws referencedMissing, invalidValue */
export async function boundColumns(seen: Reader, type: EntityType, { bindings }: EntityInput): Promise<Record<string, Value>> {
  const columns: Record<string, Value> = {};
  for (const [name, urls] of Object.entries(bindings)) {
    const navigation = findNavigation(type, name)!;
    const list = listColumn(navigation, type);
    if (navigation.contained || (navigation.collection && list === undefined)) {
      throw new AppError('invalidValue', `'${name}' cannot be bound: its entities belong to this one. Create them below it.`, {
        target: name,
      });
    }
    const found: Row[] = [];
    for (const url of urls) found.push(await referenced(seen, url, { type: navigation.target, target: name }));
    for (const [target, column] of Object.entries(navigation.join)) {
      const values = found.map((row) => row[target]!);
      columns[column] = list === undefined ? (values[0] ?? null) : [...new Set(values)];
    }
  }
  return columns;
}
