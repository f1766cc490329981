import { createHmac } from 'node:crypto';
import type { Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { HttpHeaders } from '../../lib/http.ts';
import { sameSecret } from '../../lib/same-secret.ts';
import { splitQuery } from '../../odata/options/split-query.ts';
import type { Call } from '../request/context.ts';

/**
 * Paging tokens: the order values of the last row that was answered. Opaque to clients, authenticated, and bound to the tenant
 * and to the query they were made for, so that a token cannot be used to ask something else.
 */

/** What a token belongs to. */
interface TokenScope {
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

/** Rows of a page when the client does not say how many it wants. */
const DEFAULT_PAGE = 100;
/** Most rows of a page. */
export const MAX_PAGE = 1000;

/** Which page of a collection a request asks for, and how its answer names the next one. */
interface Paging {
  readonly size: number;
  /** The order values to go on behind; absent on the first page. */
  readonly after?: readonly Value[];
  /** Tells a client that asked for pages of a size which one it got (Protocol §8.2.8.5). */
  readonly headers: HttpHeaders;
  /** The link to the page behind these order values; none where there are none. */
  nextLink(next: readonly Value[] | undefined): string | undefined;
}

/** Rows of a page of this call: `$top` and `odata.maxpagesize` make it smaller. */
export const pageSizeOf = (top: number | undefined, { preferences }: Pick<Call, 'preferences'>): number =>
  Math.min(top ?? DEFAULT_PAGE, preferences.maxPageSize ?? MAX_PAGE, MAX_PAGE);

/** Reads the paging of a request from its options and headers. @throws invalidSkipToken */
export function pagingOf(call: Call): Paging {
  const { options, path, queryString: query, serviceRoot } = call;
  const scope = { secret: call.dependencies.pagingSecret, tenantId: call.principal.tenantId, path, query };
  const { maxPageSize } = call.preferences;
  const size = pageSizeOf(options.top, call);
  return {
    size,
    headers: maxPageSize === undefined ? {} : { 'preference-applied': `odata.maxpagesize=${size}` },
    ...(options.skipToken === undefined ? {} : { after: readSkipToken(scope, options.skipToken) }),
    nextLink: (next) => next && `${serviceRoot}${path}?${withSkipToken(query, writeSkipToken(scope, next))}`,
  };
}
