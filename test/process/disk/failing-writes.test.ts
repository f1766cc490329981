import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { createFaultyDisk, EIO, EROFS, type Fault, type FaultyDisk } from './faulty-disk.ts';
import { type SpawnedServer, spawnServer } from './spawned-server.ts';

/** A disk that refuses writes, and one that has not kept what it was given. */

const GROUPS = '/beta/groups';
const STACK = /\\n {4}at |^ {4}at /m;

const made = createFaultyDisk();
if (typeof made === 'string') process.stderr.write(`No test with a disk that fails: ${made}\n`);
const disk = made as FaultyDisk;
const testDisk = test.skipIf(typeof made === 'string');
const home = mkdtempSync(join(tmpdir(), 'muster-writes-'));
const started: SpawnedServer[] = [];

afterEach(async () => {
  disk.set();
  for (const server of started.splice(0)) await server.signal('SIGKILL');
});
afterAll(() => {
  if (typeof made !== 'string') made.remove();
  rmSync(home, { recursive: true });
});

async function start(folder = join(mkdtempSync(join(home, 'of-')), 'data')) {
  const server = await spawnServer(folder, { env: disk.env });
  started.push(server);
  let count = 0;
  const write = (description = '') => {
    const name = `g${count++}`;
    return server.request('POST', GROUPS, {
      displayName: name,
      description,
      mailEnabled: false,
      mailNickname: name,
      securityEnabled: true,
    });
  };
  return { server, folder, write };
}

const ids = async (server: SpawnedServer): Promise<string[]> =>
  (await server.request('GET', `${GROUPS}?$select=id&$top=999`)).body.value.map(({ id }: { id: string }) => id);

testDisk.each([
  ['that can only be read', EROFS],
  ['that fails to write', EIO],
])('B7 a disk %s: 503 that names it, not ready, reads go on, and writes come back by themselves', { timeout: 60_000 }, async (_, code) => {
  const { server, write } = await start();
  expect((await write()).status).toBe(201);
  // Nobody writes: it is found out all the same.
  disk.set({ call: 'write', code, path: 'muster.sqlite-wal' });
  await vi.waitFor(async () => expect(await server.state('readyz')).toEqual([503, expect.stringContaining('disk')]), { timeout: 5000 });
  for (let i = 0; i < 40; i++) {
    const { status, body } = await write();
    expect([status, body.error.innerError.code]).toEqual([503, 'storeUnavailable']);
    expect(body.error.message).toContain('disk of the data folder');
  }
  expect(await ids(server)).toHaveLength(1);
  expect((await server.state('healthz'))[0]).toBe(200);
  expect(server.log().join('\n')).not.toMatch(STACK);
  expect(server.log().filter((line) => line.includes('writes are refused'))).toHaveLength(1);
  disk.set();
  await vi.waitFor(async () => expect(await server.state('readyz')).toEqual([200, undefined]), { timeout: 5000, interval: 100 });
  expect((await write()).status).toBe(201);
  expect(await ids(server)).toHaveLength(2);
  expect(await server.signal('SIGTERM')).toMatchObject({ code: 0 });
});

const FLUSHES: readonly (readonly [string, Fault, number])[] = [
  ['log', { call: 'sync', code: EIO, path: 'muster.sqlite-wal' }, 0],
  ['database, which a thread writes', { call: 'sync', code: EIO, path: 'muster.sqlite' }, 150],
];
testDisk.each(FLUSHES)(
  'B8 a failed flush of the %s: nothing is acknowledged any more, neither healthy nor ready, and a restart goes on',
  { timeout: 120_000 },
  async (_, fault, writesBefore) => {
    const { server, folder, write } = await start();
    const acknowledged: string[] = [];
    const note = async (): Promise<number> => {
      const { status, body } = await write('x'.repeat(16_000));
      if (status === 201) acknowledged.push(body.id);
      return status;
    };
    expect(await note()).toBe(201);
    for (let i = 0; i < writesBefore; i++) expect(await note()).toBe(201);
    disk.set(fault);
    await vi.waitFor(async () => expect(await note()).toBe(503), { timeout: 60_000, interval: 0 });
    disk.set();
    // The disk works again, and nobody knows what it has kept.
    for (let i = 0; i < 5; i++) expect(await note()).toBe(503);
    expect((await server.request('GET', GROUPS)).status).toBe(503);
    for (const page of ['healthz', 'readyz'] as const)
      expect(await server.state(page)).toEqual([503, expect.stringContaining('start the server again')]);
    expect(server.log().filter((line) => line.includes('writes are refused'))).toHaveLength(1);
    const { code, errors } = await server.signal('SIGTERM');
    expect(code).toBe(1);
    expect(errors).toMatch(/^muster: The disk did not take what was written/m);
    expect(errors).not.toMatch(STACK);
    // Closed in the usual way it would have been copied into the database, and removed.
    expect(existsSync(join(folder, 'muster.sqlite-wal'))).toBe(true);
    const next = await start(folder);
    const known = await ids(next.server);
    expect(acknowledged.filter((id) => !known.includes(id))).toEqual([]);
    expect((await next.write()).status).toBe(201);
    expect((await next.server.state('healthz'))[0]).toBe(200);
  },
);
