import { AppError } from '../../lib/app-error.ts';
import type { Writer } from '../contract.ts';
import type { Session } from './session.ts';

/** Work that waits for its transaction. */
export interface Job {
  readonly tenantId: string;
  /** Of an append: jobs of one place run as one piece of work. */
  readonly place: string | undefined;
  readonly item: unknown;
  readonly work: (writer: Writer, items: readonly unknown[]) => Promise<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  /** `performance.now()` when it came. */
  readonly since: number;
  /** Set when it shared a transaction with a job that failed: now each runs for itself, behind a savepoint. */
  isGuarded: boolean;
  conflicts: number;
}

/** Jobs that run as one piece of work. */
export type Unit = readonly [Job, ...Job[]];

/** How a job ended. */
export interface Outcome {
  readonly job: Job;
  readonly value?: unknown;
  readonly failure?: { readonly error: unknown };
}

/** Appends of one place are one unit, unless they must be told apart. */
export function unitsOf(group: readonly Job[]): readonly Unit[] {
  const appends = new Map<string, Job[]>();
  const units: Job[][] = [];
  for (const job of group) {
    const place = job.place === undefined || job.isGuarded ? undefined : `${job.tenantId} ${job.place}`;
    const known = place === undefined ? undefined : appends.get(place);
    if (known !== undefined) known.push(job);
    else {
      const unit = [job];
      units.push(unit);
      if (place !== undefined) appends.set(place, unit);
    }
  }
  return units as unknown as readonly Unit[];
}

/** Runs a unit. @returns how each of its jobs ended */
export async function attempt(session: Session, unit: Unit): Promise<readonly Outcome[]> {
  const [{ tenantId, place, work, isGuarded }] = unit;
  try {
    const items = unit.map(({ item }) => item);
    const value = await session.run(tenantId, (writer) => work(writer, items), isGuarded);
    if (place === undefined) return [{ job: unit[0], value }];
    return unit.map((job, index) => outcomeOf(job, (value as readonly unknown[])[index]));
  } catch (error) {
    const failure = { error };
    return unit.map((job) => ({ job, failure }));
  }
}

const outcomeOf = (job: Job, result: unknown): Outcome =>
  result instanceof AppError ? { job, failure: { error: result } } : { job, value: result };

/** Whether the work of several jobs has failed as a whole, so that one of them may be at fault for all. */
export const hasFailedForAll = (outcomes: readonly Outcome[]): boolean =>
  outcomes.length > 1 && outcomes[0]!.failure !== undefined && outcomes.every(({ failure }) => failure === outcomes[0]!.failure);

/** Tells the caller of a job. */
export function end(outcome: Outcome): void {
  if (outcome.failure === undefined) outcome.job.resolve(outcome.value as never);
  else outcome.job.reject(outcome.failure.error);
}

/** Whether an error is the store's fault, and not the job's. */
export const isFault = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'storeUnavailable' || error.code === 'corruptStore');
