import { isUuid } from '../../lib/ids.ts';

/**
 * What the service says about itself: context URLs, `$metadata` and the service document. Pure functions; may import `edm`
 * and `lib`. `context-url.ts` is used by every answer, `write-csdl.ts` and `write-service-document.ts` by one URL each.
 */

/** A key: the value of a single one, or the named parts of a compound one. */
export type EntityKey = string | Readonly<Record<string, string>>;

/** One segment of a resource path, with the key that follows it. */
export interface ContextStep {
  readonly name: string;
  readonly key?: EntityKey;
}

/** `$select` and `$expand` of an answer, in the model's spelling. */
export interface Selection {
  readonly select?: readonly string[];
  readonly expand?: readonly { readonly name: string; readonly selection: Selection }[];
}

/** Which context URL (OData 4.01 Protocol §10). */
export interface ContextParts {
  /** For example `http://127.0.0.1:8080/beta`, without a trailing slash. */
  readonly serviceRoot: string;
  /** From the root to the collection, singleton or property; empty for the service document. */
  readonly path: readonly ContextStep[];
  /** Qualified name of a derived type that the path ends in. */
  readonly cast?: string;
  readonly selection?: Selection;
  /** One entity of a collection, or a single-valued navigation: adds `/$entity`. */
  readonly entity?: boolean;
}

/** Quotes are doubled, then everything outside RFC 3986's unreserved characters and `!'()*` is encoded. */
const quoted = (text: string): string =>
  isUuid(text) ? `'${text}'` : `'${encodeURIComponent(text.toWellFormed().replaceAll("'", "''"))}'`;

/** `name('key')`, or `name(a='1',b='2')` where a key has several parts. */
export function stepText({ name, key }: ContextStep): string {
  if (key === undefined) return name;
  if (typeof key === 'string') return `${name}(${quoted(key)})`;
  const parts = Object.entries(key).map(([part, value]) => `${part}=${quoted(value)}`);
  return `${name}(${parts.join(',')})`;
}

/** `(id,displayName,assignments())`; empty when nothing was selected or expanded. */
function selectionText({ select = [], expand = [] }: Selection): string {
  const expanded = new Set(expand.map((item) => item.name));
  const items = [
    ...select.filter((name) => !expanded.has(name)),
    ...expand.map(({ name, selection }) => `${name}${selectionText(selection) || '()'}`),
  ];
  return items.length === 0 ? '' : `(${items.join(',')})`;
}

/**
 * The context URL of entities, collections, singletons, properties and, with an empty path, the service document:
 * `…/$metadata#deviceManagement/hardwareConfigurations('1')/deviceRunStates(id)/$entity`.
 */
export function contextUrl({ serviceRoot, path, cast, selection = {}, entity = false }: ContextParts): string {
  const base = `${serviceRoot}/$metadata`;
  if (path.length === 0) return base;
  const type = cast === undefined ? '' : `/${cast}`;
  return `${base}#${path.map(stepText).join('/')}${type}${selectionText(selection)}${entity ? '/$entity' : ''}`;
}

/** The context URL of what has no resource path: `Edm.String`, `Collection(microsoft.graph.x)`. */
export function typeContextUrl(serviceRoot: string, type: { readonly name: string; readonly collection?: boolean }): string {
  return `${serviceRoot}/$metadata#${type.collection === true ? `Collection(${type.name})` : type.name}`;
}

/** The context URL of entity references. */
export const referenceContextUrl = (serviceRoot: string, collection: boolean): string =>
  `${serviceRoot}/$metadata#${collection ? 'Collection($ref)' : '$ref'}`;
