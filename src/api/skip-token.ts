import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Value } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import { WeightedCache } from '../lib/weighted-cache.ts';
import { splitQuery } from '../odata/options/split-query.ts';

/**
 * Paging tokens: the order values of the last row that was answered. Opaque to clients, authenticated, and bound to the tenant
 * and to the query they were made for, so that a token cannot be used to ask something else.
 */

/** What a token belongs to. */
export interface TokenScope {
  readonly secret: Uint8Array;
  readonly tenantId: string;
  /** Behind the service root, decoded or not: as in the request line. */
  readonly path: string;
  readonly query: string;
}

const MAC_BYTES = 16;

/** The query in a form that survives a client that reorders or recodes it. */
function canonical({ path, query }: TokenScope): string {
  const options = splitQuery(query)
    .map(({ name, value = '' }) => [name.replace(/^\$/, '').toLowerCase(), value] as const)
    .filter(([name]) => name !== 'skiptoken')
    .map((option) => JSON.stringify(option)); // what is decoded may hold any separator
  return `${decodeURIComponent(path).replace(/\/$/, '').toLowerCase()}?${options.sort().join()}`;
}

/** Anybody can invent queries. */
const CANONICAL_QUERIES_WEIGHT = 1024 ** 2;
const known = new WeightedCache<string>(CANONICAL_QUERIES_WEIGHT);

function canonicalOf(scope: TokenScope): string {
  const asked = `${scope.path}?${scope.query}`;
  const made = known.get(asked);
  if (made !== undefined) return made;
  const form = canonical(scope);
  return known.set(asked, form, 2 * form.length);
}

/** HMAC-SHA-256 (RFC 2104), cut to its first half as RFC 2104 §5 allows. */
function mac(scope: TokenScope, payload: Buffer): Buffer {
  const message = `${scope.tenantId}\n${canonicalOf(scope)}\n${payload.toString('hex')}`;
  return createHmac('sha256', scope.secret).update(message).digest().subarray(0, MAC_BYTES);
}

/** Makes a token. @param after the order values of the last row */
export function writeSkipToken(scope: TokenScope, after: readonly Value[]): string {
  const payload = Buffer.from(JSON.stringify(after));
  return Buffer.concat([mac(scope, payload), payload]).toString('base64url');
}

/** Reads a token. @throws invalidSkipToken when it is not one of ours, or not for this query */
export function readSkipToken(scope: TokenScope, token: string): readonly Value[] {
  const bytes = Buffer.from(token, 'base64url');
  const payload = bytes.subarray(MAC_BYTES);
  if (bytes.length <= MAC_BYTES || !timingSafeEqual(mac(scope, payload), bytes.subarray(0, MAC_BYTES))) {
    throw new AppError(
      'invalidSkipToken',
      "This '$skiptoken' does not belong to this query. Use '@odata.nextLink' whole, and do not change the query while paging.",
      {
        target: '$skiptoken',
      },
    );
  }
  return JSON.parse(payload.toString()) as Value[];
}

/** The query with a token in place of any older one. */
export function withSkipToken(query: string, token: string): string {
  const kept = query.split('&').filter((option) => option !== '' && !/^(\$|%24)?skiptoken=/i.test(option));
  return [...kept, `$skiptoken=${token}`].join('&');
}
