import { closeSync, existsSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { AppError } from '../../../lib/app-error.ts';
import { storeError } from '../errors.ts';
import { DATABASE_FILE } from '../open.ts';

/** All pages in one step: between steps a write would make it start again, so that beside a busy server it would never end. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Copies the database of a data folder into another folder, as it is at one moment: what was committed before it started is there.
 * A server may go on writing to it meanwhile; its write-ahead log grows until the copy is made. The copy is a single file, on disk
 * and whole when this resolves.
 * @throws storeUnavailable when there is no database, or the copy cannot be written; corruptStore when the copy is damaged
 */
export async function copySqliteDatabase(from: string, to: string): Promise<void> {
  const [source, target] = [join(from, DATABASE_FILE), join(to, DATABASE_FILE)];
  if (!existsSync(source)) throw new AppError('storeUnavailable', `There is no data in ${from}; name a data folder or a backup.`);
  try {
    closeSync(openSync(target, 'wx', 0o600));
    const database = new DatabaseSync(source, { readOnly: true });
    try {
      database.exec('PRAGMA busy_timeout = 5000');
      await backup(database, target, { rate: ALL_PAGES });
    } finally {
      database.close();
    }
    checkCopy(target);
  } catch (error) {
    throw storeError(error);
  }
}

/** Reads every page, and leaves a file that can be read without another beside it. */
function checkCopy(path: string): void {
  const copy = new DatabaseSync(path);
  try {
    copy.exec('PRAGMA journal_mode = DELETE');
    const found = copy.prepare('PRAGMA integrity_check(1)').get()?.integrity_check;
    if (found !== 'ok')
      throw new AppError(
        'corruptStore',
        `The copied database is damaged (${String(found)}); see whether the one that it was made from is.`,
      );
  } finally {
    copy.close();
  }
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
