import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { conformanceTypes, group } from '../../../../test/support/store-conformance-model.ts';
import { systemClock } from '../../../lib/clock.ts';
import type { Reader } from '../../contract.ts';
import { AUTO_CHECKPOINT_PAGES, SqliteConnection } from '../connection.ts';
import { openSqliteStore } from '../open.ts';
import type { Checkpointed } from './checkpoint-state.ts';
import { Checkpointer } from './checkpointer.ts';

const TENANT = '00000000-0000-4000-8000-000000000001';
const PAGE = 4096;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-checkpoints-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const walPages = () => Math.floor(statSync(join(folder, 'muster.sqlite-wal')).size / PAGE);

test('the WAL is moved beside the commits, and does not grow without end', async () => {
  const checkpoints: Checkpointed[] = [];
  const failed = vi.fn();
  const observer = { checkpointed: (one: Checkpointed) => checkpoints.push(one), failed };
  const store = await openSqliteStore({ folder, types: conformanceTypes, clock: systemClock, synchronous: 'NORMAL', observer });
  const label = 'x'.repeat(3000);
  let written = 0;
  const write = () =>
    store.write(TENANT, (writer) => writer.insert(group, { id: `00000000-0000-7000-8000-${String(written++).padStart(12, '0')}`, label }));
  // One that was not written from its start again would have grown by as much once more.
  const hasStartedAgain = () => checkpoints.some(({ pages }, i) => i > 0 && pages < checkpoints[i - 1]!.pages + AUTO_CHECKPOINT_PAGES);
  // Far more than the WAL may hold. Whoever waits for a checkpoint would do so longer than the store lets anybody wait. It starts again
  // after several copies, which a fast writer can be ahead of by many pages.
  while (written < 40_000 || (!hasStartedAgain() && written < 200_000)) await Promise.all(Array.from({ length: 200 }, write));
  await vi.waitFor(() => expect(checkpoints.length).toBeGreaterThan(1), { timeout: 10_000 });
  expect(checkpoints[0]!.pages).toBeGreaterThanOrEqual(AUTO_CHECKPOINT_PAGES);
  expect(hasStartedAgain(), checkpoints.map(({ pages }) => pages).join()).toBe(true);
  expect(await store.read(TENANT, (reader) => reader.count({ from: group, scope: {} }))).toBe(written);
  await store.close();
  expect(failed).not.toHaveBeenCalled();
  const database = new DatabaseSync(join(folder, 'muster.sqlite'), { readOnly: true });
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  database.close();
}, 60_000);

test('reads on threads that never cease do not keep the WAL from starting again', async () => {
  const pages: number[] = [];
  const store = await openSqliteStore({
    folder,
    types: conformanceTypes,
    clock: systemClock,
    synchronous: 'NORMAL',
    readerThreads: 2,
    observer: { checkpointed: (one) => pages.push(one.pages) },
  });
  const label = 'x'.repeat(15_000);
  let written = 0;
  const write = () =>
    store.write(TENANT, (writer) => writer.insert(group, { id: `00000000-0000-7000-8000-${String(written++).padStart(12, '0')}`, label }));
  await write();
  let [newest, isOver, overlaps] = [0, false, 0];
  /** Holds its snapshot until the next read has one, if it gets one. */
  const read = async (own: number): Promise<void> => {
    let next: Promise<void> | undefined;
    const hold = async (reader: Reader): Promise<void> => {
      for (let asked = 0; asked < 50 && newest <= own && !isOver; asked++) {
        await reader.select({ from: group, scope: { id: '00000000-0000-7000-8000-000000000000' }, orderBy: [] });
        newest = Math.max(newest, own);
        next ??= read(own + 1);
      }
    };
    await store.read(TENANT, hold, { isLong: true });
    if (newest > own) overlaps++;
    await next;
  };
  const reading = read(1);
  const hasStartedAgain = () => pages.some((now, i) => i > 0 && now < pages[i - 1]!);
  while (!hasStartedAgain() && written < 50_000) await Promise.all(Array.from({ length: 100 }, write));
  isOver = true;
  await reading;
  await store.close();
  expect(overlaps).toBeGreaterThan(0);
  expect(Math.max(...pages)).toBeGreaterThan(32_000);
  expect(hasStartedAgain(), pages.join()).toBe(true);
}, 60_000);

test('commits do it themselves where the thread cannot', async () => {
  const path = join(folder, 'muster.sqlite');
  const writer = new SqliteConnection(path);
  writer.leaveFlushing();
  writer.exec('CREATE TABLE t (text TEXT)');
  const autoCheckpoint = vi.spyOn(writer, 'autoCheckpoint');
  const failed = vi.fn();
  const checkpointer = new Checkpointer({ path: join(folder, 'no such folder', 'x'), file: -1 }, writer, { failed });
  for (let i = 0; i < 60; i++) checkpointer.leave();
  await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce(), { timeout: 10_000 });
  await vi.waitFor(() => expect(autoCheckpoint.mock.lastCall).toEqual([AUTO_CHECKPOINT_PAGES]));
  expect(checkpointer.enter()).toBeUndefined();
  checkpointer.leave();
  await checkpointer.close();
  for (let i = 0; i < 20; i++) writer.exec(`INSERT INTO t VALUES ('${'x'.repeat(4_000_000)}')`);
  expect(walPages()).toBeLessThan(12_000);
  writer.close();
});

test('a store that is closed while the thread starts leaves none behind', async () => {
  const store = await openSqliteStore({ folder, types: conformanceTypes, clock: systemClock, synchronous: 'NORMAL' });
  for (let i = 0; i < 51; i++) await store.write(TENANT, async () => undefined);
  await store.close();
  const again = await openSqliteStore({ folder, types: conformanceTypes, clock: systemClock });
  await again.close();
  expect(statSync(join(folder, 'muster.sqlite')).size).toBeGreaterThan(0);
});
