import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AppError } from '../lib/app-error.ts';

const decompress = promisify(gunzip);

/** A body that is too large is still read to this multiple of the limit, so that the client gets to see the answer; then the connection is cut. */
const TOLERANCE = 16;

/**
 * Reads the body of a request, decompressed.
 * @param limit largest size in bytes, sent and decompressed
 * @returns undefined when there is no body
 * @throws payloadTooLarge, unsupportedEncoding, invalidBody
 */
export function readBody(message: IncomingMessage, limit: number): Promise<Uint8Array | undefined> | undefined {
  const { 'content-length': length, 'transfer-encoding': transfer, 'content-encoding': encoding } = message.headers;
  if (transfer === undefined && (length === undefined || length === '0')) return undefined;
  if (encoding === undefined) return collect(message, limit);
  const coding = encoding.toLowerCase();
  if (coding === 'identity') return collect(message, limit);
  if (coding === 'gzip' || coding === 'x-gzip') return collectCompressed(message, limit);
  const details = { target: 'Content-Encoding', headers: { 'accept-encoding': 'gzip' } };
  throw new AppError('unsupportedEncoding', 'Send the body as it is, or with "Content-Encoding: gzip".', details);
}

function collect(message: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
      } else if (size <= limit * TOLERANCE) {
        chunks.length = 0;
        reject(tooLarge(limit));
      } else {
        message.destroy();
      }
    });
    message.on('end', () => resolve(size === 0 ? undefined : chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    message.on('error', reject);
    if (Number(message.headers['content-length']) > limit) reject(tooLarge(limit));
  });
}

async function collectCompressed(message: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  const compressed = await collect(message, limit);
  if (compressed === undefined) return undefined;
  try {
    return await decompress(compressed, { maxOutputLength: limit });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    throw new AppError('invalidBody', 'The body is not valid gzip data, though its Content-Encoding says so.', { cause });
  }
}

const tooLarge = (limit: number): AppError =>
  new AppError('payloadTooLarge', `The body is larger than ${limit} bytes, the limit of this server. Send less at once.`);
