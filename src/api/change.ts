import type { Change } from '../domain/change.ts';
import { findOne } from '../domain/change.ts';
import { rulesFor } from '../domain/rules.ts';
import { dateTimeOffsetOf } from '../edm/date-time-offset.ts';
import type { EntityType } from '../edm/declare.ts';
import { findNavigation } from '../edm/link.ts';
import type { Row, Value } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import type { HttpResponse } from '../lib/http.ts';
import { isUuid } from '../lib/ids.ts';
import { type EntityInput, readEntity } from '../odata/body/read-entity.ts';
import type { Reader, Writer } from '../store/contract.ts';
import { emptyAnswer } from './answer.ts';
import type { Call } from './api-context.ts';
import { jsonBody } from './body.ts';
import { referencedId } from './entity-reference.ts';
import { contextSteps, entityKeyOf, urlOf } from './entity-url.ts';
import { checkPreconditions, entityTagOf } from './etag.ts';
import { entityAnswer, NO_ROWS, refuseOptions } from './get.ts';
import { locate, rowAt } from './locate.ts';
import { profileValue } from './profile.ts';
import { lastStep, type Resource } from './resource.ts';

/** Writes: create, update and delete of one entity, each in a transaction of its own. */

/** Runs work in a transaction with the time and ids that the domain stamps rows with. */
export const write = <T>(call: Call, work: (change: Change) => Promise<T>): Promise<T> => {
  const { store, clock, newId } = call.dependencies;
  return store.write(call.principal.tenantId, (writer: Writer) => work({ writer, now: dateTimeOffsetOf(clock.now()), newId }));
};

/** Answers after the commit need no rows: expansions of a written entity are read in a snapshot of their own. */
const answer = (
  call: Call,
  resource: Resource,
  content: { row: Row; status: number; headers?: Record<string, string> },
): Promise<HttpResponse> =>
  call.options.expand === undefined
    ? entityAnswer(call, NO_ROWS, { resource, ...content })
    : call.dependencies.store.read(call.principal.tenantId, (reader) => entityAnswer(call, reader, { resource, ...content }));

/** Columns that `nav@odata.bind` sets. @throws referencedMissing */
async function boundColumns(reader: Reader, type: EntityType, { bindings }: EntityInput): Promise<Record<string, Value>> {
  const columns: Record<string, Value> = {};
  for (const [name, urls] of Object.entries(bindings)) {
    const navigation = findNavigation(type, name)!;
    if (navigation.collection || navigation.contained) {
      throw new AppError('invalidValue', `'${name}' cannot be bound: its entities belong to this one. Create them below it.`, {
        target: name,
      });
    }
    for (const [target, column] of Object.entries(navigation.join)) {
      if (urls.length === 0) {
        columns[column] = null;
        continue;
      }
      const id = referencedId(urls[0]!, name);
      const found = isUuid(id) ? await findOne(reader, navigation.target, { id: id.toLowerCase() }) : undefined;
      if (found === undefined)
        throw new AppError('referencedMissing', `'${name}' refers to the ${navigation.target.name} '${id}', which does not exist.`, {
          target: name,
        });
      columns[column] = found[target]!;
    }
  }
  return columns;
}

/** POST to a collection. */
export async function create(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, ['select', 'expand']);
  const step = lastStep(resource);
  const input = readEntity(jsonBody(call.request), step.type, { model: call.model, mode: 'create' });
  const row = await write(call, async (change) => {
    const place = await locate(change.writer, resource.steps);
    const columns = parentColumns(place.scope);
    checkParent(input.values, columns);
    const bound = await boundColumns(change.writer, step.type, input);
    return rulesFor(step.type).create(change, { ...input.values, ...bound, ...columns });
  });
  const steps = [...resource.steps.slice(0, -1), { ...step, key: entityKeyOf(step.type, row) }];
  const location = urlOf(call, contextSteps(steps));
  return answer(call, { ...resource, steps }, { row, status: 201, headers: { location } });
}

/** What the parent fixes in a new row. An empty list stands for a parent value that is null: no row can have it. */
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

/** PATCH of an entity. */
export async function update(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, ['select', 'expand']);
  const { type } = lastStep(resource);
  const input = readEntity(jsonBody(call.request), type, { model: call.model, mode: 'update' });
  const row = await write(call, async (change) => {
    const before = await currentRow(call, change, resource);
    const bound = await boundColumns(change.writer, type, input);
    return rulesFor(type).update(change, before, { ...input.values, ...bound });
  });
  return answer(call, resource, { row, status: 200 });
}

/** DELETE of an entity. */
export async function remove(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  const { type } = lastStep(resource);
  await write(call, async (change) => rulesFor(type).remove(change, await currentRow(call, change, resource)));
  return emptyAnswer(isScript(type) ? profileValue(call.profile, 'scriptDeleteStatus') : 204);
}

/** Whether an entity belongs to the script families, which the service answers in its own way. */
export const isScript = ({ name }: EntityType): boolean => name.startsWith('deviceManagementScript');

/** The stored row, if the client's preconditions hold. */
async function currentRow(call: Call, change: Change, resource: Resource): Promise<Row> {
  const row = await rowAt(change.writer, resource.steps);
  if (call.request.headers['if-match'] !== undefined || call.request.headers['if-none-match'] !== undefined) {
    checkPreconditions(call.request.headers, entityTagOf(lastStep(resource).type, row));
  }
  return row;
}
