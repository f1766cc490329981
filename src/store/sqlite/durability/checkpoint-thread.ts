import { fdatasyncSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { isFailedFlush, resultCode } from '../errors.ts';
import { type Checkpointed, type CheckpointFailed, type CheckpointOrder, SHARED } from './checkpoint-state.ts';

/**
 * The thread that moves the WAL into the database file, so that no commit has to; started by `checkpointer.ts`. It copies and flushes beside
 * the commits. Only a WAL that has been copied whole is written from its start again, so from time to time it copies what commits have
 * added meanwhile while they wait: for a moment, as SQLite then flushes the whole file, of which hardly anything is left to flush.
 */

const { path, file, shared, duePages } = workerData as CheckpointOrder;

/** The WAL starts again when it is this many times as long as makes a checkpoint due. */
const RESTART = 8;
/** How long it waits for more after a commit. */
const LOOK_MS = 25;
/** So little is left that commits may wait for it. */
const LITTLE = 0.25;
/** Copies beside the commits at most, before they must wait. */
const ATTEMPTS = 3;
/** How long it waits for the transaction under way. */
const PATIENCE_MS = 100;

const database = new DatabaseSync(path);
database.exec('PRAGMA busy_timeout = 1000');

interface WalState {
  readonly log: number;
  readonly checkpointed: number;
}

/** `NOOP` only tells; a SQLite that does not know it yet does `PASSIVE`, which is right, too. */
const checkpoint = (mode: 'NOOP' | 'PASSIVE'): WalState => database.prepare(`PRAGMA wal_checkpoint(${mode})`).get() as unknown as WalState;

/** Copies beside the commits. SQLite flushes only what is copied whole, which it hardly ever is. @returns the pages that were added meanwhile */
function copy(): number {
  checkpoint('PASSIVE');
  fdatasyncSync(file);
  const { log, checkpointed } = checkpoint('NOOP');
  return log - checkpointed;
}

/** Copies the rest while the commits wait, so that the WAL starts again. */
function finish(): void {
  for (let attempt = 1; copy() >= duePages * LITTLE && attempt < ATTEMPTS; attempt++);
  Atomics.store(shared, SHARED.hold, 1);
  try {
    Atomics.wait(shared, SHARED.writing, 1, PATIENCE_MS);
    checkpoint('PASSIVE');
  } finally {
    Atomics.store(shared, SHARED.hold, 0);
  }
}

parentPort!.postMessage('ready');
/** Pages of the WAL at the last look, and those that make a checkpoint due. */
let [last, due] = [0, duePages];
for (let seen = 0; ; ) {
  Atomics.wait(shared, SHARED.commits, seen);
  Atomics.wait(shared, SHARED.stop, 0, LOOK_MS);
  seen = Atomics.load(shared, SHARED.commits); // before the look, and before it is asked whether to stop: what comes later wakes it again
  if (Atomics.load(shared, SHARED.stop) === 1) break;
  try {
    look();
  } catch (error) {
    const failed = failureOf(error);
    parentPort!.postMessage(failed);
    if (failed.isFlush) break;
  }
}
database.close();

/** Makes a checkpoint if one is due. */
function look(): void {
  const { log } = checkpoint('NOOP');
  if (log < last) due = duePages; // it is written from its start again
  last = log;
  const isDemanded = Atomics.exchange(shared, SHARED.demand, 0) === 1;
  if (log < due && !isDemanded) return;
  const started = performance.now();
  due = log + duePages; // a reader elsewhere may keep it from starting again, or the disk may be full: then this must not be done at every look
  if (isDemanded || log >= duePages * RESTART) finish();
  else copy();
  parentPort!.postMessage({ pages: log, milliseconds: performance.now() - started } satisfies Checkpointed);
}

function failureOf(error: unknown): CheckpointFailed {
  const { code } = error as NodeJS.ErrnoException;
  return { message: String((error as Error).message), errcode: resultCode(error), code, isFlush: isFailedFlush(error) };
}
