import type { EntityType } from '../../edm/declare.ts';
import { model } from '../../model/index.ts';
import { pendingWork } from '../../model/internal.ts';
import type { Appender, Reader } from '../../store/contract.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/**
 * Work that is too long for one transaction (docs/adr/0017-work-in-the-background.md). A write does the first piece and stores the rest as a
 * row, in the same transaction; `background.ts` does the rest piece by piece. All counters are right after every piece.
 */

/** The kinds of work. An entity has one of each at most. */
export type WorkKind = 'remove' | 'rename' | 'reset';

/** Does one piece of some work. @returns how many rows it looked at, and the work that is left */
export type WorkPiece<Progress, Left = Progress> = (
  change: UnitOfWork,
  ownerId: string,
  piece: { readonly progress: Progress /** How many rows it may look at. */; readonly size: number },
) => Promise<{ readonly rows: number /** Absent when all is done. */; readonly left?: Left }>;

const tenantOf = ({ origin }: Pick<UnitOfWork, 'origin'>): string => origin.caller.tenantId;

/** Stores work for later. It replaces earlier work of the same kind. */
async function leaveForLater(change: UnitOfWork, [kind, ownerId]: readonly [WorkKind, string], progress: object): Promise<void> {
  await forgetWork(change, ownerId, kind);
  const row = { tenantId: tenantOf(change), kind, ownerId, progress: JSON.stringify(progress), leasedUntil: 0 };
  await change.writer.insert(pendingWork, row);
}

/** Does the first piece of some work and stores the rest. It replaces earlier work of the same kind. */
export async function startWork<Progress extends object>(
  change: UnitOfWork,
  [kind, ownerId]: readonly [WorkKind, string],
  { piece, progress, size }: { readonly piece: WorkPiece<Progress>; readonly progress: Progress; readonly size: number },
): Promise<void> {
  await forgetWork(change, ownerId, kind);
  const { left } = await piece(change, ownerId, { progress, size });
  if (left !== undefined) await leaveForLater(change, [kind, ownerId], left);
}

/** Drops the stored work of an entity. @param kind drops work of this kind alone */
export async function forgetWork(change: UnitOfWork, ownerId: string, kind?: WorkKind): Promise<void> {
  const scope = { tenantId: tenantOf(change), ownerId, ...(kind === undefined ? {} : { kind }) };
  await change.writer.delete({ from: pendingWork, scope });
}

/** What is left of an entity's work of one kind. */
export async function workLeft<Progress>(change: UnitOfWork<Appender>, kind: WorkKind, ownerId: string): Promise<Progress | undefined> {
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

/** Removes the rows below a deleted entity in pieces. Reads name their parents, and so do not find them. */

/** Rows that are removed in the transaction of their owner, which must stay short. */
const AT_ONCE = 200;

/** The types of the rows, and their column that holds the owner's id. */
interface Removal {
  readonly types: readonly string[];
  readonly column: string;
}

const typeNamed = (name: string): EntityType => model.stored.find((type) => type.name === name)!;

/** Removes some of the rows. */
export const removePiece: WorkPiece<Removal> = async ({ writer }, ownerId, { progress: { types, column }, size }) => {
  let rows = 0;
  for (const [done, name] of types.entries()) {
    rows += await writer.delete({ from: typeNamed(name), scope: { [column]: ownerId } }, size - rows);
    if (rows >= size) return { rows, left: { types: types.slice(done), column } };
  }
  return { rows };
};

/** Removes the rows of some types that have this id in a column. */
export const removeRows = (change: UnitOfWork, ownerId: string, [column, types]: readonly [string, readonly EntityType[]]): Promise<void> =>
  startWork(change, ['remove', ownerId], {
    piece: removePiece,
    progress: { types: types.map(({ name }) => name), column },
    size: AT_ONCE,
  });
