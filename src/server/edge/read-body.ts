import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AppError } from '../../lib/app-error.ts';

const decompress = promisify(gunzip);

/**
 * A body that is refused is still read to this multiple of the limit, and at least to {@link LEAST_DISCARDED}, so that the client gets to see
 * the answer; then the connection is cut.
 */
export const TOLERANCE = 16;
/** Bytes of a refused body that are read and dropped at least. */
export const LEAST_DISCARDED = 1024 * 1024;

/** Bytes of request bodies that are held at once, in all and by one connection. */
export interface BodyLimits {
  readonly total: number;
  readonly perConnection: number;
}

/** What one request holds of the budget. */
export interface BodyShare {
  /** Takes more. @throws busy when nothing is left */
  take(bytes: number): void;
  /** Whether so much could be taken now. @throws busy when it could not */
  expect(bytes: number): void;
  /** Gives all of it back. */
  release(): void;
}

/** Bounds the memory that request bodies take: what has arrived counts until the request is answered. */
export class BodyBudget {
  readonly #limits: BodyLimits;
  readonly #byConnection = new WeakMap<Socket, number>();
  #held = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** Bytes that are held now. */
  get held(): number {
    return this.#held;
  }

  /** The share of a request that arrives over a connection; nothing of it is taken yet. */
  open(connection: Socket): BodyShare {
    let own = 0;
    const add = (bytes: number): void => {
      own += bytes;
      this.#held += bytes;
      this.#byConnection.set(connection, (this.#byConnection.get(connection) ?? 0) + bytes);
    };
    return {
      expect: (bytes) => this.#expect(connection, bytes),
      take: (bytes) => {
        this.#expect(connection, bytes);
        add(bytes);
      },
      release: () => add(-own),
    };
  }

  #expect(connection: Socket, bytes: number): void {
    const { total, perConnection } = this.#limits;
    const ofConnection = this.#byConnection.get(connection) ?? 0;
    if (this.#held + bytes <= total && ofConnection + bytes <= perConnection) return;
    throw new AppError('busy', 'The server holds as many request bodies as it can. Send the request again later.', {
      headers: { 'retry-after': '1' },
    });
  }
}

/** How much of a body is taken. */
export interface BodyBounds {
  /** Largest size in bytes, sent and decompressed. */
  readonly limit: number;
  /** What counts its bytes. */
  readonly share: BodyShare;
}

/** Whether a body comes with a request. */
export const hasBody = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && headers['content-length'] !== '0');

/**
 * Reads the body of a request, decompressed. Whatever the client does, this settles.
 * @returns undefined when it is empty
 * @throws payloadTooLarge, unsupportedEncoding, invalidBody, busy, and the connection's own error when the client leaves
 */
export async function readBody(message: IncomingMessage, bounds: BodyBounds): Promise<Uint8Array | undefined> {
  const coding = message.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (coding === 'identity') return await collect(message, bounds);
  if (coding === 'gzip' || coding === 'x-gzip') return await collectCompressed(message, bounds);
  const details = { target: 'Content-Encoding', headers: { 'accept-encoding': 'gzip' } };
  throw new AppError('unsupportedEncoding', 'Send the body as it is, or with "Content-Encoding: gzip".', details);
}

function collect(message: IncomingMessage, { limit, share }: BodyBounds): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let refused = false;
    let hasEnded = false;
    const refuse = (error: unknown): void => {
      refused = true;
      chunks.length = 0;
      reject(error);
    };
    const admit = (): void => {
      const announced = Number(message.headers['content-length'] ?? 0);
      if (announced > limit) throw tooLarge(limit);
      share.expect(announced);
    };
    const add = (chunk: Buffer): void => {
      if (size > limit) throw tooLarge(limit);
      share.take(chunk.length);
      chunks.push(chunk);
    };
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (!refused) {
        try {
          add(chunk);
        } catch (error) {
          refuse(error);
        }
      }
      if (refused && size > Math.max(limit * TOLERANCE, LEAST_DISCARDED)) message.destroy();
    });
    message.on('end', () => {
      hasEnded = true;
      resolve(size === 0 ? undefined : chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    });
    message.on('error', reject);
    message.on('close', () => {
      if (!hasEnded) reject(new Error('The connection ended before the body did.'));
    });
    try {
      admit();
    } catch (error) {
      refuse(error);
    }
  });
}

async function collectCompressed(message: IncomingMessage, bounds: BodyBounds): Promise<Uint8Array | undefined> {
  const compressed = await collect(message, bounds);
  if (compressed === undefined) return undefined;
  const body = await inflate(compressed, bounds.limit);
  bounds.share.take(body.length);
  return body;
}

async function inflate(compressed: Uint8Array, limit: number): Promise<Uint8Array> {
  try {
    return await decompress(compressed, { maxOutputLength: limit });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    throw new AppError('invalidBody', 'The body is not valid gzip data, though its Content-Encoding says so.', { cause });
  }
}

const tooLarge = (limit: number): AppError =>
  new AppError('payloadTooLarge', `The body is larger than ${limit} bytes, the limit of this server. Send less at once.`);
