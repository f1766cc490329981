import { AppError } from '../../lib/app-error.ts';
import type { HttpRequest } from '../../lib/http.ts';
import { parseJson } from '../../odata/body/parse-json.ts';
import type { Call } from './context.ts';
import { profileValue } from './profile.ts';

/** Nesting that no Graph body comes near. */
const MAX_DEPTH = 64;

const JSON_TYPE = /^application\/json[ \t]*(;|$)/i;
const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^\s;"]+)/i;

/**
 * The JSON value that a request carries. A missing media type counts as JSON, which is all that is spoken here.
 * @throws unsupportedMediaType, invalidJson, duplicateProperty, tooDeep
 */
export function jsonBody({ headers, body, json }: HttpRequest): unknown {
  if (json === undefined && (body === undefined || body.length === 0)) return undefined;
  const type = headers['content-type'];
  const charset = type === undefined ? undefined : CHARSET.exec(type)?.[1];
  if (type !== undefined && (!JSON_TYPE.test(type) || (charset !== undefined && !/^utf-?8$/i.test(charset)))) {
    throw new AppError('unsupportedMediaType', `The body has the type '${type.slice(0, 100)}'. Send application/json in UTF-8.`, {
      target: 'Content-Type',
    });
  }
  return json === undefined ? parseJson(body!, { maxDepth: MAX_DEPTH }) : json.value;
}

/** The JSON value that a write carries, with type names as the profile wants them. @throws as {@link jsonBody}, and invalidValue */
export function typedBody({ request, profile }: Call): unknown {
  const body = jsonBody(request);
  if (profileValue(profile, 'typeNameWithoutHash') === 'refused') refuseBareTypeNames(body);
  return body;
}

/** Type names need a `#` (JSON Format 4.0 §4.5.3); 4.01 and the examples of the documentation do without. @throws invalidValue */
function refuseBareTypeNames(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const name = (value as Readonly<Record<string, unknown>>)['@odata.type'];
  if (typeof name === 'string' && !name.startsWith('#'))
    throw new AppError('invalidValue', `Invalid OData type specified: "${name.slice(0, 100)}". Write "#${name.slice(0, 100)}".`, {
      target: '@odata.type',
    });
  for (const inner of Object.values(value)) refuseBareTypeNames(inner);
}
