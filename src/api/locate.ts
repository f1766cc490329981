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
export async function locate(reader: Reader, steps: readonly Step[]): Promise<Place> {
  let place: Place | undefined;
  for (const [index, step] of steps.entries()) {
    const base = place === undefined || !('join' in step.source) ? {} : await scopeBelow(reader, [place, steps[index - 1]!], step.source);
    place = { from: step.type, scope: { ...base, ...keyScope(step) } };
  }
  return place!;
}

async function scopeBelow(
  reader: Reader,
  [place, step]: readonly [Place, Step],
  navigation: Navigation,
): Promise<Readonly<Record<string, Value>>> {
  const columns = sourceColumns(navigation);
  if (columns.length === 0) return navigation.fixed;
  const [source] = await reader.select({ ...place, orderBy: [], limit: 1, properties: columns });
  if (source === undefined) throw missing(step.type, step.key);
  return joined(navigation, source);
}
