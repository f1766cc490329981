import type { OperationDeclaration, OperationResult } from '../../edm/declare.ts';
import { type Model, shapeOf } from '../../edm/link.ts';
import { AppError } from '../../lib/app-error.ts';
import { narrowingOptions } from '../operations/operate.ts';
import type { Operation } from '../operations/table.ts';
import { type Profile, profileValue } from '../request/profile.ts';
import { isInDirectory, lastStep, type Resource } from '../request/resource.ts';
import { createStatus, isScript } from '../write/change.ts';
import type { QueryOptionName, RequestHeaderName } from './shared-components.ts';
import { inputSchema, requiredOnCreate, type Schema, schemaNames, schemaRef, valueSchema } from './type-schema.ts';
import { isPathArgument } from './walk-paths.ts';

/** What each row of `operations/table.ts` takes and answers with. */

/** An operation as its description needs it. */
export interface Place {
  readonly model: Model;
  readonly profile: Profile;
  readonly resource: Resource;
}

/** What is particular to an operation. */
export interface Form {
  readonly summary: string;
  /** The last part of its `operationId`. */
  readonly name: string;
  readonly options?: readonly QueryOptionName[];
  readonly headers?: readonly RequestHeaderName[];
  /** Query options that are a function's own. */
  readonly parameters?: readonly Schema[];
  readonly body?: { readonly schema: Schema; readonly required: boolean };
  readonly success: Readonly<Record<string, Schema>>;
  readonly errors: readonly number[];
  readonly deprecated?: boolean;
}

const READ_ERRORS = [400, 401, 403] as const;
const ENTITY_ERRORS = [...READ_ERRORS, 404] as const;
const WRITE_ERRORS = [...ENTITY_ERRORS, 409, 412, 413, 415] as const;

const json = (description: string, schema: Schema, headers?: Schema): Schema => ({
  description,
  ...(headers === undefined ? {} : { headers }),
  content: { 'application/json': { schema } },
});
const NO_CONTENT: Schema = { description: 'Done; there is no content.' };
const MINIMAL: Schema = { description: 'Done, as asked for with `Prefer: return=minimal`; there is no content.' };
/** A write that may be sent again without being done twice. */
const REPEATABLE = ['prefer', 'repeatabilityRequestId', 'repeatabilityFirstSent'] as const;
const CONDITIONAL = [...REPEATABLE, 'ifMatch', 'ifNoneMatch'] as const;

const ETAG = { ETag: { description: 'Names the state of the entity.', schema: { type: 'string' } } };
const LOCATION = { Location: { description: 'URL of the new entity.', schema: { type: 'string' } } };

const nameOf = ({ resource }: Place): string => lastStep(resource).name;
const typeOf = ({ resource }: Place) => lastStep(resource).type;
const entityRef = (place: Place): Schema => schemaRef(schemaNames.type(place.model, typeOf(place)));
const inputRef = (place: Place): Schema => schemaRef(schemaNames.input(place.model, typeOf(place)));
const pageRef = (place: Place): Schema => schemaRef(schemaNames.page(place.model, typeOf(place)));
/** A singleton at the root goes without saying. */
const parentOf = ({ resource }: Place): string => {
  const parent = resource.steps.at(-2);
  return parent === undefined || !parent.collection ? '' : ` of a ${parent.type.name}`;
};
/** A single navigation may lead nowhere. */
const mayBeNone = (place: Place): boolean => isStored(place) && !lastStep(place.resource).collection && !isInDirectory(typeOf(place));

/** Whether there is an entity above that may be missing. */
const isBelowEntity = ({ resource }: Place): boolean => resource.steps.slice(0, -1).some(({ collection }) => collection);

const isStored = (place: Place): boolean => typeOf(place).storage !== undefined;

/** An entity in a collection, or the one that a navigation leads to. */
const oneOf = (place: Place): string => (lastStep(place.resource).collection ? `a ${typeOf(place).name}` : nameOf(place)) + parentOf(place);

/** Only what has a name can be searched. */
const conditions = (place: Place): readonly QueryOptionName[] =>
  shapeOf(typeOf(place)).visible.some(({ searchable }) => searchable === true) ? ['filter', 'search'] : ['filter'];

const createSchema = (place: Place): Schema =>
  requiredOnCreate(typeOf(place)).length === 0 ? inputRef(place) : schemaRef(schemaNames.create(place.model, typeOf(place)));

