import { AppError } from '../../lib/app-error.ts';
import type { HttpHandler, HttpRoute } from '../../lib/http.ts';
import { uuidV4 } from '../../lib/ids.ts';
import { apiPages } from './api-pages/api-pages.ts';
import type { OpenApiDocument } from './api-pages/openapi-document.ts';
import { PAGES } from './api-pages/page-links.ts';
import { readOnlyRoute } from './read-only-route.ts';

/** The description of the API, which needs no token: `/openapi.json`, and `/docs` for people. */
export function docsRoutes(api: HttpHandler): readonly HttpRoute[] {
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
