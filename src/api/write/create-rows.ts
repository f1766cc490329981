import type { EntityRules } from '../../domain/entity-rules.ts';
import { isPossible, orRefusal } from '../../domain/refusal.ts';
import { rulesFor } from '../../domain/rules.ts';
import type { UnitOfWork } from '../../domain/unit-of-work.ts';
import type { EntityType } from '../../edm/declare.ts';
import { defaultValue } from '../../edm/default-value.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { EntityInput } from '../../odata/body/read-entity.ts';
import type { Appender, Reader } from '../../store/contract.ts';
import { locate } from '../read/locate.ts';
import { changeOf, seesEverything } from '../request/as-caller.ts';
import type { Call } from '../request/context.ts';
import { lastStep, type Resource } from '../request/resource.ts';
import { bindCollections, boundColumns, changeList, isListed } from './links.ts';

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

/** Appends the rows of entities to one collection. @returns of each its row, or what is wrong with it */
async function appendRows(
  change: UnitOfWork<Appender>,
  append: NonNullable<EntityRules['append']>,
  { resource, inputs }: { readonly resource: Resource; readonly inputs: readonly EntityInput[] },
): Promise<readonly (Row | AppError)[]> {
  const { type } = lastStep(resource);
  const { writer } = change;
  const columns = await orRefusal(() => columnsAt(writer, resource));
  if (!isPossible(columns)) return inputs.map(() => columns);
  const all = await Promise.all(inputs.map((input) => orRefusal(() => completeValues(writer, [type, columns], input))));
  const possible = all.filter(isPossible);
  const appended = possible.length === 0 ? [] : await append(change, possible);
  let next = 0;
  return all.map((values) => (isPossible(values) ? appended[next++]! : values));
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
 * Appends an entity to its collection (`Store.append`).
 * @returns the row, once it is on disk; undefined where the entity must be created in a transaction of its own
 */
export function appendRow(call: Call, resource: Resource, input: EntityInput): Promise<Row> | undefined {
  const { append } = rulesFor(lastStep(resource).type);
  // The query may be part of the place (aliases), and a limited caller sees another place. Rows that are appended link no others.
  const isLikeOthers = call.queryString === '' && call.repeatable === undefined && seesEverything(call);
  if (append === undefined || !isLikeOthers) return undefined;
  return call.dependencies.store.append(call.principal.tenantId, {
    place: call.serviceRoot + call.path,
    item: input,
    work: (writer, inputs) => appendRows(changeOf(call, writer), append, { resource, inputs }),
  });
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
