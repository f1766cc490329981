import { hash, randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';

/** The only source of identifiers: UUID version 4, 5 and 7 (RFC 9562), always lower case. */

/** A random UUID (version 4). */
export const uuidV4 = (): string => randomUUID();

const HYPHEN = 45;
/** The character code of each hexadecimal digit. */
const CODES = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/** Formats 16 bytes as a lower-case UUID, all characters at once: what is joined of pieces is put together only when it is first looked at, which costs more. */
function format(b: Uint8Array): string {
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

/**
 * Makes a generator of time-ordered UUIDs (version 7, RFC 9562 §5.7, method 1): ids made by one generator rise
 * strictly, also inside one millisecond and when the clock goes back, so that they append to a B-tree.
 * @param clock where the 48-bit millisecond timestamp comes from
 */
export function uuidV7Generator(clock: Clock): () => string {
  const pool = new Uint8Array(16 * 256);
  let used = pool.length;
  let lastMs = 0;
  let sequence = 0; // rand_a: a 12-bit counter inside one millisecond
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
    bytes[0] = lastMs / 0x10000000000;
    bytes[1] = lastMs / 0x100000000;
    bytes[2] = lastMs / 0x1000000;
    bytes[3] = lastMs / 0x10000;
    bytes[4] = lastMs / 0x100;
    bytes[5] = lastMs;
    bytes[6] = 0x70 | (sequence >> 8);
    bytes[7] = sequence;
    bytes[8] = 0x80 | (bytes[8]! & 0x3f);
    return format(bytes);
  };
}

/** The value of each hexadecimal digit by its character code; -1 for all else. */
const DIGITS = Int8Array.from({ length: 128 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(digit) ? -1 : digit;
});

const digit = (code: number): number => (code < 128 ? DIGITS[code]! : -1);
const isHyphenAt = (i: number): boolean => i === 8 || i === 13 || i === 18 || i === 23;

/** Whether `text` has the form of a UUID, in either case, any version. */
export function isUuid(text: string): boolean {
  if (text.length !== 36) return false;
  for (let i = 0; i < 36; i++) {
    const code = text.charCodeAt(i);
    if (isHyphenAt(i) ? code !== HYPHEN : digit(code) < 0) return false;
  }
  return true;
}

/**
 * The 16 bytes of a UUID.
 * @param text a UUID, checked by {@link isUuid} before
 */
export function uuidBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  for (let i = 0, at = 0; i < 16; i++, at += 2) {
    if (i === 4 || i === 6 || i === 8 || i === 10) at += 1; // a hyphen
    bytes[i] = (digit(text.charCodeAt(at)) << 4) | digit(text.charCodeAt(at + 1));
  }
  return bytes;
}

/** The lower-case text of a UUID given as 16 bytes. */
export const uuidText = (bytes: Uint8Array): string => format(bytes);

/**
 * A name-based UUID (version 5, RFC 9562 §5.5): the same namespace and name always give the same id.
 * @param namespace a UUID
 * @param name any text, hashed as UTF-8
 */
export function uuidV5(namespace: string, name: string): string {
  const input = Buffer.allocUnsafe(16 + Buffer.byteLength(name));
  input.set(uuidBytes(namespace));
  input.write(name, 16);
  const hex = hash('sha1', input, 'hex');
  const variant = '89ab'[digit(hex.charCodeAt(16)) & 3]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
