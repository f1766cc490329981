import { type DescribedApi, schemaNameOf } from './described-api.ts';
import type { SchemaObject } from './openapi-document.ts';

/** A property of an object, or of an object inside of it that has no schema of its own: `error.code`, `requests[].id`. */
export interface SchemaMember {
  readonly name: string;
  readonly schema: SchemaObject;
  readonly required: boolean;
  readonly nullable: boolean;
}

/** A schema without its leave to be null. */
export function withoutNull(schema: SchemaObject): { readonly schema: SchemaObject; readonly nullable: boolean } {
  const { type, anyOf } = schema;
  if (typeof type === 'object' && type.includes('null')) {
    const types = type.filter((name) => name !== 'null');
    return { schema: { ...schema, type: types.length === 1 ? types[0]! : types }, nullable: true };
  }
  if (anyOf?.length !== 2 || anyOf[1]!.type !== 'null') return { schema, nullable: false };
  const { anyOf: _, ...rest } = schema;
  return { schema: { ...anyOf[0], ...rest }, nullable: true };
}

/** The object behind references and compositions: all properties, and the names of those that are required. */
export function objectOf(api: DescribedApi, schema: SchemaObject): Required<Pick<SchemaObject, 'properties' | 'required'>> {
  const { schema: own } = withoutNull(schema);
  const bases = [...(own.$ref === undefined ? [] : [api.schema(schemaNameOf(own.$ref))]), ...(own.allOf ?? [])].map((base) =>
    objectOf(api, base),
  );
  return {
    properties: Object.assign({}, ...bases.map(({ properties }) => properties), own.properties),
    required: [...bases.flatMap(({ required }) => required), ...(own.required ?? [])],
  };
}

/** The properties of an object, those of objects that are written inside of it right behind them. */
export function membersOf(api: DescribedApi, schema: SchemaObject, prefix = ''): readonly SchemaMember[] {
  const { properties, required } = objectOf(api, schema);
  return Object.entries(properties).flatMap(([name, declared]) => {
    const { schema: own, nullable } = withoutNull(declared);
    const member = { name: prefix + name, schema: own, required: required.includes(name), nullable };
    if (own.properties !== undefined) return [member, ...membersOf(api, own, `${prefix}${name}.`)];
    if (own.items?.properties !== undefined) return [member, ...membersOf(api, own.items, `${prefix}${name}[].`)];
    return [member];
  });
}
