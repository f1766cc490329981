import type { Value } from '../../edm/primitive.ts';
import type { HttpHeaders } from '../../lib/http.ts';
import type { Call } from '../request/context.ts';
import { DEFAULT_PAGE, MAX_PAGE } from './read-rows.ts';
import { readSkipToken, withSkipToken, writeSkipToken } from './skip-token.ts';

/** Which page of a collection a request asks for, and how its answer names the next one. */
export interface Paging {
  readonly size: number;
  /** The order values to go on behind; absent on the first page. */
  readonly after?: readonly Value[];
  /** Tells a client that asked for pages of a size which one it got (Protocol §8.2.8.5). */
  readonly headers: HttpHeaders;
  /** The link to the page behind these order values; none where there are none. */
  nextLink(next: readonly Value[] | undefined): string | undefined;
}

/** Reads the paging of a request from its options and headers. @throws invalidSkipToken */
export function pagingOf(call: Call): Paging {
  const { options, path, queryString: query, serviceRoot } = call;
  const scope = { secret: call.dependencies.pagingSecret, tenantId: call.principal.tenantId, path, query };
  const { maxPageSize } = call.preferences;
  const size = Math.min(options.top ?? DEFAULT_PAGE, maxPageSize ?? MAX_PAGE, MAX_PAGE);
  return {
    size,
    headers: maxPageSize === undefined ? {} : { 'preference-applied': `odata.maxpagesize=${size}` },
    ...(options.skipToken === undefined ? {} : { after: readSkipToken(scope, options.skipToken) }),
    nextLink: (next) => next && `${serviceRoot}${path}?${withSkipToken(query, writeSkipToken(scope, next))}`,
  };
}
