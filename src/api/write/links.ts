import { rulesFor } from '../../domain/rules.ts';
import { findOne, type UnitOfWork } from '../../domain/unit-of-work.ts';
import type { EntityType } from '../../edm/declare.ts';
import { findNavigation, isOrDerivesFrom, type Navigation, shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import { user } from '../../model/managed-device.ts';
import type { EntityInput } from '../../odata/body/read-entity.ts';
import { parsePath } from '../../odata/url/parse-path.ts';
import type { NameSegment } from '../../odata/url/syntax.ts';
import type { Reader } from '../../store/contract.ts';
import { joined, rowAt } from '../read/locate.ts';
import { type Resource, readTenantPath } from '../request/resource.ts';

/** Links of many-to-many navigations: rows of the type that stands between the two ends. */

/** The columns of the link between a source and the target with this id. */
export const linkColumns = (navigation: Navigation, source: Row, id: string): Row => ({
  ...joined(navigation, source).linked!.source,
  [navigation.through!.linkTo]: id,
});

/**
 * Links a source to what the URLs name.
 * @param urls looked up in `seen`, which finds what the caller sees; `target` is what holds them, for messages
 * @throws referencedMissing, alreadyExists, invalidValue
 */
export async function addReferences(
  change: UnitOfWork,
  [navigation, source]: readonly [Navigation, Row],
  { seen, urls, target }: { readonly seen: Reader; readonly urls: readonly string[]; readonly target: string },
): Promise<void> {
  for (const url of urls) {
    const { id } = await referenced(seen, url, { type: navigation.target, target });
    await rulesFor(navigation.through!.link()).create(change, linkColumns(navigation, source, id as string));
  }
}

/** What `nav@odata.bind` in a body does (JSON Format 4.0 §8.5). What it names is looked up in `seen`, which finds what the caller sees. */

/** Links that it adds to a collection. @throws referencedMissing, referenceExists, alreadyExists, and invalidValue where they are too many */
export async function bindCollections(
  change: UnitOfWork,
  seen: Reader,
  { type, row, input }: { readonly type: EntityType; readonly row: Row; readonly input: EntityInput },
): Promise<void> {
  checkCount(type, input);
  for (const [name, urls] of Object.entries(input.bindings)) {
    const navigation = findNavigation(type, name)!;
    if (isLinkable(navigation)) await addReferences(change, [navigation, row], { seen, urls, target: name });
  }
}

/** How many members and owners one request may give a group, as Graph has it. */
const LINKS_PER_REQUEST = 20;

/** @throws invalidValue */
function checkCount(type: EntityType, { bindings }: EntityInput): void {
  const names = Object.keys(bindings).filter((name) => isLinkable(findNavigation(type, name)!));
  const count = names.reduce((sum, name) => sum + bindings[name]!.length, 0);
  if (type.family !== 'directory' || count <= LINKS_PER_REQUEST) return;
  const text = `${count} objects cannot be added to a ${type.name} in one request: ${LINKS_PER_REQUEST} are possible. Add the others in another one.`;
  throw new AppError('invalidValue', text, { target: names[0]! });
}

const isLinkable = ({ through, capabilities }: Navigation): boolean => through !== undefined && capabilities.includes('reference');

/** Columns that it sets: one value, or all those of a list. @throws referencedMissing, invalidValue */
export async function boundColumns(seen: Reader, type: EntityType, { bindings }: EntityInput): Promise<Record<string, Value>> {
  const columns: Record<string, Value> = {};
  for (const [name, urls] of Object.entries(bindings)) {
    const navigation = findNavigation(type, name)!;
    if (isLinkable(navigation)) continue;
    const list = listColumn(navigation, type);
    if (navigation.contained || (navigation.collection && list === undefined)) {
      throw new AppError(
        'invalidValue',
        `'${name}' cannot be bound. Create what belongs to this entity below it, and change other links from their other end.`,
        {
          target: name,
        },
      );
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

/** What a reference says: the key at its end, and the name of the collection that it stands in. */
interface Reference {
  readonly key: string;
  readonly collection: string;
}

/**
 * Reads a URL such as `https://…/beta/users('id')` or `managedDevices/id`. Which host it names does not matter: the tenant that it is looked up
 * in is the caller's.
 * @param target the property that holds it, for messages
 * @throws invalidValue
 */
function readReference(url: string, target: string): Reference {
  const { path } = readTenantPath(url.replace(/^https?:\/\/[^/]+/i, '').replace(/^\/*(beta|v1\.0)(?=\/)/i, ''));
  const segments = parsePath(path.startsWith('/') ? path : `/${path}`);
  const last = segments.at(-1);
  const key = last?.kind === 'name' ? keyOf(last) : undefined;
  if (last?.kind !== 'name' || key === undefined)
    throw new AppError('invalidValue', `'${url.slice(0, 200)}' is no reference to an entity. Send its URL, such as …/users/<id>.`, {
      target,
    });
  const before = last.arguments === undefined ? segments.at(-2) : last;
  return { key, collection: before?.kind === 'name' ? before.name : '' };
}

function keyOf(segment: NameSegment): string | undefined {
  if (segment.arguments === undefined) return segment.text;
  const value = segment.arguments.kind === 'single' ? segment.arguments.value : undefined;
  return value?.kind === 'literal' ? String(value.value) : undefined;
}

/** The entity that a URL refers to, if the caller sees it. @throws invalidValue, referencedMissing; notFound where it is an object of the directory */
export async function referenced(
  seen: Reader,
  url: string,
  { type, target }: { readonly type: EntityType; readonly target: string },
): Promise<Row> {
  const reference = readReference(url, target);
  const found = await find(seen, type, reference);
  if (found !== undefined) return found;
  const key = reference.key.slice(0, 100);
  const message = `'${target}' refers to the ${type.name} '${key}', which does not exist.`;
  if (type.family === 'directory') throw new AppError('notFound', message, { target, missingId: key });
  throw new AppError('referencedMissing', message, { target });
}

async function find(seen: Reader, type: EntityType, { key, collection }: Reference): Promise<Row | undefined> {
  const hasUuid = shapeOf(type).property.get('id')!.format === 'uuid';
  if (!hasUuid) return findOne(seen, type, { id: key });
  if (isUuid(key)) return findOne(seen, type, { id: key.toLowerCase() });
  // Users have a name, too.
  const isName = collection.toLowerCase() === 'users' && isOrDerivesFrom(user, type);
  return isName ? findOne(seen, user, { userPrincipalName: key }) : undefined;
}

/** References that an entity holds in a column that is a list of ids: role assignments and their scope tags. */

/** The column of the source that lists the targets of a navigation, if that is how it refers to them. */
function listColumn({ collection, contained, join, through }: Navigation, source: EntityType): string | undefined {
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
