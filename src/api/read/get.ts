import type { ComplexType, EntityType } from '../../edm/declare.ts';
import { documentText } from '../../edm/document.ts';
import { isOrDerivesFrom, type Model, type Property } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { HttpBody, HttpHeaders, HttpResponse } from '../../lib/http.ts';
import { advertisedOperations, type JsonObject, writeCollection } from '../../odata/body/write-entity.ts';
import { valueWriter, writeValue } from '../../odata/body/write-value.ts';
import { entityTagText } from '../../odata/headers/etag.ts';
import { contextUrl, referenceContextUrl } from '../../odata/metadata/context-url.ts';
import type { Reader } from '../../store/contract.ts';
import type { Query } from '../bind/query.ts';
import { emptyAnswer, jsonAnswer, jsonHeaders, textAnswer } from '../request/answer.ts';
import { readAsCaller } from '../request/as-caller.ts';
import { type Call, type CallRun, disclosed, hidesFutureMembers } from '../request/context.ts';
import { checkIfMatch, entityTagOf, isKnownState } from '../request/etag.ts';
import { contextSteps, entityKeyOf, entitySteps, isInDirectory, lastStep, type Resource, urlOf } from '../request/resource.ts';
import { findRowAt, locate, locateTrusting, notThere, rowAt } from './locate.ts';
import { documentAnswer, orderedBy, pageBody, pageObjects, type Ready, readyForm } from './page-body.ts';
import { pagingOf } from './paging.ts';
import { expansionBudget, isViewed, readPage, selectionOf, textLength, typedRows, writeRow, writeRows } from './read-rows.ts';

/** Reads: collections, single entities and counts. */

/** What the options ask of the resource. @throws invalidQueryOption, unsupportedQueryOption */
export function queryOf({ query }: Pick<Call, 'query'>): Query {
  if (query instanceof AppError) throw query;
  return query;
}

/** A page of a collection, with a link to the next. */
export async function getCollection(call: Call, resource: Resource): Promise<HttpResponse<HttpBody>> {
  const query = queryOf(call);
  const isReferences = resource.kind === 'references';
  if (isReferences) refuseOptions(call, ['filter', 'search', 'orderBy', 'top', 'skip', 'skipToken', 'count']);
  const { size, after, nextLink, headers } = pagingOf(call);
  if (after !== undefined) checkOrderValues(after, query);
  const ready = isReferences ? undefined : readyList(call, query);
  const { page, value, next, expandedBytes } = await readAsCaller(call, async (reader, run) => {
    const page = await readPage(reader, await locateTrusting(reader, resource.steps), {
      query,
      size,
      maxBytes: call.pageBytes,
      ...(after === undefined ? {} : { after }),
      ready,
    });
    if (page.rows.length === 0) await locate(reader, resource.steps);
    const standing = { steps: contextSteps(resource.steps), collection: true };
    const bare = { ...page, page, expandedBytes: 0 };
    if (ready !== undefined) return { ...bare, value: ready.columns.document === true ? page.rows : pageObjects(ready, page.rows) };
    if (isReferences) return { ...bare, value: page.rows.map((row) => referenceTo(call, resource, row)) };
    const budget = expansionBudget(call);
    const written = await writeRows(run, reader, { page, query, standing, budget });
    return { page, ...written, expandedBytes: call.pageBytes - budget.bytes };
  });
  const length = textLength(page.rows) + expandedBytes;
  const turn = call.request.space?.turn(length);
  if (turn !== undefined) await turn;
  const context = isReferences
    ? referenceContextUrl(call.serviceRoot, true)
    : contextUrl({ serviceRoot: call.serviceRoot, path: contextSteps(resource.steps), selection: selectionOf(query) });
  const head = writeCollection({
    level: call.level,
    longNumbersAsText: call.longNumbersAsText,
    context,
    count: page.count,
    ...(call.level === 'full' ? { operations: offeredOn(call, resource) } : {}),
    nextLink: nextLink(next),
    value: [],
  });
  const parts = { head, rows: value, ready: ready?.columns.document === true ? ready : undefined, length };
  return { status: 200, headers: jsonHeaders(call, headers), body: pageBody(parts, call.request.answerBytes !== undefined) };
}

/** How the rows of a page can be read ready for the answer: they must also say where the next page starts. */
function readyList(call: Call, query: Query): Ready | undefined {
  const ready = readyForm(call, query, true);
  const order = orderedBy(query);
  if (ready === undefined || order === undefined) return undefined;
  return ready.columns.document === true || order.every((name) => ready.columns.properties?.includes(name)) ? ready : undefined;
}

