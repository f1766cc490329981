import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorResponse } from '../../api/request/error-response.ts';
import { AppError } from '../../lib/app-error.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { createHttpServer } from '../edge/listen.ts';
import { createMetrics } from '../observe/metrics.ts';
import type { Observation } from '../observe/observation.ts';
import { createReadiness } from './health.ts';
import { apiRoute, createRoutes } from './routes.ts';

const DESCRIPTION = JSON.stringify({
  info: { title: 'API', summary: '', description: '' },
  tags: [],
  paths: {},
  components: { schemas: {}, securitySchemes: {} },
});
const answer = (body: string): HttpResponse => ({ status: 200, headers: {}, body });

function setUp(probe: () => Promise<unknown> = async () => 0, needsRestart?: () => AppError) {
  const readiness = createReadiness(probe, needsRestart);
  const observations: Observation[] = [];
  const server = createHttpServer({
    ...createRoutes({
      api: async ({ target }) => answer(target === '/beta/openapi.json' ? DESCRIPTION : 'api'),
      issuer: ['discovery/keys', 'oauth2/v2.0/token'].map((path) => ({ url: `/:tenant/${path}`, handle: async () => answer('issuer') })),
      metrics: createMetrics(),
      readiness,
      version: '1.2.3',
    }),
    renderError: errorResponse,
    observe: (observation) => observations.push(observation),
    bodyLimit: 1024,
    publicUrl: 'http://here',
  });
  const get = async (url: string, method = 'GET') => {
    const { statusCode: status, headers, body } = await server.inject({ method: method as 'GET', url });
    return { status, headers, body };
  };
  return { readiness, get, observations };
}

test('pages, the issuer, and for all else the API', async () => {
  const { get, observations } = setUp();
  expect((await get('/beta/x')).body).toBe('api');
  expect((await get('/v1.0/users')).body).toBe('api');
  expect((await get('/healthzz')).body).toBe('api');
  expect((await get('/openapi.json')).body).toBe(DESCRIPTION);
  expect((await get('/docs')).body).toContain('<html');
  for (const path of ['/docs/x', '/docs/beta/%E0%A4%A', '/docs/%zz?%20']) expect(await get(path), path).toMatchObject({ status: 404 });
  expect((await get('/docsx')).body).toBe('api');
  expect(JSON.parse((await get('/')).body)).toMatchObject({ version: '1.2.3', links: { api: 'http://here/beta' } });
  expect((await get('/healthz?x=1')).status).toBe(200);
  expect(observations.at(-1)).toMatchObject({ response: { facts: { operation: 'server' } } });
});

test('the issuer has its paths behind any tenant, in any case, and no others', async () => {
  const { get } = setUp();
  for (const tenant of ['common', 'contoso.example', 'x'.repeat(1000)])
    for (const path of ['discovery/keys', 'Discovery/KEYS?x', 'oauth2/v2.0/token', 'OAuth2/V2.0/token'])
      expect((await get(`/${tenant}/${path}`)).body, path).toBe('issuer');
  const others = [
    '/common',
    '/common/oauth2/v2.0',
    '/x/common/oauth2/v2.0/token',
    '/beta/oauth2/v2.0/token',
    '/beta/a?/x/oauth2/v2.0/token',
  ];
  for (const target of [...others, '/common/discovery/%zz', '/%E0%A4%A/x', '//discovery/keys/'])
    expect((await get(target)).body, target).toBe('api');
  await fc.assert(
    fc.asyncProperty(fc.webPath(), async (path) => {
      expect((await get(`/beta${path.replace(/^(?!\/)/, '/')}`)).body).toMatch(/^(?:api|\{)/);
    }),
  );
});

test('pages can only be read', async () => {
  const headers = { allow: 'GET, HEAD, OPTIONS' };
  expect(await setUp().get('/healthz', 'POST')).toMatchObject({ status: 405, headers });
  expect(await setUp().get('/healthz', 'OPTIONS')).toMatchObject({ status: 204, headers });
});

test('OPTIONS * names every method', async () => {
  const ask = (method: string) =>
    apiRoute(async () => answer('api'))({ method, target: '*', headers: {}, origin: 'http://here', requestId: 'r' });
  expect(await ask('OPTIONS')).toMatchObject({ status: 204, headers: { allow: 'GET, HEAD, POST, PATCH, DELETE, OPTIONS' } });
  expect((await ask('GET')).body).toBe('api'); // which has nothing there
});

describe('/readyz', () => {
  test('is 200 between start and drain only', async () => {
    const { get, readiness } = setUp();
    const seen: number[] = [];
    for (const phase of ['starting', 'ready', 'draining'] as const) {
      readiness.phase = phase;
      seen.push((await get('/readyz')).status);
    }
    expect(seen).toEqual([503, 200, 503]);
  });

  test('is 503 when the store cannot be read or does not answer; /healthz stays 200', async () => {
    for (const probe of [() => Promise.reject(new TypeError('gone')), () => new Promise(() => undefined)]) {
      const { get, readiness } = setUp(probe);
      readiness.phase = 'ready';
      expect(await get('/readyz')).toMatchObject({ status: 503, body: expect.stringContaining('store') });
      expect((await get('/healthz')).status).toBe(200);
    }
  });
});

describe('/readyz and /healthz', () => {
  const lost = new AppError('storeUnavailable', 'The disk is gone.');

  test('B7 /readyz says why the store takes no writes', async () => {
    const { get, readiness } = setUp(() => Promise.reject(lost));
    readiness.phase = 'ready';
    expect(await get('/readyz')).toMatchObject({ status: 503, body: JSON.stringify({ status: 'not ready', reason: lost.message }) });
    expect((await get('/healthz')).status).toBe(200);
  });

  test('B8 /healthz is 503 with the reason where only a restart helps', async () => {
    const { get } = setUp(undefined, () => lost);
    expect(await get('/healthz')).toMatchObject({ status: 503, body: JSON.stringify({ status: 'restart needed', reason: lost.message }) });
  });
});

test('/metrics is Prometheus text', async () => {
  const response = await setUp().get('/metrics');
  expect(response.headers['content-type']).toMatch(/^text\/plain/);
  expect(response.body).toMatch(/# TYPE muster_http_requests_total counter/);
});