/** Name of a row → its form. A row that is not here cannot be described. */
const FORMS: Readonly<Record<string, (place: Place) => Form>> = {
  list: (place) => listForm(place, [...conditions(place), 'orderBy', 'select', 'expand', 'top', 'skip', 'count', 'skipToken']),
  listReferences: (place) => referencesForm(place),
  create: (place) => ({
    summary: `Create ${oneOf(place)}`,
    name: 'create',
    options: ['select', 'expand'],
    headers: REPEATABLE,
    body: { schema: createSchema(place), required: true },
    success: { [createStatus(place, typeOf(place))]: json('Created.', entityRef(place), { ...ETAG, ...LOCATION }), 204: MINIMAL },
    errors: WRITE_ERRORS,
  }),
  get: (place) => ({
    summary: `Get ${oneOf(place)}`,
    name: 'get',
    options: isStored(place) ? ['select', 'expand'] : ['select'],
    headers: ['prefer', 'ifMatch', 'ifNoneMatch'],
    success: {
      200: json('The entity.', entityRef(place), ETAG),
      ...(mayBeNone(place) ? { 204: { description: 'There is none.' } } : {}),
      304: { description: 'It is as the client knows it.' },
    },
    errors: [...(isStored(place) ? ENTITY_ERRORS : READ_ERRORS), 412],
  }),
  update: (place) => ({
    summary: `Update ${oneOf(place)}`,
    name: 'update',
    options: ['select', 'expand'],
    headers: CONDITIONAL,
    body: { schema: inputRef(place), required: true },
    success: {
      200: json(
        isInDirectory(typeOf(place)) ? 'Updated; asked for with `Prefer: return=representation`.' : 'Updated.',
        entityRef(place),
        ETAG,
      ),
      204: isInDirectory(typeOf(place)) ? NO_CONTENT : MINIMAL,
    },
    errors: WRITE_ERRORS,
  }),
  delete: (place) => ({
    summary: `Delete ${oneOf(place)}`,
    name: 'delete',
    headers: CONDITIONAL,
    success: { [isScript(typeOf(place)) ? profileValue(place.profile, 'scriptDeleteStatus') : 204]: NO_CONTENT },
    errors: [...ENTITY_ERRORS, 409, 412],
  }),
  count: (place) => countForm(place, conditions(place)),
  countMembers: (place) => countForm(place, []),
  property: (place) => ({
    summary: `Get a property of ${oneOf(place)}`,
    name: 'getProperty',
    success: { 200: json('Its value; the members of a complex one.', { type: 'object' }), 204: { description: 'It is null.' } },
    errors: ENTITY_ERRORS,
  }),
  value: (place) => ({
    summary: `Get the bytes of ${place.resource.property!.name} of ${oneOf(place)}`,
    name: `${place.resource.property!.name}.getValue`,
    success: {
      200: { description: 'The bytes.', content: { 'application/octet-stream': { schema: {} } } },
      204: { description: 'It is null.' },
    },
    errors: ENTITY_ERRORS,
  }),
  getReference: (place) => ({
    summary: `Get the reference to ${oneOf(place)}`,
    name: 'getReference',
    success: {
      200: json('The reference.', schemaRef('reference')),
      ...(mayBeNone(place) ? { 204: { description: 'There is none.' } } : {}),
    },
    errors: ENTITY_ERRORS,
  }),
  setReference: (place) => ({
    summary: `Set ${nameOf(place)}${parentOf(place)}`,
    name: 'setReference',
    headers: REPEATABLE,
    body: { schema: schemaRef('reference'), required: true },
    success: { 204: NO_CONTENT },
    errors: WRITE_ERRORS,
  }),
  addReference: (place) => ({
    summary: `Add to ${nameOf(place)}${parentOf(place)}`,
    name: 'addReference',
    headers: REPEATABLE,
    body: { schema: schemaRef('reference'), required: true },
    success: { 204: NO_CONTENT },
    errors: WRITE_ERRORS,
  }),
  removeReference: (place) => ({
    summary: `Remove from ${nameOf(place)}${parentOf(place)}`,
    name: 'removeReference',
    headers: REPEATABLE,
    success: { 204: NO_CONTENT },
    errors: [...ENTITY_ERRORS, 409, 412],
  }),
  action: (place) => {
    const { parameters } = place.resource.operation!;
    const called = calledForm(place);
    const isOptional = Object.values(parameters).every(({ nullable, default: preset }) => nullable === true || preset !== undefined);
    return {
      ...called,
      success: { ...called.success, 204: called.success[204] ?? MINIMAL },
      headers: place.resource.operation!.bindingCollection === true ? REPEATABLE : CONDITIONAL,
      body: { schema: parametersSchema(place), required: !isOptional },
      errors: WRITE_ERRORS,
    };
  },
  function: (place) => ({
    ...calledForm(place),
    options: narrowingOptions(place.resource.operation!) as readonly QueryOptionName[],
    parameters: Object.entries(place.resource.operation!.parameters)
      .filter(([, parameter]) => !isPathArgument(parameter))
      .map(([name, { nullable, default: preset }]) => ({
        name,
        in: 'query',
        required: nullable !== true && preset === undefined,
        description: 'A value as in `$filter`: texts in single quotes, collections and objects as JSON.',
        schema: { type: 'string' },
      })),
    errors: ENTITY_ERRORS,
  }),
};

