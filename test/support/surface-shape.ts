import { expect } from 'vitest';
import type { ComplexType, EntityType } from '../../src/edm/declare.ts';
import { isOrDerivesFrom } from '../../src/edm/link.ts';
import { model } from '../../src/model/index.ts';
import { documentedProperties, type SurfaceValue } from './surface-facts.ts';

/** Whether what is answered is of the documented type, property by property, all the way down. */

/** JSON of the primitive types (JSON Format §7.1): numbers, booleans, or text of a form. */
const PRIMITIVES: Readonly<Record<string, 'number' | 'boolean' | RegExp>> = {
  'Edm.Binary': /^[A-Za-z0-9+/_-]*={0,2}$/,
  'Edm.Boolean': 'boolean',
  'Edm.Date': /^\d{4}-\d\d-\d\d$/,
  'Edm.DateTimeOffset': /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/,
  'Edm.Decimal': 'number',
  'Edm.Double': 'number',
  'Edm.Duration': /^-?P/,
  'Edm.Guid': /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
  'Edm.Int32': 'number',
  'Edm.Int64': 'number',
  'Edm.Stream': /^[A-Za-z0-9+/_-]+={0,2}$/,
  'Edm.String': /^/,
  'Edm.TimeOfDay': /^\d\d:\d\d(:\d\d(\.\d+)?)?$/,
};

/** Asserts that a value has a documented type. @param where what to call it when it has not */
export function expectValue(value: unknown, { type, collection = false, nullable = false }: SurfaceValue, where: string): void {
  const form = PRIMITIVES[type];
  const declared = model.findType(type.replace('graph.', ''));
  if (value === null) expect(nullable, `${where} is null`).toBe(true);
  else if (collection) {
    expect(value, where).toBeInstanceOf(Array);
    for (const item of value as readonly unknown[]) expectValue(item, { type }, `an item of ${where}`);
  } else if (form instanceof RegExp) expect(value, where).toEqual(expect.stringMatching(form));
  else if (form !== undefined) expect(typeof value, where).toBe(form);
  else if (declared?.kind === 'enum') expect(Object.keys(declared.members), where).toContain(value);
  else expectObject(value, declared as EntityType | ComplexType, where);
}

/** Asserts that an object has every property of its type, which derives from the declared one. */
function expectObject(value: unknown, declared: EntityType | ComplexType, where: string): void {
  expect(typeof value === 'object' && !Array.isArray(value), `${where} is an object`).toBe(true);
  const object = value as Readonly<Record<string, unknown>>;
  // An entity always says what it is (in the `docs` profile), a complex value where it is not what is declared.
  const said =
    object['@odata.type'] ?? (declared.kind === 'complex' && declared.abstract !== true ? `#microsoft.graph.${declared.name}` : '');
  const name = String(said).replace('#microsoft.graph.', '');
  const type = model.findType(name);
  expect(type !== undefined && type.kind !== 'enum' && isOrDerivesFrom(type, declared), `${where} is a ${name}`).toBe(true);
  for (const property of documentedProperties(name)) expectValue(object[property.name], property, `${name}.${property.name}`);
}
