import type { EntityType } from '../../edm/declare.ts';
import { model } from '../../model/index.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { startWork, type WorkPiece } from './pending-work.ts';

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
