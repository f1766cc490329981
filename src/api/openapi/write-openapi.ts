import { hash } from 'node:crypto';
import { demandOf, type ScopeNames } from '../../auth/authorize.ts';
import { type Model, publishedName, shapeOf } from '../../edm/link.ts';
import type { HttpRequest, HttpResponse } from '../../lib/http.ts';
import { type EntityTag, entityTagText } from '../../odata/headers/etag.ts';
import { type Operation, operationsOn } from '../operations/table.ts';
import { emptyAnswer } from '../request/answer.ts';
import type { TokenSource } from '../request/context.ts';
import { isKnownState } from '../request/etag.ts';
import type { Profile } from '../request/profile.ts';
import { formOf, type Place } from './describe-operation.ts';
import {
  batchPath,
  batchSchemas,
  errorResponses,
  errorsAnywhere,
  queryOptions,
  requestHeaders,
  securitySchemes,
  sharedSchemas,
} from './shared-components.ts';
import { inputSchemas, type Schema, typeSchemas, valueSchema } from './type-schema.ts';
import { type PathParameter, type ServedPath, walkPaths } from './walk-paths.ts';

/**
 * The service as an OpenAPI 3.1 document, made from the model and from `operations/table.ts`: `walk-paths.ts` finds what is served,
 * `describe-operation.ts` says what each operation takes and answers with, `type-schema.ts` turns types into schemas.
 */

/** What the document depends on besides the model. */
interface DocumentOptions extends TokenSource {
  /** First segment of its URLs: `beta`. */
  readonly version: string;
  readonly profile: Profile;
  readonly scopeNames: ScopeNames;
}

/** Writes the document. */
export function writeOpenApi(model: Model, options: DocumentOptions): Schema {
  const permissions = new Set<string>();
  const tags = new Set(['$batch']);
  const paths: Record<string, Schema> = {};
  for (const path of walkPaths(model)) {
    const item: Record<string, Schema> = {};
    for (const operation of operationsOn(path.resource)) {
      const method = operation.method.toLowerCase();
      if (item[method] !== undefined) continue; // as for requests, the first row counts
      const accepted = acceptedBy(operation, path, options);
      for (const name of accepted) permissions.add(name);
      const tag = tagOf(path);
      tags.add(tag);
      item[method] = { tags: [tag], ...operationObject(operation, { model, path, options, accepted }) };
    }
    const parameters = path.parameters.map((parameter) => pathParameter(model, parameter));
    paths[path.template] = { ...(parameters.length === 0 ? {} : { parameters }), ...item };
  }
  paths['/$batch'] = batchPath;
  return {
    openapi: '3.1.1',
    info: {
      title: `Muster, ${options.version}`,
      version: options.version,
      summary: 'Device scripts, hardware configurations and their run states, as Microsoft Graph has them.',
      description: `Besides what is listed here: every GET answers HEAD, and every path OPTIONS. Names match without regard to case. Keys may stand in parentheses, as \`users('<id>')\`, and operations have qualified names, as \`microsoft.graph.assign\`. A path may go on into complex properties and types, over a second reference, and behind a type to a key; \`/$value\` behind a property gives it bare. Tenants may stand before a path of the directory, as \`/myorganization/users\`. With \`odata.metadata=none\` values do not tell their types, and with \`IEEE754Compatible=true\` long integers are texts.`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: `/${options.version}` }],
    tags: [...tags].sort().map((name) => ({ name, description: `Requests to ${name} and below it.` })),
    paths,
    components: {
      ...usedFrom(paths, {
        schemas: { ...typeSchemas(model), ...inputSchemas(model), ...sharedSchemas, ...batchSchemas },
        parameters: { ...queryOptions, ...requestHeaders },
        responses: errorResponses,
      }),
      securitySchemes: securitySchemes([...permissions].sort(), options),
    },
  };
}

type Components = Readonly<Record<string, Readonly<Record<string, Schema>>>>;

