import { AppError } from '../../../lib/app-error.ts';

/** What a database can be to a server. */
export type DatabaseCondition = 'available' | 'readOnly' | 'unreachable';

/** After a database was found read-only, how long writes are refused without asking again, in milliseconds. */
export const READ_ONLY_PAUSE_MS = 1000;

/** The error of writes while the database takes none. */
export const readOnlyError = (cause?: unknown): AppError =>
  new AppError(
    'storeUnavailable',
    'The database accepts no writes: it is a standby, or set to be read-only. Writes go on when --database leads to a primary again.',
    { cause, isLogged: true },
  );

/** What is known of the database that the connections of a store lead to. */
export class DatabaseState {
  #condition: DatabaseCondition = 'available';
  #refusedUntil = 0;
  /** Connections of an earlier era may lead to what was the primary once: they are not used any more. */
  era = 0;
  readonly #changed: (condition: DatabaseCondition, cause: unknown) => void;

  /** @param changed told of each change, not of each request that it hits */
  constructor(changed: (condition: DatabaseCondition, cause: unknown) => void) {
    this.#changed = changed;
  }

  /** @throws storeUnavailable when it was found read-only a moment ago */
  refuseWrites(): void {
    if (this.#condition === 'readOnly' && performance.now() < this.#refusedUntil) throw readOnlyError();
  }

  foundReadOnly(cause: unknown): void {
    this.#refusedUntil = performance.now() + READ_ONLY_PAUSE_MS;
    this.#become('readOnly', cause);
  }

  foundUnreachable(cause: unknown): void {
    this.#become('unreachable', cause);
  }

  /** A connection was made. */
  foundReachable(): void {
    if (this.#condition === 'unreachable') this.#become('available');
  }

  foundWritable(): void {
    this.#become('available');
  }

  #become(condition: DatabaseCondition, cause?: unknown): void {
    if (this.#condition === condition) return;
    if (condition === 'readOnly' || this.#condition === 'readOnly') this.era++;
    this.#condition = condition;
    this.#changed(condition, cause);
  }
}
