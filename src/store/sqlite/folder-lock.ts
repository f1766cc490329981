import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../lib/app-error.ts';
import { isBusy, storeError } from './sqlite-error.ts';

/** Keeps a data folder to one process. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the folder's lock: an exclusive transaction on a file of its own. The operating system drops it with the process,
 * however that ends, so no stale lock is ever left behind.
 * @throws dataFolderInUse when another store, of this process or another one, holds it
 */
export function lockFolder(folder: string): FolderLock {
  const database = new DatabaseSync(join(folder, 'muster.lock'));
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw storeError(error);
    const message = `The data folder ${folder} is in use by another Muster; stop that one, or choose another folder with --data.`;
    throw new AppError('dataFolderInUse', message, { cause: error });
  }
  return { release: () => database.close() };
}
