import { isPossible, orRefusal } from '../../domain/refusal.ts';
import { rulesFor } from '../../domain/rules.ts';
import type { UnitOfWork } from '../../domain/unit-of-work.ts';
import type { EntityType } from '../../edm/declare.ts';
import { defaultValue } from '../../edm/default-value.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { EntityInput } from '../../odata/body/read-entity.ts';
import type { Reader, Writer } from '../../store/contract.ts';
import { bindCollections, boundColumns } from '../bind/references.ts';
import { locate, locateTrusting } from '../read/locate.ts';
import { seesEverything } from '../request/caller-view.ts';
import type { Call } from '../request/context.ts';
import { lastStep, type Resource } from '../request/resource.ts';
import { changeList, isListed } from './list-column.ts';
import { changeOf } from './write.ts';

/** New entities of a collection, from what clients said of them to the rules. */

/**
 * Creates the row of an entity in a collection.
 * @param seen finds what the caller sees
 * @throws what is wrong with it
 */
export async function createRow(
  change: UnitOfWork,
  seen: Reader,
  { resource, input }: { readonly resource: Resource; readonly input: EntityInput },
): Promise<Row> {
  const { type } = lastStep(resource);
  const columns = await columnsAt(seen, resource);
  const row = await rulesFor(type).create(change, await completeValues(seen, [type, columns], input));
  if (isListed(resource)) await changeList(change, seen, { resource, add: row.id as string });
  if (binds(input)) await bindCollections(change, seen, { type, row, input });
  return row;
}

/**
 * Creates the rows of several entities in one collection, whose rules can do that.
 * @returns of each its row, or why it is impossible
 */
async function createRows(
  change: UnitOfWork,
  seen: Reader,
  { resource, inputs }: { readonly resource: Resource; readonly inputs: readonly EntityInput[] },
): Promise<readonly (Row | AppError)[]> {
  const { type } = lastStep(resource);
  const rules = rulesFor(type);
  const place = locateTrusting(seen, resource.steps);
  const [columns] = await Promise.all([
    orRefusal(() => columnsAt(seen, resource)),
    place instanceof Promise ? place.catch(() => undefined) : rules.readAhead?.(change, place.scope),
  ]);
  if (!isPossible(columns)) return inputs.map(() => columns);
  const all = await Promise.all(inputs.map((input) => orRefusal(() => completeValues(seen, [type, columns], input))));
  const possible = all.filter(isPossible);
  const created = possible.length === 0 ? [] : await rules.createAll!(change, possible);
  let next = 0;
  const outcomes = all.map((values) => (isPossible(values) ? created[next++]! : values));
  for (const [index, input] of inputs.entries()) {
    const row = outcomes[index]!;
    if (binds(input) && isPossible(row)) await bindCollections(change, seen, { type, row, input });
  }
  return outcomes;
}

/** What the place of a collection fixes in its rows. @throws notFound, invalidValue */
async function columnsAt(seen: Reader, resource: Resource): Promise<Row> {
  const { scope } = await locate(seen, resource.steps);
  return isListed(resource) ? {} : parentColumns(scope);
}

/** What a client says of a new row, with what its place and its bindings say. @throws invalidValue, referencedMissing */
async function completeValues(seen: Reader, [type, columns]: readonly [EntityType, Row], input: EntityInput): Promise<Row> {
  checkParent(input.values, columns);
  return { ...variantDefault(type, input), ...input.values, ...(binds(input) ? await boundColumns(seen, type, input) : {}), ...columns };
}

/** What makes the row of a derived type one, where the client does not say it. */
function variantDefault({ variant }: EntityType, input: EntityInput): Row {
  if (variant === undefined || input.type !== variant.type()) return {};
  return { [variant.property]: defaultValue(shapeOf(input.type).property.get(variant.property)!)! };
}

const binds = ({ bindings }: EntityInput): boolean => Object.keys(bindings).length > 0;

/**
 * Creates an entity together with others of its collection where that is possible (`write-together.ts`).
 * @returns the row once it is committed; undefined when the entity must be created by itself: nothing has been done then
 * @throws what is wrong with it, which does not keep the others from being created
 */
export function createTogether(call: Call, resource: Resource, input: EntityInput): Promise<Row | undefined> | undefined {
  // What a query says may be part of where the entity is to be created.
  const isLikeOthers = call.query === '' && call.repeatable === undefined && seesEverything(call);
  if (!isLikeOthers || rulesFor(lastStep(resource).type).createAll === undefined) return undefined;
  const place = {
    tenantId: call.principal.tenantId,
    name: call.serviceRoot + call.path,
    work: (writer: Writer, inputs: readonly EntityInput[]) => createRows(changeOf(call, writer), writer, { resource, inputs }),
  };
  return call.dependencies.together.add(place, input);
}

/** What the parent fixes in a new row. @param scope of its collection; an empty list stands for a parent value that is null: no row can have it */
function parentColumns(scope: Row): Row {
  if (Object.values(scope).some((value) => Array.isArray(value))) {
    throw new AppError('invalidValue', 'Nothing can be created here, as this entity names no user. Create it one level higher.');
  }
  return scope;
}

/** What a client says of a column that the path fixes must be what the path says. @throws invalidValue */
function checkParent(values: Row, columns: Row): void {
  for (const name in columns) {
    const given = values[name];
    if (given === undefined || String(given).toLowerCase() === String(columns[name]).toLowerCase()) continue;
    throw new AppError('invalidValue', `'${name}' must be '${String(columns[name])}', as in the URL, or be left out.`, { target: name });
  }
}