/** The form of an operation on a resource. @throws internal for an operation that nobody has described */
export function formOf(operation: Operation, place: Place): Form {
  const form = FORMS[operation.name];
  if (form === undefined) throw new AppError('internal', `The operation '${operation.name}' has no form in api/openapi.`);
  return form(place);
}

function listForm(place: Place, options: readonly QueryOptionName[]): Form {
  return {
    summary: `List ${nameOf(place)}${parentOf(place)}`,
    name: 'list',
    options,
    headers: ['prefer'],
    success: { 200: json('A page of them.', pageRef(place)) },
    errors: isBelowEntity(place) ? ENTITY_ERRORS : READ_ERRORS,
  };
}

const referencesForm = (place: Place): Form => ({
  summary: `List references to ${nameOf(place)}${parentOf(place)}`,
  name: 'listReferences',
  options: [...conditions(place), 'orderBy', 'top', 'skip', 'count', 'skipToken'],
  headers: ['prefer'],
  success: { 200: json('A page of them.', schemaRef('referenceCollection')) },
  errors: ENTITY_ERRORS,
});

const countForm = (place: Place, options: readonly QueryOptionName[]): Form => ({
  summary: `Count ${nameOf(place)}${parentOf(place)}`,
  name: 'count',
  options,
  success: { 200: { description: 'How many there are.', content: { 'text/plain': { schema: { type: 'integer' } } } } },
  errors: isBelowEntity(place) ? ENTITY_ERRORS : READ_ERRORS,
});

function calledForm(place: Place): Pick<Form, 'summary' | 'name' | 'success' | 'deprecated'> {
  const operation = place.resource.operation!;
  return {
    summary: `Call ${operation.name} on ${operation.bindingCollection === true ? nameOf(place) + parentOf(place) : oneOf(place)}`,
    name: operation.name,
    success: resultOf(operation, place),
    ...(operation.undocumented === true ? { deprecated: true } : {}),
  };
}

function resultOf({ returns, binding }: OperationDeclaration, { model, profile }: Place): Form['success'] {
  if (returns === undefined) return { [isScript(binding) ? profileValue(profile, 'scriptAssignStatus') : 204]: NO_CONTENT };
  const result = json('The result.', resultSchema(returns, model));
  const content = result.content as Schema;
  return {
    200: returns.type === 'Edm.Stream' ? { ...result, content: { ...content, 'application/octet-stream': { schema: {} } } } : result,
    ...(returns.nullable === true && returns.collection !== true ? { 204: { description: 'There is none.' } } : {}),
  };
}

/** Entities and complex values stand alone, everything else inside `value` (JSON Format §12–§16). */
function resultSchema({ type: declared, collection = false }: OperationResult, model: Model): Schema {
  const type = declared === 'Edm.Stream' ? 'Edm.Binary' : declared;
  if (typeof type === 'object' && type.kind === 'entity' && collection) return schemaRef(schemaNames.page(model, type));
  const value = valueSchema(model, { type, collection });
  const context = { '@odata.context': { type: 'string' } };
  if (collection || typeof type === 'string' || type.kind === 'enum')
    return { type: 'object', required: ['value'], properties: { ...context, value } };
  return type.kind === 'entity' ? value : { allOf: [value, { type: 'object', properties: context }] };
}

const parametersSchema = ({ model, resource }: Place): Schema => {
  const parameters = Object.entries(resource.operation!.parameters);
  const required = parameters
    .filter(([, { nullable, default: preset }]) => nullable !== true && preset === undefined)
    .map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(
      parameters.map(([name, parameter]) => [
        name,
        { ...inputSchema(model, parameter), ...(parameter.default === undefined ? {} : { default: parameter.default }) },
      ]),
    ),
    ...(required.length === 0 ? {} : { required }),
  };
};
