import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../../lib/app-error.ts';
import { type FolderLock, LOCK_FILE, lockFolder } from './folder-lock.ts';
import { NamedFile } from './named-file.ts';

/** How often it is looked whether the files of the folder are still the ones that are open, in milliseconds, besides with each group of writes. */
export const FOLDER_LOOK_MS = 1000;

/** Who is told. */
export interface FolderKeeper {
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
