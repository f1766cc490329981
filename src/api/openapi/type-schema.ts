import { type ComplexType, type EntityType, type EnumType, type PropertyType, UNKNOWN_FUTURE_VALUE } from '../../edm/declare.ts';
import { isPublished, type Model, type Navigation, type Property, publishedName, shapeOf } from '../../edm/link.ts';
import { INT32_MAX, INT32_MIN, type PrimitiveName } from '../../edm/primitive.ts';
import { INTEGER_TEXT, NUMBER_TEXT } from '../../odata/body/read-primitive.ts';
import { MAX_ITEMS } from '../../odata/body/read-value.ts';

/** The types of the model as JSON Schema 2020-12, which OpenAPI 3.1 uses as it is. */

export type Schema = Readonly<Record<string, unknown>>;

/** Primitive values as they are answered. */
const PRIMITIVES: Readonly<Record<PrimitiveName, Schema>> = {
  'Edm.Binary': { type: 'string', contentEncoding: 'base64' },
  'Edm.Boolean': { type: 'boolean' },
  'Edm.Date': { type: 'string', format: 'date' },
  'Edm.DateTimeOffset': { type: 'string', format: 'date-time' },
  'Edm.Decimal': { type: 'number' },
  'Edm.Double': { type: ['number', 'string'], pattern: '^(-?INF|NaN)$' },
  'Edm.Duration': { type: 'string', pattern: '^[+-]?P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\\.[0-9]+)?S)?)?$', examples: ['PT1H'] },
  'Edm.Guid': { type: 'string', format: 'uuid' },
  'Edm.Int32': { type: 'integer', format: 'int32', minimum: INT32_MIN, maximum: INT32_MAX },
  'Edm.Int64': { type: 'integer', format: 'int64' },
  'Edm.String': { type: 'string' },
  'Edm.TimeOfDay': { type: 'string', pattern: '^([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,12})?)?$', examples: ['08:30:00'] },
};

/** A reference to a schema of the document. */
export const schemaRef = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

type Named = Parameters<typeof publishedName>[0];

/** Names of schemas: those of types are qualified, as in `$metadata`. */
export const schemaNames = {
  type: (model: Model, type: Named): string => `${model.namespace}.${publishedName(type)}`,
  /** As it may be sent. */
  input: (model: Model, type: Named): string => `${model.namespace}.${publishedName(type)}Input`,
  /** The same with what a create must send, where that is more than nothing. */
  create: (model: Model, type: Named): string => `${model.namespace}.${publishedName(type)}Create`,
  page: (model: Model, type: Named): string => `${model.namespace}.${publishedName(type)}CollectionResponse`,
} as const;

/** The same, or null. A reference has no type of its own to extend. */
const orNull = (schema: Schema): Schema =>
  schema.type === undefined ? { anyOf: [schema, { type: 'null' }] } : { ...schema, type: [schema.type, 'null'].flat() };

/** How many values there may be. */
interface Multiplicity {
  readonly collection?: boolean | undefined;
  readonly nullable?: boolean | undefined;
}

/** What a value is declared to be. */
interface ValueType extends Multiplicity {
  readonly type: PropertyType | EntityType;
}

/** The schema of a value: a property's, a parameter's or a result's. */
export function valueSchema(model: Model, { type, collection, nullable }: ValueType): Schema {
  const item = itemSchema(model, type);
  return severalOf(item, { collection, nullable });
}

/** One value, or an array of them, which may be null. @param facets of the array */
function severalOf(item: Schema, { collection, nullable }: Multiplicity, facets: Schema = {}): Schema {
  const value = collection === true ? { type: 'array', ...facets, items: item } : item;
  return nullable === true ? orNull(value) : value;
}

function itemSchema(model: Model, type: PropertyType | EntityType): Schema {
  if (typeof type === 'string') return PRIMITIVES[type];
  if (type.kind !== 'complex') return schemaRef(schemaNames.type(model, type));
  const concrete = model.concreteTypes(type);
  if (concrete.length <= 1) return schemaRef(schemaNames.type(model, concrete[0] ?? type));
  return schemaRef(schemaNames.type(model, type) + (type.abstract === true ? '' : 'OrDerived'));
}

/** Properties that a create must send. */
export const requiredOnCreate = (type: EntityType): readonly string[] =>
  shapeOf(type)
    .visible.filter(({ required, readOnly }) => required === true && readOnly !== true)
    .map(({ name }) => name);

