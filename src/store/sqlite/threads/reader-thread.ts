import { parentPort, workerData } from 'node:worker_threads';
import { WeightedCache } from '../../../lib/weighted-cache.ts';
import { statementWeight } from '../../sql/plan-shape.ts';
import { rowsWithin, SqliteConnection, type Statement } from '../connection.ts';
import { resultCode } from '../errors.ts';
import type { ReaderAnswer, ReaderOrder, ReaderQuestion, ReaderStart, ResultRows } from './reader-orders.ts';

/**
 * A thread that runs statements which take long, on a connection of its own; started by `reader-threads.ts`. It knows SQL and values alone:
 * plans are compiled and rows are read on the request thread.
 */

/** Bytes for the statements of a thread. */
const STATEMENTS_WEIGHT = 8 * 1024 ** 2;
/** Most of what takes long looks at each page once, and the operating system keeps the file's. */
const CACHE_KIB = 8192;

const { path, stop } = workerData as ReaderStart;
const connection = new SqliteConnection(path, { readOnly: true, cache: CACHE_KIB });
connection.registerStop(() => Atomics.load(stop, 0) === 1);
const statements = new WeightedCache<Statement>(STATEMENTS_WEIGHT);
/** In WAL mode the first reading takes the snapshot, not BEGIN. */
const look = connection.prepare('SELECT 1 FROM sqlite_schema LIMIT 1');

function follow(order: ReaderQuestion): ResultRows {
  if (order === 'hello') return [];
  if (order === 'begin') {
    connection.exec('BEGIN');
    return look.all([]);
  }
  const { text, bound, maxBytes } = order;
  const statement = statements.get(text) ?? statements.set(text, connection.prepare(text), statementWeight(text));
  return maxBytes === undefined ? statement.all(bound) : rowsWithin(statement, bound, maxBytes);
}

function answer(order: ReaderQuestion): ReaderAnswer {
  try {
    return follow(order);
  } catch (error) {
    const errcode = resultCode(error);
    return { message: error instanceof Error ? error.message : String(error), ...(errcode === undefined ? {} : { errcode }) };
  }
}

parentPort!.on('message', (order: ReaderOrder) => {
  if (order === 'release') {
    connection.rollBack();
  } else if (order === 'end') {
    connection.close();
    parentPort!.close();
  } else parentPort!.postMessage(answer(order));
});