/** A reference to an entity of a collection. */
function referenceTo(call: Call, { steps }: Resource, row: Row): JsonObject {
  const above = contextSteps(steps);
  const below = [...above.slice(0, -1), { ...above.at(-1)!, key: row.id as string }];
  return { '@odata.id': urlOf(call, entitySteps(call.model, [steps.at(-1)!.type, row], below)) };
}

/** What can be called on a collection. */
const offeredOn = (call: Call, { steps }: Resource) => ({
  url: urlOf(call, contextSteps(steps)),
  offered: advertisedOperations(call.model, steps.at(-1)!.type, true),
});

/** A token's values fit the query when their number does; that the token is ours was checked before. */
function checkOrderValues(values: readonly Value[], query: Query): void {
  if (values.length !== query.orderBy.length)
    throw new AppError('invalidSkipToken', "This '$skiptoken' does not fit the order of this query. Start again without it.");
}

/** How many rows a collection has: a bare number. */
export async function getCount(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, ['filter', 'search']);
  const { where } = queryOf(call);
  const count = await readAsCaller(call, async (reader) => {
    const place = await locateTrusting(reader, resource.steps);
    const rows = await reader.count({ ...place, ...(where === undefined ? {} : { where }) });
    if (rows === 0) await locate(reader, resource.steps);
    return rows;
  });
  return textAnswer(String(count));
}

/** One entity with its tag. A single navigation that leads nowhere has no content (Protocol §11.2.7). */
export async function getEntity(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, ['select', 'expand', 'format']);
  const { type, collection } = lastStep(resource);
  const query = queryOf(call);
  const ready = readyForm(call, query, false);
  return readAsCaller(call, async (reader, run) => {
    const row = await findRowAt(reader, resource.steps, ready?.columns);
    if (row === undefined) return collection || isInDirectory(type) ? notThere(resource.steps) : emptyAnswer(204);
    const answer = entityAnswer(run, reader, { resource, query, ready, row, status: 200 });
    return answer instanceof Promise ? await answer : answer;
  });
}

/** An entity to answer with. */
export interface EntityContent {
  readonly resource: Resource;
  readonly query: Query;
  /** {@link readyForm} of the query. */
  readonly ready: Ready | undefined;
  readonly row: Row;
  readonly status: number;
  readonly headers?: HttpHeaders;
}

/** Answers with an entity: what GET, POST and PATCH have in common. */
export const entityAnswer = (call: CallRun, reader: Reader, content: EntityContent): HttpResponse | Promise<HttpResponse> =>
  content.ready === undefined ? writtenAnswer(call, reader, content) : readyAnswer(call, content.ready, content);

/** The answer with an entity that is ready for it: nothing more has to be read. */
export function readyAnswer(call: Call, ready: Ready, content: Omit<EntityContent, 'ready'>): HttpResponse {
  const { resource, row, status } = content;
  const { type } = lastStep(resource);
  const { headers, isKnown } = taggedHeaders(call, { type, row }, content.headers);
  if (isKnown) return emptyAnswer(304, headers);
  const context = call.level === 'none' ? undefined : contextOf(call, content);
  return jsonAnswer(call, status, { body: documentAnswer(ready, documentText(type, row), context), headers });
}

async function writtenAnswer(call: CallRun, reader: Reader, content: EntityContent): Promise<HttpResponse> {
  const { resource, query, row, status } = content;
  const { type, collection } = lastStep(resource);
  const typed =
    isViewed(type) || type.variant !== undefined
      ? (await typedRows(call.model, reader, { rows: [row], query: { type, expand: [] }, maxBytes: call.pageBytes }))[0]!
      : { type, row };
  const { headers, isKnown } = taggedHeaders(call, typed, content.headers);
  if (isKnown) return emptyAnswer(304, headers);
  const path = contextSteps(resource.steps);
  // However the client wrote the key, links have the whole of it.
  const steps = collection ? [...path.slice(0, -1), { name: path.at(-1)!.name, key: entityKeyOf(type, row) }] : path;
  const extras = call.level === 'none' ? {} : { context: contextOf(call, content) };
  const standing = { steps, collection: false };
  const body = await writeRow(call, reader, { ...typed, query, standing, extras, budget: expansionBudget(call) });
  return jsonAnswer(call, status, { body, headers });
}

