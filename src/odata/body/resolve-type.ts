import type { ComplexType, EntityType } from '../../edm/declare.ts';
import { isOrDerivesFrom, type Model } from '../../edm/link.ts';
import { join } from './member-table.ts';
import { invalidValue } from './read-primitive.ts';

/** A JSON object before it is read. */
export type JsonBody = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonBody => typeof value === 'object' && value !== null && !Array.isArray(value);

const typeNameIn = (body: JsonBody): unknown => (body['@odata.type'] === undefined ? body['@type'] : body['@odata.type']);

/** Whether an object says of which type it is. */
export const namesType = (body: JsonBody): boolean => typeNameIn(body) !== undefined;

/**
 * Finds the type of an object: what its `@odata.type` or `@type` names, else the declared type (JSON Format, control
 * information `type`). The name is accepted with and without `#` and in any case.
 * @param path where the object stands in the body
 * @returns a function of the object and its path
 * @throws invalidValue when the name is unknown, unrelated or abstract, or is missing where it is needed
 */
export function typeResolver<T extends EntityType | ComplexType>(declared: T, model: Model): (body: JsonBody, path: string) => T {
  const candidates = (declared.kind === 'entity' ? model.entityTypes : model.complexTypes) as readonly T[];
  const allowed = new Map<string, T>();
  for (const type of new Set([declared, ...candidates])) {
    if (type.abstract !== true && isOrDerivesFrom(type, declared)) allowed.set(`${model.namespace}.${type.name}`.toLowerCase(), type);
  }
  const oneOf = () => [...allowed.values()].map((t) => `#${model.namespace}.${t.name}`).join(', ');
  return (body, path) => {
    const name = typeNameIn(body);
    if (name === undefined) {
      if (declared.abstract === true) throw invalidValue(join(path, '@odata.type'), `is missing; send one of ${oneOf()}`);
      return declared;
    }
    const type = typeof name === 'string' ? allowed.get(name.slice(name.lastIndexOf('#') + 1).toLowerCase()) : undefined;
    if (type === undefined) throw invalidValue(join(path, '@odata.type'), `names no type that fits here; send one of ${oneOf()}`);
    return type;
  };
}
