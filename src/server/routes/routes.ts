import { AppError } from '../../lib/app-error.ts';
import type { HttpHandler, HttpRequest, HttpResponse, RenderError } from '../../lib/http.ts';
import { uuidV4 } from '../../lib/ids.ts';
import type { Metrics } from '../observe/metrics.ts';
import { apiPages, isApiPage } from './api-pages/api-pages.ts';
import type { OpenApiDocument } from './api-pages/openapi-document.ts';
import type { Readiness } from './readiness.ts';

type ShownMetrics = Pick<Metrics, 'contentType' | 'expose'>;

/** Those who answer requests. */
export interface RouteTargets {
  readonly api: HttpHandler;
  /** The embedded issuer; answers undefined to what is not its own. Absent when tokens come from elsewhere. */
  readonly issuer: ((request: HttpRequest) => Promise<HttpResponse | undefined>) | undefined;
  /** Absent when they are shown elsewhere, or nowhere. */
  readonly metrics: ShownMetrics | undefined;
  /** Whether the description of the API is shown, which needs no token; true by default. */
  readonly describes?: boolean;
  readonly readiness: Readiness;
  readonly renderError: RenderError;
  readonly version: string;
}

type Page = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** Decides who answers: the server's own pages, the embedded issuer, and for all else the API. */
export function createRoutes(targets: RouteTargets): HttpHandler {
  const { api, issuer, metrics, describes = true } = targets;
  const pages = new Map<string, Page>([
    ['/', ({ origin }) => json(200, welcome(origin, targets))],
    ...(describes ? [['/openapi.json', (request) => api({ ...request, target: '/beta/openapi.json' })] as [string, Page]] : []),
    ['/healthz', () => healthy(targets.readiness.failure())],
    ['/readyz', async () => ready(await targets.readiness.check())],
    ...(metrics === undefined ? [] : [['/metrics', metricsPage(metrics)] as const]),
  ]);
  const described = describes ? apiPages((version) => openApiDocument(api, version)) : undefined;
  // Nearly every request is for the API: those are spared the look-ups.
  return (request) => (request.target.startsWith('/beta/') ? api(request) : elsewhere(request));

  async function elsewhere(request: HttpRequest): Promise<HttpResponse> {
    if (request.target === '*' && request.method === 'OPTIONS') return SERVER_OPTIONS;
    try {
      const query = request.target.indexOf('?');
      const path = query < 0 ? request.target : request.target.slice(0, query);
      const page = pages.get(path) ?? (isApiPage(path) ? described : undefined);
      if (page !== undefined) return { ...(await answerPage(page, request)), facts: { operation: 'server' } };
      return (await issuer?.(request)) ?? (await api(request));
    } catch (error) {
      return targets.renderError(error, request);
    }
  }
}

/** The document as clients get it. */
async function openApiDocument(api: HttpHandler, version: string): Promise<OpenApiDocument> {
  const { status, body } = await api({ method: 'GET', target: `/${version}/openapi.json`, headers: {}, origin: '', requestId: uuidV4() });
  if (status !== 200) throw new AppError('internal', `The OpenAPI document of ${version} was answered with ${status}.`);
  return JSON.parse(String(body));
}

/** The routes of a listener for the metrics alone. */
export function createMetricsRoutes({
  metrics,
  renderError,
}: {
  readonly metrics: ShownMetrics;
  readonly renderError: RenderError;
}): HttpHandler {
  const page = metricsPage(metrics);
  return async (request) => {
    try {
      if (request.target.split('?')[0] === '/metrics') return await answerPage(page, request);
      throw new AppError('notFound', 'Here is nothing but /metrics.');
    } catch (error) {
      return renderError(error, request);
    }
  };
}

const metricsPage =
  (metrics: ShownMetrics): Page =>
  async () => ({ status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.expose() });

function answerPage(page: Page, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  if (request.method === 'GET') return page(request);
  const headers = { allow: 'GET, HEAD, OPTIONS' };
  if (request.method === 'OPTIONS') return { status: 204, headers };
  throw new AppError('methodNotAllowed', `${request.method} is not possible here. Use GET.`, { headers });
}

/** `OPTIONS *` asks what the server can do at all (RFC 9110 §9.3.7). */
const SERVER_OPTIONS: HttpResponse = {
  status: 204,
  headers: { allow: 'GET, HEAD, POST, PATCH, DELETE, OPTIONS' },
  facts: { operation: 'server' },
};

const json = (status: number, value: object): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(value),
});

const ready = (reason: string | undefined): HttpResponse =>
  reason === undefined ? json(200, { status: 'ready' }) : json(503, { status: 'not ready', reason });

/** Whoever watches the process is to start it again when nothing else helps. */
const healthy = (failure: string | undefined): HttpResponse =>
  failure === undefined ? json(200, { status: 'up' }) : json(503, { status: 'restart needed', reason: failure });

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
