import { createHmac } from 'node:crypto';
import type { Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { sameSecret } from '../../lib/same-secret.ts';
import { splitQuery } from '../../odata/options/split-query.ts';

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

/** Characters of Base64: 132 bits. */
const MAC_LENGTH = 22;

/** The query in a form that survives a client that reorders or recodes it. */
function canonical({ path, query }: TokenScope): string {
  const options = splitQuery(query)
    .map(({ name, value = '' }) => [name.replace(/^\$/, '').toLowerCase(), value] as const)
    .filter(([name]) => name !== 'skiptoken')
    .map((option) => JSON.stringify(option)); // what is decoded may hold any separator
  return `${decodeURIComponent(path).replace(/\/$/, '').toLowerCase()}?${options.sort().join()}`;
}

/** HMAC-SHA-256 (RFC 2104), cut to half as RFC 2104 §5 allows. */
const mac = (scope: TokenScope, payload: string): string =>
  createHmac('sha256', scope.secret)
    .update(`${scope.tenantId}\n${canonical(scope)}\n${payload}`)
    .digest('base64url')
    .slice(0, MAC_LENGTH);

/** Makes a token. @param after the order values of the last row */
export function writeSkipToken(scope: TokenScope, after: readonly Value[]): string {
  const payload = JSON.stringify(after);
  return mac(scope, payload) + Buffer.from(payload).toString('base64url');
}

/** Reads a token. @throws invalidSkipToken when it is not one of ours, or not for this query */
export function readSkipToken(scope: TokenScope, token: string): readonly Value[] {
  const payload = Buffer.from(token.slice(MAC_LENGTH), 'base64url').toString();
  if (!sameSecret(mac(scope, payload), token.slice(0, MAC_LENGTH))) {
    throw new AppError(
      'invalidSkipToken',
      "This '$skiptoken' does not belong to this query. Use '@odata.nextLink' whole, and do not change the query while paging.",
      {
        target: '$skiptoken',
      },
    );
  }
  return JSON.parse(payload) as Value[];
}

/** The query with a token in place of any older one. */
export function withSkipToken(query: string, token: string): string {
  const kept = query.split('&').filter((option) => option !== '' && !/^(\$|%24)?skiptoken=/i.test(option));
  return [...kept, `$skiptoken=${token}`].join('&');
}