/** Those components that paths refer to, also through others. */
function usedFrom(paths: object, components: Components): Components {
  const used = new Set<string>();
  const visit = (part: object): void => {
    for (const [reference, kind, name] of JSON.stringify(part).matchAll(/#\/components\/(\w+)\/([\w.-]+)/g)) {
      if (used.has(reference)) continue;
      used.add(reference);
      visit(components[kind!]![name!]!);
    }
  };
  visit(paths);
  const onlyUsed = (kind: string) => Object.entries(components[kind]!).filter(([name]) => used.has(`#/components/${kind}/${name}`));
  return Object.fromEntries(Object.keys(components).map((kind) => [kind, Object.fromEntries(onlyUsed(kind))]));
}

const acceptedBy = ({ name, permissions }: Operation, { resource }: ServedPath, { scopeNames }: DocumentOptions): readonly string[] =>
  demandOf({ name, permissions: permissions(resource.access, resource) ?? [] }, resource.access, scopeNames).permissions;

/** What a path belongs to: the collection below a singleton, else the root. */
const tagOf = ({ resource: { steps } }: ServedPath): string => (steps[0]!.collection ? steps[0]! : (steps[1] ?? steps[0]!)).name;

interface Described {
  readonly model: Model;
  readonly path: ServedPath;
  readonly options: DocumentOptions;
  readonly accepted: readonly string[];
}

function operationObject(operation: Operation, { model, path, options, accepted }: Described): Schema {
  const place: Place = { model, profile: options.profile, resource: path.resource };
  const form = formOf(operation, place);
  const parameters = [
    ...(form.options ?? []).map((name) => componentRef('parameters', name)),
    ...(form.headers ?? []).map((name) => componentRef('parameters', name)),
    ...(form.parameters ?? []),
  ];
  const errors = [...form.errors, ...errorsAnywhere].map((status) => [status, componentRef('responses', `error${status}`)] as const);
  return {
    operationId: [...path.resource.steps.flatMap(stepNames), form.name].join('.'),
    summary: form.summary,
    description: `Needs one of the permissions ${accepted.join(', ')}.`,
    ...(form.deprecated === true ? { deprecated: true } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(form.body === undefined
      ? {}
      : { requestBody: { required: form.body.required, content: { 'application/json': { schema: form.body.schema } } } }),
    responses: { ...form.success, ...Object.fromEntries(errors) },
    security: [...accepted.map((name) => ({ oauth2: [name] })), { bearer: [] }],
  };
}

/** A step by its name, and the type that it is cast to. */
const stepNames = ({ name, cast, type }: ServedPath['resource']['steps'][number]): readonly string[] =>
  cast === undefined ? [name] : [name, publishedName(type)];

const componentRef = (kind: string, name: string): Schema => ({ $ref: `#/components/${kind}/${name}` });

/** Every parameter of a path is required, by the rules of OpenAPI. */
const pathParameter = (model: Model, { name, holds }: PathParameter): Schema => ({
  name,
  in: 'path',
  required: true,
  ...parameterForm(model, holds),
});

function parameterForm(model: Model, holds: PathParameter['holds']): Schema {
  switch (holds.kind) {
    case 'key': {
      const { type, format } = shapeOf(holds.step.type).property.get('id')!;
      return {
        description: `The id of a ${holds.step.type.name}`,
        schema: { ...valueSchema(model, { type }), ...(format === undefined ? {} : { format }) },
      };
    }
    case 'property':
      return { description: 'The name of a property', schema: { type: 'string', enum: holds.names } };
    case 'argument':
      return { description: 'An argument', schema: valueSchema(model, holds.parameter) };
  }
}

interface Written {
  readonly body: string;
  readonly tag: EntityTag;
}

const documents = new WeakMap<Model, Map<string, Written>>();

/** The document as text, written once for each of the few values that its options can have. */
function documentOf(model: Model, options: DocumentOptions): Written {
  const known = documents.get(model) ?? new Map<string, Written>();
  documents.set(model, known);
  const key = JSON.stringify(options);
  let written = known.get(key);
  if (written === undefined) {
    const body = JSON.stringify(writeOpenApi(model, options));
    written = { body, tag: { weak: false, value: hash('sha1', body, 'base64url') } };
    known.set(key, written);
  }
  return written;
}

/** GET of the OpenAPI document. */
export function openApiAnswer({ headers }: HttpRequest, model: Model, options: DocumentOptions): HttpResponse {
  const { body, tag } = documentOf(model, options);
  const etag = { etag: entityTagText(tag) };
  if (isKnownState(headers, tag)) return emptyAnswer(304, etag);
  return { status: 200, headers: { 'content-type': 'application/json', ...etag }, body };
}
