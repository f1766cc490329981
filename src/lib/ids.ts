import { hash, randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';

/**
 * The only source of identifiers: UUID version 4, 5 and 7 (RFC 9562), always lower case. Text and bytes are converted by tables of our own,
 * because every id of every row passes here: they run two to five times as fast as `uuid` 14 and 1.5 to 2 times as fast as `Buffer` with slices
 * (2026-12-01, docs/adr/0007-libraries.md).
 */

/** A random UUID (version 4). */
export const uuidV4 = (): string => randomUUID();

const HYPHEN = 45;
/** The character code of each hexadecimal digit. */
const CODES = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
/** The value of each hexadecimal digit by its character code. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => Number.parseInt(String.fromCharCode(code), 16) || 0);

/** The lower-case text of a UUID given as 16 bytes. Made in one call: a text concatenated of pieces is flattened when it is first read, which costs more. */
export function uuidText(b: Uint8Array): string {
  const high = (i: number): number => CODES[b[i]! >> 4]!;
  const low = (i: number): number => CODES[b[i]! & 15]!;
  // biome-ignore format: in the groups of the text
  return String.fromCharCode(
    high(0), low(0), high(1), low(1), high(2), low(2), high(3), low(3), HYPHEN,
    high(4), low(4), high(5), low(5), HYPHEN,
    high(6), low(6), high(7), low(7), HYPHEN,
    high(8), low(8), high(9), low(9), HYPHEN,
    high(10), low(10), high(11), low(11), high(12), low(12), high(13), low(13), high(14), low(14), high(15), low(15),
  );
}

/** The 16 bytes of a UUID. @param text a UUID, checked by {@link isUuid} before */
export function uuidBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  for (let i = 0, at = 0; i < 16; i++, at += 2) {
    if (text.charCodeAt(at) === HYPHEN) at += 1;
    bytes[i] = (DIGITS[text.charCodeAt(at)]! << 4) | DIGITS[text.charCodeAt(at + 1)]!;
  }
  return bytes;
}

/** Whether `text` has the form of a UUID, in either case, any version. */
export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/**
 * Makes a generator of time-ordered UUIDs (version 7, RFC 9562 §5.7, method 1): the ids of one generator rise strictly, also
 * within one millisecond and when the clock goes back, so that they append to a B-tree.
 * @param clock source of the 48-bit timestamp, which `crypto.randomUUIDv7` cannot be given
 */
export function uuidV7Generator(clock: Clock): () => string {
  const pool = Buffer.alloc(16 * 256);
  let used = pool.length;
  let lastMs = 0;
  let sequence = 0; // rand_a: a 12-bit counter within one millisecond
  return () => {
    const now = Math.floor(clock.now());
    if (now > lastMs) {
      lastMs = now;
      sequence = 0;
    } else if (++sequence > 0xfff) {
      lastMs += 1;
      sequence = 0;
    }
    if (used === pool.length) {
      pool.set(randomBytes(pool.length));
      used = 0;
    }
    const bytes = pool.subarray(used, used + 16);
    used += 16;
    bytes.writeUIntBE(lastMs, 0, 6);
    bytes.writeUInt16BE(0x7000 | sequence, 6);
    bytes[8] = 0x80 | (bytes[8]! & 0x3f);
    return uuidText(bytes);
  };
}

/**
 * A name-based UUID (version 5, RFC 9562 §5.5): the same namespace and name always give the same id.
 * @param namespace a UUID
 * @param name any text, hashed as UTF-8
 */
export function uuidV5(namespace: string, name: string): string {
  const bytes = hash('sha1', Buffer.concat([uuidBytes(namespace), Buffer.from(name)]), 'buffer');
  bytes[6] = 0x50 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return uuidText(bytes);
}
