import { copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '../../lib/app-error.ts';
import { uuidV4 } from '../../lib/ids.ts';
import { syncFolder } from '../../lib/secret-file.ts';
import { copyDatabase } from '../compose.ts';
import type { Config } from '../config/settings.ts';
import { type CheckTotals, checkDatabase } from './check-database.ts';

/** What belongs to a data folder besides the database: without these, tokens, clients and secrets of it are worth nothing. */
const FILES = ['instance.json', 'issuer-keys.json', 'secret-keys.json', 'sample.json'];

/** Which folder is copied to which. */
export interface FolderCopy extends Pick<Config, 'secretKeys'> {
  readonly from: string;
  readonly to: string;
}

/**
 * Copies a data folder, also while a server writes to it. The copy is a data folder, too: one that a server can be started on. It
 * has its name only when it is whole, on disk, and verified: every page, every counter, every secret. A file of keys that lies elsewhere
 * (`secretKeys`) is not copied.
 * @throws invalidConfiguration when the target is there, or cannot be written; storeUnavailable, corruptStore, schemaTooNew
 */
export async function copyDataFolder({ from, to: given, secretKeys }: FolderCopy): Promise<CheckTotals> {
  const to = resolve(given);
  await refuseUsed(to);
  const making = join(dirname(to), `.${basename(to)}.${uuidV4()}.partial`);
  try {
    await mkdir(dirname(to), { recursive: true });
    await mkdir(making, { mode: 0o700 });
    await copyFiles(from, making);
    await copyDatabase(from, making);
    const problems: string[] = [];
    const totals = await checkDatabase({ data: making, secretKeys }, (_, sentence) => problems.push(sentence));
    if (totals.problems > 0) {
      throw new AppError(
        'corruptStore',
        `What was copied is not in order (${totals.problems} problems, the first: ${problems[0]}). Run 'muster doctor' on ${from}.`,
      );
    }
    await syncFolder(making);
    await rename(making, to);
    await syncFolder(dirname(to));
    return totals;
  } catch (cause) {
    throw cause instanceof AppError
      ? cause
      : new AppError('invalidConfiguration', `${to} cannot be written: ${(cause as Error).message}. Choose another folder.`, { cause });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** An empty folder may be there, as containers mount one. */
async function refuseUsed(to: string): Promise<void> {
  const found = await readdir(to).catch(() => []);
  if (found.length > 0)
    throw new AppError('invalidConfiguration', `${to} is not empty. Name a folder that does not exist; nothing is overwritten.`);
}

async function copyFiles(from: string, to: string): Promise<void> {
  for (const name of FILES) {
    const path = join(to, name);
    const isThere = await copyFile(join(from, name), path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
    if (!isThere) continue;
    const file = await open(path, 'r');
    try {
      await file.chmod(0o600);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
