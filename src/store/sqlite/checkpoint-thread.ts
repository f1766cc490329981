import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { type CheckpointOrder, SHARED } from './checkpoint-state.ts';

/**
 * The thread that moves the WAL into the database file, so that no commit has to; started by `checkpointer.ts`. It copies beside
 * the commits as long as there is much to copy. What they add meanwhile it copies while they wait for a moment: only a WAL
 * that has been copied whole is written from its start again.
 */

const { path, shared, duePages } = workerData as CheckpointOrder;

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

/** Copies while the commits wait. */
function finish(): void {
  Atomics.store(shared, SHARED.hold, 1);
  try {
    Atomics.wait(shared, SHARED.writing, 1, PATIENCE_MS);
    checkpoint('PASSIVE');
  } finally {
    Atomics.store(shared, SHARED.hold, 0);
  }
}

function copyAll(): void {
  const started = performance.now();
  const { log: pages } = checkpoint('NOOP');
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    checkpoint('PASSIVE');
    const { log, checkpointed } = checkpoint('NOOP');
    if (log - checkpointed < duePages * LITTLE) break;
  }
  finish();
  parentPort!.postMessage({ pages, milliseconds: performance.now() - started });
}

parentPort!.postMessage('ready');
/** Pages of the WAL at the last look, and those that make a checkpoint due. */
let [last, due] = [0, duePages];
for (let seen = 0; ; ) {
  Atomics.wait(shared, SHARED.commits, seen);
  Atomics.wait(shared, SHARED.stop, 0, LOOK_MS);
  seen = Atomics.load(shared, SHARED.commits); // before the look, and before it is asked whether to stop: what comes later wakes it again
  if (Atomics.load(shared, SHARED.stop) === 1) break;
  const { log } = checkpoint('NOOP');
  if (log < last) due = duePages; // it is written from its start again
  last = log;
  const isDemanded = Atomics.exchange(shared, SHARED.demand, 0) === 1;
  if (log < due && !isDemanded) continue;
  copyAll();
  due = log + duePages; // a reader elsewhere may keep it from starting again: then this must not be done at every look
}
database.close();
