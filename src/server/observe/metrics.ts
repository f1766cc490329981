import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Observe, RequestFinished } from './observation.ts';

/** Connections to a database: open ones, those among them that nobody uses, and those who wait for one. */
export interface Connections {
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}

/** Numbers for Prometheus. */
export interface Metrics {
  readonly observe: Observe;
  readonly contentType: string;
  /** Tells of a pool of connections whenever somebody asks. */
  watchConnections(look: () => Connections): void;
  /** The text that `/metrics` answers. */
  expose(): Promise<string>;
}

const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const COMMIT_WRITES = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** Bounds the number of series: a client can send any of some forty methods. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']);

/** Makes a registry of its own, so that two servers in one process do not share numbers. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const labelNames = ['method', 'status', 'operation'] as const;
  const requests = new Counter({ name: 'muster_http_requests_total', help: 'Requests answered', labelNames, registers });
  const parts = new Counter({ name: 'muster_batch_requests_total', help: 'Requests answered inside batches', labelNames, registers });
  const seconds = new Histogram({
    name: 'muster_http_request_seconds',
    help: 'Time from the headers of a request to its answer',
    labelNames: ['operation'],
    buckets: REQUEST_SECONDS,
    registers,
  });
  const inFlight = new Gauge({ name: 'muster_http_requests_in_flight', help: 'Requests being answered', registers });
  const writable = new Gauge({ name: 'muster_store_writable', help: '0 while the store refuses writes', registers });
  writable.set(1);
  const refused = new Counter({ name: 'muster_http_connections_refused_total', help: 'Connections without valid HTTP', registers });
  const overLimit = new Counter({
    name: 'muster_http_connections_over_limit_total',
    help: 'Connections beyond the limit, answered 503 or closed',
    registers,
  });
  const droppedLines = new Counter({
    name: 'muster_log_lines_dropped_total',
    help: 'Log lines that were dropped because nobody read them in time',
    registers,
  });
  const writes = new Histogram({
    name: 'muster_commit_writes',
    help: 'Writes that shared a commit; device states that were created together count as one',
    buckets: COMMIT_WRITES,
    registers,
  });
  const flushes = new Histogram({
    name: 'muster_commit_seconds',
    help: 'Time of a commit, including its flush to disk',
    buckets: REQUEST_SECONDS,
    registers,
  });
  const checkpoints = new Histogram({
    name: 'muster_checkpoint_seconds',
    help: 'Time of a checkpoint of the write-ahead log, in its own thread',
    buckets: REQUEST_SECONDS,
    registers,
  });
  const walPages = new Gauge({ name: 'muster_wal_pages', help: 'Pages of the write-ahead log at the last checkpoint', registers });
  const works = new Gauge({ name: 'muster_background_work', help: 'Background jobs that are not done yet', registers });
  const workRows = new Counter({
    name: 'muster_background_rows_total',
    help: 'Rows that background jobs have looked at',
    labelNames: ['kind'],
    registers,
  });
  const pieces = new Histogram({
    name: 'muster_background_piece_seconds',
    help: 'Time of one piece of a background job in the store',
    buckets: REQUEST_SECONDS,
    registers,
  });

  // Watching the process costs timers and memory, so it starts when somebody first looks.
  let watching = false;
  const watchProcess = (): void => {
    if (!watching) collectDefaultMetrics({ register: registry });
    watching = true;
  };

  // Finding a labelled series costs more than counting in it, so each is found once.
  const counted = memo((key) => {
    const [method, status, operation] = key.split(' ') as [string, string, string];
    return { total: requests.labels({ method, status, operation }), seconds: seconds.labels({ operation }) };
  });
  const labelsOf = ({ request, response }: Pick<RequestFinished, 'request' | 'response'>) => ({
    method: METHODS.has(request.method) ? request.method : 'other',
    status: `${Math.floor(response.status / 100)}xx`,
    operation: response.facts?.operation ?? 'none',
  });
  const count = (finished: RequestFinished): void => {
    const { method, status, operation } = labelsOf(finished);
    const series = counted(`${method} ${status} ${operation}`);
    series.total.inc();
    series.seconds.observe(finished.milliseconds / 1000);
    for (const part of finished.response.facts?.parts ?? []) parts.inc(labelsOf(part));
  };

  return {
    contentType: registry.contentType,
    watchConnections(look) {
      const gauge = new Gauge({
        name: 'muster_database_connections',
        help: 'Connections to the database: open, idle among them, and waiting for one',
        labelNames: ['state'],
        registers,
        collect: () => {
          for (const [state, count] of Object.entries(look())) gauge.set({ state }, count);
        },
      });
    },
    async expose() {
      watchProcess();
      return await registry.metrics();
    },
    observe(observation) {
      switch (observation.kind) {
        case 'requestStarted':
          return inFlight.inc();
        case 'requestFinished':
          inFlight.dec();
          return count(observation);
        case 'requestAborted':
          return inFlight.dec();
        case 'connectionRefused':
          return refused.inc();
        case 'connectionOverLimit':
          return overLimit.inc();
        case 'logLinesDropped':
          return droppedLines.inc(observation.lines);
        case 'committed':
          flushes.observe(observation.milliseconds / 1000);
          return writes.observe(observation.writes);
        case 'checkpointed':
          checkpoints.observe(observation.milliseconds / 1000);
          return walPages.set(observation.pages);
        case 'writesFail':
          return writable.set(0);
        case 'writesRecovered':
          return writable.set(1);
        case 'workFound':
          return works.set(observation.works);
        case 'workDone':
          workRows.inc({ kind: observation.workKind }, observation.rows);
          return pieces.observe(observation.milliseconds / 1000);
      }
    },
  };
}

function memo<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
