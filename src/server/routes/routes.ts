import { type HttpBody, type HttpHandler, type HttpRoute, whole } from '../../lib/http.ts';
import type { Metrics } from '../observe/metrics.ts';
import { apiRoute } from './api.ts';
import { docsRoutes } from './docs.ts';
import { healthRoutes, type Readiness } from './health.ts';
import { metricsRoute } from './metrics.ts';
import { jsonPage, readOnlyRoute } from './read-only-route.ts';

/** What is served. */
export interface RouteTargets {
  readonly api: HttpHandler<HttpBody>;
  /** Those of the embedded issuer; absent when tokens come from elsewhere. */
  readonly issuer: readonly HttpRoute[] | undefined;
  /** Absent when they are shown elsewhere, or nowhere. */
  readonly metrics: Pick<Metrics, 'contentType' | 'expose'> | undefined;
  /** Whether the description of the API is shown, which needs no token; true by default. */
  readonly describes?: boolean;
  readonly readiness: Readiness;
  readonly version: string;
}

/** What a server serves where: routes, and the API for all other URLs. */
export function createRoutes(targets: RouteTargets): { readonly routes: readonly HttpRoute[]; readonly handle: HttpHandler<HttpBody> } {
  const { api, issuer = [], metrics, describes = true, readiness } = targets;
  return {
    routes: [
      readOnlyRoute('/', async ({ origin }) => jsonPage(200, welcome(origin, targets))),
      ...healthRoutes(readiness),
      ...(metrics === undefined ? [] : [metricsRoute(metrics)]),
      ...(describes ? docsRoutes(whole(api)) : []),
      ...issuer,
      { url: '/beta/*', handle: api }, // no tenant has that name
    ],
    handle: apiRoute(api),
  };
}

const welcome = (origin: string, { version, issuer, metrics, describes = true }: RouteTargets): object => ({
  name: 'Muster',
  version,
  links: {
    api: `${origin}/beta`,
    metadata: `${origin}/beta/$metadata`,
    ...(describes ? { openApi: `${origin}/openapi.json`, docs: `${origin}/docs` } : {}),
    ...(issuer === undefined ? {} : { openIdConfiguration: `${origin}/organizations/v2.0/.well-known/openid-configuration` }),
    health: `${origin}/healthz`,
    readiness: `${origin}/readyz`,
    ...(metrics === undefined ? {} : { metrics: `${origin}/metrics` }),
  },
});
