import type { ComplexType, EntityType } from './declare.ts';
import { defaultValue } from './default-value.ts';
import { type Property, shapeOf } from './link.ts';
import type { Row, Value } from './primitive.ts';

/**
 * Sparse properties: those that few entities have a value of. They share one column, whose JSON object holds what differs from the defaults, so
 * that a property which nobody sets costs nothing.
 */

/** The column that holds the values of a type's sparse properties. A type that has some declares it. */
export const SPARSE_COLUMN = 'sparseValues';

type Type = EntityType | ComplexType;

const namesOf = new WeakMap<Type, ReadonlySet<string>>();

/** The names of a type's sparse properties. */
export function sparseNames(type: Type): ReadonlySet<string> {
  let names = namesOf.get(type);
  if (names === undefined) {
    names = new Set(shapeOf(type).sparse.map(({ name }) => name));
    namesOf.set(type, names);
  }
  return names;
}

const valueWithout = (property: Property): Value => defaultValue(property) ?? null;

/** The columns to read for these properties. */
export function storedColumns(type: EntityType, names: readonly string[]): readonly string[] {
  const sparse = sparseNames(type);
  const columns = names.filter((name) => !sparse.has(name));
  return columns.length === names.length ? names : [...new Set([...columns, SPARSE_COLUMN])];
}

/** A stored row with the sparse properties that are asked for. @param names all of them when absent */
export function withSparseValues(type: EntityType, row: Row, names?: readonly string[]): Row {
  const held = row[SPARSE_COLUMN] as Row | null | undefined;
  const whole: Record<string, Value> = { ...row };
  for (const property of shapeOf(type).sparse) {
    if (names === undefined || names.includes(property.name)) whole[property.name] = held?.[property.name] ?? valueWithout(property);
  }
  return whole;
}

/** What the shared column holds of a row's sparse properties: null when all have their defaults. */
export function packedSparseValues(type: EntityType, row: Row): Row | null {
  const held: Record<string, Value> = {};
  for (const property of shapeOf(type).sparse) {
    const value = row[property.name];
    if (value === undefined || value === null || property.unstored === true) continue;
    if (JSON.stringify(value) !== JSON.stringify(valueWithout(property))) held[property.name] = value;
  }
  return Object.keys(held).length === 0 ? null : held;
}
