import type { ErrorCode } from '../../lib/app-error.ts';
import { MAX_PARTS } from '../../odata/batch/parse-batch.ts';
import type { TokenSource } from '../request/context.ts';
import { errorAnswers } from '../request/error-response.ts';
import { type Schema, schemaRef } from './type-schema.ts';

/** What many operations share: query options, headers, errors, and how a caller proves who it is. */

const queryOption = (name: string, description: string, rest: Schema): Schema => ({
  name,
  in: 'query',
  required: false,
  description,
  ...rest,
});

const text: Schema = { schema: { type: 'string' } };
const number: Schema = { schema: { type: 'integer', format: 'int32', minimum: 0 } };

/** System query options by their names in {@link QueryOptions} (`odata/options`). */
export const queryOptions = {
  filter: queryOption(
    '$filter',
    "Only those for which this holds, for example `displayName eq 'x'` (OData 4.01 URL Conventions §5.1.1).",
    text,
  ),
  search: queryOption('$search', 'Only those with this text in their names, for example `"baseline"`.', text),
  orderBy: queryOption('$orderby', 'In this order, for example `displayName desc`.', text),
  select: queryOption('$select', 'Only these properties, for example `id,displayName`.', text),
  expand: queryOption('$expand', 'With these related entities, for example `assignments`; options of theirs stand in parentheses.', text),
  top: queryOption('$top', 'At most so many.', number),
  skip: queryOption('$skip', 'Without so many of the first.', number),
  count: queryOption('$count', 'With how many there are on all pages.', { schema: { type: 'boolean' } }),
  skipToken: queryOption('$skiptoken', 'Where to go on: from the link to the next page, which is best used whole.', text),
} as const;

export type QueryOptionName = keyof typeof queryOptions;

const header = (name: string, description: string): Schema => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string' },
});

/** Request headers. */
export const requestHeaders = {
  prefer: header(
    'Prefer',
    'Wishes: `odata.maxpagesize=50`; `return=minimal`, so that a write is answered 204 without content; `muster.profile=service` for answers as the real service gives them.',
  ),
  ifMatch: header('If-Match', 'Only if the entity still has this ETag.'),
  ifNoneMatch: header('If-None-Match', 'Only if the entity no longer has this ETag.'),
  repeatabilityRequestId: header('Repeatability-Request-ID', 'Names the write: sent again, it is not done again but answered as before.'),
  repeatabilityFirstSent: header('Repeatability-First-Sent', 'When the write was sent first, as an HTTP date.'),
} as const;

export type RequestHeaderName = keyof typeof requestHeaders;

const ERROR = 'odata.error';

/** Graph's error object. */
const errorSchema: Schema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string' },
        message: { type: 'string' },
        target: { type: 'string' },
        innerError: {
          type: 'object',
          properties: {
            code: { type: 'string' },
            date: { type: 'string' },
            'request-id': { type: 'string' },
            'client-request-id': { type: 'string' },
          },
        },
      },
    },
  },
};

/** Schemas that belong to no type of the model. */
export const sharedSchemas: Readonly<Record<string, Schema>> = {
  [ERROR]: errorSchema,
  reference: {
    type: 'object',
    required: ['@odata.id'],
    properties: { '@odata.id': { type: 'string', examples: ['https://localhost/beta/users/{id}'] } },
  },
  referenceCollection: {
    type: 'object',
    required: ['value'],
    properties: {
      '@odata.context': { type: 'string' },
      '@odata.count': { type: 'integer' },
      '@odata.nextLink': { type: 'string' },
      value: { type: 'array', items: schemaRef('reference') },
    },
  },
};

/** Statuses of errors, each with the codes that stand in `innerError.code`. */
const codesByStatus: ReadonlyMap<number, readonly ErrorCode[]> = Map.groupBy(
  Object.keys(errorAnswers) as ErrorCode[],
  (code) => errorAnswers[code][0],
);

/** The error responses, `error404` and the like. */
export const errorResponses: Readonly<Record<string, Schema>> = Object.fromEntries(
  [...codesByStatus].map(([status, codes]) => [
    `error${status}`,
    {
      description: `${errorAnswers[codes[0]!][1]}: ${codes.join(', ')}`,
      content: { 'application/json': { schema: schemaRef(ERROR) } },
    },
  ]),
);

/** What any request may be answered with, as far as there are such errors. There is no `default`: clients could not tell it from success. */
export const errorsAnywhere: readonly number[] = [406, 429, 500, 503].filter((status) => codesByStatus.has(status));

/** Clients cannot choose: what they may do is granted to them before. */
const ALL_GRANTED = 'https://graph.microsoft.com/.default';

/** The security schemes. */
export function securitySchemes(
  permissions: readonly string[],
  { issuer, tenantId = 'tenant' }: TokenSource,
): Readonly<Record<string, Schema>> {
  const granted = Object.fromEntries(permissions.map((name) => [name, 'Granted to the client.']));
  const scopes = { [ALL_GRANTED]: 'All that the client was granted: the one to ask for.', ...granted };
  return {
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token of the issuer, for example from `muster token`.' },
    oauth2:
      issuer === undefined
        ? {
            type: 'oauth2',
            description: `The embedded issuer. The first segment of its URL is the tenant, and any GUID is one. The scope to ask for is \`${ALL_GRANTED}\`.`,
            flows: { clientCredentials: { tokenUrl: `/${tenantId}/oauth2/v2.0/token`, scopes } },
          }
        : { type: 'openIdConnect', openIdConnectUrl: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration` },
  };
}

/** `$batch`, which is no resource of the model (OData JSON Format §19, with Graph's rules). */

const textSchema: Schema = { type: 'string' };
const headers: Schema = { type: 'object', additionalProperties: textSchema };

export const batchSchemas: Readonly<Record<string, Schema>> = {
  batchRequest: {
    type: 'object',
    examples: [{ requests: [{ id: '1', method: 'GET', url: '/deviceManagement/hardwareConfigurations?$top=5' }] }],
    required: ['requests'],
    properties: {
      requests: {
        type: 'array',
        minItems: 1,
        maxItems: MAX_PARTS,
        items: {
          type: 'object',
          required: ['id', 'method', 'url'],
          properties: {
            id: { type: ['string', 'integer'] },
            method: { ...textSchema, examples: ['GET', 'POST', 'PATCH', 'DELETE'] },
            url: { ...textSchema, description: 'Behind the service root, or `$<id>/…` for what another request answered with.' },
            headers,
            body: {},
            dependsOn: { type: 'array', items: textSchema },
          },
        },
      },
    },
  },
  batchResponse: {
    type: 'object',
    required: ['responses'],
    properties: {
      responses: {
        type: 'array',
        items: {
          type: 'object',
          required: ['id', 'status', 'headers'],
          properties: { id: textSchema, status: { type: 'integer' }, headers, body: {} },
        },
      },
    },
  },
};

const json = (schema: Schema): Schema => ({ 'application/json': { schema } });

/** Any token will do: each request of the batch needs what it needs alone. */
export const batchPath: Schema = {
  post: {
    tags: ['$batch'],
    operationId: 'batch',
    summary: 'Send several requests at once',
    requestBody: { required: true, content: json(schemaRef('batchRequest')) },
    responses: {
      200: { description: 'What each was answered with.', content: json(schemaRef('batchResponse')) },
      ...Object.fromEntries(
        [400, 401, 413, 415, ...errorsAnywhere].map((status) => [status, { $ref: `#/components/responses/error${status}` }]),
      ),
    },
    security: [{ bearer: [] }, { oauth2: [] }],
  },
};
