import type { Writer } from '../contract.ts';

/** One unit of work that waits for its transaction. It may be run again: nobody has been told of what it did before. */
export interface QueuedJob {
  readonly tenantId: string;
  readonly work: (writer: Writer) => Promise<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  /** When it came, as `performance.now()` says it. */
  readonly since: number;
  /** How often a conflict with another transaction took it back. */
  conflicts: number;
}
