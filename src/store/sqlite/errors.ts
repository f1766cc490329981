import { AppError } from '../../lib/app-error.ts';

/** What SQLite's errors mean to the store's callers. */

const PRIMARY_KEY = 1555;
const UNIQUE = 2067;
const CORRUPT = 11;
export const NOT_A_DATABASE = 26;
const CANNOT_OPEN = 14;
const BUSY = 5;
const READ_ONLY = 8;
const IO = 10;
const FULL = 13;
/** There is no room for the index of the WAL. */
const IO_SHM_SIZE = 4874;
const FAILED_FLUSHES = [1034, 1290];

/** Limits of SQLite's compiler, which it reports as plain errors. */
const TOO_LARGE = /too large|too many SQL variables|parser stack overflow|at most \d+ tables/;

/** The result code of an error that came from SQLite, with the extended bits; undefined for other errors. */
export const resultCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined;

/** Whether another process holds a lock. */
export const isBusy = (error: unknown): boolean => ((resultCode(error) ?? 0) & 0xff) === BUSY;

/** Whether a file of a database may not be opened or written. */
export const isUnwritable = (error: unknown): boolean => [READ_ONLY, CANNOT_OPEN].includes((resultCode(error) ?? 0) & 0xff);

/** Names the fact behind an error. Errors with a code of their own stay what they are. */
export function storeError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = resultCode(error) ?? 0;
  if (error instanceof Error && TOO_LARGE.test(error.message)) {
    return new AppError('tooDeep', 'The query is too large for the store: use fewer conditions, or ask in several requests.', {
      cause: error,
    });
  }
  if (code === PRIMARY_KEY || code === UNIQUE) {
    return new AppError('alreadyExists', 'An item with this key exists already; choose another id or update the item.', { cause: error });
  }
  return unavailable(error);
}

/** What the log and clients are told of disks. */
const DISKS = {
  full: 'The disk of the data folder is full: nothing was stored. Make room on it; Muster goes on by itself.',
  readOnly: 'The disk of the data folder can only be read: nothing was stored. Make it writable; Muster goes on by itself.',
  failing: 'The disk of the data folder could not be read or written (input/output error). Check the disk and its file system.',
} as const;

/** The codes of the system, where it and not SQLite was asked. */
const SYSTEM_CODES: Readonly<Record<string, keyof typeof DISKS>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EROFS: 'readOnly',
  EIO: 'failing',
};

/** What is wrong with the disk, where an error says that something is. */
export function diskFault(cause: unknown): keyof typeof DISKS | undefined {
  const code = resultCode(cause);
  if (code === undefined) return SYSTEM_CODES[String((cause as { readonly code?: unknown } | undefined)?.code)];
  if (code === IO_SHM_SIZE || (code & 0xff) === FULL) return 'full';
  if ((code & 0xff) === READ_ONLY) return 'readOnly';
  return (code & 0xff) === IO ? 'failing' : undefined;
}

/** Whether the disk has not taken what a file held: what it has kept of it is not known then. */
export const isFailedFlush = (error: unknown): boolean =>
  FAILED_FLUSHES.includes(resultCode(error) ?? 0) || (error as { readonly syscall?: unknown } | undefined)?.syscall === 'fdatasync';

/** Whether an error is a fault of the store, and not of what it was asked for. */
export const isStoreFault = (error: unknown): error is AppError =>
  error instanceof AppError && (error.code === 'storeUnavailable' || error.code === 'corruptStore');

/** Whether pages were found damaged: by SQLite, which takes those for damaged, too, that the disk does not give. */
export const isCorrupt = (error: unknown): error is AppError => error instanceof AppError && error.code === 'corruptStore';

/** The error of everybody who is hit by a fault that is not their own. */
export function unavailable(cause: unknown): AppError {
  if (isStoreFault(cause)) return cause;
  if (cause instanceof AppError) return unavailable(cause.cause);
  const code = resultCode(cause) ?? 0;
  if ((code & 0xff) === CORRUPT || code === NOT_A_DATABASE)
    return new AppError('corruptStore', 'The database file is damaged; stop Muster and restore the data folder from a backup.', { cause });
  const fault = diskFault(cause);
  const message = fault === undefined ? 'The data could not be read or written; try again, and see the log of the server.' : DISKS[fault];
  return new AppError('storeUnavailable', message, { cause });
}
