import { AppError } from '../../lib/app-error.ts';
import { isAnnotation, join, MemberTable, sentTwice } from '../body/member-table.ts';
import { invalidValue, wrongType } from '../body/read-primitive.ts';
import { missingProperties } from '../body/read-value.ts';
import { isJsonObject, type JsonBody } from '../body/resolve-type.ts';
import type { BatchPart, UnlinkedPart } from './batch-part.ts';
import { linkParts } from './link-parts.ts';
import { readPartBody } from './read-part-body.ts';
import { readPartHeaders } from './read-part-headers.ts';

/**
 * Batches (OData JSON Format 4.01 §19, with Graph's rules): many requests in the body of one. Pure functions; may import `query`,
 * `edm` and `lib`. `parse-batch.ts` reads the requests, `resolve-part-url.ts` says where each goes, `write-batch.ts` writes the answers.
 * What is wrong with a batch's form is found here, before any of its requests has run.
 */

/** Graph's limit. */
export const MAX_PARTS = 20;

const METHODS = ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'];

/** A member that an object may have. */
interface Member {
  readonly name: string;
  /** Why it is refused, where it is. */
  readonly refusal?: string;
}

const table = (owner: string, members: readonly Member[]): MemberTable<Member> =>
  new MemberTable(
    owner,
    members.map((member) => [member.name, member]),
  );

const BATCH = table('a batch', [{ name: 'requests' }]);

const PART = table('a request of a batch', [
  ...['id', 'method', 'url', 'headers', 'body', 'dependsOn'].map((name) => ({ name })),
  { name: 'atomicityGroup', refusal: 'is not supported: each request is a transaction of its own. Remove it, and use dependsOn for order' },
  { name: 'if', refusal: 'is not supported. Remove it, and use dependsOn: a request does not run where one that it depends on failed' },
]);

/**
 * Reads the body of a batch request.
 * @param body parsed JSON
 * @throws invalidBody, invalidRequest, invalidValue, invalidHeader, missingProperty, unknownProperty, duplicateProperty
 */
export function parseBatch(body: unknown): readonly BatchPart[] {
  if (!isJsonObject(body)) throw new AppError('invalidBody', 'The body of a batch is a JSON object: {"requests":[…]}. Send one.');
  const { requests } = membersOf(body, BATCH, '');
  if (requests === undefined) throw missingProperties(['requests']);
  if (!Array.isArray(requests)) throw wrongType('requests', 'an array', requests);
  if (requests.length === 0 || requests.length > MAX_PARTS)
    throw new AppError('invalidRequest', `A batch has 1 to ${MAX_PARTS} requests; ${requests.length} were sent. Send several batches.`, {
      target: 'requests',
    });
  return linkParts(requests.map((request, index) => readPart(request, `requests/${index}`)));
}

function readPart(request: unknown, place: string): UnlinkedPart {
  if (!isJsonObject(request)) throw wrongType(place, 'an object', request);
  const members = membersOf(request, PART, place);
  const missing = ['id', 'method', 'url'].filter((name) => members[name] === undefined);
  if (missing.length > 0) throw missingProperties(missing.map((name) => join(place, name)));
  const method = methodOf(members.method, join(place, 'method'));
  const headers = readPartHeaders(members.headers, join(place, 'headers'));
  const body = readPartBody(members.body, headers['content-type'], place);
  if (members.body !== undefined && method === 'GET')
    throw invalidValue(join(place, 'body'), 'is sent with GET, which has no body; remove it');
  return {
    place,
    id: idOf(members.id, join(place, 'id')),
    method,
    url: textOf(members.url, join(place, 'url')),
    headers,
    ...body,
    dependsOn: idsOf(members.dependsOn, join(place, 'dependsOn')),
  };
}

/** The members of an object under their declared names; null is as good as absent, annotations are left out. */
function membersOf(object: JsonBody, allowed: MemberTable<Member>, path: string): Readonly<Record<string, unknown>> {
  const members: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) {
    const member = allowed.find(key);
    if (member === undefined) {
      if (isAnnotation(key)) continue;
      throw allowed.unknown(key, path);
    }
    const target = join(path, member.name);
    if (member.refusal !== undefined) throw new AppError('invalidRequest', `'${target}' ${member.refusal}.`, { target });
    if (Object.hasOwn(members, member.name)) throw sentTwice(target);
    members[member.name] = value ?? undefined;
  }
  return members;
}

function textOf(value: unknown, target: string): string {
  if (typeof value !== 'string') throw wrongType(target, 'a string', value);
  if (value === '') throw invalidValue(target, 'is empty');
  return value;
}

/** Graph takes whole numbers too. */
const idOf = (value: unknown, target: string): string => textOf(Number.isSafeInteger(value) ? String(value) : value, target);

function idsOf(value: unknown, target: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw wrongType(target, 'an array', value);
  return value.map((id, index) => idOf(id, join(target, String(index))));
}

function methodOf(value: unknown, target: string): string {
  const method = textOf(value, target).toUpperCase();
  if (!METHODS.includes(method)) throw invalidValue(target, `must be one of ${METHODS.join(', ')}`);
  return method;
}
