import type { EntityType } from '../edm/declare.ts';
import { keyNames } from '../edm/link.ts';
import type { Row, Value } from '../edm/primitive.ts';
import { type EntityExtras, type Expansion, type JsonObject, writeEntity } from '../odata/body/write-entity.ts';
import { type ContextStep, contextUrl, type Selection } from '../odata/metadata/context-url.ts';
import type { Reader } from '../store/contract.ts';
import type { Call } from './api-context.ts';
import type { Expand, Query } from './bind-clauses.ts';
import { disclosed } from './disclosure.ts';
import { entityKeyOf, urlOf } from './entity-url.ts';
import { joined, type Place } from './locate.ts';
import { withSkipToken, writeSkipToken } from './skip-token.ts';
import { writeContextOf } from './write-context.ts';

/** Reads rows with what is expanded below them, and writes them as JSON objects. */

/** Rows a page has when the client does not say, and at most. */
export const DEFAULT_PAGE = 100;
export const MAX_PAGE = 1000;

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
  readonly after?: readonly Value[];
}

/** The columns that an answer needs, or undefined for all. */
function columnsOf({ select, expand, type }: Query): readonly string[] | undefined {
  if (select === undefined) return undefined;
  const names = [
    ...select.map((path) => path.split('/')[0]!).filter((name) => type.navigation[name] === undefined),
    ...keyNames(type),
    ...expand.flatMap(({ navigation }) => Object.values(navigation.join)),
  ];
  return [...new Set(names)];
}

/** Reads one page, and whether there is another. */
export async function readPage(reader: Reader, place: Place, { query, size, after }: PageRequest): Promise<Page> {
  const set = { from: place.from, scope: place.scope, ...(query.where === undefined ? {} : { where: query.where }) };
  const properties = columnsOf(query);
  const rows =
    size === 0
      ? []
      : await reader.select({
          ...set,
          orderBy: query.orderBy,
          limit: size + 1,
          orderValues: true,
          ...(properties === undefined ? {} : { properties }),
          ...(after === undefined ? {} : { after }),
          ...(after === undefined && query.skip !== undefined ? { skip: query.skip } : {}),
        });
  const count = query.count ? { count: await reader.count(set) } : {};
  if (rows.length <= size) return { rows, ...count };
  const last = rows[size - 1]!;
  return { rows: rows.slice(0, size), next: query.orderBy.map((_, index) => last[`$order${index}`] ?? null), ...count };
}

/** Where written entities stand: their collection's steps, or the entity's own when it is a single one. */
export interface Standing {
  readonly steps: readonly ContextStep[];
  readonly collection: boolean;
}

/** The steps of one row's entity. */
const stepsOf = ({ steps, collection }: Standing, type: EntityType, row: Row): readonly ContextStep[] =>
  collection ? [...steps.slice(0, -1), { name: steps.at(-1)!.name, key: entityKeyOf(type, row) }] : steps;

/** Writes rows with their expansions. `reader` is the snapshot that the rows were read in. */
export async function writeRows(
  call: Call,
  reader: Reader,
  input: { rows: readonly Row[]; query: Query; standing: Standing },
): Promise<JsonObject[]> {
  const written: JsonObject[] = [];
  for (const row of input.rows) written.push(await writeRow(call, reader, { ...input, row }));
  return written;
}

/** Writes one row. `extras` are what the outermost object of an answer has besides. */
export async function writeRow(
  call: Call,
  reader: Reader,
  input: { readonly row: Row; readonly query: Query; readonly standing: Standing; readonly extras?: EntityExtras },
): Promise<JsonObject> {
  const { row, query, standing, extras = {} } = input;
  const context = writeContextOf(call, query.type, {
    ...(query.select === undefined ? {} : { select: query.select }),
    inList: standing.collection,
  });
  const shown = disclosed(call, row, query);
  if (query.expand.length === 0 && call.level !== 'full') return writeEntity(shown, context, extras);
  const steps = stepsOf(standing, query.type, row);
  const expanded: Record<string, Expansion> = {};
  for (const expand of query.expand) expanded[expand.navigation.name] = await writeExpansion(call, reader, { row, expand, steps });
  return writeEntity(shown, context, { ...extras, url: urlOf(call, steps), expanded });
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
  call: Call,
  reader: Reader,
  { row, expand, steps }: { readonly row: Row; readonly expand: Expand; readonly steps: readonly ContextStep[] },
): Promise<Expansion> {
  const { navigation, query, form, written } = expand;
  const place: Place = { from: navigation.target, scope: joined(navigation, row) };
  const below = [...steps, { name: navigation.name }];
  const context = contextUrl({ serviceRoot: call.serviceRoot, path: below, selection: selectionOf(query), entity: !navigation.collection });
  if (!navigation.collection) {
    const [found] = await reader.select({ ...place, orderBy: [], limit: 1 });
    if (found === undefined) return { value: null };
    const standing = { steps: below, collection: false };
    return {
      context,
      value: form === 'references' ? reference(call, below) : await writeRow(call, reader, { row: found, query, standing }),
    };
  }
  if (form === 'count')
    return { value: [], count: await reader.count({ ...place, ...(query.where === undefined ? {} : { where: query.where }) }) };
  const size = Math.min(query.top ?? DEFAULT_PAGE, call.preferences.maxPageSize ?? MAX_PAGE, MAX_PAGE);
  const page = await readPage(reader, place, { query, size });
  const standing = { steps: below, collection: true };
  const value =
    form === 'references'
      ? page.rows.map((child) => reference(call, stepsOf(standing, query.type, child)))
      : await writeRows(call, reader, { rows: page.rows, query, standing });
  const nextLink =
    page.next === undefined ? {} : { nextLink: linkBelow(call, below, { text: repeatedQuery(call, written), after: page.next }) };
  return { context, value, ...(page.count === undefined ? {} : { count: page.count }), ...nextLink };
}

const reference = (call: Call, steps: readonly ContextStep[]): JsonObject => ({ '@odata.id': urlOf(call, steps) });

/** Nested options as the query of a request of its own, with the aliases that they may use. */
function repeatedQuery(call: Call, written: readonly string[]): string {
  const options = written.map((option) => {
    const equals = option.indexOf('=');
    return `${option.slice(0, equals)}=${encodeURIComponent(option.slice(equals + 1))}`;
  });
  return [...options, ...call.query.split('&').filter((option) => option.startsWith('@'))].join('&');
}

/** The link to the rest of an expanded collection: the collection itself, asked with the nested options. */
function linkBelow(call: Call, steps: readonly ContextStep[], next: { readonly text: string; readonly after: readonly Value[] }): string {
  const url = urlOf(call, steps);
  const { pagingSecret: secret } = call.dependencies;
  const scope = { secret, tenantId: call.principal.tenantId, path: url.slice(call.serviceRoot.length), query: next.text };
  return `${url}?${withSkipToken(next.text, writeSkipToken(scope, next.after))}`;
}
