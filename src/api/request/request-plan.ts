import { type Demand, demandOf, type ScopeNames } from '../../auth/authorize.ts';
import { countsFromStates } from '../../domain/run-states/state-counts.ts';
import { type Model, shapeOf } from '../../edm/link.ts';
import type { Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';
import { type MediaType, negotiateFormat } from '../../odata/headers/negotiate-format.ts';
import { type QueryTemplate, takeLiterals } from '../../odata/options/literal-slots.ts';
import { parseQuery } from '../../odata/options/parse-query.ts';
import type { QueryOptions } from '../../odata/options/query-options.ts';
import { rowsLookedAt } from '../../query/access-path.ts';
import { fillSlots, type RowSet } from '../../query/plan.ts';
import { bindClauses } from '../bind/clauses.ts';
import type { Expand, Query } from '../bind/query.ts';
import type { Slots } from '../bind/scope.ts';
import { type Operation, operationOn } from '../operations/table.ts';
import { MAX_PAGE } from '../read/paging.ts';
import { concernsRoles } from './as-caller.ts';
import type { Call } from './context.ts';
import { type Profile, profileValue } from './profile.ts';
import { needsProvision } from './provision.ts';
import { hasKeysOnly, isAliased, type Located, resourceAt, takeIds, withKeys } from './resolve.ts';
import { lastStep, type Resource } from './resource.ts';

/**
 * What a request asks for, worked out once for all requests that differ only in the ids of their path and in the literals of their filter, as
 * a prepared statement is. A literal that decides what is bound, such as the member of an enumeration, belongs to the key of the plan;
 * `test/odata/request-plans.test.ts` compares shared plans with plans of their own.
 */
interface RequestPlan {
  /** With the keys of the request that the plan was made for. */
  readonly resource: Resource;
  readonly operation: Operation;
  /** What a caller must have. */
  readonly demand: Demand;
  /** Whether rows hold secrets, which the query may name. */
  readonly isSecret: boolean;
  /** Whether something may have to be made before it is first read. */
  readonly needsProvision: boolean;
  readonly concernsRoles: boolean;
  /** An error is told only to callers who may ask. */
  readonly asked: Asked | AppError;
}

/** The query options and the format of the answer. */
interface Asked extends Pick<Call, 'mediaType' | 'level' | 'longNumbersAsText' | 'writeContexts' | 'isLong'> {
  readonly options: QueryOptions;
  /** The options bound to the type of the resource. An error counts only where an operation takes them. */
  readonly query: Query | AppError;
}

/** A plan with the ids and literals of one request. */
export interface PlannedRequest {
  readonly plan: RequestPlan;
  readonly resource: Resource;
  readonly literals: readonly string[];
  readonly skipToken: string | undefined;
}

/** The parts of a request that decide about its plan. */
export interface RequestLine extends Located {
  readonly method: string;
  /** Of the API: `beta`. */
  readonly version: string;
  readonly model: Model;
  /** The header of that name. */
  readonly accept: string | undefined;
  readonly profile: Profile;
  /** Whether the client may name members behind `unknownFutureValue`. */
  readonly futureMembers: boolean;
}

/** Bytes for plans: clients invent queries, and aliases make much of little. */
export const PLANS_WEIGHT = 8 * 1024 ** 2;
/** Estimated bytes of a plan with a writer of entities, of each step of its path, each character of its query as a syntax tree, and each bound node. */
const BASE_WEIGHT = 10_000;
const STEP_WEIGHT = 300;
const CHARACTER_WEIGHT = 50;
const NODE_WEIGHT = 150;

/** Slots that belong to the key of a plan; kept under the template alone. */
interface Pinned {
  readonly slots: readonly number[];
}

/** The plans of one API. */
export class RequestPlans {
  readonly #scopeNames: ScopeNames;
  readonly #kept = new WeightedCache<RequestPlan | Pinned>(PLANS_WEIGHT);

  constructor(scopeNames: ScopeNames) {
    this.#scopeNames = scopeNames;
  }

  /** Bytes that the plans weigh. */
  get weight(): number {
    return this.#kept.weight;
  }

  /** Finds or makes the plan of a request. @throws invalidUrl, unknownSegment, invalidKey, methodNotAllowed */
  planOf(line: RequestLine): PlannedRequest {
    if (isAliased(line.path)) return this.#unshared(line);
    const path = takeIds(line.path);
    const query = takeLiterals(line.query);
    const { literals, skipToken } = query;
    const { method, version, profile, futureMembers, accept = '' } = line;
    const template = `${method} ${version} ${profile} ${futureMembers ? 'all' : ''} ${accept}\n${path.template}?${query.template}`;
    let kept = this.#kept.get(template);
    if (kept !== undefined && 'slots' in kept) kept = this.#kept.get(keyOf(template, kept, literals));
    if (kept !== undefined && 'resource' in kept) return { plan: kept, resource: withKeys(kept.resource, path.ids), literals, skipToken };
    const resource = resourceAt(line.model, line);
    const operation = operationOn(resource, line.method);
    const bound = bindTemplate(resource, line, query) ?? {
      ...askedOf(resource, line, { query: line.query }),
      pinned: literals.map((_, slot) => slot),
    };
    const plan = this.#planFor(resource, operation, bound.asked);
    if (hasKeysOnly(resource, path.ids) && !(bound.asked instanceof AppError) && !(bound.asked.query instanceof AppError)) {
      const pinned = { slots: bound.pinned };
      if (pinned.slots.length > 0) this.#kept.set(template, pinned, 50);
      const weight = BASE_WEIGHT + STEP_WEIGHT * resource.steps.length + CHARACTER_WEIGHT * line.query.length + NODE_WEIGHT * bound.nodes;
      this.#kept.set(pinned.slots.length > 0 ? keyOf(template, pinned, literals) : template, plan, weight);
    }
    return { plan, resource, literals, skipToken };
  }

  #unshared(line: RequestLine): PlannedRequest {
    const resource = resourceAt(line.model, line);
    const operation = operationOn(resource, line.method);
    const { asked } = askedOf(resource, line, { query: line.query });
    return { plan: this.#planFor(resource, operation, asked), resource, literals: [], skipToken: undefined };
  }

  #planFor(resource: Resource, operation: Operation, asked: Asked | AppError): RequestPlan {
    const permissions = operation.permissions(resource.access, resource) ?? [];
    return {
      resource,
      operation,
      demand: demandOf({ name: operation.name, permissions }, resource.access, this.#scopeNames),
      isSecret: shapeOf(lastStep(resource).type).secret.length > 0,
      needsProvision: needsProvision(resource),
      concernsRoles: concernsRoles(resource),
      asked,
    };
  }
}

/** No literal holds a control character, so that it separates them. */
const keyOf = (template: string, { slots }: Pinned, literals: readonly string[]): string =>
  `${template}\n${slots.map((slot) => literals[slot]).join('\n')}`;

/** What a request asks for, with its own literals. @throws what is wrong with it */
export function filled({ plan: { asked }, literals, skipToken }: PlannedRequest): Asked {
  if (asked instanceof AppError) throw asked;
  const { options, query } = asked;
  const hasSlots = literals.length > 0 && !(query instanceof AppError) && query.where !== undefined;
  return {
    ...asked,
    ...(hasSlots ? { query: { ...query, where: fillSlots(query.where!, literals) } } : {}),
    ...(skipToken === undefined ? {} : { options: { ...options, skipToken } }),
  };
}

/** The resources whose options are bound to their type. Options on the result of a function are bound to what it returns (`narrow-result.ts`). */
const BOUND: ReadonlySet<Resource['kind']> = new Set(['collection', 'entity', 'count', 'references']);

interface Bound {
  readonly asked: Asked | AppError;
  /** How many nodes were bound. */
  readonly nodes: number;
}

/** Binds a template; undefined where some of its slots are no literals of the filter, so that the query itself must be bound. */
function bindTemplate(
  resource: Resource,
  line: RequestLine,
  { template, literals }: QueryTemplate,
): (Bound & { readonly pinned: readonly number[] }) | undefined {
  const slots: Slots = { literals, met: new Set(), pinned: new Set() };
  const bound = askedOf(resource, line, { query: template, slots });
  if (literals.length === 0) return { ...bound, pinned: [] };
  if (bound.asked instanceof AppError || bound.asked.query instanceof AppError || slots.met.size < literals.length) return undefined;
  return { ...bound, pinned: [...slots.pinned].sort((a, b) => a - b) };
}

function askedOf(
  resource: Resource,
  line: RequestLine,
  { query: queryString, slots }: { readonly query: string; readonly slots?: Slots },
): Bound {
  const bound = { nodes: 0 };
  const asked = attempt((): Asked => {
    const options = parseQuery(queryString, slots !== undefined);
    const query = attempt(() => bindQuery(options));
    const isLong = !(query instanceof AppError) && isLongRead(resource, query);
    return { options, query, isLong, ...formatOf(resource, line, options), writeContexts: new Map() };
  });
  return { asked, nodes: bound.nodes };

  function bindQuery(options: QueryOptions): Query {
    const { model, futureMembers } = line;
    const { aliases } = options;
    return bindClauses(BOUND.has(resource.kind) ? options : {}, lastStep(resource).type, {
      model,
      aliases,
      futureMembers,
      bound,
      ...(slots === undefined ? {} : { slots }),
    });
  }
}

/** What a function returns, or what a client did wrong. */
function attempt<T>(run: () => T): T | AppError {
  try {
    return run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** What a resource can be answered as, the default first. */
function offeredOf({ kind, operation }: Resource, profile: Profile): readonly MediaType[] {
  if (kind === 'count') return ['text/plain'];
  if (kind === 'value') return ['text/plain', 'application/octet-stream'];
  if (operation?.returns?.type !== 'Edm.Stream') return ['application/json'];
  return [...new Set([profileValue(profile, 'streamFormat'), 'application/json', 'application/octet-stream'] as const)];
}

/** The format that is asked for. @throws notAcceptable, invalidHeader */
function formatOf(
  resource: Resource,
  { accept, profile }: RequestLine,
  { format }: QueryOptions,
): Pick<Call, 'mediaType' | 'level' | 'longNumbersAsText'> {
  // Clients that only ever ask for JSON also count and read bare values: these have one form, whatever is asked for.
  const isBare = resource.kind === 'count' || resource.kind === 'value';
  const { mediaType, metadata, ieee754Compatible } = negotiateFormat(isBare ? {} : { accept, format }, offeredOf(resource, profile));
  return { mediaType, level: metadata, longNumbersAsText: ieee754Compatible };
}

/** Most rows that a read may look at beside everything else. The store is told of longer reads before they begin (`Store.read`). */
const SHORT_ROWS = 2000;

/** Stands for a value that a request will give. */
const GIVEN: Value = 'given';

/** Whether a read may look at more rows, as far as its path, its query and the declared indexes say. */
function isLongRead(resource: Resource, query: Query): boolean {
  switch (resource.kind) {
    case 'collection':
    case 'references': {
      const rows = rowsOf(lastStep(resource).source, query);
      return isLongPage(rows, query) || query.expand.some(({ navigation }) => navigation.collection);
    }
    case 'count':
      return isLongCount(rowsOf(lastStep(resource).source, query));
    case 'entity':
      return query.expand.some(isLongExpansion);
    case 'function':
      return true; // functions look at whole collections
    default:
      return false;
  }
}

const isLongExpansion = ({ navigation, query }: Expand): boolean =>
  navigation.collection && (isLongPage(rowsOf(navigation, query), query) || query.expand.some((expand) => expand.navigation.collection));

const isLongPage = (rows: RowSet, { orderBy, skip = 0, count }: Query): boolean =>
  rowsLookedAt({ ...rows, orderBy, skip, limit: MAX_PAGE }) > SHORT_ROWS || (count && isLongCount(rows));

/** A count looks at all rows that it counts, unless counters tell. */
const isLongCount = (rows: RowSet): boolean => !countsFromStates(rows);

/** The rows of a collection, with stand-ins for the values that its place fixes. */
function rowsOf(source: ReturnType<typeof lastStep>['source'], { type, where }: Query): RowSet {
  const condition = where === undefined ? {} : { where };
  if (!('join' in source)) return { from: type, scope: {}, ...condition };
  const { join, fixed, through } = source;
  const given = Object.fromEntries(Object.keys(join).map((column) => [column, GIVEN]));
  if (through === undefined) return { from: type, scope: { ...fixed, ...given }, ...condition };
  return { from: type, scope: fixed, linked: { navigation: source, source: given }, ...condition };
}
