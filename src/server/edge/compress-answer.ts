import { promisify } from 'node:util';
import { brotliCompress, constants, deflate, gzip } from 'node:zlib';
import type { HttpResponse } from '../../lib/http.ts';
import type { ContentCoding } from './content-coding.ts';
import { varyingBy } from './vary.ts';

/** An answer below this size fits into one packet with its headers: coding it saves nobody anything. */
export const SMALLEST_CODED = 1024;

const [brotli, gzipped, deflated] = [promisify(brotliCompress), promisify(gzip), promisify(deflate)];

/** The quickest levels: the next ones save 5 % of JSON for twice the time. They run in threads, beside the event loop. */
const COMPRESS: Readonly<Record<ContentCoding['name'], (body: string | Uint8Array) => Promise<Uint8Array>>> = {
  br: (body) => brotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  gzip: (body) => gzipped(body, { level: 1 }),
  deflate: (body) => deflated(body, { level: 1 }),
};

/** Secrets are not coded (the token endpoint's answers, for example): the length of what is would say something about them. */
const isSecret = ({ headers }: HttpResponse): boolean => headers['cache-control']?.includes('no-store') === true;

/**
 * Codes the body of an answer (RFC 9110 §8.4). Entity tags are weak and name the state, not its bytes, so that they stay.
 * Answers that could have been coded say that they depend on `Accept-Encoding`, and so do those without a body that stand for one (304).
 * @param coding what {@link contentCoding} chose; undefined for none
 */
export function compressAnswer(response: HttpResponse, coding: ContentCoding | undefined): HttpResponse | Promise<HttpResponse> {
  const { body, headers, status } = response;
  if (headers['content-encoding'] !== undefined || isSecret(response)) return response;
  if (body === undefined) return status === 304 ? { ...response, headers: varyingBy('Accept-Encoding', headers) } : response;
  // A text's length is that of its bytes, or less; to be exact here is not worth counting them.
  if (body.length < SMALLEST_CODED && coding?.required !== true) return response;
  const varying = { ...response, headers: varyingBy('Accept-Encoding', headers) };
  return coding === undefined ? varying : compressed(varying, body, coding.name);
}

async function compressed(response: HttpResponse, body: string | Uint8Array, name: ContentCoding['name']): Promise<HttpResponse> {
  return { ...response, headers: { ...response.headers, 'content-encoding': name }, body: await COMPRESS[name](body) };
}