/** The headers of an answer with an entity's tag, and whether the client has that state already. @throws preconditionFailed */
function taggedHeaders(
  call: Call,
  { type, row }: { readonly type: EntityType; readonly row: Row },
  others: HttpHeaders | undefined,
): { readonly headers: HttpHeaders; readonly isKnown: boolean } {
  const tag = entityTagOf(type, row);
  const headers = { etag: entityTagText(tag), ...others };
  const { method, headers: asked } = call.request;
  if (method !== 'GET') return { headers, isKnown: false };
  checkIfMatch(asked, tag);
  // The tag says nothing of other entities: what is expanded may have changed.
  return { headers, isKnown: call.options.expand === undefined && isKnownState(asked, tag) };
}

/** The context URL of an entity: that of its collection, where it stands in one, and not its own key. */
function contextOf({ serviceRoot }: Call, { resource, query }: Pick<EntityContent, 'resource' | 'query'>): string {
  const steps = contextSteps(resource.steps);
  const path = lastStep(resource).collection ? [...steps.slice(0, -1), { name: steps.at(-1)!.name }] : steps;
  return contextUrl({ serviceRoot, path, selection: selectionOf(query), entity: true });
}

/** Refuses options that do not apply here: nothing is silently ignored. @throws invalidQueryOption */
export function refuseOptions(call: Pick<Call, 'options' | 'request'>, allowed: readonly string[]): void {
  for (const name of Object.keys(call.options)) {
    if (name === 'aliases' || name === 'format' || allowed.includes(name)) continue;
    throw new AppError(
      'invalidQueryOption',
      `The query option '$${name.toLowerCase()}' does not apply to ${call.request.method} of this resource. Remove it.`,
      {
        target: `$${name.toLowerCase()}`,
      },
    );
  }
}

/** Reads of one property, wrapped in JSON or as its bare value (`$value`). Null has no content (Protocol §11.2.4). */

/** The value at the end of a property path; a step into what is not there gives null. @throws notFound when a cast fails */
function valueAt(row: Row, { property, nested = [] }: Resource, model: Model): Value {
  let value: Value = row[property!.name] ?? null;
  for (const step of nested) {
    if (value === null) return null;
    if (step.kind === 'property') value = (value as Row)[step.name] ?? null;
    else checkCast(value as Row, step, model);
  }
  return value;
}

function checkCast(value: Row, type: ComplexType, model: Model): void {
  const annotation = value['@odata.type'] as string;
  const actual = model.findType(annotation.slice(annotation.lastIndexOf('.') + 1));
  if (actual?.kind === 'complex' && isOrDerivesFrom(actual, type)) return;
  throw new AppError('notFound', `The value here is no ${type.name}, but a ${annotation}. Ask for it without the cast.`);
}

/** What the value at the end of a property path is declared to be. */
const declaredType = ({ property, nested = [] }: Resource): Property => nested.findLast((step) => step.kind === 'property') ?? property!;

async function read(call: Call, resource: Resource): Promise<Value> {
  refuseOptions(call, []);
  return readAsCaller(call, async (reader, run) =>
    valueAt(
      disclosed(run, await rowAt(reader, resource.steps), { type: lastStep(resource).type, select: [resource.property!.name] }),
      resource,
      call.model,
    ),
  );
}

/** GET of a property. */
export async function getProperty(call: Call, resource: Resource): Promise<HttpResponse> {
  const value = await read(call, resource);
  if (value === null) return emptyAnswer(204);
  const nested = (resource.nested ?? []).map(({ kind, name }) => ({ name: kind === 'complex' ? `${call.model.namespace}.${name}` : name }));
  const path = [...contextSteps(resource.steps), { name: resource.property!.name }, ...nested];
  const context = contextUrl({ serviceRoot: call.serviceRoot, path });
  return jsonAnswer(call, 200, {
    body: writeValue(value, declaredType(resource), { ...call, hideFutureMembers: hidesFutureMembers(call), context }),
  });
}

/** GET of a property's bare value: text, or the bytes of a binary. */
export async function getValue(call: Call, resource: Resource): Promise<HttpResponse> {
  const value = await read(call, resource);
  if (value === null) return emptyAnswer(204);
  const type = declaredType(resource);
  if (type.type === 'Edm.Binary') {
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: Buffer.from(value as string, 'base64') };
  }
  return textAnswer(String(valueWriter(type, { ...call, hideFutureMembers: hidesFutureMembers(call) })?.(value) ?? value));
}
