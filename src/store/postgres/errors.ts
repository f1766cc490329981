import { AppError } from '../../lib/app-error.ts';
import { readOnlyError } from './connection/database-state.ts';

/** What PostgreSQL's errors mean to the store's callers. */

/** The five characters of an error that came from the database; undefined for other errors. */
export const sqlState = (error: unknown): string | undefined => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
};

/** Whether the transaction lost against another one and may simply be tried again: a serialisation failure or a deadlock. */
export const isConflict = (error: unknown): boolean => ['40001', '40P01'].includes(sqlState(error) ?? '');

/** Whether a row with such a key is there already. */
export const isTaken = (error: unknown): boolean => sqlState(error) === '23505';

/** Whether the database takes no writes: it has become a standby, or was set to be read-only. */
export const isReadOnly = (error: unknown): boolean => sqlState(error) === '25006';

/** Limits of PostgreSQL's compiler: too many parameters, columns or joins, or too deep a nesting. */
const TOO_LARGE: ReadonlySet<string> = new Set(['54000', '54001', '54011', '54023', '08P01']);
const CORRUPT: ReadonlySet<string> = new Set(['XX001', 'XX002']);
const INVALID_PATTERN = '2201B';
const CANCELED = '57014';

/** Names the fact behind an error. Errors with a code of their own stay what they are. */
export function storeError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  if (isReadOnly(cause)) return readOnlyError(cause);
  const state = sqlState(cause) ?? '';
  if (TOO_LARGE.has(state)) {
    return new AppError('tooDeep', 'The query is too large for the store: use fewer conditions, or ask in several requests.', { cause });
  }
  if (state === INVALID_PATTERN) {
    return new AppError('invalidQueryOption', 'The pattern of matchesPattern is no regular expression that can be matched here.', {
      cause,
    });
  }
  if (CORRUPT.has(state)) return new AppError('corruptStore', 'The database is damaged; restore it from a backup.', { cause });
  if (state === CANCELED) {
    return new AppError('storeUnavailable', 'The database took longer than --database-timeout allows; ask for less at once.', { cause });
  }
  return unavailable(cause);
}

/** The error of everybody who is hit by a fault that is not their own. */
export const unavailable = (cause: unknown): AppError =>
  new AppError('storeUnavailable', 'The data could not be read or written; try again, and see the log of the server.', { cause });

/** The error of everybody who needs a connection while none can be made. */
export const unreachable = (cause: unknown): AppError =>
  new AppError('storeUnavailable', 'The database cannot be reached; try again, and see the log of the server.', { cause, isLogged: true });

/** The error of rows that were to be added, and were not: a tenant's own row is missing. */
export const lost = ({ name }: { readonly name: string }): AppError =>
  new AppError('corruptStore', `A row of ${name} could not be added, as its tenant is not registered in the database; restore a backup.`);

/** The error of a key that is taken. */
export const alreadyExists = (cause?: unknown): AppError =>
  new AppError('alreadyExists', 'An item with this key exists already; choose another id or update the item.', { cause });
