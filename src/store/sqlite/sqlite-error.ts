import { AppError } from '../../lib/app-error.ts';

/** What SQLite's errors mean to the store's callers. */

const PRIMARY_KEY = 1555;
const UNIQUE = 2067;
const CORRUPT = 11;
export const NOT_A_DATABASE = 26;
const READ_ONLY = 8;
const CANNOT_OPEN = 14;
const BUSY = 5;

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

/** The error of everybody who is hit by a fault that is not their own. */
export function unavailable(cause: unknown): AppError {
  const code = resultCode(cause) ?? 0;
  return (code & 0xff) === CORRUPT || code === NOT_A_DATABASE
    ? new AppError('corruptStore', 'The database file is damaged; stop Muster and restore the data folder from a backup.', { cause })
    : new AppError('storeUnavailable', 'The data could not be read or written; try again, and see the log of the server.', { cause });
}
