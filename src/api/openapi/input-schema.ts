import { type ComplexType, type EntityType, type EnumType, type PropertyType, UNKNOWN_FUTURE_VALUE } from '../../edm/declare.ts';
import { isPublished, type Model, type Navigation, type Property, shapeOf } from '../../edm/link.ts';
import type { PrimitiveName } from '../../edm/primitive.ts';
import { MAX_ITEMS } from '../../odata/body/read-items.ts';
import { INTEGER_TEXT, NUMBER_TEXT } from '../../odata/body/read-primitive.ts';
import {
  type Multiplicity,
  PRIMITIVES,
  propertyFacets,
  type Schema,
  schemaNames,
  schemaRef,
  severalOf,
  type ValueType,
} from './type-schema.ts';

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
      ...members(model, type),
    },
  };
}

/** Nothing is required here, as an update may leave out whatever it likes. */
const entityInput = (model: Model, type: EntityType): Schema => ({
  type: 'object',
  properties: {
    '@odata.type': { type: 'string' },
    ...members(model, type),
    ...Object.assign({}, ...model.navigationOf(type).map(bindings)),
  },
});

/** What the server sets alone is taken, and ignored, whatever it is. */
const members = (model: Model, type: EntityType | ComplexType): Schema =>
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
