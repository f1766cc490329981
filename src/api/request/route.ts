import type { Model } from '../../edm/link.ts';
import { isUuid } from '../../lib/ids.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';
import { parseQuery } from '../../odata/options/parse-query.ts';
import { parsePath } from '../../odata/url/parse-path.ts';
import { bindAliases } from '../bind/aliases.ts';
import { type Operation, operationOn } from '../operations/table.ts';
import { resolve } from './resolve.ts';
import type { Resource } from './resource.ts';

/**
 * From a method and a path to what is to be done. Most paths differ in their ids alone, so what a path without its ids stands for
 * is kept: parsing and binding it again would cost as much as reading the row.
 */

/** What a request line asks for. */
export interface Route {
  readonly resource: Resource;
  readonly operation: Operation;
  /** The same number for all paths that differ in their ids alone, where those share a route. */
  readonly number?: number;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

const UUID_LENGTH = 36;

/** Bytes for the shapes of a model's paths: anybody can invent some. */
const ROUTES_WEIGHT = 1 * 1024 ** 2;
/** A route, and each of its steps. */
const ROUTE_WEIGHT = 500;
const STEP_WEIGHT = 300;

const routes = new WeakMap<Model, WeightedCache<Route>>();
let nextNumber = 0;

/** The part of a URL behind the service root, as sent. */
export interface Located {
  readonly path: string;
  /** Without the `?`. */
  readonly query: string;
}

/** A key or a parameter that stands among the query options (URL Conventions §5.3). */
const ALIASED = /[(=,](?:@|%40)/;
const isAliased = (path: string): boolean => (path.includes('@') || path.includes('%40')) && ALIASED.test(path);

/** Finds what a URL names. @throws invalidUrl, unknownSegment, invalidKey */
export function resourceAt(model: Model, { path, query }: Located): Resource {
  const segments = parsePath(path);
  return resolve(model, isAliased(path) ? bindAliases(segments, parseQuery(query).aliases) : segments);
}

/** Finds the route of a request. @throws invalidUrl, unknownSegment, invalidKey, methodNotAllowed */
export function routeOf(model: Model, method: string, located: Located): Route {
  const { path } = located;
  if (isAliased(path)) {
    const resource = resourceAt(model, located);
    return { resource, operation: operationOn(resource, method) };
  }
  const { shape, ids } = shapeOf(method, path);
  let known = routes.get(model);
  if (known === undefined) {
    known = new WeightedCache(ROUTES_WEIGHT);
    routes.set(model, known);
  }
  const route = known.get(shape);
  if (route !== undefined) return withKeys(route, ids);
  const resource = resolve(model, parsePath(path));
  const found = { resource, operation: operationOn(resource, method) };
  const keys = resource.steps.flatMap(({ key }) => (key === undefined ? [] : [key]));
  // Only where the ids are the keys, one for one, is the rest of the path the same for all of them. Parameters are no keys.
  const isFixed = resource.given === undefined || resource.given.kind === 'single' || resource.given.values.length === 0;
  if (!isFixed || keys.length !== ids.length || keys.some((key, index) => key !== ids[index])) return found;
  return known.set(shape, { ...found, number: nextNumber++ }, ROUTE_WEIGHT + STEP_WEIGHT * resource.steps.length);
}

/** What paths that differ in their ids alone have in common, and the ids. */
function shapeOf(method: string, path: string): { readonly shape: string; readonly ids: readonly string[] } {
  const ids: string[] = [];
  let shape = method;
  for (const segment of path.split('/')) {
    // In a whole segment, which is how nearly everybody writes a key; in parentheses it may stand anywhere.
    if (isUuid(segment)) {
      ids.push(segment);
      shape += '/{id}';
    } else if (segment.length > UUID_LENGTH) shape += `/${segment.replace(UUID, taken)}`;
    else shape += `/${segment}`;
  }
  return { shape, ids };

  function taken(id: string): string {
    ids.push(id);
    return '{id}';
  }
}

/** The route of another path of the same shape. */
function withKeys(route: Route, ids: readonly string[]): Route {
  let next = 0;
  const steps = route.resource.steps.map((step) => (step.key === undefined ? step : { ...step, key: ids[next++]! }));
  return { ...route, resource: { ...route.resource, steps } };
}
