import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { Infer } from '../../edm/infer.ts';
import type { Clock } from '../../lib/clock.ts';
import { pendingWork } from '../../model/internal.ts';
import { NO_TENANT, type Reader, type Store } from '../../store/contract.ts';
import { renamePiece } from '../remediation/health-script-rules.ts';
import { resetPiece } from '../run-states/reset-states.ts';
import type { Vault } from '../secrets/vault.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';
import { removePiece, type WorkKind, type WorkPiece } from './pending-work.ts';

/**
 * Does the work that writes have stored (`pending-work.ts`). The transaction of a piece deletes the row of the work and inserts it again with
 * the rest: an interrupted piece has not happened. A lease keeps processes of one database from doing the same piece. If two take it
 * nevertheless, the second finds a changed row and does nothing.
 */

/** The piece of each kind of work. Its progress is what an earlier piece of the same kind returned. */
const KINDS: Readonly<Record<WorkKind, WorkPiece<never, object>>> = {
  remove: removePiece,
  rename: renamePiece,
  reset: resetPiece,
};

/** How long other processes wait for the next piece of one that may have died. */
export const LEASE_MS = 5000;

/** A row of stored work. */
export type FoundWork = Infer<typeof pendingWork>;

/** The tools of a piece. */
export interface WorkParts {
  /** The store below the soft-delete filter, which hides the rows that a piece removes. */
  readonly store: Pick<Store, 'read' | 'write'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly vault: Vault;
}

/** The result of a piece. */
export interface PieceDone {
  readonly rows: number;
  /** How long the transaction took, its commit included, in milliseconds. */
  readonly milliseconds: number;
  /** The work that is left; absent when it is done, or another process has it. */
  readonly left?: FoundWork;
}

const keyOf = ({ tenantId, kind, ownerId }: FoundWork): Pick<FoundWork, 'tenantId' | 'kind' | 'ownerId'> => ({ tenantId, kind, ownerId });

/** The stored work of all tenants, including work that other processes do. */
export const findWork = (store: Pick<Store, 'read'>): Promise<readonly FoundWork[]> =>
  store.read(NO_TENANT, (reader: Reader) => reader.select({ from: pendingWork, scope: {}, orderBy: [] }));

/** Whether no process does some work. @param unchangedFor for how many milliseconds its lease has not changed */
export const isFree = ({ leasedUntil }: FoundWork, unchangedFor: number): boolean => leasedUntil === 0 || unchangedFor >= LEASE_MS;

/** A name for some work that does not change with its progress. */
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
    const { rows, left } = await KINDS[work.kind as WorkKind](changeOf(parts, writer, work), work.ownerId, {
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

/** A unit of work without a request; its caller is Muster itself. */
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
