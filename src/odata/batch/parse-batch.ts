import { AppError } from '../../lib/app-error.ts';
import type { HttpHeaders, HttpRequest } from '../../lib/http.ts';
import { isAnnotation, join, MemberTable, sentTwice } from '../body/member-table.ts';
import { invalidValue, wrongType } from '../body/read-primitive.ts';
import { missingProperties } from '../body/read-value.ts';
import { isJsonObject, type JsonBody } from '../body/resolve-type.ts';

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

/** The body of a request of a batch, if it has one. */
type PartBody = Pick<HttpRequest, 'body' | 'json'>;

/** One request of a batch. */
export interface BatchPart extends PartBody {
  /** Where it stands in the batch, as error targets show it: `requests/0`. */
  readonly place: string;
  /** As sent; a number as text. */
  readonly id: string;
  /** Upper case. */
  readonly method: string;
  /** As sent. */
  readonly url: string;
  readonly headers: HttpHeaders;
  /** The parts that must have succeeded before this one runs. */
  readonly dependsOn: readonly BatchPart[];
}

/** A part before it is known which parts its `dependsOn` names. */
interface UnlinkedPart extends Omit<BatchPart, 'dependsOn'> {
  readonly dependsOn: readonly string[];
}

/** Ids are compared without regard to case, as Graph does. */
const folded = (id: string): string => id.toLowerCase();

/**
 * Joins each part with those that it depends on. A part may stand before those.
 * @throws invalidValue when two parts have one id, when a part depends on itself, on no part, or by way of others on itself, and
 * when its URL refers to a part on which it does not depend
 */
function linkParts(parts: readonly UnlinkedPart[]): readonly BatchPart[] {
  const byId = new Map<string, UnlinkedPart>();
  for (const part of parts) {
    const target = `${part.place}/id`;
    if (byId.has(folded(part.id))) throw invalidValue(target, `'${part.id}' is the id of two requests (case does not count)`);
    byId.set(folded(part.id), part);
  }
  for (const part of parts) checkReference(part, byId);
  const linked = new Map<UnlinkedPart, BatchPart>();
  const link = (part: UnlinkedPart, waiting: readonly UnlinkedPart[]): BatchPart => {
    const known = linked.get(part);
    if (known !== undefined) return known;
    const trail = [...waiting, part];
    const dependsOn = part.dependsOn.map((id, index) => {
      const target = `${part.place}/dependsOn/${index}`;
      const needed = byId.get(folded(id));
      if (needed === undefined) throw invalidValue(target, `names no request of this batch: '${id.slice(0, 80)}'`);
      if (trail.includes(needed)) {
        const circle = [...trail.slice(trail.indexOf(needed)), needed].map((each) => `'${each.id}'`).join(' → ');
        throw invalidValue(target, `makes requests wait for each other: ${circle}`);
      }
      return link(needed, trail);
    });
    const done = { ...part, dependsOn: [...new Set(dependsOn)] };
    linked.set(part, done);
    return done;
  };
  return parts.map((part) => link(part, []));
}

/** JSON Format §19.1: what a URL refers to must have been answered. */
function checkReference(part: UnlinkedPart, byId: ReadonlyMap<string, UnlinkedPart>): void {
  const reference = referenceOf(part.url);
  if (reference === undefined || !byId.has(folded(reference))) return;
  if (part.dependsOn.some((id) => folded(id) === folded(reference))) return;
  const target = `${part.place}/url`;
  throw new AppError('invalidValue', `'${target}' refers to the request '${reference}'. Name it in dependsOn too.`, { target });
}

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
function readPartBody(value: unknown, mediaType: string | undefined, place: string): PartBody {
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
function readPartHeaders(value: unknown, path: string): HttpHeaders {
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

/** Where the URLs of a batch's requests lead. */

/** The service that a batch was sent to. */
export interface BatchService {
  /** Scheme, host and port: `http://localhost:8080`. */
  readonly origin: string;
  /** `beta` */
  readonly version: string;
}

const ABSOLUTE = /^[a-z][a-z\d+.-]*:/i;
const FIRST_SEGMENT = /^\/?\$([^/?#]+)/;

/** What starts with `$` and is no reference (JSON Format §19.1). */
const SYSTEM_RESOURCES = new Set(['all', 'batch', 'crossjoin', 'entity', 'id', 'metadata', 'root']);

/** The id of the part that a URL refers to: `1` of `$1/assignments`. Undefined where a URL refers to none. */
export function referenceOf(url: string): string | undefined {
  const id = FIRST_SEGMENT.exec(url)?.[1];
  return id === undefined || SYSTEM_RESOURCES.has(id.toLowerCase()) ? undefined : id;
}

/** What stands in for a reference. */
export const withoutReference = (url: string, replacement: string): string => replacement + url.replace(FIRST_SEGMENT, '');

/**
 * The request target that a URL of a part stands for. It is relative to the service root, with or without a slash in front and the
 * version (tools send more slashes than one); or absolute, if it leads to this service. Characters that no URL may hold are encoded, as clients do not always.
 * @throws invalidUrl
 */
export function resolvePartUrl(url: string, { origin, version }: BatchService): string {
  if (url.includes('#')) throw new AppError('invalidUrl', "The URL has a fragment. Remove it, or percent-encode the '#' as %23.");
  const root = `${origin}/${version}`;
  const relative = url.replace(/^\/+/, '');
  const path = ABSOLUTE.test(url) ? behind(root, url) : (behind(version, relative) ?? `/${relative}`);
  if (path === undefined)
    throw new AppError('invalidUrl', `The URL '${url.slice(0, 200)}' leads elsewhere. A batch reaches what is below ${root}.`);
  return `/${version}${encoded(path)}`;
}

/** What follows a prefix, which is written in any case. */
function behind(prefix: string, url: string): string | undefined {
  const rest = url.slice(prefix.length);
  return url.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase() && /^(?:[/?]|$)/.test(rest) ? rest : undefined;
}

function encoded(path: string): string {
  if (!path.isWellFormed())
    throw new AppError('invalidUrl', 'The URL holds half of a surrogate pair, which is not a character. Remove it.');
  return path.replace(/[^\x21-\x7e]+/g, encodeURIComponent);
}
