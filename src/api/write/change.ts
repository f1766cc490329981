import { rulesFor } from '../../domain/rules.ts';
import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { user } from '../../model/managed-device.ts';
import { type EntityInput, mergedValues, readEntity } from '../../odata/body/read-entity.ts';
import type { Reader } from '../../store/contract.ts';
import { type EntityContent, entityAnswer, queryOf, readyAnswer, refuseOptions } from '../read/get.ts';
import { rowAt } from '../read/locate.ts';
import { readyForm } from '../read/page-body.ts';
import { asksForContent, contentApplied, emptyAnswer, NO_CONTENT_APPLIED, prefersNoContent } from '../request/answer.ts';
import { type Answer, write } from '../request/as-caller.ts';
import { typedBody } from '../request/body.ts';
import type { Call, CallRun } from '../request/context.ts';
import { checkPreconditions, entityTagOf } from '../request/etag.ts';
import { profileValue } from '../request/profile.ts';
import { contextSteps, entityKeyOf, isInDirectory, lastStep, type Resource, urlOf } from '../request/resource.ts';
import { appendRow, createRow } from './create-rows.ts';
import { bindCollections, boundColumns, changeList, isListed } from './links.ts';

/** Writes: create, update and delete of one entity, each in a transaction of its own. */

/**
 * The answer with what was written. Expansions are read inside the transaction; what is ready can be answered behind it.
 * @param content `ready` is {@link readyForm} of the query
 */
const answer = (call: CallRun, reader: Reader, content: EntityContent): Answer | Promise<Answer> =>
  content.ready === undefined
    ? entityAnswer(call, reader, applied(call, content))
    : () => readyAnswer(call, content.ready!, applied(call, content));

const applied = (call: Call, content: EntityContent): EntityContent => ({
  ...content,
  headers: { ...content.headers, ...contentApplied(call) },
});

/** POST to a collection. */
export async function create(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, ['select', 'expand']);
  const { type } = lastStep(resource);
  const query = queryOf(call); // before anything is written: what cannot be answered is not done
  const ready = readyForm(call, query, false);
  const input = readEntity(typedBody(call), type, { model: call.model, mode: 'create' });
  checkPassword(call, type, input);
  refuseNested(input, profileValue(call.profile, 'navigationInCreate') === 'accepted' ? isNothing : () => false);
  const contentWith = (row: Row): EntityContent => createdContent(call, resource, { query, ready, row });
  if (ready !== undefined) {
    const appended = appendRow(call, resource, input);
    if (appended !== undefined) {
      const content = contentWith(await appended);
      return withoutContent(call, content) ?? readyAnswer(call, ready, applied(call, content));
    }
  }
  return write(call, async (change, seen, run) => {
    const content = contentWith(await createRow(change, seen, { resource, input }));
    return withoutContent(call, content) ?? answer(run, seen, content);
  });
}

/** @throws missingProperty for a user without a password, where the profile wants one */
function checkPassword(call: Call, type: EntityType, { values }: EntityInput): void {
  if (type !== user || (values.passwordProfile ?? null) !== null || profileValue(call.profile, 'passwordOfUser') === 'accepted') return;
  throw new AppError('missingProperty', "A new user needs 'passwordProfile'. Send one: it is not kept.", { target: 'passwordProfile' });
}

/** What a new entity is answered with. */
function createdContent(
  call: Call,
  resource: Resource,
  { query, ready, row }: Pick<EntityContent, 'query' | 'ready' | 'row'>,
): EntityContent {
  const step = lastStep(resource);
  const steps = [...resource.steps.slice(0, -1), { ...step, key: entityKeyOf(step.type, row) }];
  const headers = { location: urlOf(call, contextSteps(steps)) };
  return { resource: { ...resource, steps }, query, ready, row, status: createStatus(call, step.type), headers };
}

/** The status of a create. */
export const createStatus = ({ profile }: Pick<Call, 'profile'>, { family }: EntityType): number =>
  family === 'scopeTag' ? profileValue(profile, 'scopeTagCreateStatus') : 201;

/** The answer to a client that does not want to see what it has created. */
function withoutContent(call: Call, { headers }: EntityContent): HttpResponse | undefined {
  if (!prefersNoContent(call)) return undefined;
  return emptyAnswer(204, { ...headers, 'odata-entityid': headers!.location!, ...NO_CONTENT_APPLIED });
}

/** Navigation content that asks for nothing. */
const isNothing = (content: unknown): boolean => content === null || (Array.isArray(content) && content.length === 0);

/**
 * Related entities are written at their own URLs: a body that holds some would be done in part only.
 * @param isAllowed content that may stand there all the same
 * @throws invalidValue
 */
function refuseNested({ nested, type }: EntityInput, isAllowed: (content: unknown) => boolean = () => false): void {
  const target = Object.keys(nested).find((name) => !isAllowed(nested[name]));
  if (target === undefined) return;
  const how = `Leave it out and write '…/${target}' itself, or link what exists with '${target}@odata.bind' where it can be linked.`;
  throw new AppError('invalidValue', `'${target}' cannot be written together with its ${type.name}. ${how}`, { target });
}

/** PATCH of an entity. */
export async function update(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, ['select', 'expand']);
  const { type } = lastStep(resource);
  const query = queryOf(call);
  const ready = readyForm(call, query, false);
  const input = readEntity(typedBody(call), type, { model: call.model, mode: 'update' });
  refuseNested(input);
  return write(call, async (change, seen, run) => {
    const before = await currentRow(call, seen, resource);
    const bound = await boundColumns(seen, type, input);
    const row = await rulesFor(type).update(change, before, { ...input.values, ...mergedValues(input, before), ...bound });
    await bindCollections(change, seen, { type, row, input });
    if (prefersNoContent(call)) return emptyAnswer(204, NO_CONTENT_APPLIED);
    return isInDirectory(type) && !asksForContent(call)
      ? emptyAnswer(204)
      : answer(run, seen, { resource, query, ready, row, status: 200 });
  });
}

/** DELETE of an entity. One that its parent lists is taken off the list, and lives on elsewhere. */
export async function remove(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  const { type } = lastStep(resource);
  return write(call, async (change, seen) => {
    const row = await currentRow(call, seen, resource);
    if (isListed(resource)) await changeList(change, seen, { resource, take: row.id as string });
    else await rulesFor(type).remove(change, row);
    return emptyAnswer(isScript(type) ? profileValue(call.profile, 'scriptDeleteStatus') : 204);
  });
}

/** Whether an entity belongs to the script families, which the service answers in its own way. */
export const isScript = ({ family }: EntityType): boolean => family === 'script';

/** The stored row, if the client's preconditions hold. */
async function currentRow(call: Call, reader: Reader, resource: Resource): Promise<Row> {
  const row = await rowAt(reader, resource.steps);
  checkRow(call, lastStep(resource).type, row);
  return row;
}

/** Refuses a change of a row that is not in the state that the client knows. @throws preconditionFailed */
export function checkRow({ request: { headers } }: Call, type: EntityType, row: Row): void {
  if (headers['if-match'] !== undefined || headers['if-none-match'] !== undefined) checkPreconditions(headers, entityTagOf(type, row));
}
