import { join } from '../body/member-table.ts';
import { invalidValue, wrongType } from '../body/read-primitive.ts';
import type { PartBody } from './batch-part.ts';

const JSON_TYPE = /^application\/(?:json|[^\s;]+\+json)[ \t]*(?:;|$)/i;
const TEXT_TYPE = /^text\//i;
const BASE64 = /^[\w+/-]*={0,2}$/;

/**
 * Reads the body of a part (JSON Format §19.1): JSON stands as it is, text as a string, anything else as base64 or base64url.
 * @param value the member `body`
 * @param mediaType the part's Content-Type
 * @param place where the part stands
 * @throws invalidValue
 */
export function readPartBody(value: unknown, mediaType: string | undefined, place: string): PartBody {
  if (value === undefined) return {};
  const target = join(place, 'body');
  if (mediaType === undefined) throw invalidValue(join(place, 'headers/Content-Type'), 'is missing; send it, as there is a body');
  if (JSON_TYPE.test(mediaType)) {
    // A number that no double can hold was parsed as infinite, which JSON cannot say.
    if (holdsInfinity(value)) throw invalidValue(target, 'holds a number that is too large');
    return { json: { value } };
  }
  if (typeof value !== 'string') throw wrongType(target, `a string, as its Content-Type is ${mediaType.slice(0, 80)}`, value);
  if (TEXT_TYPE.test(mediaType)) return { body: Buffer.from(value) };
  if (!BASE64.test(value)) throw invalidValue(target, 'is not base64url, which bodies are that are neither JSON nor text');
  return { body: Buffer.from(value, 'base64') };
}

function holdsInfinity(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsInfinity);
}
