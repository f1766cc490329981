import { AppError } from '../../lib/app-error.ts';
import {
  type AnsweredPart,
  answerIds,
  type HttpHandler,
  type HttpHeaders,
  type HttpRequest,
  type HttpResponse,
  URL_LIMIT,
} from '../../lib/http.ts';
import { uuidV4 } from '../../lib/ids.ts';
import type { OneByOne } from '../../lib/one-by-one.ts';
import {
  type BatchPart,
  type BatchService,
  parseBatch,
  referenceOf,
  resolvePartUrl,
  withoutReference,
} from '../../odata/batch/parse-batch.ts';
import { writeBatch } from '../../odata/batch/write-batch.ts';
import { negotiateFormat } from '../../odata/headers/negotiate-format.ts';
import { parseQuery } from '../../odata/options/parse-query.ts';
import { NO_CONTENT_APPLIED } from '../request/answer.ts';
import { jsonBody } from '../request/body.ts';
import { errorResponse } from '../request/error-response.ts';
import type { Profile } from '../request/profile.ts';

/**
 * POST `/$batch`. Each part runs as the same request alone would: through the same handler, in a transaction of its own. Writes that
 * depend on nothing start in one turn of the event loop, so that they share a commit; reads of all batches run one after the other, and
 * other requests have their turn between them.
 */

/** The bytes of the bodies that the answer to a batch holds. Each page has its share of them; what comes behind them is refused. */
export const BATCH_BYTES = 8 * 1024 ** 2;

/** What parts run in. */
export interface BatchContext extends BatchService {
  /** Answers a part. */
  readonly handle: HttpHandler;
  readonly profile: Profile;
  /** Runs the reads of all batches. */
  readonly reads: OneByOne;
  /** Behind the `?` of the batch's own URL. */
  readonly query: string;
}

const BATCH_PATH = /^\/(?:\$|%24)batch\/?$/i;

/** Whether a path behind the service root is that of batches. */
export const isBatchPath = (path: string): boolean => BATCH_PATH.test(path);

/** The methods of the path. */
export const BATCH_ALLOW = { allow: 'POST, OPTIONS' };

/** Headers of the batch that are those of each part which has none of its own (Protocol §11.7). */
const INHERITED = ['accept', 'accept-language', 'client-request-id', 'odata-maxversion', 'odata-version', 'prefer'];

/** Headers that say something of one request. */
const OF_ONE_REQUEST = ['if-match', 'if-none-match', 'repeatability-request-id', 'repeatability-first-sent', 'repeatability-client-id'];

/**
 * Answers a batch whose caller is known.
 * @returns the answer, and its parts as the log and the metrics want them
 * @throws methodNotAllowed, invalidHeader, and what {@link parseBatch} throws: then nothing has run
 */
export async function answerBatch(
  request: HttpRequest,
  context: BatchContext,
): Promise<{ readonly answer: HttpResponse; readonly parts: readonly AnsweredPart[] }> {
  checkBatch(request, context.query);
  const parts = parseBatch(jsonBody(request));
  const inherited = headersFor(request.headers);
  const batchBytes = request.space?.reserve(BATCH_BYTES) ?? BATCH_BYTES;
  const answerBytes = Math.floor(batchBytes / parts.length);
  const answers = new Map<BatchPart, Promise<AnsweredPart>>();
  let bytes = 0;
  const start = (part: BatchPart): Promise<AnsweredPart> => {
    let answer = answers.get(part);
    if (answer === undefined) {
      answer = run(part, part.dependsOn.map(start));
      answers.set(part, answer);
    }
    return answer;
  };
  const run = async (part: BatchPart, needed: readonly Promise<AnsweredPart>[]): Promise<AnsweredPart> => {
    const before = await Promise.all(needed);
    const headers = { ...inherited.first, ...part.headers, ...inherited.last };
    const mine = {
      method: part.method,
      target: part.url,
      headers,
      origin: request.origin,
      requestId: uuidV4(),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    };
    const withIds = (response: HttpResponse) => ({ ...response, headers: { ...response.headers, ...answerIds(mine) } });
    try {
      checkPart(part, { headers: request.headers, before });
      const target = targetOf(part, before, context);
      const { body, json } = part;
      const whole = { ...mine, target, answerBytes, ...(body === undefined ? {} : { body }), ...(json === undefined ? {} : { json }) };
      const handle = async () => {
        if (isRead(part) && bytes >= batchBytes) throw tooLarge(batchBytes);
        const response = await context.handle(whole);
        const size = response.body === undefined ? 0 : Buffer.byteLength(response.body);
        bytes += size;
        if (bytes <= batchBytes + answerBytes || size === 0) return response;
        bytes -= size;
        return isRead(part) ? refused(tooLarge(batchBytes), mine, context.profile) : withoutContent(response);
      };
      return { request: whole, response: withIds(await (isRead(part) ? context.reads.run(handle) : handle())) };
    } catch (error) {
      return { request: mine, response: withIds(refused(error, mine, context.profile)) };
    }
  };
  const answered = await Promise.all(parts.map(start));
  const body = writeBatch(answered.map(({ response }, index) => ({ id: parts[index]!.id, response })));
  return { answer: { status: 200, headers: { 'content-type': 'application/json' }, body }, parts: answered };
}

