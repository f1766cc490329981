import { type ComplexType, type EnumType, type Facets, type PropertyType, UNKNOWN_FUTURE_VALUE } from '../../edm/declare.ts';
import { defaultValue } from '../../edm/default-value.ts';
import { type Model, type Property, shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { cachePerType } from './cache-per-type.ts';
import { isAnnotation, join, MemberTable, sentTwice } from './member-table.ts';
import { invalidValue, primitiveReader, type ValueReader, wrongType } from './read-primitive.ts';
import { isJsonObject, type JsonBody, namesType, typeResolver } from './resolve-type.ts';

/** What a value must fit: a property, or a parameter that looks like one. */
interface ValueDeclaration extends Facets {
  readonly type: PropertyType;
}

/**
 * Makes the reader of a property's value. Null is refused unless the property is nullable, inside collections always, and where a create
 * requires a value. A collection itself is never null (JSON Format §7.7): sent as null, it is empty.
 */
export function valueReader(declaration: ValueDeclaration, model: Model): ValueReader {
  const item = itemReader(declaration, model);
  const read = declaration.collection === true ? collectionReader(item, declaration) : item;
  const nothing = declaration.collection === true ? [] : null;
  const nullable = (declaration.nullable === true || declaration.collection === true) && declaration.required !== true;
  return (value, target, stored) => {
    if (value !== null) return read(value, target, stored);
    if (!nullable) throw invalidValue(target, 'cannot be null; leave it out or send a value');
    return nothing;
  };
}

function itemReader(declaration: ValueDeclaration, model: Model): ValueReader {
  const { type } = declaration;
  if (typeof type === 'string') return primitiveReader(type, declaration);
  return type.kind === 'enum' ? enumReader(type) : complexReader(type, model);
}

const collectionReader =
  (item: ValueReader, { distinct }: ValueDeclaration): ValueReader =>
  (value, target) => {
    const items = readItems(value, target, (one, at) => {
      if (one === null) throw invalidValue(at, 'cannot be null inside a collection');
      return item(one, at);
    });
    return distinct === true ? [...new Set(items)] : items;
  };

/** Reads a member by its name in any case, or by its number as text or number; the result is the declared name. */
function enumReader({ members }: EnumType): ValueReader {
  const entries = Object.entries(members).filter(([name]) => name !== UNKNOWN_FUTURE_VALUE);
  const exact = new Map<unknown, string>(entries.flatMap(([name, number]) => [[number, name] as const, [String(number), name] as const]));
  for (const [name] of entries) exact.set(name, name);
  const folded = new Map(entries.map(([name]) => [name.toLowerCase(), name]));
  return (value, target) => {
    const name = exact.get(value) ?? (typeof value === 'string' ? folded.get(value.toLowerCase()) : undefined);
    if (name === undefined) throw invalidValue(target, `must be one of ${[...folded.values()].join(', ')}`);
    return name;
  };
}

/** Whether a value says "a member that I do not know", which an update leaves alone and a create refuses. */
export const isUnknownFutureValue = (type: PropertyType, value: unknown): boolean =>
  typeof type === 'object' &&
  type.kind === 'enum' &&
  Object.hasOwn(type.members, UNKNOWN_FUTURE_VALUE) &&
  typeof value === 'string' &&
  value.toLowerCase() === UNKNOWN_FUTURE_VALUE.toLowerCase();

/** Whether a property holds one complex value, of which an update may send some members. */
export const isSingleComplex = ({ type, collection }: ValueDeclaration): boolean =>
  typeof type === 'object' && type.kind === 'complex' && collection !== true;

/**
 * Reads an object as the declared complex type or one derived from it, as its `@odata.type` says. An update may leave the type out:
 * it is then the stored value's. A value of another type than the stored one replaces it.
 */
const complexReader = cachePerType((declared: ComplexType, model: Model): ValueReader => {
  const resolve = typeResolver(declared, model);
  const annotated = declared.abstract === true || model.concreteTypes(declared).some((type) => type !== declared);
  return (value, target, stored) => {
    if (!isJsonObject(value)) throw wrongType(target, 'an object', value);
    const before = isJsonObject(stored) ? stored : undefined;
    const typeBefore = before && resolve(before, target);
    const type = typeBefore !== undefined && !namesType(value) ? typeBefore : resolve(value, target);
    const properties = complexMembers(type, model).read(value, target, type === typeBefore ? (before as Row) : undefined);
    return annotated ? { '@odata.type': `#${model.namespace}.${type.name}`, ...properties } : properties;
  };
});

/** Reads the members of one concrete complex type, in declaration order; what is not sent stays as it is stored, else gets its default. */
const complexMembers = cachePerType((type: ComplexType, model: Model) => {
  const { visible } = shapeOf(type);
  const readers: (ValueReader | undefined)[] = []; // made when first needed, as a type may hold itself
  const table = new MemberTable(
    `${model.namespace}.${type.name}`,
    visible.map((property, slot) => [property.name, slot] as const),
  );
  const readSlot = (slot: number): ValueReader => (readers[slot] ??= valueReader(visible[slot]!, model));

  return {
    read(body: JsonBody, path: string, stored: Row = {}): Record<string, Value> {
      const sent: (Value | undefined)[] = new Array(visible.length).fill(undefined);
      for (const key of Object.keys(body)) {
        const slot = table.find(key);
        if (slot === undefined) {
          if (isAnnotation(key)) continue;
          throw table.unknown(key, path);
        }
        const { name, type, readOnly } = visible[slot]!;
        if (readOnly === true) continue;
        if (sent[slot] !== undefined) throw sentTwice(join(path, key));
        if (stored[name] !== undefined && isUnknownFutureValue(type, body[key])) continue;
        sent[slot] = readSlot(slot)(body[key], join(path, key), stored[name]);
      }
      return fill(
        visible,
        visible.map(({ name }, slot) => (sent[slot] === undefined ? stored[name] : sent[slot])),
        path,
      );
    },
  };
});

function fill(properties: readonly Property[], known: readonly (Value | undefined)[], path: string): Record<string, Value> {
  const values: Record<string, Value> = {};
  const missing: string[] = [];
  properties.forEach((property, slot) => {
    let value = known[slot];
    if (value === undefined && property.required !== true) value = defaultValue(property);
    if (value === undefined) missing.push(join(path, property.name));
    else values[property.name] = value;
  });
  if (missing.length > 0) throw missingProperties(missing);
  return values;
}

/** The error for what must be sent and is not. */
export const missingProperties = (targets: readonly string[]): AppError =>
  new AppError('missingProperty', `Send ${targets.map((target) => `'${target}'`).join(', ')}: required here and missing.`, {
    target: targets[0]!,
  });

/**
 * Most items of a collection that a client sends: of a property, a parameter or references. Graph itself takes no more ids in one request
 * (`directoryObjects/getByIds`), and nothing that an administrator assigns, tags or names comes near it.
 */
export const MAX_ITEMS = 1000;

/** Most items of a collection with those of the collections inside it. The role definition that allows everything has some hundred. */
export const MAX_NESTED_ITEMS = 10_000;

/**
 * Reads the items of a collection.
 * @param target its path in the body
 * @throws invalidValue when it is no array, or has more than {@link MAX_ITEMS}
 */
export function readItems<T>(value: unknown, target: string, read: (item: unknown, target: string) => T): T[] {
  if (!Array.isArray(value)) throw wrongType(target, 'an array', value);
  checkCount(value, target);
  return value.map((item, index) => read(item, join(target, String(index))));
}

/** @throws invalidValue when a collection has more items than a client may send */
export function checkCount(items: readonly unknown[], target: string): void {
  if (items.length > MAX_ITEMS) throw tooMany(target, `has ${items.length} items; send ${MAX_ITEMS} at most`);
  if (nestedItems(items) > MAX_NESTED_ITEMS)
    throw tooMany(target, `has more than ${MAX_NESTED_ITEMS} items with those inside them; send fewer`);
}

const tooMany = (target: string, problem: string): AppError => new AppError('invalidValue', `'${target}' ${problem}.`, { target });

/** How many items an array has, those of arrays inside it included; no more than is needed is counted. */
function nestedItems(items: readonly unknown[]): number {
  let count = 0;
  const open: object[] = [items];
  for (let next = open.pop(); next !== undefined && count <= MAX_NESTED_ITEMS; next = open.pop()) {
    if (Array.isArray(next)) count += next.length;
    if (count > MAX_NESTED_ITEMS) break;
    for (const value of Object.values(next)) if (typeof value === 'object' && value !== null) open.push(value);
  }
  return count;
}
