import { dataSet } from '../../domain/doctor/copy-table.ts';
import { findOne } from '../../domain/unit-of-work.ts';
import { AppError } from '../../lib/app-error.ts';
import { instance } from '../../model/internal.ts';
import { NO_TENANT, type Reader, type Store, type Writer } from '../../store/contract.ts';
import { tenant } from '../../store/schema/table.ts';

/** A row that stands in a database while a data set is copied into it: no server starts on it, and the copy can go on after an interruption. */

const KEY = { name: 'copy' };

/** Whether a copy into this database has begun and not ended. */
export const isBeingFilled = async (reader: Reader): Promise<boolean> => (await findOne(reader, instance, KEY)) !== undefined;

/**
 * Marks an empty database.
 * @returns whether it was marked before: a copy was interrupted
 * @throws invalidConfiguration when it holds something else
 */
export function beginFilling(store: Pick<Store, 'write'>): Promise<boolean> {
  return store.write(NO_TENANT, async (writer) => {
    if (await isBeingFilled(writer)) return true;
    for (const from of [tenant, instance, ...dataSet.ofNobody]) {
      if ((await writer.count({ from, scope: {} })) === 0) continue;
      throw new AppError(
        'invalidConfiguration',
        'The target holds data, or a server has used it. Name a database that is empty; nothing is overwritten.',
      );
    }
    await writer.insert(instance, { ...KEY, content: '' });
    return false;
  });
}

/** Removes the mark: the copy is whole. */
export async function endFilling(writer: Writer): Promise<void> {
  await writer.delete({ from: instance, scope: KEY });
}
