import { AppError } from '../../lib/app-error.ts';
import { type HttpBody, type HttpHandler, type HttpResponse, type HttpRoute, whole } from '../../lib/http.ts';
import { uuidV4 } from '../../lib/ids.ts';
import type { Metrics } from '../observe/metrics.ts';
import { apiPages } from './api-pages/api-pages.ts';
import type { OpenApiDocument } from './api-pages/described-api.ts';
import { PAGES } from './api-pages/page-links.ts';
import { healthRoutes, type Readiness } from './health.ts';
import { jsonPage, readOnlyRoute } from './read-only-route.ts';

/** What is served. */
interface RouteTargets {
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

/** `OPTIONS *` asks what the server can do at all (RFC 9110 §9.3.7). */
const SERVER_OPTIONS: HttpResponse = {
  status: 204,
  headers: { allow: 'GET, HEAD, POST, PATCH, DELETE, OPTIONS' },
  facts: { operation: 'server' },
};

/** The catch-all: the API answers whatever has no route, in its own words where it serves nothing there. */
export const apiRoute =
  (api: HttpHandler<HttpBody>): HttpHandler<HttpBody> =>
  (request) =>
    request.target === '*' && request.method === 'OPTIONS' ? Promise.resolve(SERVER_OPTIONS) : api(request);

/** The description of the API, which needs no token: `/openapi.json`, and `/docs` for people. */
function docsRoutes(api: HttpHandler): readonly HttpRoute[] {
  const pages = apiPages((version) => openApiDocument(api, version));
  return [
    readOnlyRoute('/openapi.json', (request) => api({ ...request, target: '/beta/openapi.json' })),
    readOnlyRoute(PAGES, pages),
    readOnlyRoute(`${PAGES}/*`, pages),
  ];
}

/** The document as clients get it. */
async function openApiDocument(api: HttpHandler, version: string): Promise<OpenApiDocument> {
  const { status, body } = await api({ method: 'GET', target: `/${version}/openapi.json`, headers: {}, origin: '', requestId: uuidV4() });
  if (status !== 200) throw new AppError('internal', `The OpenAPI document of ${version} was answered with ${status}.`);
  return JSON.parse(String(body));
}

/** `/metrics`, as Prometheus reads it. */
export const metricsRoute = (metrics: Pick<Metrics, 'contentType' | 'expose'>): HttpRoute =>
  readOnlyRoute('/metrics', async () => ({
    status: 200,
    headers: { 'content-type': metrics.contentType },
    body: await metrics.expose(),
  }));