/** The schemas of a model's types, by name. */
export function typeSchemas(model: Model): Readonly<Record<string, Schema>> {
  const schemas: Record<string, Schema> = {};
  for (const type of model.enumTypes) schemas[schemaNames.type(model, type)] = enumSchema(type);
  for (const type of model.complexTypes) {
    const name = schemaNames.type(model, type);
    if (type.abstract !== true) schemas[name] = complexSchema(model, type);
    else if (model.concreteTypes(type).length === 0) schemas[name] = { type: 'object' }; // its derived types are not served
    if (model.concreteTypes(type).length > 1) schemas[type.abstract === true ? name : `${name}OrDerived`] = unionSchema(model, type);
  }
  for (const type of model.entityTypes.filter(isPublished)) {
    const required = requiredOnCreate(type);
    schemas[schemaNames.type(model, type)] = entitySchema(model, type);
    schemas[schemaNames.page(model, type)] = pageSchema(model, type);
    if (required.length > 0)
      schemas[schemaNames.create(model, type)] = { allOf: [schemaRef(schemaNames.input(model, type)), { required }] };
  }
  return schemas;
}

const enumSchema = ({ members }: EnumType): Schema => ({ type: 'string', enum: Object.keys(members) });

const typeName = (model: Model, type: ComplexType | EntityType): string => `#${schemaNames.type(model, type)}`;

/**
 * A value that can be of several types must name its own; a body may leave out the `#` of the name, as Microsoft's samples do. Types that have a base are taken to be declared only through it, so that one
 * schema does for each type.
 */
function complexSchema(model: Model, type: ComplexType): Schema {
  const isOneOfSeveral = type.base !== undefined || model.concreteTypes(type).length > 1;
  const annotation = isOneOfSeveral
    ? { '@odata.type': { type: 'string', enum: [typeName(model, type), schemaNames.type(model, type)] } }
    : {};
  return {
    type: 'object',
    properties: { ...annotation, ...members(model, type) },
    ...(isOneOfSeveral ? { required: ['@odata.type'] } : {}),
  };
}

function unionSchema(model: Model, type: ComplexType): Schema {
  const refs = model
    .concreteTypes(type)
    .map((concrete) => [typeName(model, concrete), schemaRef(schemaNames.type(model, concrete))] as const);
  return {
    oneOf: refs.map(([, ref]) => ref),
    discriminator: { propertyName: '@odata.type', mapping: Object.fromEntries(refs.map(([name, ref]) => [name, ref.$ref])) },
  };
}

/** Nothing is required, as a read may select. */
const entitySchema = (model: Model, type: EntityType): Schema => ({
  type: 'object',
  properties: {
    '@odata.context': { type: 'string', readOnly: true },
    '@odata.type': { type: 'string', ...(type.abstract === true ? {} : { examples: [typeName(model, type)] }) },
    ...members(model, type),
    ...Object.assign({}, ...model.navigationOf(type).map((navigation) => navigationMembers(model, navigation))),
  },
  ...(type.abstract === true ? { description: 'An object of a type that `@odata.type` names.', additionalProperties: true } : {}),
});

const pageSchema = (model: Model, type: EntityType): Schema => ({
  type: 'object',
  required: ['value'],
  properties: {
    '@odata.context': { type: 'string' },
    '@odata.count': { type: 'integer' },
    '@odata.nextLink': { type: 'string' },
    value: { type: 'array', items: schemaRef(schemaNames.type(model, type)) },
  },
});

const members = (model: Model, type: EntityType | ComplexType): Schema =>
  Object.fromEntries(shapeOf(type).visible.map((property) => [property.name, propertySchema(model, property)]));

/** What is expanded. */
function navigationMembers(model: Model, { name, target, collection, nullable }: Navigation): Schema {
  const expanded = valueSchema(model, { type: target, collection, nullable: nullable && !collection });
  return {
    [name]: { ...expanded, readOnly: true },
    ...(collection
      ? { [`${name}@odata.count`]: { type: 'integer', readOnly: true }, [`${name}@odata.nextLink`]: { type: 'string', readOnly: true } }
      : {}),
  };
}

/** Four characters of base64 stand for three bytes. */
const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** The facets of a property that hold for each of its values. */
const propertyFacets = ({ notEmpty, maxLength, maxBytes, minimum, maximum, format }: Property): Schema => ({
  ...(notEmpty === true ? { minLength: 1 } : {}),
  ...(maxLength === undefined ? {} : { maxLength }),
  ...(maxBytes === undefined ? {} : { maxLength: base64Length(maxBytes) }),
  ...(minimum === undefined ? {} : { minimum }),
  ...(maximum === undefined ? {} : { maximum }),
  ...(format === undefined ? {} : { format }),
});

function propertySchema(model: Model, property: Property): Schema {
  const { type, collection, nullable, readOnly } = property;
  const item = { ...itemSchema(model, type), ...propertyFacets(property) };
  return {
    ...severalOf(item, { collection, nullable: nullable || property.content === true }), // null in lists of the `service` profile
    ...(property.default === undefined ? {} : { default: property.default }),
    ...(readOnly === true ? { readOnly: true } : {}),
  };
}

/**
 * The types of the model as clients may send them, in JSON Schema. It is more than is answered: numbers and booleans as text,
 * members of enumerations in any case or by number, null for a collection, and values whose type goes without saying
 * (docs/odata-conformance.md, "Values in bodies"). Names in another case than the declared one are taken, too, but not described.
 */

