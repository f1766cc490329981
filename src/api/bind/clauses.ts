import type { EntityType } from '../../edm/declare.ts';
import { findNavigation, keyNames, type Model, type Navigation, shapeOf } from '../../edm/link.ts';
import type { Clauses, ExpandItem } from '../../odata/options/query-options.ts';
import type { SyntaxExpression } from '../../odata/url/syntax.ts';
import { column } from '../../query/column.ts';
import { conjunction, type Expression } from '../../query/expression.ts';
import type { OrderItem } from '../../query/plan.ts';
import { bindCondition, bindExpression } from './expression.ts';
import { optionError, type Scope, type Slots, unsupported } from './scope.ts';
import { bindSearch } from './search.ts';
import { bindSelect } from './select.ts';

/** What is asked of a collection or an entity, bound to the model. */
export interface Query {
  readonly type: EntityType;
  readonly where?: Expression;
  /** What the client asked for, then the key: a total order. */
  readonly orderBy: readonly OrderItem[];
  /** Properties and navigations by name, parts of complex values by path; everything when absent. */
  readonly select?: readonly string[];
  readonly expand: readonly Expand[];
  readonly top?: number;
  readonly skip?: number;
  readonly count: boolean;
}

/** One expanded navigation. */
export interface Expand {
  readonly navigation: Navigation;
  readonly form: ExpandItem['form'];
  readonly query: Query;
  /** The options as written: links to the rest of a long collection repeat them. */
  readonly written: readonly string[];
}

/** What names can mean at the top of a query. */
export interface QueryScope {
  readonly model: Model;
  readonly aliases: ReadonlyMap<string, SyntaxExpression>;
  /** Whether members behind `unknownFutureValue` may be named (`Prefer: include-unknown-enum-members`). */
  readonly futureMembers: boolean;
  /** What is bound for the request, nested options included. */
  readonly bound: { nodes: number };
  /** Of a template: its slots, which stand in the outermost condition alone. */
  readonly slots?: Slots;
}

/** Binds query options, and those nested in `$expand`. @throws invalidQueryOption, unsupportedQueryOption */
export function bindClauses(clauses: Clauses, type: EntityType, queryScope: QueryScope): Query {
  const scope: Scope = { ...queryScope, type, variables: new Map(), depth: 0 };
  const where = conjunction(
    clauses.filter === undefined ? undefined : bindCondition(clauses.filter, scope),
    clauses.search === undefined ? undefined : bindSearch(clauses.search, type),
  );
  const select = bindSelect(clauses.select, type, scope.model);
  return {
    type,
    ...(where === undefined ? {} : { where }),
    orderBy: bindOrder(clauses, scope),
    ...(select === undefined ? {} : { select }),
    expand: (clauses.expand ?? []).flatMap((item) => bindExpand(item, type, queryScope)),
    ...(clauses.top === undefined ? {} : { top: clauses.top }),
    ...(clauses.skip === undefined ? {} : { skip: clauses.skip }),
    count: clauses.count ?? false,
  };
}

/** A page goes on behind all values of its order, so that each of them is paid for with every page. */
const MAX_ORDER = 16;

function bindOrder({ orderBy = [] }: Clauses, scope: Scope): readonly OrderItem[] {
  if (orderBy.length > MAX_ORDER) throw optionError(`Order by at most ${MAX_ORDER} expressions.`, '$orderby');
  const items = orderBy.map(({ expression, descending }): OrderItem => {
    const bound = bindExpression(expression, scope);
    if (typeof bound.type === 'object' && bound.type.kind === 'complex') throw unsupported("'$orderby' by a complex value");
    return { expression: bound, descending };
  });
  const keys = scope.type.kind === 'entity' ? keyNames(scope.type).filter((name) => shapeOf(scope.type).property.has(name)) : [];
  if (keys.length === 0) return items;
  // Behind the key nothing can decide any more; without it pages could lose rows.
  const places = keys.map((key) =>
    items.findIndex(({ expression: e }) => e.kind === 'path' && e.navigation.length === 0 && e.property?.name === key),
  );
  if (!places.includes(-1)) return items.slice(0, Math.max(...places) + 1);
  // In the direction of the term before it, an index that ends in the key serves the whole order.
  const descending = items.at(-1)?.descending ?? false;
  return [...items, ...keys.filter((_, i) => places[i] === -1).map((key) => ({ expression: column(scope.type, key), descending }))];
}

function bindExpand({ path, form, options, written }: ExpandItem, type: EntityType, scope: QueryScope): readonly Expand[] {
  const [name, ...rest] = path.filter((part) => !part.includes('.'));
  if (name === undefined || rest.length > 0) throw unsupported(`'$expand' of '${path.join('/')}'`);
  const all = name === '*';
  const navigations = all
    ? scope.model.navigationOf(type).filter((one) => isReadable(one, type))
    : [findNavigation(type, name, scope.model)];
  return navigations.map((navigation) => {
    if (navigation === undefined) throw optionError(`'${name}' is no navigation property of ${type.name}.`, name);
    if (!isReadable(navigation, type)) throw unsupported(`'$expand' of '${navigation.name}'`);
    if (
      !navigation.collection &&
      (options.filter ?? options.orderBy ?? options.top ?? options.skip ?? options.count ?? options.search) !== undefined
    ) {
      throw optionError(`'${navigation.name}' is a single entity: only $select and $expand apply to it.`, navigation.name);
    }
    return { navigation, form, query: bindClauses(options, navigation.target, scope), written };
  });
}

/**
 * Whether a navigation's rows can be found from its source's: all rows of a tenant belong to what the tenant has one of. A transitive
 * one costs too much to be followed from each row of an answer.
 */
const isReadable = ({ join, target, through }: Navigation, { storage }: EntityType): boolean =>
  (Object.keys(join).length > 0 || storage?.perTenant === true) && target.storage !== undefined && through?.transitive !== true;
