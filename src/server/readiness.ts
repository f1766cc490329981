import { AppError } from '../lib/app-error.ts';

/** Whether the server should get requests: it is when it has started, does not stop, and its store can be read and written to. */
export interface Readiness {
  phase: 'starting' | 'ready' | 'draining';
  /** @returns why it is not ready, or undefined when it is */
  check(): Promise<string | undefined>;
}

const PATIENCE_MS = 2_000;

/** @param probe asks the store whether it can be read and written to; an `AppError` of its own says why not */
export function createReadiness(probe: () => Promise<unknown>): Readiness {
  return {
    phase: 'starting',
    async check() {
      if (this.phase !== 'ready') return this.phase;
      const { promise: late, resolve } = Promise.withResolvers<string>();
      const timer = setTimeout(resolve, PATIENCE_MS, 'the store does not answer');
      const read = probe().then(
        () => undefined,
        (error) => (error instanceof AppError && error.code !== 'internal' ? error.message : 'the store cannot be read or written'),
      );
      const reason = await Promise.race([read, late]);
      clearTimeout(timer);
      return reason;
    },
  };
}