/** Letters in either case: JSON Schema's patterns have no flags. */
const inAnyCase = (text: string): string =>
  text.replaceAll(/[a-z]/gi, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`).replaceAll('.', '\\.');

const INTEGER = { type: ['integer', 'string'], pattern: INTEGER_TEXT.source };

const FORMS: Readonly<Partial<Record<PrimitiveName, Schema>>> = {
  'Edm.Boolean': { type: ['boolean', 'string'], pattern: `^(${inAnyCase('true')}|${inAnyCase('false')})$`, examples: [true] },
  'Edm.DateTimeOffset': {
    type: 'string',
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,12})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})$',
    examples: ['2026-01-31T08:30:00Z'],
  },
  'Edm.Decimal': { type: ['number', 'string'], pattern: NUMBER_TEXT.source },
  'Edm.Double': { type: ['number', 'string'], pattern: `${NUMBER_TEXT.source}|^(-?INF|NaN)$` },
  'Edm.Duration': { type: 'string', pattern: '^[+-]?[Pp].+$', examples: ['PT1H'] },
  'Edm.Int32': INTEGER,
  'Edm.Int64': INTEGER,
};

/** The schema of a parameter's value as it is sent. */
export const inputSchema = (model: Model, { type, collection = false, nullable = false }: ValueType): Schema =>
  sent(itemInput(model, type), { collection, nullable: nullable || collection });

const sent = (item: Schema, multiplicity: Multiplicity): Schema => severalOf(item, multiplicity, { maxItems: MAX_ITEMS });

const itemInput = (model: Model, type: PropertyType | EntityType): Schema =>
  typeof type === 'string' ? (FORMS[type] ?? PRIMITIVES[type]) : schemaRef(schemaNames.input(model, type));

/** The schemas of a model's types as they are sent, by name. */
export function inputSchemas(model: Model): Readonly<Record<string, Schema>> {
  const schemas: Record<string, Schema> = {};
  for (const type of model.enumTypes) schemas[schemaNames.input(model, type)] = enumInput(type);
  for (const type of model.complexTypes) schemas[schemaNames.input(model, type)] = complexInput(model, type);
  for (const type of model.entityTypes.filter(isPublished)) schemas[schemaNames.input(model, type)] = entityInput(model, type);
  return schemas;
}

function enumInput({ members }: EnumType): Schema {
  const names = Object.keys(members);
  const numbers = names.filter((name) => name !== UNKNOWN_FUTURE_VALUE).map((name) => members[name]!);
  return {
    description: 'One of the names, in any case, or its number.',
    anyOf: [
      { type: 'string', enum: names },
      { type: 'string', pattern: `^(${[...names.map(inAnyCase), ...numbers].join('|')})$` },
      { type: 'integer', enum: numbers },
    ],
  };
}

/** One schema for all types that a value may have: in an update its type goes without saying, as it is that of the stored value. */
function complexInput(model: Model, type: ComplexType): Schema {
  const concrete = model.concreteTypes(type);
  if (concrete.length === 1) return plainInput(model, concrete[0]!);
  return concrete.length === 0 ? { type: 'object' } : { anyOf: concrete.map((one) => plainInput(model, one, true)) };
}

function plainInput(model: Model, type: ComplexType, isOneOfSeveral = false): Schema {
  const qualified = `${model.namespace}.${type.name}`;
  return {
    type: 'object',
    properties: {
      ...(isOneOfSeveral || type.base !== undefined
        ? { '@odata.type': { type: 'string', pattern: `#?${inAnyCase(qualified)}$`, examples: [`#${qualified}`] } }
        : {}),
      ...inputMembers(model, type),
    },
  };
}

/** Nothing is required here, as an update may leave out whatever it likes. */
const entityInput = (model: Model, type: EntityType): Schema => ({
  type: 'object',
  properties: {
    '@odata.type': { type: 'string' },
    ...inputMembers(model, type),
    ...Object.assign({}, ...model.navigationOf(type).map(bindings)),
  },
});

/** What the server sets alone is taken, and ignored, whatever it is. */
const inputMembers = (model: Model, type: EntityType | ComplexType): Schema =>
  Object.fromEntries(
    shapeOf(type)
      .visible.filter(({ readOnly }) => readOnly !== true)
      .map((property) => [property.name, propertyInput(model, property)]),
  );

function propertyInput(model: Model, property: Property): Schema {
  const { type, collection, nullable, required } = property;
  const item = { ...itemInput(model, type), ...propertyFacets(property) };
  return {
    ...sent(item, { collection, nullable: (nullable || collection) && required !== true }),
    ...(property.default === undefined ? {} : { default: property.default }),
  };
}

/** References that are set with the entity. */
function bindings({ name, collection, contained, join }: Navigation): Schema {
  if (contained || Object.keys(join).length === 0) return {};
  const url = { type: 'string' };
  return { [`${name}@odata.bind`]: sent(url, { collection, nullable: !collection }) };
}
