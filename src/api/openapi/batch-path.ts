import { MAX_PARTS } from '../../odata/batch/parse-batch.ts';
import { errorsAnywhere } from './shared-components.ts';
import { type Schema, schemaRef } from './type-schema.ts';

/** `$batch`, which is no resource of the model (OData JSON Format §19, with Graph's rules). */

const text: Schema = { type: 'string' };
const headers: Schema = { type: 'object', additionalProperties: text };

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
            method: { ...text, examples: ['GET', 'POST', 'PATCH', 'DELETE'] },
            url: { ...text, description: 'Behind the service root, or `$<id>/…` for what another request answered with.' },
            headers,
            body: {},
            dependsOn: { type: 'array', items: text },
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
          properties: { id: text, status: { type: 'integer' }, headers, body: {} },
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
