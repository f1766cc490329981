import { AppError } from '../../lib/app-error.ts';
import type { HttpResponse, HttpRoute } from '../../lib/http.ts';
import { jsonPage, readOnlyRoute } from './read-only-route.ts';

/** Whether the server should get requests: it is when it has started, does not stop, and its store can be read and written to. */
export interface Readiness {
  phase: 'starting' | 'ready' | 'draining';
  /** @returns why it is not ready, or undefined when it is */
  check(): Promise<string | undefined>;
  /** @returns why it must be started again, or undefined where it need not */
  failure(): string | undefined;
}

/** `/readyz` waits so long for the store, in milliseconds. */
export const READY_PATIENCE_MS = 2_000;

/**
 * @param probe tries whether the store takes writes
 * @param needsRestart why only another start helps
 */
export function createReadiness(probe: () => Promise<unknown>, needsRestart: () => AppError | undefined = () => undefined): Readiness {
  return {
    phase: 'starting',
    async check() {
      if (this.phase !== 'ready') return this.phase;
      const { promise: late, resolve } = Promise.withResolvers<string>();
      const timer = setTimeout(resolve, READY_PATIENCE_MS, 'the store does not answer');
      const tried = probe().then(
        () => undefined,
        (error) => (error instanceof AppError && error.code !== 'internal' ? error.message : 'the store cannot be read or written'),
      );
      const reason = await Promise.race([tried, late]);
      clearTimeout(timer);
      return reason;
    },
    failure: () => needsRestart()?.message,
  };
}

/** `/healthz`: whether the process is up, and 503 where only another start helps; `/readyz`: whether it should get requests. */
export const healthRoutes = (readiness: Readiness): readonly HttpRoute[] => [
  readOnlyRoute('/healthz', async () => stateOf(readiness.failure(), { good: 'up', bad: 'restart needed' })),
  readOnlyRoute('/readyz', async () => stateOf(await readiness.check(), { good: 'ready', bad: 'not ready' })),
];

const stateOf = (reason: string | undefined, { good, bad }: { readonly good: string; readonly bad: string }): HttpResponse =>
  reason === undefined ? jsonPage(200, { status: good }) : jsonPage(503, { status: bad, reason });
