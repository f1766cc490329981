import type { HttpRequest } from '../../lib/http.ts';
import { OAuthError } from './oauth-error.ts';

/** Fields of a posted form. Unknown ones are ignored: clients send telemetry along. */
export interface Form {
  get(name: string): string | undefined;
  /** @throws OAuthError missingParameter */
  require(name: string): string;
}

/**
 * Reads a form body.
 * @throws OAuthError invalidRequest for another content type or a field sent twice (RFC 6749 §3.2)
 */
export function readForm(request: HttpRequest): Form {
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/x-www-form-urlencoded')
    throw new OAuthError('invalidRequest', "Send the parameters as a form: 'Content-Type: application/x-www-form-urlencoded'.");
  return formOf(Buffer.from(request.body ?? []).toString('utf8'));
}

/** Reads a query, or the text of a form. Its methods throw invalidRequest for a field sent twice. */
export function formOf(text: string): Form {
  const fields = new URLSearchParams(text);
  const get = (name: string): string | undefined => {
    const values = fields.getAll(name);
    if (values.length > 1) throw new OAuthError('invalidRequest', `Send the parameter '${name}' once only.`);
    return values[0] === '' ? undefined : values[0]; // RFC 6749 §3.2: sent without a value is not sent
  };
  return {
    get,
    require: (name) => {
      const value = get(name);
      if (value === undefined) throw new OAuthError('missingParameter', `The request must contain the parameter '${name}'.`);
      return value;
    },
  };
}
