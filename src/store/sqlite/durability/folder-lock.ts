import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../../lib/app-error.ts';
import { folderError } from '../../../lib/folder-error.ts';
import { isBusy, isUnwritable, NOT_A_DATABASE, resultCode, storeError } from '../errors.ts';

/** The file that a data folder is locked with. */
export const LOCK_FILE = 'muster.lock';

/** Keeps a data folder to one process. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the folder's lock: an exclusive transaction on a file of its own. The operating system drops it with the process,
 * however that ends, so no stale lock is ever left behind.
 * @throws dataFolderInUse when another store, of this process or another one, holds it; corruptStore when the file is none of ours;
 * invalidConfiguration when it cannot be written
 */
export function lockFolder(folder: string): FolderLock {
  const path = join(folder, LOCK_FILE);
  const database = open(folder);
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (resultCode(error) === NOT_A_DATABASE)
      throw new AppError(
        'corruptStore',
        `${path} is not a file of Muster. Remove it while no Muster runs in this folder; it holds no data.`,
        { cause: error },
      );
    if (isUnwritable(error)) throw folderError(folder, error);
    if (!isBusy(error)) throw storeError(error);
    const message = `The data folder ${folder} is in use by another Muster; stop that one, or choose another folder with --data.`;
    throw new AppError('dataFolderInUse', message, { cause: error });
  }
  return { release: () => database.close() };
}

function open(folder: string): DatabaseSync {
  try {
    return new DatabaseSync(join(folder, LOCK_FILE));
  } catch (error) {
    throw isUnwritable(error) ? folderError(folder, error) : storeError(error);
  }
}
