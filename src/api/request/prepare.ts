import { type Demand, demandOf, type ScopeNames } from '../../auth/scope-names.ts';
import { shapeOf } from '../../edm/link.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';
import { type MediaType, negotiateFormat } from '../../odata/headers/negotiate-format.ts';
import { parseQuery } from '../../odata/options/parse-query.ts';
import type { QueryOptions } from '../../odata/options/query-options.ts';
import { BoundOptions } from './bound-options.ts';
import { concernsRoles } from './caller-view.ts';
import type { Call } from './context.ts';
import { takeTexts } from './other-texts.ts';
import { type Profile, profileValue } from './profile.ts';
import { needsProvision } from './provision.ts';
import { lastStep, type Resource } from './resource.ts';
import type { Route } from './route.ts';

/**
 * What requests have in common whose URLs differ in their ids alone and that ask in the same way: worked out for the first of them, and
 * kept, and with it what is bound for queries that come again (`bound-options.ts`).
 */
export interface Prepared {
  /** What a caller must have. */
  readonly demand: Demand;
  /** Whether rows hold what is secret. */
  readonly isSecret: boolean;
  /** Whether something may have to be made before it is first read. */
  readonly needsProvision: boolean;
  readonly concernsRoles: boolean;
  /** Whether {@link read} has succeeded before. */
  readonly hasRead: boolean;
  /** The query options and the format of the answer. @throws invalidQueryOption, notAcceptable and their like: only who may ask is told */
  read(): Pick<Call, 'bound' | 'mediaType' | 'level' | 'longNumbersAsText'>;
}

/** What a request says besides its URL's path. */
interface Asked {
  readonly query: string;
  /** The header of that name. Of the others nothing is kept. */
  readonly accept: string | undefined;
  readonly profile: Profile;
  readonly scopeNames: ScopeNames;
}

/** Something prepared, and the texts of the query that it was prepared for. */
interface Example {
  readonly prepared: Prepared;
  readonly texts: readonly string[];
}

/** Bytes for what is prepared, of each kind: queries are in the hands of clients, and aliases make much of little. */
const PREPARED_WEIGHT = 4 * 1024 ** 2;
/** What is prepared, each character of the query as a syntax tree, and each node of what is bound for it. */
const BASE_WEIGHT = 1000;
const CHARACTER_WEIGHT = 50;
const NODE_WEIGHT = 150;

const kept = new WeightedCache<Prepared>(PREPARED_WEIGHT);
const examples = new WeightedCache<Example>(PREPARED_WEIGHT);

/** What is known of a request as soon as its route is. */
export function prepare(route: Route, asked: Asked): Prepared {
  const { query, accept = '', profile, scopeNames } = asked;
  if (route.number === undefined) return prepared(route, asked);
  const place = `${route.number} ${profile} ${scopeNames} ${accept}?`;
  const same = kept.get(place + query);
  if (same !== undefined) return same;
  const taken = takeTexts(query);
  if (taken === undefined) return keep(place + query);
  const { skeleton, texts } = taken;
  const example = examples.get(place + skeleton);
  if (example !== undefined) return likeExample(example, texts) ?? keep(place + query);
  const made: Example = {
    texts,
    prepared: prepared(route, asked, (nodes) => examples.set(place + skeleton, made, weightOf(query, nodes))),
  };
  return examples.set(place + skeleton, made, weightOf(query, 0)).prepared;

  function keep(key: string): Prepared {
    const made = prepared(route, asked, (nodes) => kept.set(key, made, weightOf(query, nodes)));
    return kept.set(key, made, weightOf(query, 0));
  }
}

const weightOf = (query: string, nodes: number): number => BASE_WEIGHT + CHARACTER_WEIGHT * query.length + NODE_WEIGHT * nodes;

/** What is prepared for a query that differs from the example's in its texts alone; undefined where these mean more than themselves. */
function likeExample({ prepared, texts: from }: Example, to: readonly string[]): Prepared | undefined {
  if (!prepared.hasRead) return undefined;
  const read = prepared.read();
  const bound = read.bound.withTexts({ from, to });
  if (bound === undefined) return undefined;
  return { ...prepared, read: () => ({ ...read, bound }) };
}

/** @param onBound told how many nodes are bound in all, whenever some are: what is kept has grown */
function prepared(
  { resource, operation }: Route,
  { query, accept, profile, scopeNames }: Asked,
  onBound?: (nodes: number) => void,
): Prepared {
  let known: ReturnType<Prepared['read']> | undefined;
  return {
    demand: demandOf(
      { name: operation.name, permissions: operation.permissions(resource.access, resource) ?? [] },
      resource.access,
      scopeNames,
    ),
    isSecret: shapeOf(lastStep(resource).type).secret.length > 0,
    needsProvision: needsProvision(resource),
    concernsRoles: concernsRoles(resource),
    get hasRead() {
      return known !== undefined;
    },
    read() {
      if (known !== undefined) return known;
      const options = parseQuery(query);
      known = { bound: new BoundOptions(options, { onBound }), ...formatOf(resource, { accept, profile, format: options.format }) };
      return known;
    },
  };
}

/** What a resource can be answered as, the default first. */
function offeredOf({ kind, operation }: Resource, profile: Profile): readonly MediaType[] {
  if (kind === 'count') return ['text/plain'];
  if (kind === 'value') return ['text/plain', 'application/octet-stream'];
  if (operation?.returns?.type !== 'Edm.Stream') return ['application/json'];
  return [...new Set([profileValue(profile, 'streamFormat'), 'application/json', 'application/octet-stream'] as const)];
}

/** The format that is asked for. */
function formatOf(
  resource: Resource,
  { accept, profile, format }: Pick<Asked, 'accept' | 'profile'> & { readonly format: QueryOptions['format'] },
): Pick<Call, 'mediaType' | 'level' | 'longNumbersAsText'> {
  // A client that only ever asks for JSON also counts and reads bare values: those have one form, so any wish is met by it.
  const isBare = resource.kind === 'count' || resource.kind === 'value';
  const {
    mediaType,
    metadata: level,
    ieee754Compatible: longNumbersAsText,
  } = negotiateFormat(isBare ? {} : { accept, format }, offeredOf(resource, profile));
  return { mediaType, level, longNumbersAsText };
}
