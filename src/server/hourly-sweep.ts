import { forgetExpired } from '../domain/repeatable-answer.ts';
import type { Clock } from '../lib/clock.ts';
import type { Store } from '../store/contract.ts';
import { tenant } from '../store/schema/tenant.ts';
import type { Observe } from './observation.ts';

const HOUR_MS = 3_600_000;

const NO_TENANT = '00000000-0000-0000-0000-000000000000';

/** Removes, tenant by tenant, what has expired. */
export async function sweep(store: Pick<Store, 'read' | 'write'>, clock: Clock): Promise<void> {
  const tenants = await store.read(NO_TENANT, (reader) => reader.select({ from: tenant, scope: {}, orderBy: [], properties: ['guid'] }));
  for (const { guid } of tenants) await forgetExpired(store, guid as string, clock.now());
}

/** Sweeps now and every hour, beside the requests. @returns how to stop; resolves when nothing runs any more */
export function startHourlySweep(store: Pick<Store, 'read' | 'write'>, clock: Clock, observe: Observe): () => Promise<void> {
  let running = Promise.resolve();
  const run = (): void => {
    running = running
      .then(() => sweep(store, clock))
      .catch((cause) => observe({ kind: 'failed', what: 'removing what has expired', cause }));
  };
  run();
  const timer = setInterval(run, HOUR_MS).unref();
  return () => {
    clearInterval(timer);
    return running;
  };
}
