import { type fdatasync, mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { conformanceTypes, group } from '../../../../test/support/store-conformance-model.ts';
import { AppError } from '../../../lib/app-error.ts';
import { FakeClock } from '../../../lib/clock.ts';
import { createStatements } from '../../schema/ddl.ts';
import { tenant } from '../../schema/table.ts';
import { SqliteConnection } from '../connection.ts';
import { sqliteDialect } from '../dialect.ts';
import { openSqliteStore } from '../open.ts';
import { SqliteStore } from '../store.ts';
import { WalFlusher } from './wal-flusher.ts';

/** When writes and reads are told, and what of. The disk is one that does what the test says, but for the last test. */

const flushed = vi.hoisted((): number[] => []);
vi.mock('node:fs', async (importOriginal) => {
  const actual = await importOriginal<{ readonly fdatasync: typeof fdatasync }>();
  const noting = (file: number, callback: Parameters<typeof fdatasync>[1]): void => {
    flushed.push(file);
    actual.fdatasync(file, callback);
  };
  return { ...actual, fdatasync: noting };
});

const TENANT = '00000000-0000-4000-8000-000000000001';
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
};

/** A disk whose flushes end when they are told to. */
function slowDisk() {
  const flushes: PromiseWithResolvers<void>[] = [];
  const flusher = new WalFlusher(() => {
    const flush = Promise.withResolvers<void>();
    flushes.push(flush);
    return flush.promise;
  });
  return { flushes, flusher };
}

/** Notes how a promise ends. */
function watched(promise: Promise<unknown>): { state: string } {
  const watch = { state: 'pending' };
  promise.then(
    () => (watch.state = 'done'),
    (error) => (watch.state = error instanceof AppError ? error.code : String(error)),
  );
  return watch;
}

function storeOn(flusher: WalFlusher) {
  const connection = new SqliteConnection(':memory:');
  for (const statement of createStatements([tenant, group], sqliteDialect)) connection.exec(statement);
  const commits: number[] = [];
  const observer = { committed: (jobs: number) => commits.push(jobs) };
  const store = new SqliteStore({
    reader: connection,
    writer: connection,
    clock: new FakeClock(),
    flusher,
    release: () => undefined,
    observer,
  });
  const insert = (i: number) => store.write(TENANT, (writer) => writer.insert(group, { id: id(i), label: '' }));
  const count = () => store.read(TENANT, (reader) => reader.count({ from: group, scope: {} }));
  return { store, insert, count, commits };
}

const id = (i: number) => `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`;

describe('the flusher of the WAL', () => {
  it('begins another flush for what may have been committed since the last one began, once for all', async () => {
    const { flushes, flusher } = slowDisk();
    expect(flusher.pending).toBeUndefined();
    const first = watched(flusher.flush());
    const [second, third] = [watched(flusher.flush()), watched(flusher.flush())];
    expect(flushes).toHaveLength(1);
    flushes[0]!.resolve();
    await turns();
    expect([flushes.length, first.state, second.state, third.state]).toEqual([2, 'done', 'pending', 'pending']);
    flushes[1]!.resolve();
    await turns();
    expect([second.state, third.state, flusher.pending]).toEqual(['done', 'done', undefined]);
    void flusher.flush();
    expect(flushes).toHaveLength(3);
  });

  it('has failed for good when the disk has failed once', async () => {
    const { flushes, flusher } = slowDisk();
    const [first, second] = [watched(flusher.flush()), watched(flusher.flush())];
    flushes[0]!.reject(new Error('EIO'));
    await turns();
    const later = watched(flusher.flush());
    await turns();
    expect([first.state, second.state, later.state, flushes.length]).toEqual([
      'storeUnavailable',
      'storeUnavailable',
      'storeUnavailable',
      1,
    ]);
  });
});

describe('a store whose commits are flushed beside it', () => {
  it('tells of a write when it is on disk, and runs the next one meanwhile', async () => {
    const { flushes, flusher } = slowDisk();
    const { insert, count, commits } = storeOn(flusher);
    const first = watched(insert(1));
    await turns();
    const second = watched(insert(2));
    await turns();
    expect([flushes.length, first.state, second.state]).toEqual([1, 'pending', 'pending']);
    flushes[0]!.resolve();
    await turns();
    expect([flushes.length, first.state, second.state, commits]).toEqual([2, 'done', 'pending', [1]]);
    flushes[1]!.resolve();
    await turns();
    expect([second.state, commits, await count()]).toEqual(['done', [1, 1], 2]);
  });

  it('lets a read end when what it has seen is on disk, and not later', async () => {
    const { flushes, flusher } = slowDisk();
    const { insert, count } = storeOn(flusher);
    expect(await count()).toBe(0);
    void insert(1);
    await turns();
    const reading = count();
    const read = watched(reading);
    await turns();
    void insert(2);
    await turns();
    expect(read.state).toBe('pending');
    flushes[0]!.resolve();
    expect(await reading).toBe(1);
    flushes[1]!.resolve();
  });

  it('tells of nothing that the disk has refused', async () => {
    const { flushes, flusher } = slowDisk();
    const { store, insert, count } = storeOn(flusher);
    const first = watched(insert(1));
    await turns();
    const [second, read] = [watched(insert(2)), watched(count())];
    await turns();
    flushes[0]!.reject(new Error('EIO'));
    await turns();
    const later = watched(insert(3));
    await turns();
    expect([first, second, read, later].map(({ state }) => state)).toEqual(Array(4).fill('storeUnavailable'));
    await store.close();
  });

  it('is closed when all that was written is on disk', async () => {
    const { flushes, flusher } = slowDisk();
    const { store, insert } = storeOn(flusher);
    void insert(1);
    await turns();
    const closed = watched(store.close());
    await turns();
    expect(closed.state).toBe('pending');
    flushes[0]!.resolve();
    await vi.waitFor(() => expect(closed.state).toBe('done'));
  });

  it('flushes the WAL of a real folder before it tells of a write', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-flush-'));
    try {
      const options = { folder, types: conformanceTypes, clock: new FakeClock() };
      const store = await openSqliteStore(options);
      flushed.length = 0;
      for (let i = 1; i <= 3; i++) {
        await store.write(TENANT, (writer) => writer.insert(group, { id: id(i), label: '' }));
        expect(flushed).toHaveLength(i);
      }
      if (process.platform === 'linux') expect(readlinkSync(`/proc/self/fd/${flushed[0]}`)).toBe(join(folder, 'muster.sqlite-wal'));
      await store.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
