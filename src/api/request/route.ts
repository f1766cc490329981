import type { Model } from '../../edm/link.ts';
import { isUuid } from '../../lib/ids.ts';
import { parseQuery } from '../../odata/options/parse-query.ts';
import { parsePath } from '../../odata/url/parse-path.ts';
import { bindAliases } from '../bind/aliases.ts';
import { resolve } from './resolve.ts';
import type { Resource } from './resource.ts';

/** From a URL to the resource that it names. */

/** The part of a URL behind the service root, as sent. */
export interface Located {
  readonly path: string;
  /** Without the `?`. */
  readonly query: string;
}

/** A key or a parameter that stands among the query options (URL Conventions §5.3). */
const ALIASED = /[(=,](?:@|%40)/;

/** Whether a path says only together with the query what it names. */
export const isAliased = (path: string): boolean => (path.includes('@') || path.includes('%40')) && ALIASED.test(path);

/** Finds what a URL names. @throws invalidUrl, unknownSegment, invalidKey */
export function resourceAt(model: Model, { path, query }: Located): Resource {
  const segments = parsePath(path);
  return resolve(model, isAliased(path) ? bindAliases(segments, parseQuery(query).aliases) : segments);
}

/** A path with placeholders for its ids. */
export interface PathTemplate {
  readonly template: string;
  readonly ids: readonly string[];
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

const UUID_LENGTH = 36;

/** Takes the ids out of a path. */
export function takeIds(path: string): PathTemplate {
  const ids: string[] = [];
  let template = '';
  for (const segment of path.split('/')) {
    // Most clients write a key as a whole segment; in parentheses it may stand anywhere.
    if (isUuid(segment)) {
      ids.push(segment);
      template += '/{id}';
    } else if (segment.length > UUID_LENGTH) template += `/${segment.replace(UUID, taken)}`;
    else template += `/${segment}`;
  }
  return { template, ids };

  function taken(id: string): string {
    ids.push(id);
    return '{id}';
  }
}

/** Whether a path's ids are the keys of its resource, one for one, so that its template stands for the same resource with other keys. */
export function hasKeysOnly({ steps, given }: Resource, ids: readonly string[]): boolean {
  const keys = steps.flatMap(({ key }) => (key === undefined ? [] : [key]));
  const takesNothing = given === undefined || given.kind === 'single' || given.values.length === 0; // parameters are no keys
  return takesNothing && keys.length === ids.length && keys.every((key, index) => key === ids[index]);
}

/** The resource of another path with the same template. */
export function withKeys(resource: Resource, ids: readonly string[]): Resource {
  if (ids.length === 0) return resource;
  let next = 0;
  return { ...resource, steps: resource.steps.map((step) => (step.key === undefined ? step : { ...step, key: ids[next++]! })) };
}
