import { INT32_MAX, INT32_MIN } from '../../../edm/primitive.ts';
import { type Html, html } from '../../../lib/html.ts';
import { type DescribedApi, type SchemaObject, schemaNameOf } from './described-api.ts';
import { prose, schemaLink } from './page-links.ts';

/** Values that are listed where they stand; more are behind a click. */
const LISTED_VALUES = 8;

/** What a value is, in words: `array of string (uuid)`, with a link to the schema that it names. */
export function typeText(version: string, declared: SchemaObject): Html {
  const { schema } = withoutNull(declared);
  const { $ref, items, anyOf, oneOf = anyOf, allOf, type, format, contentEncoding, additionalProperties } = schema;
  if ($ref !== undefined) return schemaLink(version, schemaNameOf($ref));
  if (items !== undefined) return html`array of ${typeText(version, items)}`;
  if (oneOf !== undefined) return html`${oneOf.map((one, index) => html`${index === 0 ? '' : ' or '}${typeText(version, one)}`)}`;
  const named = allOf?.find((part) => part.$ref !== undefined);
  if (named !== undefined) return typeText(version, named);
  const name = type === undefined ? 'any value' : typeof type === 'string' ? type : type.join(' or ');
  if (typeof additionalProperties === 'object') return html`${name} of ${typeText(version, additionalProperties)}`;
  const detail = format ?? contentEncoding;
  return detail === undefined ? html`${name}` : html`${name} (${detail})`;
}

/** Longer patterns say less than an example. */
const READABLE_PATTERN = 30;

/** What limits a value, as `at most 150 characters`. */
function limitsOf({ minLength, maxLength, minItems, maxItems, minimum, maximum, pattern }: SchemaObject): readonly Html[] {
  const bounded = (least: number | undefined, most: number | undefined, unit: string): readonly Html[] => {
    if (least !== undefined && most !== undefined) return [html`${least} to ${most}${unit}`];
    if (least !== undefined) return [html`at least ${least}${unit}`];
    return most === undefined ? [] : [html`at most ${most}${unit}`];
  };
  return [
    ...bounded(minLength, maxLength, ' characters'),
    ...bounded(minItems, maxItems, ' items'),
    // what every int32 is, says its type
    ...bounded(minimum === INT32_MIN ? undefined : minimum, maximum === INT32_MAX ? undefined : maximum, ''),
    ...(pattern === undefined || pattern.length > READABLE_PATTERN ? [] : [html`matches <code>${pattern}</code>`]),
  ];
}

const codeList = (values: readonly string[]): readonly Html[] =>
  values.map((value, index) => html`${index === 0 ? '' : ', '}<code>${value}</code>`);

/** The values that a text may have. */
function valuesOf(values: readonly string[]): Html {
  if (values.length <= LISTED_VALUES) return html`<p>One of ${codeList(values)}</p>`;
  return html`<details><summary>One of ${values.length} values</summary><p>${codeList(values)}</p></details>`;
}

/** What else there is to say of a value: marks, limits, values, description. */
export function notesOn(schema: SchemaObject, marks: readonly string[]): Html {
  const ofItems = schema.items ?? {};
  const facts = [
    ...marks.map((mark) => html`${mark}`),
    ...limitsOf(schema),
    ...limitsOf(ofItems).map((limit) => html`each ${limit}`),
    ...(schema.examples === undefined || schema.enum !== undefined
      ? []
      : [html`for example <code>${JSON.stringify(schema.examples[0])}</code>`]),
    ...(schema.default === undefined ? [] : [html`default <code>${JSON.stringify(schema.default)}</code>`]),
  ];
  const line = facts.map((fact, index) => html`${index === 0 ? '' : '; '}${fact}`);
  const values = schema.enum ?? ofItems.enum ?? schema.anyOf?.[0]?.enum;
  return html`${facts.length === 0 ? '' : html`<p>${line}</p>`}${values === undefined ? '' : valuesOf(values)}${
    schema.description === undefined ? '' : html`<p>${prose(schema.description)}</p>`
  }`;
}

const marksOf = ({ required, nullable, schema }: SchemaMember): readonly string[] => [
  ...(required ? ['required'] : []),
  ...(nullable ? ['may be null'] : []),
  ...(schema.readOnly === true ? ['read-only'] : []),
  ...(schema.writeOnly === true ? ['write-only'] : []),
];

/** A table that scrolls inside itself where the page is narrow. */
export const scrollingTable = (label: string, columns: readonly string[], rows: readonly Html[]): Html =>
  html`<div class="scroll" role="region" tabindex="0" aria-label="${label}"><table><thead><tr>${columns.map(
    (column) => html`<th scope="col">${column}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table></div>`;

function memberTable(version: string, label: string, members: readonly SchemaMember[]): Html {
  const rows = members.map(
    (member) => html`
<tr><th scope="row"><code>${member.name}</code></th><td>${typeText(version, member.schema)}</td><td>${notesOn(member.schema, marksOf(member))}</td></tr>`,
  );
  return html`<div class="properties">${scrollingTable(label, ['Property', 'Type', 'Notes'], rows)}</div>`;
}

/**
 * The properties of an object, each with its type and what is to be known of it.
 * @param sent whether it is a request's body, in which those that can only be read are of less interest
 */
export function propertyTable(api: DescribedApi, schema: SchemaObject, sent = false): Html {
  const members = membersOf(api, schema);
  if (members.length === 0) return html``;
  if (!sent) return memberTable(api.version, 'Properties', members);
  const readOnly = members.filter((member) => member.schema.readOnly === true);
  const others = members.filter((member) => member.schema.readOnly !== true);
  const rest =
    readOnly.length === 0
      ? ''
      : html`<details class="quiet"><summary>${readOnly.length} read-only properties</summary>${memberTable(api.version, 'Read-only properties', readOnly)}</details>`;
  return html`${others.length === 0 ? '' : memberTable(api.version, 'Properties', others)}${rest}`;
}

/** A property of an object, or of an object inside of it that has no schema of its own: `error.code`, `requests[].id`. */
interface SchemaMember {
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
function membersOf(api: DescribedApi, schema: SchemaObject, prefix = ''): readonly SchemaMember[] {
  const { properties, required } = objectOf(api, schema);
  return Object.entries(properties).flatMap(([name, declared]) => {
    const { schema: own, nullable } = withoutNull(declared);
    const member = { name: prefix + name, schema: own, required: required.includes(name), nullable };
    if (own.properties !== undefined) return [member, ...membersOf(api, own, `${prefix}${name}.`)];
    if (own.items?.properties !== undefined) return [member, ...membersOf(api, own.items, `${prefix}${name}[].`)];
    return [member];
  });
}
