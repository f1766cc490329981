import { type DescribedApi, type SchemaObject, schemaNameOf } from './described-api.ts';
import { objectOf, withoutNull } from './property-table.ts';

/** Whether an example is of a request's body, or of an answer's. */
export type Direction = 'sent' | 'received';

/** Properties of a body in which none is required: an update sends what it changes. */
const SHOWN_CHANGES = 4;

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T08:30:00Z',
  date: '2026-01-31',
  duration: 'PT1H',
  uuid: '5f0c8f0e-6d5c-4a52-9f0f-0b8a6f5d4c3b',
};

/** An example of what a schema describes. @returns undefined where none can be made */
export const exampleValue = (api: DescribedApi, schema: SchemaObject, direction: Direction): unknown =>
  new ExampleMaker(api, direction).value(schema, []);

class ExampleMaker {
  readonly #api: DescribedApi;
  readonly #direction: Direction;

  constructor(api: DescribedApi, direction: Direction) {
    this.#api = api;
    this.#direction = direction;
  }

  /** @param above names of the schemas that the value is in: none stands in itself */
  value(declared: SchemaObject, above: readonly string[]): unknown {
    const { schema } = withoutNull(declared);
    if (schema.examples !== undefined) return schema.examples[0];
    if (schema.default !== undefined) return schema.default;
    if (schema.enum !== undefined) return schema.enum[0];
    const oneOf = schema.oneOf ?? schema.anyOf;
    if (oneOf !== undefined) return this.value(oneOf[0]!, above);
    if (schema.$ref !== undefined) {
      const name = schemaNameOf(schema.$ref);
      return above.includes(name) ? undefined : this.#target(schema, [...above, name]);
    }
    if (schema.items !== undefined) {
      const item = this.value(schema.items, above);
      return item === undefined ? [] : [item];
    }
    if (schema.properties !== undefined || schema.allOf !== undefined) return this.#object(schema, above);
    return plainValue(schema);
  }

  #target(schema: SchemaObject, above: readonly string[]): unknown {
    const target = this.#api.schema(above.at(-1)!);
    if (target.examples !== undefined) return target.examples[0];
    return target.properties !== undefined || target.allOf !== undefined ? this.#object(schema, above) : this.value(target, above);
  }

  #object(schema: SchemaObject, above: readonly string[]): object {
    const { properties, required } = objectOf(this.#api, schema);
    const shown = Object.entries(properties).filter(([name, property]) => this.#isShown(name, property, required));
    const isUpdate = this.#direction === 'sent' && above.length === 1 && required.length === 0;
    const chosen = isUpdate ? shown.slice(0, SHOWN_CHANGES) : shown;
    const values = chosen.map(([name, property]) => [name, this.value(property, above)] as const);
    return Object.fromEntries(values.filter(([, value]) => value !== undefined));
  }

  /** What must be expanded is in no usual answer, and what is read only in no request. */
  #isShown(name: string, property: SchemaObject, required: readonly string[]): boolean {
    if (required.includes(name)) return true;
    if (name.includes('@')) return this.#direction === 'sent' && property.examples !== undefined; // it tells types apart
    return this.#direction === 'received' ? property.writeOnly !== true && !this.#isEntity(property) : property.readOnly !== true;
  }

  #isEntity({ $ref, items, anyOf }: SchemaObject): boolean {
    const reference = $ref ?? items?.$ref ?? anyOf?.[0]?.$ref;
    return reference !== undefined && this.#api.schema(schemaNameOf(reference)).properties?.['@odata.context'] !== undefined;
  }
}

function plainValue({ type, format, contentEncoding, pattern, minimum = 0, maxLength = 9 }: SchemaObject): unknown {
  const name = typeof type === 'object' ? type[0] : type;
  if (name === 'boolean') return true;
  if (name === 'integer' || name === 'number') return Math.max(minimum, 1);
  if (name === 'object') return {};
  if (name !== 'string') return undefined;
  if (contentEncoding === 'base64') return 'AAAA';
  if (pattern !== undefined) return '08:30:00';
  return FORMATS[format ?? ''] ?? 'some text'.slice(0, maxLength);
}
