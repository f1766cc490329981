import { closeSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../../lib/app-error.ts';
import { folderError } from '../../../lib/folder-error.ts';
import { isBusy, isUnwritable, NOT_A_DATABASE, resultCode, storeError } from '../errors.ts';

/** The file that a data folder is locked with. */
export const LOCK_FILE = 'muster.lock';

/** Keeps a data folder to one process. */
interface FolderLock {
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

/** How often it is looked whether the files of the folder are still the ones that are open, in milliseconds, besides with each group of writes. */
const FOLDER_LOOK_MS = 1000;

/** Who is told. */
interface FolderKeeper {
  /** Looks whether the database is still where it was. @returns whether it is */
  look(): boolean;
  /** Another process has the folder. */
  taken(error: AppError): void;
}

/** Keeps a folder's lock: takes it again where somebody has removed its file, since another process could take it then. */
export class FolderWatch {
  readonly #folder: string;
  readonly #path: string;
  #lock: FolderLock;
  #file: NamedFile;
  #timer: NodeJS.Timeout | undefined;

  /** @throws as {@link lockFolder} */
  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, LOCK_FILE);
    this.#lock = lockFolder(folder);
    this.#file = new NamedFile(this.#path);
  }

  /** Looks from now on, now and then. */
  start(keeper: FolderKeeper): void {
    this.#timer = setInterval(() => {
      if (keeper.look() && !this.#file.isNamed()) this.#takeAgain(keeper);
    }, FOLDER_LOOK_MS).unref();
  }

  /** Gives up the folder. */
  release(): void {
    clearInterval(this.#timer);
    this.#lock.release();
  }

  #takeAgain(keeper: FolderKeeper): void {
    try {
      closeSync(openSync(this.#path, 'a', 0o600));
      const lock = lockFolder(this.#folder);
      this.#lock.release();
      this.#lock = lock;
      this.#file = new NamedFile(this.#path);
    } catch (error) {
      if (error instanceof AppError && error.code === 'dataFolderInUse') keeper.taken(otherWriter());
      // Anything else: the next look tries again.
    }
  }
}

/** The error of a store whose database another one writes to. */
export const otherWriter = (): AppError =>
  new AppError(
    'storeUnavailable',
    'Another Muster has begun to write to this data folder, since the file muster.lock was removed; this one has stopped to. Stop one of the two.',
  );

/** A file that this process has open, and the path by which others find it. */
export class NamedFile {
  readonly #path: string;
  readonly #identity: string | undefined;

  /** @param path leads to the file now */
  constructor(path: string) {
    this.#path = path;
    this.#identity = identityOf(path);
  }

  /** Whether the path still leads to it: neither was removed, moved away or replaced. */
  isNamed(): boolean {
    return this.#identity !== undefined && identityOf(this.#path) === this.#identity;
  }
}

function identityOf(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats && `${stats.dev}:${stats.ino}`;
  } catch {
    return undefined; // the folder is not there, or a disk does not answer
  }
}
