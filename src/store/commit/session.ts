import type { AppError } from '../../lib/app-error.ts';
import type { Writer } from '../contract.ts';

/** One transaction after the other on one connection. */
export interface Session {
  /**
   * Opens a transaction.
   * @param tenants that its work may change
   * @param isShared whether it only appends, so that other sessions may append for the same tenants meanwhile
   */
  begin(tenants: ReadonlySet<string>, isShared: boolean): Promise<void> | void;
  /**
   * Runs work. When the work rejects, its changes are undone: alone where it is guarded, which costs a savepoint, and with the whole
   * transaction where it is not. Work that changed nothing takes nothing with it.
   */
  run<T>(tenantId: string, work: (writer: Writer) => Promise<T>, isGuarded: boolean): Promise<T>;
  /** False once the transaction was rolled back, by {@link run} or by the database. */
  readonly isOpen: boolean;
  /**
   * Commits. Resolves when another session may begin.
   * @returns the promise that the commit is on disk; undefined when it is there already
   */
  commit(): Promise<{ readonly onDisk: Promise<void> | undefined }>;
  rollback(): Promise<void> | void;
  /** Gives the connection back. */
  release(): void;
}

/** Where sessions come from, and what their database makes of errors. */
export interface Sessions {
  /** Sessions at the same time. */
  readonly lanes: number;
  /** Whether appends run in one transaction with other writes. */
  readonly mixes: boolean;
  /** Whether all work of a transaction must be of one tenant. */
  readonly oneTenant: boolean;
  /** Milliseconds after which a transaction takes no further work, because nothing else happens in the process meanwhile. */
  readonly longest: number;
  /** Asked before {@link open}. @returns undefined when a session may open now, else when to ask again */
  ready(): Promise<void> | undefined;
  /** @throws when no connection can be had */
  open(): Promise<Session>;
  /** Whether a transaction lost against another one and may be tried again. */
  isConflict(error: unknown): boolean;
  /** The error of work that a fault of the store has hit. */
  fault(cause: unknown): AppError;
}

/** What a scheduler tells about itself. */
export interface CommitObserver {
  /** @param milliseconds that the commit took, until it was on disk */
  committed?(jobs: number, milliseconds: number): void;
  failed?(error: unknown): void;
}