/** Refuses what makes no sense for a batch as a whole. */
function checkBatch({ method, headers }: HttpRequest, query: string): void {
  if (method !== 'POST') throw new AppError('methodNotAllowed', 'A batch is sent with POST.', { headers: BATCH_ALLOW });
  const { format, aliases: _, ...others } = parseQuery(query);
  const [option] = Object.keys(others);
  if (option !== undefined)
    throw new AppError(
      'invalidQueryOption',
      `The query option '$${option.toLowerCase()}' does not apply to a batch. Put it into a request's URL.`,
    );
  negotiateFormat({ accept: headers.accept, format }, ['application/json']);
  const misplaced = OF_ONE_REQUEST.find((name) => headers[name] !== undefined);
  if (misplaced !== undefined)
    throw new AppError('invalidHeader', `The header ${misplaced} says something of one request. Put it into the headers of that one.`, {
      target: misplaced,
    });
}

/** What each part has of the batch's headers: `first` where it says nothing of its own, `last` whatever it says. */
const headersFor = (ofBatch: HttpHeaders): { readonly first: HttpHeaders; readonly last: HttpHeaders } => {
  const named = (names: readonly string[]) =>
    Object.fromEntries(names.flatMap((name) => (name in ofBatch ? [[name, ofBatch[name]!]] : [])));
  return { first: named(INHERITED), last: named(['authorization']) };
};

/** @throws failedDependency, invalidHeader */
function checkPart(part: BatchPart, batch: { readonly headers: HttpHeaders; readonly before: readonly AnsweredPart[] }): void {
  const failed = part.dependsOn.filter((_, index) => batch.before[index]!.response.status >= 400);
  if (failed.length > 0) {
    const ids = failed.map(({ id }) => `'${id}'`).join(', ');
    throw new AppError('failedDependency', `This request did not run, as it depends on ${ids}, which failed. See the answer to that.`);
  }
  const { authorization } = part.headers;
  if (authorization !== undefined && authorization !== batch.headers.authorization)
    throw new AppError('invalidHeader', 'All requests of a batch are made with the token of the batch. Remove the header Authorization.', {
      target: 'Authorization',
    });
}

/** @throws invalidUrl, urlTooLong */
function targetOf(part: BatchPart, before: readonly AnsweredPart[], service: BatchService): string {
  const reference = referenceOf(part.url)?.toLowerCase();
  const index = part.dependsOn.findIndex(({ id }) => id.toLowerCase() === reference);
  const url = index < 0 ? part.url : withoutReference(part.url, entityUrl(before[index]!));
  const target = resolvePartUrl(url, service);
  if (target.length > URL_LIMIT) throw new AppError('urlTooLong', `The URL is longer than ${URL_LIMIT} characters. Shorten it.`);
  if (isBatchPath(target.slice(`/${service.version}`.length).split('?')[0]!))
    throw new AppError('invalidUrl', 'A batch cannot hold another one. Send it by itself.');
  return target;
}

/** The URL of the entity that a part has made, or else has addressed. */
const entityUrl = ({ request, response }: AnsweredPart): string =>
  response.headers.location ?? request.target.replace(/\/?(?:\?.*)?$/s, '');

const isRead = ({ method }: BatchPart): boolean => method === 'GET';

const tooLarge = (most: number): AppError =>
  new AppError(
    'busy',
    `The answers of this batch are larger than ${most} bytes together. Send this request again by itself, or in a smaller batch.`,
    { headers: { 'retry-after': '1' } },
  );

/** The answer to a write that has been done, whose entity is too large for the batch: what `Prefer: return=minimal` asks for. */
function withoutContent(response: HttpResponse): HttpResponse {
  if (response.status >= 400) return response;
  const { body: _, headers, ...rest } = response;
  const { 'content-type': __, ...others } = headers;
  return { ...rest, status: 204, headers: { ...others, ...NO_CONTENT_APPLIED } };
}

/** The answer to a part that has not run. */
const refused = (error: unknown, request: HttpRequest, profile: Profile): HttpResponse => ({
  ...errorResponse(error, request, profile),
  facts: { error },
});
