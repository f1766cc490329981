import { AppError } from '../lib/app-error.ts';
import type { HttpRequest } from '../lib/http.ts';
import { parseJson } from '../odata/body/parse-json.ts';

/** Nesting that no Graph body comes near. */
const MAX_DEPTH = 64;

const JSON_TYPE = /^application\/json[ \t]*(;|$)/i;
const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^\s;"]+)/i;

/**
 * The JSON value that a request carries. A missing media type counts as JSON, which is all that is spoken here.
 * @throws unsupportedMediaType, invalidJson, duplicateProperty, tooDeep
 */
export function jsonBody({ headers, body }: HttpRequest): unknown {
  if (body === undefined || body.length === 0) return undefined;
  const type = headers['content-type'];
  const charset = type === undefined ? undefined : CHARSET.exec(type)?.[1];
  if (type !== undefined && (!JSON_TYPE.test(type) || (charset !== undefined && !/^utf-?8$/i.test(charset)))) {
    throw new AppError('unsupportedMediaType', `The body has the type '${type.slice(0, 100)}'. Send application/json in UTF-8.`, {
      target: 'Content-Type',
    });
  }
  return parseJson(body, { maxDepth: MAX_DEPTH });
}
