import type { EntityType } from '../edm/declare.ts';
import type { Navigation } from '../edm/link.ts';
import { shapeOf } from '../edm/link.ts';
import type { Row, Value } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import { isUuid } from '../lib/ids.ts';
import type { Reader } from '../store/contract.ts';
import type { Step } from './resource.ts';

/** Follows the steps of a resource to the rows it names, reading each parent once. */

/** Rows of a type with these column values. */
export interface Place {
  readonly from: EntityType;
  readonly scope: Readonly<Record<string, Value>>;
}

/** Columns that a collection below a step takes its rows' columns from. */
const sourceColumns = (navigation: Navigation): readonly string[] => Object.values(navigation.join);

/** The columns that hold a navigation's rows to their source. A null on the source side finds nothing. */
export function joined(navigation: Navigation, source: Row): Readonly<Record<string, Value>> {
  const scope: Record<string, Value> = { ...navigation.fixed };
  for (const [target, column] of Object.entries(navigation.join)) {
    const value = source[column] ?? null;
    scope[target] = value === null ? [] : value;
  }
  return scope;
}

export const missing = (type: EntityType, key: string | undefined): AppError =>
  new AppError(
    'notFound',
    key === undefined ? `There is no ${type.name} here.` : `There is no ${type.name} with the id '${key.slice(0, 100)}'.`,
  );

/** A key as the store has it: ids are lower-case UUIDs, other texts are taken as they are. @throws notFound for what can be no id */
function keyScope({ type, key }: Step): Readonly<Record<string, Value>> {
  if (key === undefined) return {};
  if (shapeOf(type).property.get('id')!.format !== 'uuid') return { id: key };
  if (!isUuid(key)) throw missing(type, key);
  return { id: key.toLowerCase() };
}

/**
 * Finds where the last step's rows are. Every entity on the way must exist.
 * @throws notFound naming the first one that does not
 */
export const locate = (reader: Reader, steps: readonly Step[]): Promise<Place> => follow(reader, steps, false);

/**
 * As {@link locate}, but an entity on the way of which the URL tells all that is needed is taken for granted: rows below it prove
 * that it exists, so that only who finds none must {@link locate} it.
 */
export const locateTrusting = (reader: Reader, steps: readonly Step[]): Promise<Place> => follow(reader, steps, true);

async function follow(reader: Reader, steps: readonly Step[], trusting: boolean): Promise<Place> {
  let place: Place | undefined;
  for (const [index, step] of steps.entries()) {
    const { source } = step;
    let scope: Row = {};
    if (place !== undefined && 'join' in source) {
      const known = trusting && sourceColumns(source).every((column) => place!.scope[column] !== undefined);
      scope = known ? joined(source, place.scope) : await scopeBelow(reader, [place, steps[index - 1]!], source);
    }
    place = { from: step.type, scope: narrowed(scope, keyScope(step)) };
  }
  return place!;
}

/** A place and a key in it: of several ids that a place can have, the key picks one. */
const narrowed = (scope: Row, key: Row): Row =>
  Array.isArray(scope.id) && key.id !== undefined && !scope.id.includes(key.id) ? { ...scope, id: [] } : { ...scope, ...key };

/** The row of a single entity, if there is one. @throws notFound naming the first entity on the way to it that does not exist */
export async function findRowAt(reader: Reader, steps: readonly Step[]): Promise<Row | undefined> {
  const [row] = await reader.select({ ...(await locateTrusting(reader, steps)), orderBy: [], limit: 1 });
  if (row === undefined) await locate(reader, steps);
  return row;
}

/** The row of a single entity. @throws notFound naming the first entity of the path that does not exist */
export async function rowAt(reader: Reader, steps: readonly Step[]): Promise<Row> {
  const row = await findRowAt(reader, steps);
  if (row !== undefined) return row;
  const { type, key } = steps.at(-1)!;
  throw missing(type, key);
}

/** A row, and which of the types that share ids it is of. */
interface Owner {
  readonly type: EntityType;
  readonly row: Row;
}

/** What an operation is called on: as {@link rowAt}, also of a type that shares ids with the last step's. @throws notFound */
export const ownerAt = async (reader: Reader, steps: readonly Step[]): Promise<Owner> =>
  ownerIn(reader, [await locate(reader, steps), steps.at(-1)!], {});

async function scopeBelow(
  reader: Reader,
  parent: readonly [Place, Step],
  navigation: Navigation,
): Promise<Readonly<Record<string, Value>>> {
  const properties = sourceColumns(navigation);
  return properties.length === 0 ? navigation.fixed : joined(navigation, (await ownerIn(reader, parent, { properties })).row);
}

/** The one row of a place, or of a type there that shares its ids. @throws notFound */
async function ownerIn(
  reader: Reader,
  [place, { source, type: declared, key }]: readonly [Place, Step],
  columns: { readonly properties?: readonly string[] },
): Promise<Owner> {
  const siblings = 'siblings' in source ? (source.siblings?.() ?? []) : [];
  for (const type of new Set([declared, ...siblings])) {
    const [row] = await reader.select({ ...place, ...columns, from: type, orderBy: [], limit: 1 });
    if (row !== undefined) return { type, row };
  }
  throw missing(declared, key);
}
