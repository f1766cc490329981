import { randomBytes } from 'node:crypto';

/** UUIDs of version 7, apart from Muster's own so that its changes do not change what it is measured against. */

const POOL = 8 * 512;

const format = (hex: string): string => `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;

/** A generator of ids that rise strictly. */
export function uuidV7Generator(): () => string {
  let pool = '';
  let at = 0;
  let last = 0;
  let sequence = 0;
  return () => {
    const now = Date.now();
    if (now > last) {
      last = now;
      sequence = 0;
    } else if (++sequence > 0xfff) {
      last += 1;
      sequence = 0;
    }
    if (at === pool.length) {
      pool = randomBytes(POOL).toString('hex');
      at = 0;
    }
    const tail = pool.slice(at + 1, at + 16);
    at += 16;
    return format(`${last.toString(16).padStart(12, '0')}7${sequence.toString(16).padStart(3, '0')}8${tail}`);
  };
}

/** The first of January 2026: before every id that a server makes while it is measured. */
const SEEDED_FROM = Date.UTC(2026, 0, 1);

/** Id number `index` of the rows that a database is seeded with: every database has the same, and they rise. */
export const seededId = (index: number): string =>
  format(`${(SEEDED_FROM + index).toString(16).padStart(12, '0')}70008000${index.toString(16).padStart(12, '0')}`);

/** The 16 bytes of a UUID. */
export const uuidBytes = (text: string): Uint8Array => Buffer.from(text.replaceAll('-', ''), 'hex');
