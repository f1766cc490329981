import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pathTo } from '../../../../test/support/store-conformance-expressions.ts';
import { conformanceClock, conformanceTypes, group } from '../../../../test/support/store-conformance-model.ts';
import type { AppError } from '../../../lib/app-error.ts';
import type { Expression } from '../../../query/expression.ts';
import type { Reader, Store } from '../../contract.ts';
import { openSqliteStore } from '../open.ts';
import type { ReaderOrder } from './reader-orders.ts';

const TENANT = '00000000-0000-4000-8000-000000000001';
const ROWS = 3000;
const id = (i: number): string => `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`;

/** Orders sent to threads, and the threads. */
const sent: ReaderOrder[] = [];
const workers = new Set<Worker>();
/** Sees each order before it is sent, and says what is sent. */
let onSend = (order: ReaderOrder, _worker: Worker): ReaderOrder | Promise<ReaderOrder> => order;

let folder: string;
let store: Store;
beforeEach(async () => {
  sent.length = 0;
  workers.clear();
  onSend = (order) => order;
  const post = Worker.prototype.postMessage;
  vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, order: ReaderOrder) {
    workers.add(this);
    sent.push(order);
    const given = onSend(order, this);
    if (given instanceof Promise) void given.then((late) => post.call(this, late));
    else post.call(this, given);
  });
  folder = await mkdtemp(join(tmpdir(), 'muster-threads-'));
  store = await openSqliteStore({ folder, types: conformanceTypes, clock: conformanceClock, synchronous: 'NORMAL', readerThreads: 1 });
  await store.write(TENANT, async (writer) => {
    for (let i = 0; i < ROWS; i++) await writer.insert(group, { id: id(i), label: `label ${i}` });
  });
});
afterEach(async () => {
  await store.close();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const contains = (text: string): Expression => ({
  kind: 'call',
  type: 'Edm.Boolean',
  function: 'contains',
  arguments: [pathTo(group, 'label'), { kind: 'literal', type: 'Edm.String', value: text }],
});
/** Looks at all rows. */
const countLabels = (reader: Reader): Promise<number> => reader.count({ from: group, scope: {}, where: contains('label') });
const readLong = <T>(work: (reader: Reader) => Promise<T>): Promise<T> => store.read(TENANT, work, { isLong: true });
const findOne = (reader: Reader) => reader.select({ from: group, scope: { id: id(7) }, orderBy: [], limit: 1 });
const add = (i: number) => store.write(TENANT, (writer) => writer.insert(group, { id: id(i), label: 'label' }));

test('who asks for little is answered while a thread reads much', async () => {
  const answers: string[] = [];
  const long = readLong(countLabels).then((count) => answers.push(`long ${count}`));
  const short = store.read(TENANT, findOne).then(([row]) => answers.push(`short ${row!.label}`));
  await Promise.all([long, short]);
  expect(answers).toEqual(['short label 7', `long ${ROWS}`]);
  expect(sent.filter((order) => typeof order === 'object')).toHaveLength(1);
});

test('a thread reads one snapshot, and nobody waits for it to write', async () => {
  let isWritten = false;
  const counts: number[] = [];
  const reading = readLong(async (reader) => {
    counts.length = 0;
    while (!isWritten) {
      counts.push(await countLabels(reader));
      // Not before there is a snapshot.
      if (counts.length === 1) void add(ROWS).then(() => (isWritten = true));
    }
    counts.push(await countLabels(reader), (await reader.select({ from: group, scope: {}, orderBy: [] })).length);
  });
  await reading;
  expect(isWritten).toBe(true);
  expect(new Set(counts)).toEqual(new Set([ROWS]));
  expect(await readLong(countLabels)).toBe(ROWS + 1);
});

test('what begins on a thread finds the moment at which its snapshot was taken', async () => {
  let isWritten = false;
  onSend = async (order) => {
    if (order !== 'begin') return order;
    void add(ROWS).then(() => (isWritten = true));
    await setTimeout(50); // time enough to write, if the write did not wait for the snapshot
    return order;
  };
  const seen: unknown[] = [];
  await readLong(async (reader) => {
    seen.push(isWritten, await countLabels(reader));
  });
  expect(seen.slice(-2)).toEqual([false, ROWS]);
  await vi.waitFor(() => expect(isWritten).toBe(true));
});

test('a read sees what was written before it was asked for', async () => {
  for (let i = 0; i < 20; i++) {
    await add(ROWS + i);
    expect(await readLong(countLabels)).toBe(ROWS + i + 1);
  }
});

test('when a thread dies, its read fails and the next one has another', async () => {
  onSend = (order, worker) => {
    if (typeof order === 'object') void worker.terminate();
    return order;
  };
  const [first, waiting] = [readLong(countLabels), readLong(countLabels)];
  await expect(first).rejects.toMatchObject({ code: 'storeUnavailable' });
  onSend = (order) => order;
  expect(await waiting).toBe(ROWS);
  expect(workers.size).toBe(2);
  expect(await readLong(countLabels)).toBe(ROWS);
  expect(workers.size).toBe(2);
});

test('an error of a statement is the error of its read alone', async () => {
  onSend = (order) => (typeof order === 'object' ? { ...order, text: 'SELECT missing' } : order);
  const error = await readLong(countLabels).catch((thrown: AppError) => thrown);
  expect(error).toMatchObject({ code: 'storeUnavailable' });
  expect(String((error as AppError).cause)).toContain('no such column: missing');
  onSend = (order) => order;
  expect(await readLong(countLabels)).toBe(ROWS);
  expect(workers.size).toBe(1);
});

test('work on a thread may await nothing but its reader either', async () => {
  const slow = readLong(async (reader) => {
    await countLabels(reader);
    await setTimeout(20);
    return countLabels(reader);
  });
  await expect(slow).rejects.toMatchObject({ code: 'internal' });
  expect(await readLong(countLabels)).toBe(ROWS);
});

test('a thread that rests for a minute is ended, and the next read starts another', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    await readLong(countLabels);
    vi.advanceTimersByTime(50_000);
    await readLong(countLabels);
    vi.advanceTimersByTime(50_000);
    await readLong(countLabels);
    expect(workers.size).toBe(1);
    const [worker] = workers;
    const ended = once(worker!, 'exit');
    vi.advanceTimersByTime(60_000);
    await ended;
    expect(await readLong(countLabels)).toBe(ROWS);
    expect(workers.size).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});

test('closing finishes the read that a thread is at, refuses those that wait for one, and ends the thread', async () => {
  const isReading = new Promise<void>((resolve) => {
    onSend = (order) => {
      if (typeof order === 'object') resolve();
      return order;
    };
  });
  const [running, waiting] = [readLong(countLabels), readLong(countLabels)];
  await isReading;
  const outcomes = Promise.allSettled([running, waiting]);
  await store.close();
  expect(await outcomes).toMatchObject([{ value: ROWS }, { reason: { code: 'storeUnavailable' } }]);
  expect([...workers].map(({ threadId }) => threadId)).toEqual([-1]);
});
