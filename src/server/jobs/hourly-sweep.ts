import { setTimeout as sleep } from 'node:timers/promises';
import { forgetCodes } from '../../auth/issuer/authorization-codes.ts';
import { forgetSignIns } from '../../auth/issuer/device-codes.ts';
import { removeOldEvents } from '../../domain/audit/audit.ts';
import { removeLongDeleted } from '../../domain/directory/deleted-items.ts';
import { forgetExpired } from '../../domain/repeatable-answer.ts';
import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../../store/contract.ts';
import { tenantIds } from '../admin/copy-places.ts';
import type { Observe } from '../observe/observation.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * How far the clocks of servers that share a database may lie apart: kept answers stay so much longer, as a server whose clock is behind would
 * carry out a request again that it still takes for a repeated one.
 */
const CLOCKS_APART_MS = 15 * 60_000;

/** Behind each step and each tenant: the store, and the process, are for requests first. */
const PAUSE_MS = 20;

export interface SweepOptions {
  readonly store: Pick<Store, 'read' | 'write'>;
  readonly clock: Clock;
  /** How long audit events are kept. */
  readonly auditDays: number;
}

/**
 * Removes what has expired: sign-ins by device code, authorization codes and, tenant by tenant, kept answers, audit events and deleted objects.
 * @param signal ends it early
 */
export async function sweep({ store, clock, auditDays }: SweepOptions, signal?: AbortSignal): Promise<void> {
  const oldest = dateTimeOffsetOf(clock.now() - auditDays * DAY_MS);
  for (const tenantId of await tenantIds(store)) {
    if (signal?.aborted) return;
    await forgetExpired(store, tenantId, clock.now() - CLOCKS_APART_MS);
    for (let more = true; more && !signal?.aborted; await pause(PAUSE_MS, signal)) more = await removeOldEvents(store, tenantId, oldest);
    for (let more = true; more && !signal?.aborted; await pause(PAUSE_MS, signal))
      more = await removeLongDeleted(store, tenantId, clock.now());
  }
  await forgetSignIns(store, clock);
  await forgetCodes(store, clock);
}

const pause = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
  sleep(milliseconds, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) }).catch(() => undefined);

/** Sweeps now and every hour, beside the requests. @returns how to stop; resolves when nothing runs any more */
export function startHourlySweep(options: SweepOptions, observe: Observe): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async (): Promise<void> => {
    for (; !signal.aborted; await pause(HOUR_MS, signal)) {
      await sweep(options, signal).catch((cause) => observe({ kind: 'failed', what: 'removing what has expired', cause }));
    }
  };
  const running = run();
  return () => {
    stopping.abort();
    return running;
  };
}
