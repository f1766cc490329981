import type { ComplexType, EntityType, OperationDeclaration } from '../../edm/declare.ts';
import {
  findNavigation,
  findProperty,
  isOrDerivesFrom,
  keyNames,
  type Model,
  type Navigation,
  type Property,
  publishedName,
  shapeOf,
} from '../../edm/link.ts';
import { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import type { EntityKey } from '../../odata/metadata/context-url.ts';
import { parseQuery } from '../../odata/options/parse-query.ts';
import { parseNamedKey, parsePath } from '../../odata/url/parse-path.ts';
import type { KeyValue, NameSegment, PathSegment, SegmentArguments } from '../../odata/url/syntax.ts';
import { bindAliases } from '../bind/scope.ts';
import type { Resource, Step } from './resource.ts';

/** Binds the segments of a path to the model (URL Conventions §4). */

const unknownSegment = (segment: PathSegment): AppError => {
  const text = segment.kind === 'name' ? segment.text : segment.name;
  return new AppError('unknownSegment', `Resource not found for the segment '${text.slice(0, 100)}'.`, { target: text });
};

/** Finds what the segments name. @throws unknownSegment, invalidKey */
export function resolve(model: Model, segments: readonly PathSegment[]): Resource {
  return new Resolver(model, segments).run();
}

/** Walks the segments once, left to right. */
class Resolver {
  readonly #model: Model;
  readonly #segments: readonly PathSegment[];
  readonly #steps: Step[] = [];
  #access: Resource['access'] = {};
  #next = 0;

  constructor(model: Model, segments: readonly PathSegment[]) {
    this.#model = model;
    this.#segments = segments;
  }

  run(): Resource {
    const first = this.#segments[this.#next++];
    if (first === undefined) throw new AppError('unknownSegment', 'The path is empty. Name an entity set or a singleton.');
    const root = first.kind === 'name' ? this.#model.findRoot(first.name) : undefined;
    if (root === undefined || first.kind !== 'name') throw unknownSegment(first);
    this.#access = root.access;
    this.#push({ name: root.name, type: root.type, source: root, collection: root.kind === 'entitySet' }, first);
    for (;;) {
      const segment = this.#segments[this.#next];
      if (segment === undefined) return this.#resource(this.#isCollection ? 'collection' : 'entity');
      const found = segment.kind === 'system' ? this.#system(segment.name, segment) : this.#named(segment);
      if (found !== undefined) return found;
    }
  }

  get #last(): Step {
    return this.#steps.at(-1)!;
  }

  get #isCollection(): boolean {
    return this.#last.collection && this.#last.key === undefined;
  }

  #resource(kind: Resource['kind'], rest: Partial<Resource> = {}): Resource {
    return { kind, steps: this.#steps, access: this.#access, ...rest };
  }

  /** Adds a step and takes the key that its own segment, or the next one, holds. */
  #push(step: Step, segment: NameSegment): void {
    const key = step.collection ? this.#keyOf(step, segment) : undefined;
    if (!step.collection && segment.arguments !== undefined) throw unknownSegment(segment);
    this.#steps.push(key === undefined ? step : { ...step, key });
  }

  #keyOf({ type, name }: Step, segment: NameSegment): EntityKey | undefined {
    const set = { name, type };
    if (segment.arguments !== undefined) return readKey(segment.arguments, set);
    const next = this.#segments[this.#next];
    if (next?.kind !== 'name' || this.#operation(type, true, next) !== undefined || this.#typeOf(next) !== undefined) return undefined;
    this.#next += 1;
    const parts = keyNames(type).length > 1 ? parseNamedKey(next.text) : undefined;
    return parts === undefined ? next.text : readKey(parts, set);
  }

  /** A cast to the declared type changes nothing; of a collection, the key may stand behind it. */
  #cast(segment: NameSegment): undefined {
    const last = this.#last;
    const type = this.#storedApart(last.type, segment) ?? this.#typeOf(segment);
    if (type !== last.type && !isStoredBelow(type, last)) throw unknownSegment(segment);
    const step = type === last.type ? last : { ...last, type, cast: `${this.#model.namespace}.${publishedName(type)}` };
    const key = this.#isCollection ? this.#keyOf(step, segment) : undefined;
    if (key === undefined && segment.arguments !== undefined) throw unknownSegment(segment);
    this.#steps[this.#steps.length - 1] = key === undefined ? step : { ...step, key };
  }

  #system(name: string, segment: PathSegment): Resource | undefined {
    this.#next += 1;
    if (name === '$count' && this.#isCollection) return this.#resource('count');
    if (name === '$ref') return this.#resource(this.#isCollection ? 'references' : 'reference');
    throw unknownSegment(segment);
  }

  #named(segment: NameSegment): Resource | undefined {
    this.#next += 1;
    const { type } = this.#last;
    const operation = this.#operation(type, this.#isCollection, segment);
    if (operation !== undefined && this.#next === this.#segments.length) return this.#called(operation, segment);
    if (this.#typeOf(segment) !== undefined) return this.#cast(segment);
    if (this.#isCollection) throw unknownSegment(segment);
    const navigation = findNavigation(type, segment.name, this.#model);
    if (navigation !== undefined) {
      this.#access = narrowed(this.#access, navigation);
      this.#push({ name: navigation.name, type: navigation.target, source: navigation, collection: navigation.collection }, segment);
      return undefined;
    }
    return this.#property(type, segment);
  }

  /** A call: only a function takes parameters from the URL (URL Conventions §4.5). @throws invalidUrl */
  #called(operation: OperationDeclaration, segment: NameSegment): Resource {
    if (segment.fault !== undefined) throw segment.fault;
    const { arguments: given } = segment;
    if (given?.kind === 'single') {
      throw new AppError('invalidUrl', `Name the parameters of '${operation.name}': write ${operation.name}(name=value).`, {
        target: segment.text,
      });
    }
    if (operation.kind === 'action' && given !== undefined && given.values.length > 0) {
      throw new AppError('invalidUrl', `'${operation.name}' is an action: send its parameters in the body, not in the URL.`, {
        target: segment.text,
      });
    }
    return this.#resource(operation.kind, { operation, ...(given === undefined ? {} : { given }) });
  }

  #property(type: EntityType, segment: NameSegment): Resource {
    const property = findProperty(type, segment.text);
    if (property === undefined) throw unknownSegment(segment);
    const nested: (Property | ComplexType)[] = [];
    let holder: unknown = property.collection ? undefined : property.type;
    for (; this.#next < this.#segments.length; this.#next++) {
      const next = this.#segments[this.#next]!;
      if (next.kind === 'system') {
        if (next.name !== '$value' || isComplex(holder) || property.collection) throw unknownSegment(next);
        this.#next += 1;
        return this.#resource('value', { property, nested });
      }
      const cast = this.#typeOf(next);
      if (cast !== undefined) {
        if (!isComplex(holder) || !isComplex(cast) || !isOrDerivesFrom(cast, holder)) throw unknownSegment(next);
        nested.push(cast);
        holder = cast;
        continue;
      }
      const inner = isComplex(holder) ? this.#complexProperty(holder, next.text) : undefined;
      if (inner === undefined) throw unknownSegment(next);
      nested.push(inner);
      holder = inner.type;
    }
    return this.#resource('property', { property, nested });
  }

  /** A property of a complex type, or of any type derived from it: which one a value has is known only when it is read. */
  #complexProperty(type: ComplexType, name: string) {
    for (const candidate of [type, ...this.#model.concreteTypes(type)]) {
      const found = findProperty(candidate, name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #operation(type: EntityType, collection: boolean, segment: NameSegment) {
    // A name with malformed parentheses is still this operation, and no key.
    const written = segment.fault === undefined ? segment.name : segment.name.slice(0, segment.name.indexOf('('));
    const name = unqualified(written, this.#model.namespace).toLowerCase();
    return this.#model.operationsOf(type, collection).find((operation) => operation.name.toLowerCase() === name);
  }

  /** The type that stores apart, below this one, what a qualified name stands for. */
  #storedApart(below: EntityType, segment: NameSegment): EntityType | undefined {
    if (below.publishedAs === undefined || !segment.name.includes('.')) return undefined;
    const name = unqualified(segment.name, this.#model.namespace).toLowerCase();
    return this.#model.entityTypes.find((type) => type.publishedAs?.toLowerCase() === name && isOrDerivesFrom(type, below));
  }

  /** The type that a qualified name stands for. */
  #typeOf(segment: NameSegment) {
    return segment.name.includes('.') ? this.#model.findType(unqualified(segment.name, this.#model.namespace)) : undefined;
  }
}

/** Whether a type is a derived entity type whose own rows a step's navigation can find. */
export const isStoredBelow = (type: unknown, { type: declared, source }: Step): type is EntityType =>
  isEntity(type) &&
  isOrDerivesFrom(type, declared) &&
  type.storage !== undefined &&
  ('join' in source
    ? [...(source.through === undefined ? Object.keys(source.join) : []), ...Object.keys(source.fixed)].every((column) =>
        shapeOf(type).property.has(column),
      )
    : declared.storage?.view === true);

const isEntity = (type: unknown): type is EntityType => typeof type === 'object' && type !== null && (type as EntityType).kind === 'entity';

const isComplex = (type: unknown): type is ComplexType =>
  typeof type === 'object' && type !== null && (type as ComplexType).kind === 'complex';

/** A name without its namespace or the alias `graph`. */
function unqualified(name: string, namespace = 'microsoft.graph'): string {
  const dot = name.lastIndexOf('.');
  const prefix = name.slice(0, Math.max(dot, 0)).toLowerCase();
  return prefix === namespace || prefix === 'graph' ? name.slice(dot + 1) : name;
}

/** What a navigation grants itself, and the rest from above. */
const narrowed = (access: Resource['access'], navigation: Navigation): Resource['access'] => ({ ...access, ...navigation.access });

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
interface PathTemplate {
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

/** The collection that a key picks from. */
interface KeyedSet {
  readonly name: string;
  readonly type: EntityType;
}

/**
 * Reads the key in parentheses (URL Conventions §4.3): one value, or all parts by name in any order. One value, or `id` alone, is
 * enough of a compound key, as the path says the rest. An alternate key is named.
 * @throws invalidKey
 */
function readKey(given: SegmentArguments, set: KeyedSet): EntityKey {
  if (given.kind === 'single') return keyText(given.value, set);
  const names = keyNames(set.type);
  const parts: Record<string, string> = {};
  for (const { name, value } of given.values) {
    const { alternateKey } = set.type.storage ?? {};
    if (given.values.length === 1 && alternateKey?.toLowerCase() === name.toLowerCase()) return { [alternateKey!]: keyText(value, set) };
    const declared = names.find((one) => one.toLowerCase() === name.toLowerCase());
    if (declared === undefined) throw invalidKey(set);
    parts[declared] = keyText(value, set);
  }
  const { id, ...others } = parts;
  if (id !== undefined && Object.keys(others).length === 0) return id;
  if (names.some((name) => parts[name] === undefined)) throw invalidKey(set);
  return Object.fromEntries(names.map((name) => [name, parts[name]!]));
}

/** The text of a key's value; an alias that stood for one has been put into the path before. */
function keyText(value: KeyValue, set: KeyedSet): string {
  if (value.kind === 'literal' && (value.type === 'Edm.String' || value.type === 'Edm.Guid')) return String(value.value);
  throw invalidKey(set);
}

function invalidKey({ name, type }: KeyedSet): AppError {
  const names = keyNames(type);
  const message =
    names.length === 1
      ? `The key of '${name}' is one text named 'id': write ${name}('<id>') or ${name}/<id>.`
      : `The key of '${name}' has the parts ${names.join(', ')}: write ${name}(${names.map((part) => `${part}='…'`).join()}) or ${name}/<id>.`;
  return new AppError('invalidKey', message, { target: name });
}
