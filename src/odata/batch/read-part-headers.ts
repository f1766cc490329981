import { AppError } from '../../lib/app-error.ts';
import type { HttpHeaders } from '../../lib/http.ts';
import { join, sentTwice } from '../body/member-table.ts';
import { wrongType } from '../body/read-primitive.ts';
import { isJsonObject } from '../body/resolve-type.ts';

/** A field name and a field value (RFC 9110 §5.1, §5.5). */
const NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** About the message that carries the batch, and without meaning in a part of its body (Protocol §11.7). */
const OF_THE_MESSAGE = new Set(['content-encoding', 'transfer-encoding', 'te', 'expect', 'range', 'max-forwards']);

/**
 * Reads the headers of a part.
 * @returns names in lower case
 * @throws invalidValue, invalidHeader, duplicateProperty
 */
export function readPartHeaders(value: unknown, path: string): HttpHeaders {
  if (value === undefined) return {};
  if (!isJsonObject(value)) throw wrongType(path, 'an object', value);
  const headers: Record<string, string> = Object.create(null);
  for (const [given, text] of Object.entries(value)) {
    const name = given.toLowerCase();
    const target = join(path, given.slice(0, 80));
    if (typeof text !== 'string') throw wrongType(target, 'a string', text);
    if (!NAME.test(given) || !VALUE.test(text)) throw invalidHeader(target, 'is no header that HTTP can carry. Correct it.');
    if (OF_THE_MESSAGE.has(name)) throw invalidHeader(target, 'has no meaning in a request of a batch. Remove it.');
    if (Object.hasOwn(headers, name)) throw sentTwice(target);
    headers[name] = text.trim();
  }
  return headers;
}

const invalidHeader = (target: string, problem: string): AppError => new AppError('invalidHeader', `'${target}' ${problem}`, { target });
