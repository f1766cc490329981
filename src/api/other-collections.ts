import { AppError } from '../lib/app-error.ts';
import type { HttpResponse } from '../lib/http.ts';
import { GRAPH_COLLECTIONS } from '../model/graph-collections.ts';
import { model } from '../model/index.ts';
import { writeCollection } from '../odata/body/write-collection.ts';
import { negotiateFormat } from '../odata/headers/negotiate-format.ts';
import { parseQuery } from '../odata/options/parse-query.ts';

/** Collections that Graph has and Muster does not keep. */

/** How they are answered: refused with 501, or as if nothing were in them. */
export const OTHER_COLLECTIONS = ['refuse', 'empty'] as const;
export type OtherCollections = (typeof OTHER_COLLECTIONS)[number];

/** What a request asks of a path that leads to nothing that Muster has. */
export interface OtherRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly accept: string | undefined;
  readonly serviceRoot: string;
}

/** Paths in lower case, to the same as Graph writes them. What Muster keeps in one version is not among them, whatever version is asked. */
const others: ReadonlyMap<string, string> = new Map(
  Object.entries(GRAPH_COLLECTIONS).flatMap(([parent, names]) =>
    names
      .trim()
      .split(/\s+/)
      .filter((name) => !isKept(parent, name))
      .map((name) => `/${parent === '' ? '' : `${parent}/`}${name}`)
      .map((path) => [path.toLowerCase(), path] as const),
  ),
);

function isKept(parent: string, name: string): boolean {
  if (parent === '') return model.roots.some((root) => root.name === name);
  const root = model.roots.find((one) => one.name === parent);
  return root !== undefined && model.navigationOf(root.type).some((navigation) => navigation.name === name);
}

/**
 * Answers for a collection that Graph has and Muster does not keep.
 * @param how of GET; everything else is refused
 * @returns undefined for a path that leads to none
 * @throws notKept, notFound for one of its entities, and what a malformed query or format throws
 */
export function otherCollection(how: OtherCollections, request: OtherRequest): HttpResponse | undefined {
  const { method, path, query, accept, serviceRoot } = request;
  const [asked = '', rest] = split(path);
  const collection = others.get(asked.toLowerCase());
  if (collection === undefined) return undefined;
  if (how === 'refuse' || method !== 'GET') throw notKept(collection, how);
  if (rest === '/$count') return { status: 200, headers: { 'content-type': 'text/plain' }, body: '0' };
  if (rest !== '') throw new AppError('notFound', `There is nothing in '${collection}'. Muster does not keep it.`);
  const options = parseQuery(query);
  const { mediaType, metadata: level } = negotiateFormat({ accept, format: options.format }, ['application/json']);
  const context = `${serviceRoot}/$metadata#${collection.slice(1)}`;
  const body = writeCollection({ level, context, count: options.count === true ? 0 : undefined, value: [] });
  return { status: 200, headers: { 'content-type': `${mediaType};odata.metadata=${level}` }, body: JSON.stringify(body) };
}

/** How many segments the deepest of them has: a path may have thousands. */
const DEEPEST = Math.max(...[...others.keys()].map((path) => path.split('/').length - 1));

/** The longest beginning of a path that is a collection, and what follows. */
function split(path: string): readonly [string?, string?] {
  const segments = path.split('/', DEEPEST + 1);
  for (; segments.length > 1; segments.pop()) {
    const start = segments.join('/').replace(/\([^/]*$/, '');
    if (others.has(start.toLowerCase())) return [start, path.slice(start.length).replace(/\/$/, '')];
  }
  return [];
}

const notKept = (collection: string, how: OtherCollections): AppError =>
  new AppError(
    'notKept',
    `Graph has '${collection}', and this server does not keep it. ${
      how === 'refuse' ? 'Start it with --other-collections empty to have it read as empty.' : 'It can only be read.'
    }`,
  );
