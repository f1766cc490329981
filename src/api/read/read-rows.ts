import type { EntityType } from '../../edm/declare.ts';
import { DOCUMENT } from '../../edm/document.ts';
import { keyNames, type Model, shapeOf, TYPE_COLUMN, variantOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import type { HttpRequest } from '../../lib/http.ts';
import { type EntityExtras, type Expansion, type JsonObject, writeEntity } from '../../odata/body/write-entity.ts';
import { type ContextStep, contextUrl, type Selection } from '../../odata/metadata/context-url.ts';
import { withoutMark } from '../../query/plan.ts';
import type { Reader } from '../../store/contract.ts';
import type { Expand, Query } from '../bind/query.ts';
import { type Call, type CallRun, disclosed, writeContextOf } from '../request/context.ts';
import { entityKeyOf, entitySteps, urlOf } from '../request/resource.ts';
import { joined, type Place } from './locate.ts';
import { orderedBy, type Ready, valuesOf } from './page-body.ts';
import { pageSizeOf, withSkipToken, writeSkipToken } from './paging.ts';
import { expandedBelow, type ReadExpansions, readExpansions } from './read-expansions.ts';

/** Reads rows with what is expanded below them, and writes them as JSON objects. */

/** One page of a collection. */
export interface Page {
  readonly rows: readonly Row[];
  /** The order values to go on behind; absent on the last page. */
  readonly next?: readonly Value[];
  readonly count?: number;
}

/** Which page. */
export interface PageRequest {
  readonly query: Query;
  readonly size: number;
  readonly maxBytes: number;
  readonly after?: readonly Value[];
  /** How to read rows that are ready for the answer; the order must be one of {@link orderedBy}. */
  readonly ready?: Ready | undefined;
}

/** Expanded rows that one answer holds; what is left over is linked to. */
export const MAX_EXPANDED = 5000;

/** The bytes of long texts behind which a page ends early, with a link to the next one; the row by which they are passed is still in it. */
export const PAGE_BYTES = 4 * 1024 ** 2;

/** How many more rows, and bytes of their texts, an answer may expand. Shared by everything in it. */
export interface Budget {
  rows: number;
  bytes: number;
}

/** The bytes that a page of an answer may have, which are reserved for it: parts of a batch share what the batch has. */
export const reservedBytes = ({ answerBytes, space }: HttpRequest): number =>
  Math.min(answerBytes ?? space?.reserve(PAGE_BYTES) ?? PAGE_BYTES, PAGE_BYTES);

/** What an answer may expand. */
export const expansionBudget = ({ pageBytes }: Pick<Call, 'pageBytes'>): Budget => ({ rows: MAX_EXPANDED, bytes: pageBytes });

const isUsedUp = ({ rows, bytes }: Budget): boolean => rows <= 0 || bytes <= 0;

/** Takes rows out of a budget. */
function spend(budget: Budget, rows: readonly Row[]): void {
  budget.rows -= rows.length;
  for (const row of rows) budget.bytes -= weightOf(row);
}

/** The bytes of a row's texts in UTF-8. */
function weightOf(row: Row): number {
  let weight = 0;
  for (const name in row) {
    const value = row[name]!;
    if (typeof value === 'string') weight += Buffer.byteLength(value);
    else if (typeof value === 'object' && value !== null) weight += Buffer.byteLength(JSON.stringify(value));
  }
  return weight;
}

/** How long the texts of rows are in all: about the bytes of the answer that they make. */
export function textLength(rows: readonly Row[]): number {
  let length = 0;
  for (const row of rows) {
    const text = row[DOCUMENT];
    if (typeof text === 'string') length += text.length;
    else for (const name in row) if (typeof row[name] === 'string') length += row[name].length;
  }
  return length;
}

/** The columns that an answer needs, or undefined for all. */
function columnsOf({ select, expand, type }: Pick<Query, 'type' | 'select' | 'expand'>): readonly string[] | undefined {
  if (isViewed(type)) return ['id', TYPE_COLUMN];
  if (select === undefined) return undefined;
  const names = [
    ...select.map((path) => path.split('/')[0]!).filter((name) => type.navigation[name] === undefined),
    ...keyNames(type),
    ...(type.variant === undefined ? [] : [type.variant.property]),
    ...expand.flatMap(({ navigation }) => Object.values(navigation.join)),
  ];
  return [...new Set(names)];
}

/** Reads one page, and whether there is another. */
export async function readPage(reader: Reader, place: Place, { query, size, maxBytes, after, ready }: PageRequest): Promise<Page> {
  const set = { ...place, ...(query.where === undefined ? {} : { where: query.where }) };
  const properties = columnsOf(query);
  const read =
    size === 0
      ? []
      : await reader.select({
          ...set,
          orderBy: query.orderBy,
          limit: size + 1,
          maxBytes,
          ...(ready === undefined ? { orderValues: true, ...(properties === undefined ? {} : { properties }) } : ready.columns),
          ...(after === undefined ? {} : { after }),
          ...(after === undefined && query.skip !== undefined ? { skip: query.skip } : {}),
        });
  const count = query.count ? { count: await reader.count(set) } : {};
  const { rows, endedEarly } = withoutMark(read);
  if (rows.length <= size && !endedEarly) return { rows, ...count };
  const shown = rows.slice(0, size);
  const last = shown.at(-1)!;
  return {
    rows: shown,
    next: ready === undefined ? orderValues(last, query) : valuesOf(last, orderedBy(query)!),
    ...count,
  };
}

/** The first page of rows that have all been read, with their order values. */
const firstPage = (rows: readonly Row[], { query, size }: Pick<PageRequest, 'query' | 'size'>): Page => ({
  rows: rows.slice(0, size),
  ...(size > 0 && rows.length > size ? { next: orderValues(rows[size - 1]!, query) } : {}),
});

const orderValues = (row: Row, { orderBy }: Query): readonly Value[] => orderBy.map((_, index) => row[`$order${index}`] ?? null);

/** Whether rows of a type are read from a view, which has only what all the types that it shows have. */
export const isViewed = ({ storage }: EntityType): boolean => storage?.view === true;

/** A row and the type that it is of. */
interface TypedRow {
  readonly row: Row;
  readonly type: EntityType;
}

/**
 * Rows with their types: those of a view are completed with what their own type has. Where these are too heavy together, only the first ones
 * are answered; never none.
 */
export async function typedRows(
  model: Model,
  reader: Reader,
  { rows, query, maxBytes }: { rows: readonly Row[]; query: Pick<Query, 'type' | 'select' | 'expand'>; maxBytes: number },
): Promise<TypedRow[]> {
  const { type: declared } = query;
  if (!isViewed(declared)) return rows.map((row) => ({ row, type: variantOf(declared, row) }));
  const found = new Map<Value, TypedRow>();
  for (const name of new Set(rows.map((row) => row[TYPE_COLUMN] as string))) {
    const type = model.findType(name) as EntityType;
    const ids = rows.filter((row) => row[TYPE_COLUMN] === name).map(({ id }) => id!);
    const wanted = columnsOf({ ...query, type })?.filter((column) => shapeOf(type).property.has(column));
    const properties = wanted === undefined ? {} : { properties: wanted };
    const read = await reader.select({ from: type, scope: { id: ids }, orderBy: [], maxBytes, ...properties });
    for (const row of withoutMark(read).rows) found.set(row.id!, { row, type });
    const first = rows[0]!;
    if (first[TYPE_COLUMN] !== name || found.has(first.id!)) continue;
    const [row] = await reader.select({ from: type, scope: { id: first.id! }, orderBy: [], limit: 1, ...properties });
    found.set(first.id!, { row: row!, type });
  }
  const missing = rows.findIndex(({ id }) => !found.has(id!));
  return rows.slice(0, missing < 0 ? rows.length : missing).map(({ id }) => found.get(id!)!);
}

/** Where written entities stand: their collection's steps, or the entity's own when it is a single one. */
export interface Standing {
  readonly steps: readonly ContextStep[];
  readonly collection: boolean;
}

/** The steps of one row's entity. */
const stepsOf = ({ steps, collection }: Standing, type: EntityType, row: Row): readonly ContextStep[] =>
  collection ? [...steps.slice(0, -1), { name: steps.at(-1)!.name, key: entityKeyOf(type, row) }] : steps;

/** A page as JSON objects, and the order values to go on behind. */
export interface WrittenPage {
  readonly value: readonly JsonObject[];
  readonly next?: readonly Value[];
}

/**
 * Writes a page's rows with their expansions. `reader` is the snapshot that the rows were read in. Where the budget for expanded
 * rows is used up, the page ends early.
 */
export async function writeRows(
  call: CallRun,
  reader: Reader,
  input: { page: Page; query: Query; standing: Standing; budget: Budget; read?: ReadExpansions | undefined },
): Promise<WrittenPage> {
  const { page, query, budget } = input;
  const value: JsonObject[] = [];
  const typed = await typedRows(call.model, reader, { rows: page.rows, query, maxBytes: call.pageBytes });
  const rows = typed.map(({ row }) => row);
  const reading = {
    limit: budget.rows,
    maxBytes: budget.bytes,
    size: (expanded: Query) => pageSizeOf(expanded.top, call),
    columns: columnsOf,
  };
  const read = await readExpansions(reader, { ...reading, rows, expand: query.expand }, input.read);
  for (const row of typed) {
    if (value.length > 0 && isUsedUp(budget)) return { value, next: orderValues(page.rows[value.length - 1]!, query) };
    value.push(await writeRow(call, reader, { ...input, ...row, read }));
  }
  if (typed.length < page.rows.length) return { value, next: orderValues(page.rows[value.length - 1]!, query) };
  return { value, ...(page.next === undefined ? {} : { next: page.next }) };
}

/** Writes one row. `extras` are what the outermost object of an answer has besides. */
export async function writeRow(
  call: CallRun,
  reader: Reader,
  input: TypedRow & {
    readonly query: Query;
    readonly standing: Standing;
    readonly budget: Budget;
    readonly extras?: EntityExtras;
    /** What has been read already of what is expanded. */
    readonly read?: ReadExpansions | undefined;
  },
): Promise<JsonObject> {
  const { row, type, query, standing, budget, read, extras = {} } = input;
  const context = writeContextOf(call, type, {
    ...(query.select === undefined ? {} : { select: query.select }),
    inList: standing.collection,
    isDerived: type !== query.type,
  });
  const shown = disclosed(call, row, query);
  if (query.expand.length === 0 && call.level !== 'full') return writeEntity(shown, context, extras);
  const steps = stepsOf(standing, query.type, row);
  const expanded: Record<string, Expansion> = {};
  for (const expand of query.expand)
    expanded[expand.navigation.name] = await writeExpansion(call, reader, { row, expand, steps, budget, read });
  return writeEntity(shown, context, { ...extras, url: urlOf(call, entitySteps(call.model, [type, row], steps)), expanded });
}

/** `$select` and `$expand` as context URLs show them. */
export const selectionOf = ({ select, expand }: Query): Selection => ({
  ...(select === undefined ? {} : { select }),
  ...(expand.length === 0
    ? {}
    : { expand: expand.map(({ navigation, query }) => ({ name: navigation.name, selection: selectionOf(query) })) }),
});

/** Reads and writes what one navigation of one row holds. */
async function writeExpansion(
  call: CallRun,
  reader: Reader,
  {
    row,
    expand,
    steps,
    budget,
    read,
  }: { row: Row; expand: Expand; steps: readonly ContextStep[]; budget: Budget; read: ReadExpansions | undefined },
): Promise<Expansion> {
  const { navigation, query, form, written } = expand;
  const place: Place = { ...joined(navigation, row), from: navigation.target };
  const below = [...steps, { name: navigation.name }];
  const context = contextUrl({ serviceRoot: call.serviceRoot, path: below, selection: selectionOf(query), entity: !navigation.collection });
  const known = expandedBelow(read, expand, row);
  if (!navigation.collection) {
    const [found] = known ?? (await reader.select({ ...place, orderBy: [], limit: 1 }));
    if (found === undefined) return { value: null };
    const standing = { steps: below, collection: false };
    spend(budget, [found]);
    const [typed] = await typedRows(call.model, reader, { rows: [found], query, maxBytes: call.pageBytes });
    return {
      context,
      value:
        form === 'references'
          ? reference(call, [navigation.target, found], below)
          : await writeRow(call, reader, { ...typed!, query, standing, budget, read }),
    };
  }
  if (form === 'count')
    return { value: [], count: await reader.count({ ...place, ...(query.where === undefined ? {} : { where: query.where }) }) };
  // At least one, so that there is something to go on behind.
  const size = Math.min(pageSizeOf(query.top, call), Math.max(budget.rows, 1));
  const page =
    known === undefined
      ? await readPage(reader, place, { query, size, maxBytes: Math.max(budget.bytes, 1) })
      : firstPage(known, { query, size });
  const standing = { steps: below, collection: true };
  spend(budget, page.rows);
  const { value, next } =
    form === 'references'
      ? { ...page, value: page.rows.map((child) => reference(call, [query.type, child], stepsOf(standing, query.type, child))) }
      : await writeRows(call, reader, { page, query, standing, budget, read });
  const nextLink = next === undefined ? {} : { nextLink: linkBelow(call, below, { text: repeatedQuery(call, written), after: next }) };
  return { context, value, ...(page.count === undefined ? {} : { count: page.count }), ...nextLink };
}

const reference = (call: Call, entity: readonly [EntityType, Row], steps: readonly ContextStep[]): JsonObject => ({
  '@odata.id': urlOf(call, entitySteps(call.model, entity, steps)),
});

/** Nested options as the query of a request of its own, with the aliases that they may use. */
function repeatedQuery(call: Call, written: readonly string[]): string {
  const options = written.map((option) => {
    const equals = option.indexOf('=');
    return `${option.slice(0, equals)}=${encodeURIComponent(option.slice(equals + 1))}`;
  });
  return [...options, ...call.queryString.split('&').filter((option) => option.startsWith('@'))].join('&');
}

/** The link to the rest of an expanded collection: the collection itself, asked with the nested options. */
function linkBelow(call: Call, steps: readonly ContextStep[], next: { readonly text: string; readonly after: readonly Value[] }): string {
  const url = urlOf(call, steps);
  const { pagingSecret: secret } = call.dependencies;
  const scope = { secret, tenantId: call.principal.tenantId, path: url.slice(call.serviceRoot.length), query: next.text };
  return `${url}?${withSkipToken(next.text, writeSkipToken(scope, next.after))}`;
}
