import { resolve } from 'node:path';
import { AppError } from '../lib/app-error.ts';
import { systemClock } from '../lib/clock.ts';
import { whole } from '../lib/http.ts';
import { mint } from './admin/mint.ts';
import { type Composition, compose } from './compose.ts';
import { userChoiceOf } from './config/config.ts';
import { readTlsPair } from './config/pem-files.ts';
import type { Config } from './config/settings.ts';
import { startWarnings } from './config/start-warnings.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from './edge/listen.ts';
import { trustedProxies } from './edge/proxies.ts';
import { startBackgroundWorker } from './jobs/background-worker.ts';
import { startHourlySweep } from './jobs/hourly-sweep.ts';
import { createLog } from './observe/log.ts';
import { createMetrics, type Metrics } from './observe/metrics.ts';
import type { Observe } from './observe/observation.ts';
import { createReadiness } from './routes/health.ts';
import { createRoutes, metricsRoute } from './routes/routes.ts';
import { readRuntimeFile, writeRuntimeFile } from './runtime-file.ts';
import { createSample, SAMPLE_KEYS, type Sample } from './sample.ts';
import { version } from './version.ts';

/** Bounds of the listener that `--metrics` may ask for: its requests have no bodies, and few read it. */
export const METRICS_BODY_LIMIT = 1024;
export const METRICS_CONNECTIONS = 64;

/** A server that accepts requests. */
export interface RunningServer {
  /** What clients call it. */
  readonly url: string;
  readonly tenantId: string;
  readonly clientId: string;
  /** The data folder, absolute. */
  readonly data: string;
  /** Ids of the sample, where one was ever made here. */
  readonly sample: Sample | undefined;
  /** Whether people choose a user on the sign-in page, or enter a password; absent where tokens come from elsewhere. */
  readonly signIn: 'choose' | 'password' | undefined;
  /** What the operator should know: whole sentences. They are in the log, too. */
  readonly warnings: readonly string[];
  readonly observe: Observe;
  /**
   * Answers what runs, closes the store.
   * @param deadline longest wait for running requests, in milliseconds
   * @param delay how long clients are told to leave before, in milliseconds; 0 by default
   */
  stop(deadline: number, delay?: number): Promise<void>;
}

/**
 * Starts a server: opens the store, listens, and fills a new database with the sample.
 * @throws dataFolderInUse, schemaTooNew, corruptStore, invalidConfiguration
 */
export async function startServer(settings: Config): Promise<RunningServer> {
  const startedAt = performance.now();
  const config = { ...settings, data: resolve(settings.data) };
  const metrics = createMetrics();
  const log = createLog(config.logLevel, { dropped: (lines) => metrics.observe({ kind: 'logLinesDropped', lines }) });
  const observe: Observe = (observation) => {
    metrics.observe(observation);
    log.observe(observation);
  };
  const tls = readTlsPair(config);
  const warnings = startWarnings(config);
  const parts = await compose(config, observe);
  if (parts.connections !== undefined) metrics.watchConnections(parts.connections);
  const readiness = createReadiness(
    () => parts.store.check(),
    () => parts.store.needsRestart,
  );
  const issuer = parts.issuer;
  const { api, renderError } = parts;
  const server = createHttpServer({
    ...createRoutes({
      api,
      issuer: issuer?.routes,
      metrics: config.metrics === true ? metrics : undefined,
      describes: config.docs,
      readiness,
      version,
    }),
    renderError,
    corsOrigins: config.corsOrigin,
    observe,
    bodyLimit: config.bodyLimit,
    bodyBudget: config.bodyBudget,
    answerBudget: config.answerBudget,
    maxConnections: config.maxConnections,
    publicUrl: config.publicUrl,
    trustedProxies: trustedProxies(config.trustedProxy),
    tls,
  });
  const metricsServer = typeof config.metrics === 'object' ? createMetricsServer({ metrics, renderError, tls }) : undefined;
  const stopWork = startBackgroundWorker(parts.work, observe);
  const stopSweep = startHourlySweep({ store: parts.store, clock: systemClock, auditDays: config.auditRetention }, observe);
  const stop = async (deadline: number, delay = 0): Promise<void> => {
    readiness.phase = 'draining';
    await server.close(deadline, delay);
    await metricsServer?.close(0);
    await Promise.all([stopSweep(), stopWork()]);
    try {
      await parts.close();
      observe({ kind: 'stopped' });
    } finally {
      await log.close();
    }
  };
  try {
    const url = await listen(server, config);
    if (metricsServer !== undefined) await listen(metricsServer, { ...config, ...(config.metrics as object) }, '--metrics');
    const sample = await ensureSample(parts, { ...config, publicUrl: url });
    writeRuntimeFile(config.data, 'runtime.json', { url, pid: process.pid });
    for (const message of warnings) observe({ kind: 'warned', message });
    readiness.phase = 'ready';
    observe({ kind: 'ready', url, milliseconds: performance.now() - startedAt });
    const { tenantId, clientId } = parts.credentials;
    const signIn = issuer && (userChoiceOf(config) === undefined ? 'password' : 'choose');
    return { url, tenantId, clientId, data: config.data, sample, signIn, warnings, observe, stop };
  } catch (error) {
    await stop(0);
    throw error;
  }
}

/** The listener that shows the metrics alone. Its own requests do not count among them. */
const createMetricsServer = ({
  metrics,
  ...options
}: Pick<HttpServerOptions, 'renderError' | 'tls'> & { readonly metrics: Metrics }): HttpServer =>
  createHttpServer({
    ...options,
    routes: [metricsRoute(metrics)],
    handle: async () => {
      throw new AppError('notFound', 'Here is nothing but /metrics.');
    },
    observe: () => undefined,
    bodyLimit: METRICS_BODY_LIMIT,
    maxConnections: METRICS_CONNECTIONS,
  });

/** @returns the URL that clients use */
async function listen(server: HttpServer, config: Config, setting = '--port'): Promise<string> {
  const { host, port } = config;
  const bound = await server.listen({ host, port }).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'EADDRINUSE' ? `another program listens there. Stop it, or choose another ${setting}` : cause.message;
    throw new AppError('invalidConfiguration', `Cannot listen on ${host} port ${port}: ${why}.`, { cause });
  });
  const name = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
  return config.publicUrl ?? `${config.tlsCert === undefined ? 'http' : 'https'}://${name}:${bound}`;
}

/** Only a database that nobody has written to gets the sample, so that a deleted one stays deleted. */
async function ensureSample(parts: Composition, config: Config & { readonly publicUrl: string }): Promise<Sample | undefined> {
  const known = readRuntimeFile(config.data, 'sample.json', SAMPLE_KEYS);
  if (known !== undefined || !config.sample || parts.issuer === undefined || !parts.isFirst || (await parts.countTenants()) > 0)
    return known;
  const sample = await createSample({ handle: whole(parts.api), origin: config.publicUrl, token: await mint(config, {}) });
  writeRuntimeFile(config.data, 'sample.json', sample);
  return sample;
}
