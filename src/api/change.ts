import type { Change } from '../domain/change.ts';
import { answerOnce } from '../domain/repeatable-answer.ts';
import { rulesFor } from '../domain/rules.ts';
import { dateTimeOffsetOf } from '../edm/date-time-offset.ts';
import type { EntityType } from '../edm/declare.ts';
import type { Row } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import type { HttpHeaders, HttpResponse } from '../lib/http.ts';
import { readEntity } from '../odata/body/read-entity.ts';
import type { Reader, Writer } from '../store/contract.ts';
import { emptyAnswer } from './answer.ts';
import type { Call } from './api-context.ts';
import type { Query } from './bind-clauses.ts';
import { jsonBody } from './body.ts';
import { callerView, seesEverything } from './caller-view.ts';
import { contextSteps, urlOf } from './entity-url.ts';
import { checkPreconditions, entityTagOf } from './etag.ts';
import { entityAnswer, queryOf, refuseOptions } from './get.ts';
import { locate, rowAt } from './locate.ts';
import { contentApplied, NO_CONTENT_APPLIED, prefersNoContent } from './preference-applied.ts';
import { profileValue } from './profile.ts';
import { boundColumns, changeList, isListed } from './references.ts';
import { lastStep, type Resource } from './resource.ts';

/** Writes: create, update and delete of one entity, each in a transaction of its own. */

/**
 * Runs work in a transaction with the time and ids that the domain stamps rows with. Its answer is made inside, so that the
 * transaction can keep it for a request that is repeated; it is sent after the commit.
 * @param work rules write and read as they must; what a request names is looked up in `seen`, which finds what the caller sees
 */
export const write = (call: Call, work: (change: Change, seen: Reader) => Promise<HttpResponse>): Promise<HttpResponse> => {
  const { store, clock, newId } = call.dependencies;
  return store.write(call.principal.tenantId, async (writer: Writer) => {
    const stamps = { writer, now: dateTimeOffsetOf(clock.now()), newId };
    const { reader, scopeTags } = seesEverything(call) ? { reader: writer } : await callerView(call, writer);
    const change = scopeTags === undefined ? stamps : { ...stamps, scopeTags };
    return call.repeatable === undefined ? work(change, reader) : answerOnce(change, call.repeatable, () => work(change, reader));
  });
};

/** The answer with what was written. Expansions are read inside the transaction. */
const answer = (
  call: Call,
  reader: Reader,
  content: { resource: Resource; query: Query; row: Row; status: number; headers?: HttpHeaders },
): Promise<HttpResponse> => entityAnswer(call, reader, { ...content, headers: { ...content.headers, ...contentApplied(call) } });

/** POST to a collection. */
export async function create(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, ['select', 'expand']);
  const step = lastStep(resource);
  const query = queryOf(call, step.type); // before anything is written: what cannot be answered is not done
  const input = readEntity(jsonBody(call.request), step.type, { model: call.model, mode: 'create' });
  return write(call, async (change, seen) => {
    const place = await locate(seen, resource.steps);
    const listed = isListed(resource);
    const columns = listed ? {} : parentColumns(place.scope);
    const bound = await boundColumns(seen, step.type, input);
    const row = await rulesFor(step.type).create(change, { ...input.values, ...bound, ...columns });
    if (listed) await changeList(change, seen, { resource, add: row.id as string });
    const steps = [...resource.steps.slice(0, -1), { ...step, key: row.id as string }];
    const location = urlOf(call, contextSteps(steps));
    if (prefersNoContent(call)) return emptyAnswer(204, { location, 'odata-entityid': location, ...NO_CONTENT_APPLIED });
    return answer(call, seen, { resource: { ...resource, steps }, query, row, status: 201, headers: { location } });
  });
}

/** What the parent fixes in a new row. An empty list stands for a parent value that is null: no row can have it. */
function parentColumns(scope: Row): Row {
  if (Object.values(scope).some((value) => Array.isArray(value))) {
    throw new AppError('invalidValue', 'Nothing can be created here, as this entity names no user. Create it one level higher.');
  }
  return scope;
}

/** PATCH of an entity. */
export async function update(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, ['select', 'expand']);
  const { type } = lastStep(resource);
  const query = queryOf(call, type);
  const input = readEntity(jsonBody(call.request), type, { model: call.model, mode: 'update' });
  return write(call, async (change, seen) => {
    const before = await currentRow(call, seen, resource);
    const bound = await boundColumns(seen, type, input);
    const row = await rulesFor(type).update(change, before, { ...input.values, ...bound });
    return prefersNoContent(call) ? emptyAnswer(204, NO_CONTENT_APPLIED) : answer(call, seen, { resource, query, row, status: 200 });
  });
}

/** DELETE of an entity. */
export async function remove(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  const { type } = lastStep(resource);
  return write(call, async (change, seen) => {
    await rulesFor(type).remove(change, await currentRow(call, seen, resource));
    return emptyAnswer(isScript(type) ? profileValue(call.profile, 'scriptDeleteStatus') : 204);
  });
}

/** Whether an entity belongs to the script families, which the service answers in its own way. */
export const isScript = ({ family }: EntityType): boolean => family === 'script';

/** The stored row, if the client's preconditions hold. */
export async function currentRow(call: Call, reader: Reader, resource: Resource): Promise<Row> {
  const row = await rowAt(reader, resource.steps);
  checkRow(call, lastStep(resource).type, row);
  return row;
}

/** Refuses a change of a row that is not in the state that the client knows. @throws preconditionFailed */
export function checkRow({ request: { headers } }: Call, type: EntityType, row: Row): void {
  if (headers['if-match'] !== undefined || headers['if-none-match'] !== undefined) checkPreconditions(headers, entityTagOf(type, row));
}
