import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { createVolume, type Volume } from './faulty-disk.ts';
import { runMuster, type SpawnedServer, spawnServer } from './spawned-server.ts';

/** A disk that is full: a volume of its own, with a file that takes the room. */

const SCRIPTS = 'deviceManagementScripts';
const STACK = /\\n {4}at |^ {4}at /m;

const probe = createVolume('1m');
if (typeof probe === 'string') process.stderr.write(`No test with a full disk: ${probe}\n`);
else probe.remove();
const describeDisk = test.skipIf(typeof probe === 'string');

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function volume(size: string): Volume {
  const made = createVolume(size) as Volume;
  undo.push(() => made.remove());
  return made;
}

async function start(folder: string): Promise<SpawnedServer> {
  const server = await spawnServer(folder);
  undo.push(() => server.signal('SIGKILL'));
  return server;
}

/** Takes all room of a volume. @returns gives it back */
function fill(path: string): () => void {
  const file = openSync(join(path, 'filler'), 'w');
  for (const size of [1 << 20, 1 << 16, 4096]) {
    try {
      for (;;) if (writeSync(file, Buffer.alloc(size)) < size) break;
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
  }
  closeSync(file);
  return () => rmSync(join(path, 'filler'));
}

const script = (name: string, kib: number) => ({
  displayName: name,
  fileName: 'a.ps1',
  scriptContent: Buffer.alloc(kib * 768, name).toString('base64'),
  runAsAccount: 'system',
});

/** Writes until it is refused. @returns the ids of what was acknowledged, and the refusal */
async function writeUntilRefused(server: SpawnedServer) {
  const ids: string[] = [];
  for (let i = 0; i < 2000; i++) {
    const { status, body } = await server.request('POST', SCRIPTS, script(`s${i}`, 64));
    if (status !== 201) return { ids, refusal: { status, body } };
    ids.push(body.id);
  }
  throw new Error('the disk was never full');
}

const listed = async (server: SpawnedServer): Promise<string[]> => {
  const ids: string[] = [];
  for (let path = `${SCRIPTS}?$select=id&$top=100`; path !== ''; ) {
    const { status, body } = await server.request('GET', path);
    expect(status).toBe(200);
    ids.push(...body.value.map(({ id }: { id: string }) => id));
    path = (body['@odata.nextLink'] as string | undefined)?.replace(server.url, '') ?? '';
  }
  return ids;
};

describeDisk(
  'B7 a full disk: 503 with the cause, not ready, one line of the log; all comes back by itself',
  { timeout: 120_000 },
  async () => {
    const { path } = volume('24m');
    const folder = join(path, 'data');
    const server = await start(folder);
    const free = fill(path);
    const { ids, refusal } = await writeUntilRefused(server);
    expect(refusal).toMatchObject({ status: 503, body: { error: { innerError: { code: 'storeUnavailable' } } } });
    expect(refusal.body.error.message).toContain('disk of the data folder is full');
    for (let i = 0; i < 60; i++) expect((await server.request('POST', SCRIPTS, script('more', 64))).status).toBe(503);
    expect(await server.state('readyz')).toEqual([503, expect.stringContaining('disk of the data folder is full')]);
    expect((await server.state('healthz'))[0]).toBe(200);
    expect((await listed(server)).sort()).toEqual(ids.sort());
    const lines = server.log();
    expect(lines.filter((line) => line.includes('writes are refused'))).toHaveLength(1);
    expect(lines.length).toBeLessThan(30);
    expect(lines.join('\n')).not.toMatch(STACK);
    free();
    await vi.waitFor(async () => expect(await server.state('readyz')).toEqual([200, undefined]), { timeout: 10_000, interval: 200 });
    expect((await server.request('POST', SCRIPTS, script('again', 64))).status).toBe(201);
    expect(server.log().filter((line) => line.includes('writes are taken again'))).toHaveLength(1);
    expect(await server.signal('SIGTERM')).toMatchObject({ code: 0 });
  },
);

describeDisk(
  'B7 the write-ahead log starts again when the disk is full, before it has its usual length',
  { timeout: 120_000 },
  async () => {
    const { path } = volume('16m');
    const server = await start(join(path, 'data'));
    const { body } = await server.request('POST', SCRIPTS, script('s', 128));
    const statuses: number[] = [];
    // Some 45 MB of log on a disk with less than 15.
    for (let i = 0; i < 250; i++) {
      let status = 503;
      for (let attempt = 0; status === 503 && attempt < 40; attempt++) {
        ({ status } = await server.request('PATCH', `${SCRIPTS}/${body.id}`, script(`s${i}`, 128)));
        statuses.push(status);
        if (status === 503) await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(status).toBe(200);
    }
    expect(statuses.filter((status) => status === 503).length).toBeLessThan(100);
    expect(statSync(join(path, 'data', 'muster.sqlite-wal')).size).toBeLessThan(16 * 2 ** 20);
    expect((await server.request('GET', `${SCRIPTS}/${body.id}`)).body.displayName).toBe('s249');
  },
);

describeDisk('B7 a server that stops while the disk is full ends well, and has lost nothing', { timeout: 120_000 }, async () => {
  const { path } = volume('24m');
  const folder = join(path, 'data');
  const server = await start(folder);
  await server.request('POST', SCRIPTS, script('first', 64));
  const free = fill(path);
  const { ids } = await writeUntilRefused(server);
  const { code, errors } = await server.signal('SIGTERM');
  expect(code).toBe(0);
  expect(errors).toContain('full');
  expect(errors).not.toMatch(STACK);
  const refused = await runMuster(['serve', '--json', '--port', '0', '--data', folder, '--sample', 'no']);
  expect([refused.code, refused.errors]).not.toEqual([0, '']);
  expect(refused.errors).toContain('full');
  expect(refused.errors).not.toMatch(STACK);
  free();
  const next = await start(folder);
  const known = await listed(next);
  expect(ids.filter((id) => !known.includes(id))).toEqual([]);
  expect(known).toHaveLength(ids.length + 1);
});
