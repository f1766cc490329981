import type { EntityType } from '../../edm/declare.ts';
import { type Model, type Navigation, type Property, shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { cachePerType } from './cache-per-type.ts';
import { isAnnotation, join, MemberTable, sentTwice } from './member-table.ts';
import { invalidValue, type ValueReader } from './read-primitive.ts';
import { checkCount, isSingleComplex, isUnknownFutureValue, missingProperties, valueReader } from './read-value.ts';
import { isJsonObject, type JsonBody, typeResolver } from './resolve-type.ts';

/** How a body is read. */
export interface ReadContext {
  readonly model: Model;
  /** `create` insists on required properties; `parameter` is an entity inside an action's body, where nothing is required. */
  readonly mode: 'create' | 'update' | 'parameter';
  /** Where the object stands in the whole body; absent at the top. Error targets start with it. */
  readonly path?: string;
}

/** What a client sent of an entity: only that, checked and in the model's spelling. */
export interface EntityInput {
  /** The type that `@odata.type` names, else the declared one. */
  readonly type: EntityType;
  /** Writable properties. */
  readonly values: Readonly<Record<string, Value>>;
  /** Complex values in an update: the value afterwards, given the stored one. Members that were not sent stay (Protocol 4.01 §11.4.3). */
  readonly merges: Readonly<Record<string, (stored: Value) => Value>>;
  /** References to existing entities, as URLs, by navigation property. An empty list unlinks. */
  readonly bindings: Readonly<Record<string, readonly string[]>>;
  /** Inline content of navigation properties, not looked at: an object, an array or null. */
  readonly nested: Readonly<Record<string, unknown>>;
}

type Member =
  | { readonly kind: 'property'; readonly property: Property; readonly read: ValueReader }
  | { readonly kind: 'readOnly' }
  | { readonly kind: 'navigation'; readonly navigation: Navigation };

const BIND = /^([^@]+)@(?:odata\.)?(bind|delta)$/;

const resolverOf = cachePerType(typeResolver<EntityType>);

const compiled = cachePerType((type: EntityType, model: Model) => {
  const { visible } = shapeOf(type);
  const member = (property: Property): Member =>
    property.readOnly === true ? { kind: 'readOnly' } : { kind: 'property', property, read: valueReader(property, model) };
  return {
    required: visible.filter((p) => p.required === true && p.readOnly !== true).map((p) => p.name),
    members: new MemberTable<Member>(`${model.namespace}.${type.name}`, [
      ...model.navigationOf(type).map((n) => [n.name, { kind: 'navigation', navigation: n } as const] as const),
      ...visible.map((p) => [p.name, member(p)] as const),
    ]),
  };
});

/** The complex values of an update, merged into those of the stored row. @throws what {@link readEntity} throws of values */
export const mergedValues = ({ merges }: EntityInput, stored: Row): Row =>
  Object.fromEntries(Object.entries(merges).map(([name, merge]) => [name, merge(stored[name] ?? null)]));

/**
 * Reads the body of a create or update (OData JSON Format 4.01 §7, §8). Annotations and read-only
 * properties are ignored, unknown properties refused; names match exactly first, else without regard to case.
 * @param body what `parseJson` returned
 * @param type declared type of the target
 * @throws invalidBody, unknownProperty, duplicateProperty, invalidValue, missingProperty (with the property as target)
 */
export function readEntity(body: unknown, type: EntityType, context: ReadContext): EntityInput {
  const { model, mode, path = '' } = context;
  if (!isJsonObject(body)) throw new AppError('invalidBody', `Send a JSON object${path === '' ? '' : ` as '${path}'`}.`);
  const actual = resolverOf(type, model)(body, path);
  const { members, required } = compiled(actual, model);
  const values: Record<string, Value> = {};
  const merges: Record<string, (stored: Value) => Value> = {};
  const bindings: Record<string, readonly string[]> = {};
  const nested: Record<string, unknown> = {};
  for (const key of Object.keys(body)) {
    const member = members.find(key);
    if (member === undefined) {
      if (!isAnnotation(key)) throw members.unknown(key, path);
      readAnnotation(key, { body, members, bindings, path });
    } else if (member.kind === 'property') {
      const { property, read } = member;
      const target = join(path, key);
      if (Object.hasOwn(values, property.name) || Object.hasOwn(merges, property.name)) throw sentTwice(target);
      if (mode === 'update' && isUnknownFutureValue(property.type, body[key])) continue;
      if (mode === 'update' && isSingleComplex(property) && isJsonObject(body[key]))
        merges[property.name] = (stored) => read(body[key], target, stored);
      else values[property.name] = read(body[key], target);
    } else if (member.kind === 'navigation') {
      const { name } = member.navigation;
      if (Object.hasOwn(nested, name)) throw sentTwice(join(path, key));
      const { references, content } = splitReferences(body[key], member.navigation, join(path, key));
      if (references !== undefined) bindings[name] = [...(bindings[name] ?? []), ...references];
      if (content !== undefined) nested[name] = content;
    }
  }
  if (mode === 'create' && required.length > 0) {
    const missing = required.filter((name) => !Object.hasOwn(values, name));
    if (missing.length > 0) throw missingProperties(missing.map((name) => join(path, name)));
  }
  return { type: actual, values, merges, bindings, nested };
}

/** `nav@odata.bind` links; `nav@odata.delta` is refused, as it asks for changes; all other control information is ignored. */
function readAnnotation(
  key: string,
  into: { body: JsonBody; members: MemberTable<Member>; bindings: Record<string, readonly string[]>; path: string },
): void {
  const match = BIND.exec(key);
  if (match === null) return;
  const target = join(into.path, key);
  const member = into.members.find(match[1]!);
  if (member?.kind !== 'navigation') throw into.members.unknown(match[1]!, into.path);
  if (match[2] === 'delta') throw new AppError('invalidBody', `'${target}': deltas of related entities are not supported.`, { target });
  const { name } = member.navigation;
  into.bindings[name] = [...(into.bindings[name] ?? []), ...readBinding(into.body[key], member.navigation, target)];
}

/**
 * Reads `nav@odata.bind` (JSON Format §8.5): one URL, or an array of them for a collection. Null unlinks where the
 * navigation is nullable.
 * @returns the URLs as sent
 * @throws invalidValue
 */
function readBinding(value: unknown, navigation: Navigation, target: string): readonly string[] {
  if (navigation.collection) {
    if (!Array.isArray(value) || !value.every((url) => typeof url === 'string')) throw invalidValue(target, 'must be an array of URLs');
    checkCount(value, target);
    return value;
  }
  if (value === null && navigation.nullable) return [];
  if (typeof value !== 'string') throw invalidValue(target, 'must be the URL of one entity');
  return [value];
}

/** The URL of an entity reference of 4.01, `{"@id": url}`, or undefined for anything else. */
function referenceOf(value: unknown): string | undefined {
  if (!isJsonObject(value) || !Object.keys(value).every(isAnnotation)) return undefined;
  const id = value['@id'] ?? value['@odata.id'];
  return typeof id === 'string' ? id : undefined;
}

/**
 * Tells entity references inside a navigation's inline content from new content.
 * @returns `references` when there are any, `content` (raw) when there is any, an empty array included
 * @throws invalidValue when an array stands where one object belongs, or the other way round, or is too long
 */
function splitReferences(
  value: unknown,
  navigation: Navigation,
  target: string,
): { readonly references?: readonly string[]; readonly content?: unknown } {
  if (value !== null && Array.isArray(value) !== navigation.collection) {
    throw invalidValue(target, navigation.collection ? 'must be an array' : 'must be one object');
  }
  if (!Array.isArray(value)) {
    const reference = referenceOf(value);
    return reference === undefined ? { content: value } : { references: [reference] };
  }
  checkCount(value, target);
  const references = value.map(referenceOf).filter((reference) => reference !== undefined);
  const content = value.filter((item) => referenceOf(item) === undefined);
  if (references.length === 0) return { content };
  return content.length === 0 ? { references } : { references, content };
}
