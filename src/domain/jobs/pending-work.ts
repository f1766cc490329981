import { pendingWork } from '../../model/internal.ts';
import type { Reader } from '../../store/contract.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/**
 * What would take too long for one transaction: a write does the first piece of it and leaves the rest in a row of its own
 * transaction, so that either both are there or none. `background.ts` does it piece by piece, `work-kinds.ts` says what a piece of
 * each kind is. Every piece is a transaction after which all counters are true.
 */

/** The kinds of work. An entity has one of each at most. */
export type WorkKind = 'remove' | 'rename' | 'reset';

/** What a piece is made of, and what it came to. */
export type WorkPiece<Progress, Left = Progress> = (
  change: UnitOfWork,
  ownerId: string,
  piece: { readonly progress: Progress /** How many rows it may look at. */; readonly size: number },
) => Promise<{ readonly rows: number /** Absent when all is done. */; readonly left?: Left }>;

const tenantOf = ({ origin }: UnitOfWork): string => origin.caller.tenantId;

/** Leaves work for later, in the place of what is left of that kind. */
async function leaveForLater(change: UnitOfWork, [kind, ownerId]: readonly [WorkKind, string], progress: object): Promise<void> {
  await forgetWork(change, ownerId, kind);
  const row = { tenantId: tenantOf(change), kind, ownerId, progress: JSON.stringify(progress), leasedUntil: 0 };
  await change.writer.insert(pendingWork, row);
}

/** Does the first piece of some work, and leaves for later what is left then. Replaces what is left of that kind. */
export async function startWork<Progress extends object>(
  change: UnitOfWork,
  [kind, ownerId]: readonly [WorkKind, string],
  { piece, progress, size }: { readonly piece: WorkPiece<Progress>; readonly progress: Progress; readonly size: number },
): Promise<void> {
  await forgetWork(change, ownerId, kind);
  const { left } = await piece(change, ownerId, { progress, size });
  if (left !== undefined) await leaveForLater(change, [kind, ownerId], left);
}

/** Drops what is left of an entity's work, or of that of one kind. */
export async function forgetWork(change: UnitOfWork, ownerId: string, kind?: WorkKind): Promise<void> {
  const scope = { tenantId: tenantOf(change), ownerId, ...(kind === undefined ? {} : { kind }) };
  await change.writer.delete({ from: pendingWork, scope });
}

/** What is left of an entity's work of one kind. Cheap to ask: the store remembers it for a group of writes. */
export async function workLeft<Progress>(change: UnitOfWork, kind: WorkKind, ownerId: string): Promise<Progress | undefined> {
  const scope = { tenantId: tenantOf(change), kind, ownerId };
  const [row] = await change.writer.select({ from: pendingWork, scope, orderBy: [], limit: 1, properties: ['progress'] });
  const progress: Progress | undefined = row && JSON.parse(row.progress);
  return progress;
}

/** The entities of a tenant whose rows are still being removed. */
export async function ownersRemoved(reader: Reader, tenantId: string): Promise<readonly string[]> {
  const kind: WorkKind = 'remove';
  const rows = await reader.select({ from: pendingWork, scope: { tenantId, kind }, orderBy: [], properties: ['ownerId'] });
  return rows.map(({ ownerId }) => ownerId);
}
