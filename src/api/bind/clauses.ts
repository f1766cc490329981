import type { ComplexType, EntityType } from '../../edm/declare.ts';
import {
  findNavigation,
  findProperty,
  isOrDerivesFrom,
  keyNames,
  type Model,
  type Navigation,
  type Property,
  shapeOf,
} from '../../edm/link.ts';
import type { Clauses, ExpandItem, SelectItem } from '../../odata/options/query-options.ts';
import type { SearchExpression, SyntaxExpression } from '../../odata/url/syntax.ts';
import { column } from '../../query/column.ts';
import { conjunction, type Expression } from '../../query/expression.ts';
import type { OrderItem } from '../../query/plan.ts';
import { bindCondition, bindExpression } from './expression.ts';
import type { Expand, Query } from './query.ts';
import { MAX_DEPTH, optionError, type Scope, type Slots, tooDeep, unsupported } from './scope.ts';

/** What names can mean at the top of a query. */
interface QueryScope {
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

/** Binds `$select` (URL Conventions §5.1.4): properties, navigations, and parts of complex values. */

/** Everything there is. */
const ALL = '*';

const isCast = (name: string): boolean => name.includes('.') && !name.includes('@');

/**
 * What is selected, in the model's spelling: names, and paths into complex values (`target/groupId`), however they were written.
 * @returns undefined for everything
 */
function bindSelect(items: readonly SelectItem[] | undefined, type: EntityType, model: Model): readonly string[] | undefined {
  if (items === undefined) return undefined;
  const paths = new Set(items.flatMap((item) => selected(type, item, model)));
  if (paths.has(ALL)) return undefined;
  const isCovered = (path: string): boolean => [...path.matchAll(/\//g)].some(({ index }) => paths.has(path.slice(0, index)));
  return [...paths].filter((path) => !isCovered(path));
}

/** A type, and those that its rows are of where these are several: what one of them has can be selected. */
const typesIn = (type: EntityType, model: Model): readonly EntityType[] =>
  type.storage?.view === true || type.variant !== undefined
    ? [type, ...model.entityTypes.filter((other) => isOrDerivesFrom(other, type))]
    : [type];

function selected(type: EntityType, { path, options }: SelectItem, model: Model): readonly string[] {
  const [name, ...rest] = path.slice(path.findIndex((part) => !isCast(part)));
  if (name === undefined || isCast(name)) return []; // operations of a namespace: there are none to write
  if (name === ALL) return [ALL];
  const types = typesIn(type, model);
  const property = types.map((one) => findProperty(one, name)).find((found) => found !== undefined);
  if (property !== undefined) return below(property, { path: rest, ...(options === undefined ? {} : { options }) }, model);
  const navigation = types.map((one) => findNavigation(one, name)).find((found) => found !== undefined);
  if (navigation === undefined) throw optionError(`'${name}' is no property of ${type.name}.`, name);
  if (rest.length > 0 || options !== undefined) throw unsupported(`'$select' of parts of '${name}'; use '$expand', which`);
  return [navigation.name];
}

/** The whole property, or what of it a further path and options select. */
function below({ name, type }: Property, { path, options }: SelectItem, model: Model): readonly string[] {
  if (path.length === 0 && options === undefined) return [name];
  if (typeof type !== 'object' || type.kind !== 'complex') throw unsupported(`'$select' of a part of '${name}'`);
  if (path.length > 0) return inside(type, { path, ...(options === undefined ? {} : { options }) }, model).map(behind(name));
  const { select, ...others } = options!;
  if (select === undefined || Object.keys(others).length > 0) throw unsupported("Any option but '$select' inside '$select'");
  return select.flatMap((item) => inside(type, item, model)).map(behind(name));
}

const behind =
  (name: string) =>
  (path: string): string =>
    path === ALL ? name : `${name}/${path}`;

/** Paths that start from a complex value. */
function inside(type: ComplexType, { path: [name = ALL, ...path], options }: SelectItem, model: Model): readonly string[] {
  if (name === ALL) return [ALL];
  const rest = { path, ...(options === undefined ? {} : { options }) };
  if (isCast(name)) {
    const cast = model.findType(name.slice(name.lastIndexOf('.') + 1));
    if (cast?.kind !== 'complex' || !isOrDerivesFrom(cast, type)) throw optionError(`'${name}' is no kind of ${type.name}.`, name);
    return inside(cast, rest, model).map(behind(`${model.namespace}.${cast.name}`));
  }
  for (const candidate of [type, ...model.concreteTypes(type)]) {
    const property = findProperty(candidate, name);
    if (property !== undefined) return below(property, rest, model);
  }
  throw optionError(`'${name}' is no property of ${type.name}.`, name);
}

/** `$search` (URL Conventions §5.1.7) looks for its words, in any case, inside the names that a type declares searchable. */
function bindSearch(search: SearchExpression, type: EntityType, depth = 0): Expression {
  if (depth > MAX_DEPTH) throw tooDeep('searches for too many words');
  const names = shapeOf(type).visible.filter((property) => property.searchable === true);
  if (names.length === 0) throw unsupported(`'$search' over ${type.name}, which has no name to search,`);
  switch (search.kind) {
    case 'not':
      return { kind: 'unary', type: 'Edm.Boolean', operator: 'not', operand: bindSearch(search.operand, type, depth + 3) };
    case 'and':
    case 'or':
      return {
        kind: 'binary',
        type: 'Edm.Boolean',
        operator: search.kind,
        left: bindSearch(search.left, type, depth + 3),
        right: bindSearch(search.right, type, depth + 3),
      };
    default: {
      // `"displayName:x"` looks in one property, as Graph's directory has it.
      const [, name, rest] = /^(\w+):(.*)$/s.exec(search.text) ?? [];
      const one = names.find((property) => property.name.toLowerCase() === name?.toLowerCase());
      const value = (one === undefined ? search.text : rest!).toLowerCase();
      const text = { kind: 'literal', type: 'Edm.String', value } as const;
      return (one === undefined ? names : [one])
        .map((property): Expression => {
          const lower = { kind: 'call', type: 'Edm.String', function: 'tolower', arguments: [column(type, property.name)] } as const;
          const found = { kind: 'call', type: 'Edm.Boolean', function: 'contains', arguments: [lower, text] } as const;
          // A missing name holds nothing: false, so that NOT finds it.
          return property.nullable
            ? { kind: 'binary', type: 'Edm.Boolean', operator: 'and', left: isPresent(type, property.name), right: found }
            : found;
        })
        .reduce((left, right) => ({ kind: 'binary', type: 'Edm.Boolean', operator: 'or', left, right }));
    }
  }
}

const isPresent = (type: EntityType, name: string): Expression => ({
  kind: 'binary',
  type: 'Edm.Boolean',
  operator: 'ne',
  left: column(type, name),
  right: { kind: 'literal', type: 'null', value: null },
});
