import type { HttpRoute } from '../../lib/http.ts';
import type { Metrics } from '../observe/metrics.ts';
import { readOnlyRoute } from './read-only-route.ts';

/** `/metrics`, as Prometheus reads it. */
export const metricsRoute = (metrics: Pick<Metrics, 'contentType' | 'expose'>): HttpRoute =>
  readOnlyRoute('/metrics', async () => ({
    status: 200,
    headers: { 'content-type': metrics.contentType },
    body: await metrics.expose(),
  }));
