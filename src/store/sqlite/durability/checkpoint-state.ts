/** Where the thread that commits and the thread that checkpoints meet: numbers in memory that both see. */
export const SHARED = {
  /** Counts commits. */
  commits: 0,
  /** 1 while a transaction is open. */
  writing: 1,
  /** 1 while no transaction may begin. */
  hold: 2,
  /** 1 when the checkpointing thread is to end. */
  stop: 3,
  /** 1 when a checkpoint is wanted that is not due. */
  demand: 4,
} as const;

/** What the thread is started with. */
export interface CheckpointOrder {
  readonly path: string;
  /** Descriptor of the database file, to flush it to disk. It stays open until all connections are closed: to close one drops their locks (POSIX). */
  readonly file: number;
  readonly shared: Int32Array<SharedArrayBuffer>;
  /** Pages of the WAL that make a checkpoint due. */
  readonly duePages: number;
}

/** What the thread tells of itself. */
export interface Checkpointed {
  /** Pages that the WAL had grown to. */
  readonly pages: number;
  readonly milliseconds: number;
}

/** What the thread tells when it could not make a checkpoint. */
export interface CheckpointFailed {
  readonly message: string;
  readonly errcode: number | undefined;
  readonly code: string | undefined;
  /** Whether the disk has not taken what the database's file held. The thread ends then. */
  readonly isFlush: boolean;
}
