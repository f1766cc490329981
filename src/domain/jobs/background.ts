import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { Infer } from '../../edm/infer.ts';
import type { Clock } from '../../lib/clock.ts';
import { pendingWork } from '../../model/internal.ts';
import { NO_TENANT, type Reader, type Store } from '../../store/contract.ts';
import type { Vault } from '../secrets/vault.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';
import type { WorkKind } from './pending-work.ts';
import { workKinds } from './work-kinds.ts';

/**
 * Does what writes have left for later (`pending-work.ts`). Each piece takes the work's row out of the store and puts it back with
 * what is left, in the transaction of the piece: an interrupted piece has not happened. A lease keeps processes apart that
 * work on one database; where two take the same work all the same, the second finds another row than it knows, and does nothing.
 */

/** How long other processes wait for the next piece of one that may have died. */
export const LEASE_MS = 5000;

/** Work as it was found. */
export type FoundWork = Infer<typeof pendingWork>;

/** What pieces are done with. */
export interface WorkParts {
  /** The store itself: through others the rows that are to be removed are not there. */
  readonly store: Pick<Store, 'read' | 'write'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly vault: Vault;
}

/** What a piece came to. */
export interface PieceDone {
  readonly rows: number;
  /** How long it kept the store busy, its commit included, in milliseconds. */
  readonly milliseconds: number;
  /** The work as it is now; absent when it is done, or somebody else has it. */
  readonly left?: FoundWork;
}

const keyOf = ({ tenantId, kind, ownerId }: FoundWork): Pick<FoundWork, 'tenantId' | 'kind' | 'ownerId'> => ({ tenantId, kind, ownerId });

/** All work of all tenants, also that which others are at. */
export const findWork = (store: Pick<Store, 'read'>): Promise<readonly FoundWork[]> =>
  store.read(NO_TENANT, (reader: Reader) => reader.select({ from: pendingWork, scope: {}, orderBy: [] }));

/** Whether nobody is at some work. @param unchangedFor for how long its lease has been seen as it is, in milliseconds */
export const isFree = ({ leasedUntil }: FoundWork, unchangedFor: number): boolean => leasedUntil === 0 || unchangedFor >= LEASE_MS;

/** Names the work of a row, however far it has come. */
export const nameOf = ({ tenantId, kind, ownerId }: FoundWork): string => [tenantId, kind, ownerId].join();

/** Does one piece of some work, in a transaction of its own. @param size how many rows it may look at */
export async function doPiece(parts: WorkParts, work: FoundWork, size: number): Promise<PieceDone> {
  let started = 0;
  const done = await parts.store.write(work.tenantId, async (writer) => {
    started = performance.now(); // it may have waited for others until here
    const found = await findOne(writer, pendingWork, keyOf(work));
    const taken =
      found !== undefined && found.leasedUntil === work.leasedUntil ? await writer.delete({ from: pendingWork, scope: found }) : 0;
    if (taken === 0) return { rows: 0 };
    // A piece of the same kind wrote it.
    const progress = JSON.parse(found!.progress) as never;
    const { rows, left } = await workKinds[work.kind as WorkKind](changeOf(parts, writer, work), work.ownerId, {
      progress,
      size,
    });
    if (left === undefined) return { rows };
    const leasedUntil = Math.max(Math.ceil(parts.clock.now()) + LEASE_MS, found!.leasedUntil + 1);
    const next = { ...found!, progress: JSON.stringify(left), leasedUntil };
    await writer.insert(pendingWork, next);
    return { rows, left: next };
  });
  return { ...done, milliseconds: done.rows === 0 ? 0 : performance.now() - started };
}

/** A change that nobody asked for at this moment; its caller is Muster itself. */
function changeOf({ clock, newId, vault }: WorkParts, writer: UnitOfWork['writer'], { tenantId }: FoundWork): UnitOfWork {
  const caller = {
    tenantId,
    kind: 'application',
    clientId: 'muster',
    subject: 'muster',
    permissions: new Set<string>(),
  } as const;
  return { writer, now: dateTimeOffsetOf(clock.now()), newId, origin: { caller, correlationId: newId() }, vault };
}
