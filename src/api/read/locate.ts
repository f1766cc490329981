import type { EntityType } from '../../edm/declare.ts';
import { type Navigation, publishedName, shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import type { EntityKey } from '../../odata/metadata/context-url.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';
import type { Reader } from '../../store/contract.ts';
import type { Step } from '../request/resource.ts';

/** Follows the steps of a resource to the rows it names, reading each parent once. */

/** Rows of a type with these column values, or that a many-to-many navigation leads to, below entities that exist. */
export type Place = Pick<RowSet, 'from' | 'scope' | 'linked' | 'parents'>;

/** Columns that a collection below a step takes its rows' columns from. */
const sourceColumns = (navigation: Navigation): readonly string[] => Object.values(navigation.join);

/** What holds a navigation's rows to their source. A null on the source side finds nothing. */
export function joined(navigation: Navigation, source: Row): Omit<Place, 'from'> {
  const { join, fixed, through } = navigation;
  const columns: Record<string, Value> = {};
  for (const target in join) columns[target] = source[join[target]!] ?? [];
  return through === undefined ? { scope: { ...fixed, ...columns } } : { scope: fixed, linked: { navigation, source: columns } };
}

export function missing(type: EntityType, key: EntityKey | undefined): AppError {
  if (key === undefined) return new AppError('notFound', `There is no ${publishedName(type)} here.`);
  const id = typeof key === 'string' ? key : (key.id ?? Object.values(key).join());
  const missingId = id.slice(0, 100);
  return new AppError('notFound', `There is no ${publishedName(type)} with the id '${missingId}'.`, { missingId });
}

/**
 * A key as the store has it, beside what the path says already: ids are lower-case UUIDs, other texts are taken as they are. One
 * text is an `id`.
 * @throws notFound for what can be no id, or contradicts the path
 */
function keyScope({ type, key }: Step, above: Row): Readonly<Record<string, Value>> {
  if (key === undefined) return above;
  const scope: Record<string, Value> = { ...above };
  const parts = typeof key === 'string' ? { id: key } : key;
  for (const name in parts) {
    const text = parts[name as 'id']!;
    const isId = shapeOf(type).property.get(name)!.format === 'uuid';
    if (isId && !isUuid(text)) {
      const { alternateKey } = type.storage!;
      if (alternateKey === undefined) throw missing(type, key);
      scope[alternateKey] = text;
      continue;
    }
    const value = isId ? text.toLowerCase() : text;
    const fixed = scope[name];
    // Of several values that the path leaves, the key picks one.
    if (fixed !== undefined && !(Array.isArray(fixed) ? fixed.includes(value) : fixed === value)) throw missing(type, key);
    scope[name] = value;
  }
  return scope;
}

/**
 * Finds where the last step's rows are. Every entity on the way must exist.
 * @throws notFound naming the first one that does not
 */
export const locate = async (reader: Reader, steps: readonly Step[]): Promise<Place> => await follow(reader, { steps, trusting: false });

/**
 * As {@link locate}, but an entity on the way whose columns the URL tells is not read: the place names it among its `parents`, so that
 * rows found there prove that it exists. A caller that finds none must {@link locate} it. Most paths are followed without a read.
 */
export const locateTrusting = (reader: Reader, steps: readonly Step[]): Place | Promise<Place> => follow(reader, { steps, trusting: true });

/** Where to go, and how far that has been followed. */
interface Way {
  readonly steps: readonly Step[];
  readonly trusting: boolean;
  readonly reached?: { readonly place: Place; readonly count: number };
}

function follow(reader: Reader, { steps, trusting, reached }: Way): Place | Promise<Place> {
  let place = reached?.place;
  for (let index = reached?.count ?? 0; index < steps.length; index++) {
    const step = steps[index]!;
    const { source } = step;
    let held: Omit<Place, 'from'> = { scope: {} };
    if (place !== undefined && 'join' in source) {
      const known: Omit<Place, 'from'> | undefined = trusting ? joinedUnread(source, place, steps[index - 1]!) : undefined;
      if (known === undefined)
        return scopeBelow(reader, [place, steps[index - 1]!], source).then((below) =>
          follow(reader, { steps, trusting, reached: { place: placeAt(step, below), count: index + 1 } }),
        );
      held = known;
    }
    place = placeAt(step, held);
  }
  return place!;
}

const placeAt = (step: Step, held: Omit<Place, 'from'>): Place => ({ ...held, from: step.type, scope: keyScope(step, held.scope) });

/** What is below a place of which all is known that it takes, without a look at its row. */
function joinedUnread(source: Navigation, { scope, linked, parents = [] }: Place, above: Step): Omit<Place, 'from'> | undefined {
  // What a link leads to exists on its own: that says nothing of the link, nor whether the caller sees the source.
  if (linked !== undefined || source.through !== undefined) return undefined;
  const columns = sourceColumns(source);
  if (columns.length === 0) return joined(source, scope); // below what every tenant has one of
  if (columns.some((column) => scope[column] === undefined)) return undefined;
  return { ...joined(source, scope), parents: [...parents, typesAt(above).map((from) => ({ from, scope }))] };
}

/** What to read of a row; all of it when absent. */
type Columns = Pick<SelectPlan, 'properties' | 'document'>;

/** The row of a single entity, if there is one. @throws notFound naming the first entity on the way to it that does not exist */
export async function findRowAt(reader: Reader, steps: readonly Step[], columns: Columns = {}): Promise<Row | undefined> {
  const located = locateTrusting(reader, steps);
  const place = located instanceof Promise ? await located : located;
  const row = (await reader.select({ ...place, ...columns, orderBy: [], limit: 1 }))[0];
  if (row === undefined) await locate(reader, steps);
  return row;
}

/** The row of a single entity. @throws notFound naming the first entity of the path that does not exist */
export async function rowAt(reader: Reader, steps: readonly Step[], columns: Columns = {}): Promise<Row> {
  return (await findRowAt(reader, steps, columns)) ?? notThere(steps);
}

/** @throws notFound */
export function notThere(steps: readonly Step[]): never {
  const { type, key, name } = steps.at(-1)!;
  throw key === undefined ? new AppError('notFound', `There is no ${publishedName(type)} here.`, { missingId: name }) : missing(type, key);
}

/** A row, and which of the types that share ids it is of. */
interface Owner {
  readonly type: EntityType;
  readonly row: Row;
}

/** What an operation is called on: as {@link rowAt}, also of a type that shares ids with the last step's. @throws notFound */
export const ownerAt = async (reader: Reader, steps: readonly Step[]): Promise<Owner> =>
  ownerIn(reader, [await locate(reader, steps), steps.at(-1)!], {});

async function scopeBelow(reader: Reader, parent: readonly [Place, Step], navigation: Navigation): Promise<Omit<Place, 'from'>> {
  const properties = sourceColumns(navigation);
  if (properties.length === 0) return { scope: navigation.fixed };
  return joined(navigation, (await ownerIn(reader, parent, { properties })).row);
}

/** The types that an entity at a step may have. */
const typesAt = ({ source, type }: Pick<Step, 'source' | 'type'>): readonly EntityType[] =>
  'siblings' in source && source.siblings !== undefined ? [...new Set([type, ...source.siblings()])] : [type];

/** The one row of a place, or of a type there that shares its ids. @throws notFound */
async function ownerIn(
  reader: Reader,
  [place, { source, type: declared, key }]: readonly [Place, Step],
  columns: { readonly properties?: readonly string[] },
): Promise<Owner> {
  for (const type of typesAt({ source, type: declared })) {
    const [row] = await reader.select({ ...place, ...columns, from: type, orderBy: [], limit: 1 });
    if (row !== undefined) return { type, row };
  }
  throw missing(declared, key);
}
