import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { runMuster, type SpawnedServer, spawnServer } from './spawned-server.ts';

/** Files of the data folder that somebody removes, moves or replaces while a server has them open. */

const HARDWARE = 'hardwareConfigurations';
const home = mkdtempSync(join(tmpdir(), 'muster-lost-'));
const started: SpawnedServer[] = [];

afterEach(async () => {
  for (const server of started.splice(0)) await server.signal('SIGKILL');
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const newFolder = (): string => join(mkdtempSync(join(home, 'of-')), 'data');

async function start(folder: string): Promise<SpawnedServer> {
  const server = await spawnServer(folder);
  started.push(server);
  return server;
}

const policy = { displayName: 'x', fileName: 'a.cctk', configurationFileContent: 'AAAA' };
const create = (server: SpawnedServer) => server.request('POST', HARDWARE, policy);
const ids = async (server: SpawnedServer): Promise<string[]> =>
  (await server.request('GET', `${HARDWARE}?$select=id&$top=999`)).body.value.map(({ id }: { id: string }) => id);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const LOSSES: readonly (readonly [string, (folder: string) => void])[] = [
  ['rm -r of the data folder', (folder) => rmSync(folder, { recursive: true })],
  ['rm of muster.sqlite', (folder) => rmSync(join(folder, 'muster.sqlite'))],
  ['a rename of the data folder', (folder) => renameSync(folder, `${folder}-away`)],
  ['a rename of muster.sqlite', (folder) => renameSync(join(folder, 'muster.sqlite'), join(folder, 'away'))],
  [
    'muster.sqlite replaced',
    (folder) => {
      writeFileSync(join(folder, 'other'), readFileSync(join(folder, 'muster.sqlite')));
      renameSync(join(folder, 'other'), join(folder, 'muster.sqlite'));
    },
  ],
];

test.each(LOSSES)(
  'A7 after %s no write is acknowledged, the server is not ready, and says so once',
  { timeout: 60_000 },
  async (_, lose) => {
    const folder = newFolder();
    const server = await start(folder);
    expect((await create(server)).status).toBe(201);
    lose(folder);
    for (let i = 0; i < 20; i++) {
      const { status, body } = await create(server);
      expect([status, body.error.innerError.code]).toEqual([503, 'storeUnavailable']);
      expect(body.error.message).toMatch(/database cannot be found.*removed, moved or replaced/);
      expect(JSON.stringify(body)).not.toContain(home);
    }
    expect(await server.state('readyz')).toEqual([503, expect.stringContaining('cannot be found')]);
    expect(server.log().filter((line) => line.includes('writes are refused'))).toHaveLength(1);
    expect(server.isAlive).toBe(true);
  },
);

test.each(LOSSES.slice(2, 4))('A7 %s that is taken back: writes go on', { timeout: 60_000 }, async (what, lose) => {
  const folder = newFolder();
  const server = await start(folder);
  const first = (await create(server)).body.id;
  lose(folder);
  expect((await create(server)).status).toBe(503);
  await vi.waitFor(async () => expect((await server.state('readyz'))[0]).toBe(503), { timeout: 5000, interval: 100 });
  if (what.includes('folder')) renameSync(`${folder}-away`, folder);
  else renameSync(join(folder, 'away'), join(folder, 'muster.sqlite'));
  await vi.waitFor(async () => expect((await server.state('readyz'))[0]).toBe(200), { timeout: 5000, interval: 100 });
  const second = await create(server);
  expect(second.status).toBe(201);
  await server.signal('SIGKILL');
  expect(await ids(await start(folder))).toEqual(expect.arrayContaining([first, second.body.id]));
});

test('A7 it is noticed without any write', { timeout: 60_000 }, async () => {
  const folder = newFolder();
  const server = await start(folder);
  rmSync(folder, { recursive: true });
  await vi.waitFor(() => expect(server.log().join()).toContain('writes are refused'), { timeout: 5000 });
  expect((await server.state('readyz'))[0]).toBe(503);
});

test.each([
  ['removed', (wal: string) => rmSync(wal)],
  ['moved', (wal: string) => renameSync(wal, `${wal}-away`)],
  [
    'replaced',
    (wal: string) => {
      rmSync(wal);
      writeFileSync(wal, '');
    },
  ],
])(
  'A7 a write-ahead log that is %s: nothing is acknowledged from then on, and what was before is in the database',
  { timeout: 60_000 },
  async (_, lose) => {
    const folder = newFolder();
    const server = await start(folder);
    const known = [(await create(server)).body.id, (await create(server)).body.id];
    lose(join(folder, 'muster.sqlite-wal'));
    for (let i = 0; i < 10; i++) expect((await create(server)).status).toBe(503);
    for (const page of ['readyz', 'healthz'] as const)
      expect(await server.state(page)).toEqual([503, expect.stringContaining('write-ahead log cannot be found')]);
    await pause(200);
    await server.signal('SIGKILL');
    expect(await ids(await start(folder))).toEqual(expect.arrayContaining(known));
  },
);

test('A7 a server whose write-ahead log is gone ends without writing anything over the files that are there, exit code 1', {
  timeout: 60_000,
}, async () => {
  const folder = newFolder();
  const server = await start(folder);
  const known = [(await create(server)).body.id];
  rmSync(join(folder, 'muster.sqlite-wal'));
  expect((await create(server)).status).toBe(503);
  const { code, errors } = await server.signal('SIGTERM');
  expect([code, errors]).toEqual([1, expect.stringMatching(/^muster: The write-ahead log cannot be found/m)]);
  expect(errors).not.toMatch(/^ {4}at /m);
  const next = await start(folder);
  expect(await ids(next)).toEqual(expect.arrayContaining(known));
  expect((await create(next)).status).toBe(201);
});

const summary = async (server: SpawnedServer, id: string): Promise<number> =>
  (await server.request('GET', `${HARDWARE}/${id}/runSummary`)).body.successfulDeviceCount;

/** Reports to both servers at once. @returns how many were acknowledged by each */
async function reportToBoth(servers: readonly SpawnedServer[], id: string): Promise<number[]> {
  const acknowledged = servers.map(() => 0);
  for (let round = 0; round < 15; round++) {
    const answers = servers.map((server, i) =>
      server.request('POST', `${HARDWARE}/${id}/deviceRunStates`, { upn: `u${i}-${round}@x`, configurationState: 'success' }),
    );
    for (const [i, { status }] of (await Promise.all(answers)).entries()) if (status === 201) acknowledged[i]!++;
  }
  return acknowledged;
}

test('A7 rm of muster.lock: the lock is taken again, and another server does not start', { timeout: 60_000 }, async () => {
  const folder = newFolder();
  const server = await start(folder);
  rmSync(join(folder, 'muster.lock'));
  await vi.waitFor(() => expect(existsSync(join(folder, 'muster.lock'))).toBe(true), { timeout: 5000 });
  const second = await runMuster(['serve', '--json', '--port', '0', '--data', folder, '--sample', 'no']);
  expect([second.code, second.errors]).toEqual([1, expect.stringContaining('in use by another Muster')]);
  expect((await create(server)).status).toBe(201);
});

test('A7 a server that takes the folder first stops the other one, before that writes anything more', { timeout: 60_000 }, async () => {
  const folder = newFolder();
  const first = await start(folder);
  const { id } = (await create(first)).body;
  expect((await reportToBoth([first], id))[0]).toBe(15);
  // Stopped, it cannot take its lock again.
  first.pause();
  rmSync(join(folder, 'muster.lock'));
  const second = await start(folder);
  first.resume();
  const [before, after] = await reportToBoth([first, second], id);
  expect([before, after]).toEqual([0, 15]);
  expect(await summary(second, id)).toBe(30);
  for (const page of ['readyz', 'healthz'] as const)
    expect(await first.state(page)).toEqual([503, expect.stringContaining('Another Muster')]);
  expect((await first.request('GET', HARDWARE)).status).toBe(503);
  expect(await first.signal('SIGTERM')).toMatchObject({ code: 0 });
  expect((await create(second)).status).toBe(201);
  await second.signal('SIGTERM');
  expect(await runMuster(['doctor', '--data', folder])).toMatchObject({ code: 0 });
});

test('A7 doctor and backup read beside a server', { timeout: 60_000 }, async () => {
  const folder = newFolder();
  const server = await start(folder);
  await create(server);
  expect(await runMuster(['doctor', '--data', folder])).toMatchObject({ code: 0, errors: '' });
  expect(await runMuster(['backup', '--data', folder, '--to', `${folder}-backup`])).toMatchObject({ code: 0 });
  expect((await create(server)).status).toBe(201);
  expect((await server.state('readyz'))[0]).toBe(200);
});
