import { AppError } from '../../lib/app-error.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { GRAPH_COLLECTIONS } from '../../model/graph-collections.ts';
import { GRAPH_SINGLES } from '../../model/graph-singles.ts';
import { model } from '../../model/index.ts';
import { writeCollection } from '../../odata/body/write-entity.ts';
import { negotiateFormat } from '../../odata/headers/negotiate-format.ts';
import { parseQuery } from '../../odata/options/parse-query.ts';

/** Collections and single things that Graph has and Muster does not keep. */

/** How they are answered: refused with 501, or as if nothing were there. */
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

interface Other {
  /** As Graph writes it. */
  readonly path: string;
  readonly isCollection: boolean;
}

const pathsOf = (named: Readonly<Record<string, string>>, isCollection: boolean): readonly (readonly [string, Other])[] =>
  Object.entries(named).flatMap(([parent, names]) =>
    names
      .trim()
      .split(/\s+/)
      .filter((name) => !isKept(parent, name))
      .map((name) => `/${parent === '' ? '' : `${parent}/`}${name}`)
      .map((path) => [path.toLowerCase(), { path, isCollection }] as const),
  );

/** By their paths in lower case. What Muster keeps in one version is not among them, whatever version is asked. */
const others: ReadonlyMap<string, Other> = new Map([...pathsOf(GRAPH_SINGLES, false), ...pathsOf(GRAPH_COLLECTIONS, true)]);

function isKept(parent: string, name: string): boolean {
  if (parent === '') return model.roots.some((root) => root.name === name);
  const root = model.roots.find((one) => one.name === parent);
  return root !== undefined && model.navigationOf(root.type).some((navigation) => navigation.name === name);
}

/**
 * Answers for what Graph has and Muster does not keep.
 * @param how of GET; everything else is refused
 * @returns undefined for a path that leads to nothing of it
 * @throws notKept, notFound for what is below it, and what a malformed query or format throws
 */
export function otherCollection(how: OtherCollections, request: OtherRequest): HttpResponse | undefined {
  const { method, path, query, accept, serviceRoot } = request;
  const [asked = '', rest] = split(path);
  const other = others.get(asked.toLowerCase());
  if (other === undefined) return undefined;
  if (how === 'refuse' || method !== 'GET') throw notKept(other.path, how);
  if (rest === '/$count' && other.isCollection) return { status: 200, headers: { 'content-type': 'text/plain' }, body: '0' };
  if (rest !== '') throw new AppError('notFound', `There is nothing in '${other.path}'. Muster does not keep it.`);
  const options = parseQuery(query);
  const { mediaType, metadata: level } = negotiateFormat({ accept, format: options.format }, ['application/json']);
  if (!other.isCollection) return { status: 204, headers: {} }; // as of every navigation that leads to nothing
  const context = `${serviceRoot}/$metadata#${other.path.slice(1)}`;
  const body = writeCollection({ level, context, count: options.count === true ? 0 : undefined, value: [] });
  return { status: 200, headers: { 'content-type': `${mediaType};odata.metadata=${level}` }, body: JSON.stringify(body) };
}

/** How many segments the deepest of them has: a path may have thousands. */
const DEEPEST = Math.max(...[...others.keys()].map((path) => path.split('/').length - 1));

/** The longest beginning of a path that is among them, and what follows. */
function split(path: string): readonly [string?, string?] {
  const segments = path.split('/', DEEPEST + 1);
  for (; segments.length > 1; segments.pop()) {
    const start = segments.join('/').replace(/\([^/]*$/, '');
    if (others.has(start.toLowerCase())) return [start, path.slice(start.length).replace(/\/$/, '')];
  }
  return [];
}

const notKept = (path: string, how: OtherCollections): AppError =>
  new AppError(
    'notKept',
    `Graph has '${path}', and this server does not keep it. ${
      how === 'refuse' ? 'Start it with --other-collections empty to have it read as empty.' : 'It can only be read.'
    }`,
  );
