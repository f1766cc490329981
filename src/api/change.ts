import type { Origin } from '../domain/caller.ts';
import type { Change } from '../domain/change.ts';
import { recordDisclosures } from '../domain/disclosure.ts';
import { answerOnce } from '../domain/repeatable-answer.ts';
import { rulesFor } from '../domain/rules.ts';
import { dateTimeOffsetOf } from '../edm/date-time-offset.ts';
import type { EntityType } from '../edm/declare.ts';
import type { Row } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import type { HttpResponse } from '../lib/http.ts';
import { isUuid } from '../lib/ids.ts';
import { type EntityInput, readEntity } from '../odata/body/read-entity.ts';
import type { Reader, Writer } from '../store/contract.ts';
import { emptyAnswer } from './answer.ts';
import type { Call } from './api-context.ts';
import { bindCollections, boundColumns } from './bind-references.ts';
import { typedBody } from './body.ts';
import { callerView } from './caller-view.ts';
import { contextSteps, entityKeyOf, urlOf } from './entity-url.ts';
import { checkPreconditions, entityTagOf } from './etag.ts';
import { type EntityContent, entityAnswer, queryOf, readyAnswer, refuseOptions } from './get.ts';
import { changeList, isListed } from './list-column.ts';
import { locate, rowAt } from './locate.ts';
import { contentApplied, NO_CONTENT_APPLIED, prefersNoContent } from './preference-applied.ts';
import { profileValue } from './profile.ts';
import { readyForm } from './ready-rows.ts';
import { lastStep, type Resource } from './resource.ts';

/** Writes: create, update and delete of one entity, each in a transaction of its own. */

/** What a write is answered with: made, or to be made when nothing is left to read and nobody can refuse any more. */
type Answer = HttpResponse | (() => HttpResponse);

/**
 * Runs work in a transaction with the time and ids that the domain stamps rows with. What it answers is sent after the commit. It is mostly
 * made inside, so that the transaction can keep it for a request that is repeated, and write down whose secrets it holds.
 * @param work rules write and read as they must; what a request names is looked up in `seen`, which finds what the caller sees
 */
export const write = async (call: Call, work: (change: Change, seen: Reader) => Promise<Answer>): Promise<HttpResponse> => {
  const answer = await call.dependencies.store.write(call.principal.tenantId, async (writer: Writer): Promise<Answer> => {
    const { reader, scopeTags } = await callerView(call, writer);
    const change = scopeTags === undefined ? changeOf(call, writer) : { ...changeOf(call, writer), scopeTags };
    const make = async () => ({ answer: await work(change, reader), disclosures: call.disclosures.splice(0) });
    const keep = async () => {
      const { answer, disclosures } = await make();
      return { answer: made(answer), disclosures };
    };
    const { answer, disclosures } = await (call.repeatable === undefined ? make() : answerOnce(change, call.repeatable, keep));
    if (disclosures.length > 0) await recordDisclosures(change, disclosures);
    return answer;
  });
  return made(answer);
};

const made = (answer: Answer): HttpResponse => (typeof answer === 'function' ? answer() : answer);

type Calling = Pick<Call, 'dependencies' | 'principal' | 'request'>;

/** What a call's transaction hands to the domain. */
export const changeOf = (call: Calling, writer: Writer): Change => {
  const { clock, newId, vault } = call.dependencies;
  return { writer, now: dateTimeOffsetOf(clock.now()), newId, origin: originOf(call), vault };
};

/** Where what a call changes comes from. A client's own id of the request is taken where it is a UUID, as the log needs one. */
function originOf({ principal: caller, request: { headers, requestId, clientAddress } }: Calling): Origin {
  const given = headers['client-request-id'];
  const correlationId = given !== undefined && isUuid(given) ? given.toLowerCase() : requestId;
  return { caller, correlationId, ...(clientAddress ? { clientAddress } : {}) };
}

/** The answer with what was written. Expansions are read inside the transaction; what is ready can be answered behind it. */
function answer(call: Call, reader: Reader, content: Omit<EntityContent, 'ready'>): Answer | Promise<Answer> {
  const ready = readyForm(call, content.query, false);
  const whole = { ...content, ready, headers: { ...content.headers, ...contentApplied(call) } };
  return ready === undefined ? entityAnswer(call, reader, whole) : () => readyAnswer(call, ready, whole);
}

/** POST to a collection. */
export async function create(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, ['select', 'expand']);
  const step = lastStep(resource);
  const query = queryOf(call, step.type); // before anything is written: what cannot be answered is not done
  const input = readEntity(typedBody(call), step.type, { model: call.model, mode: 'create' });
  refuseNested(input, profileValue(call.profile, 'navigationInCreate') === 'accepted' ? isNothing : () => false);
  return write(call, async (change, seen) => {
    const place = await locate(seen, resource.steps);
    const listed = isListed(resource);
    const columns = listed ? {} : parentColumns(place.scope);
    checkParent(input.values, columns);
    const bound = await boundColumns(seen, step.type, input);
    const row = await rulesFor(step.type).create(change, { ...input.values, ...bound, ...columns });
    if (listed) await changeList(change, seen, { resource, add: row.id as string });
    await bindCollections(change, seen, { type: step.type, row, input });
    const steps = [...resource.steps.slice(0, -1), { ...step, key: entityKeyOf(step.type, row) }];
    const location = urlOf(call, contextSteps(steps));
    if (prefersNoContent(call)) return emptyAnswer(204, { location, 'odata-entityid': location, ...NO_CONTENT_APPLIED });
    return answer(call, seen, { resource: { ...resource, steps }, query, row, status: 201, headers: { location } });
  });
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
  const query = queryOf(call, type);
  const input = readEntity(typedBody(call), type, { model: call.model, mode: 'update' });
  refuseNested(input);
  return write(call, async (change, seen) => {
    const before = await currentRow(call, seen, resource);
    const bound = await boundColumns(seen, type, input);
    const row = await rulesFor(type).update(change, before, { ...input.values, ...bound });
    await bindCollections(change, seen, { type, row, input });
    return prefersNoContent(call) ? emptyAnswer(204, NO_CONTENT_APPLIED) : answer(call, seen, { resource, query, row, status: 200 });
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
