import { pipeline, Readable, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createDeflate, createGzip, deflate, gzip } from 'node:zlib';
import { AppError } from '../../lib/app-error.ts';
import type { HttpBody, HttpHeaders, HttpResponse } from '../../lib/http.ts';
import { parseHeaderList, qualityOf } from '../../odata/headers/header-list.ts';
import { isInPieces, type Pieces } from './pieces.ts';

/** An answer below this size fits into one packet with its headers: coding it saves nobody anything. */
export const SMALLEST_CODED = 1024;

/** The quickest levels: the next ones save 5 % of JSON for twice the time. They run in threads, beside the event loop. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const DEFLATE = { level: 1 };
const [brotli, gzipped, deflated] = [promisify(brotliCompress), promisify(gzip), promisify(deflate)];

const CODERS: Readonly<Record<ContentCoding['name'], { whole(body: string | Uint8Array): Promise<Uint8Array>; inPieces(): Transform }>> = {
  br: { whole: (body) => brotli(body, BROTLI), inPieces: () => createBrotliCompress(BROTLI) },
  gzip: { whole: (body) => gzipped(body, DEFLATE), inPieces: () => createGzip(DEFLATE) },
  deflate: { whole: (body) => deflated(body, DEFLATE), inPieces: () => createDeflate(DEFLATE) },
};

/** Secrets are not coded (the token endpoint's answers, for example): the length of the coded text would say something about them. */
const isSecret = ({ headers }: HttpResponse<HttpBody>): boolean => headers['cache-control']?.includes('no-store') === true;

/**
 * Codes the body of an answer (RFC 9110 §8.4). Entity tags are weak and name the state, not its bytes, so that they stay.
 * Answers that could have been coded say that they depend on `Accept-Encoding`, and so do those without a body that stand for one (304).
 * @param coding the choice of {@link contentCoding}; undefined for none
 */
export function compress(
  response: HttpResponse<HttpBody>,
  coding: ContentCoding | undefined,
): HttpResponse<HttpBody> | Promise<HttpResponse<HttpBody>> {
  const { body, headers, status } = response;
  if (headers['content-encoding'] !== undefined || isSecret(response)) return response;
  if (body === undefined) return status === 304 ? { ...response, headers: varyingBy('Accept-Encoding', headers) } : response;
  // A text's length is that of its bytes, or less; to be exact here is not worth counting them.
  if (!isInPieces(body) && body.length < SMALLEST_CODED && coding?.required !== true) return response;
  const varying = { ...response, headers: varyingBy('Accept-Encoding', headers) };
  if (coding === undefined) return varying;
  const { name } = coding;
  const coded = { ...varying, headers: { ...varying.headers, 'content-encoding': name } };
  return isInPieces(body)
    ? { ...coded, body: codedPieces(body, CODERS[name].inPieces()) }
    : CODERS[name].whole(body).then((bytes) => ({ ...coded, body: bytes }));
}

/** Fails as the pieces do, and ends them when nobody takes any more. */
async function* codedPieces(pieces: Pieces, coder: Transform): Pieces {
  pipeline(Readable.from(pieces), coder, () => undefined);
  yield* coder;
}

/** Headers of an answer that also depends on this header of its request (RFC 9110 §12.5.5). */
export const varyingBy = (name: string, headers: HttpHeaders): HttpHeaders => ({
  ...headers,
  vary: headers.vary === undefined ? name : `${headers.vary}, ${name}`,
});

/** Codings that answers can have, the preferred first. */
export const CODINGS = ['br', 'gzip', 'deflate'] as const;

/** How an answer may be sent. */
export interface ContentCoding {
  readonly name: (typeof CODINGS)[number];
  /** The client refuses anything that is not coded, however small. */
  readonly required: boolean;
}

/**
 * Chooses the coding of an answer (RFC 9110 §12.5.3): the highest quality, then the order of {@link CODINGS}.
 * @param accept the header `Accept-Encoding`
 * @returns undefined for the answer as it is
 * @throws invalidHeader; notAcceptable when the client allows no coding that is offered
 */
export function contentCoding(accept: string): ContentCoding | undefined {
  const qualities = new Map<string, number>();
  for (const item of parseHeaderList('Accept-Encoding', accept)) {
    const name = item.name === 'x-gzip' ? 'gzip' : item.name;
    if (!qualities.has(name)) qualities.set(name, qualityOf('Accept-Encoding', item));
  }
  const any = qualities.get('*');
  const quality = (name: string): number => qualities.get(name) ?? any ?? 0;
  const best = CODINGS.reduce((first, next) => (quality(next) > quality(first) ? next : first));
  // A header that does not mention identity allows it, after every coding that it names.
  const plain = qualities.get('identity') ?? (any === 0 ? 0 : undefined);
  if (quality(best) > 0 && quality(best) >= (plain ?? 0)) return { name: best, required: plain === 0 };
  if (plain === 0) {
    throw new AppError('notAcceptable', `No coding that Accept-Encoding allows is offered here. Allow ${CODINGS.join(', ')} or identity.`, {
      target: 'Accept-Encoding',
    });
  }
  return undefined;
}
