import type { Model } from '../edm/link.ts';
import { parsePath } from '../odata/url/parse-path.ts';
import { type Operation, operationOn } from './dispatch.ts';
import type { Aliases } from './read-key.ts';
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
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** Anybody can invent paths; more shapes than these are bound each time. */
const SHAPES_KEPT = 1000;

const routes = new WeakMap<Model, Map<string, Route>>();

/** What a route is found by. */
export interface RequestLine {
  readonly method: string;
  /** Behind the service root, as sent. */
  readonly path: string;
  /** Parameter aliases of the query, which keys may use; asked for only when one does. */
  readonly aliases?: () => Aliases;
}

/** Finds the route of a request. @throws invalidUrl, unknownSegment, invalidKey, methodNotAllowed */
export function routeOf(model: Model, { method, path, aliases }: RequestLine): Route {
  const ids: string[] = [];
  const shape = `${method} ${path.replace(UUID, (id) => {
    ids.push(id);
    return '{id}';
  })}`;
  let known = routes.get(model);
  if (known === undefined) {
    known = new Map();
    routes.set(model, known);
  }
  const route = known.get(shape);
  if (route !== undefined) return withKeys(route, ids);
  const resource = resolve(model, parsePath(path), aliases);
  const found = { resource, operation: operationOn(resource, method) };
  const keys = resource.steps.flatMap(({ key }) => (key === undefined ? [] : [key]));
  // Only where the ids are the keys, one for one, is the rest of the path the same for all of them. Parameters are no keys.
  const isFixed = resource.given === undefined || resource.given.kind === 'single' || resource.given.values.length === 0;
  if (isFixed && known.size < SHAPES_KEPT && keys.length === ids.length && keys.every((key, index) => key === ids[index]))
    known.set(shape, found);
  return found;
}

/** The route of another path of the same shape. */
function withKeys({ resource, operation }: Route, ids: readonly string[]): Route {
  let next = 0;
  const steps = resource.steps.map((step) => (step.key === undefined ? step : { ...step, key: ids[next++]! }));
  return { resource: { ...resource, steps }, operation };
}
