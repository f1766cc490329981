import type { Change } from '../domain/change.ts';
import { rulesFor } from '../domain/rules.ts';
import type { Row } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import type { EntityInput } from '../odata/body/read-entity.ts';
import type { Reader, Writer } from '../store/contract.ts';
import type { Call } from './api-context.ts';
import { bindCollections, boundColumns } from './bind-references.ts';
import { seesEverything } from './caller-view.ts';
import { changeList, isListed } from './list-column.ts';
import { locate } from './locate.ts';
import { lastStep, type Resource } from './resource.ts';
import { changeOf } from './write.ts';

/** New entities of a collection, from what clients said of them to the rules. */

/** Creates the rows of entities in one collection; of several only where the rules create several. @param seen finds what the callers see */
export async function createRows(
  change: Change,
  seen: Reader,
  { resource, inputs }: { readonly resource: Resource; readonly inputs: readonly EntityInput[] },
): Promise<readonly Row[]> {
  const { type } = lastStep(resource);
  const { scope } = await locate(seen, resource.steps);
  const listed = isListed(resource);
  const columns = listed ? {} : parentColumns(scope);
  const all = await Promise.all(
    inputs.map(async (input) => {
      checkParent(input.values, columns);
      return { ...input.values, ...(binds(input) ? await boundColumns(seen, type, input) : {}), ...columns };
    }),
  );
  const rules = rulesFor(type);
  const rows = rules.createAll === undefined ? [await rules.create(change, all[0]!)] : await rules.createAll(change, all);
  if (listed) await changeList(change, seen, { resource, add: rows[0]!.id as string });
  for (const [index, input] of inputs.entries()) if (binds(input)) await bindCollections(change, seen, { type, row: rows[index]!, input });
  return rows;
}

const binds = ({ bindings }: EntityInput): boolean => Object.keys(bindings).length > 0;

/**
 * Creates an entity together with others of its collection where that is possible (`write-together.ts`).
 * @returns the row once it is committed; undefined when the entity must be created by itself: nothing has been done then
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
