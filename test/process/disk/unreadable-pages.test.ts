import { closeSync, cpSync, fstatSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createFaultyDisk, EIO, type FaultyDisk } from './faulty-disk.ts';
import { runMuster, type SpawnedServer, spawnServer } from './spawned-server.ts';

/** Pages of the database that cannot be read: the server answers what can be, and the doctor says where they are. */

const SCRIPTS = 'deviceManagementScripts';
const ALL = [SCRIPTS, `${SCRIPTS}?$select=id,scriptContent`, `${SCRIPTS}?$filter=contains(displayName,'s')&$count=true`];
const PAGE = 4096;

const home = mkdtempSync(join(tmpdir(), 'muster-pages-'));
const source = join(home, 'source');
const started: SpawnedServer[] = [];
const disk = createFaultyDisk();
const faulty = typeof disk === 'string' ? undefined : disk;
if (typeof disk === 'string') process.stderr.write(`No test with a disk that fails: ${disk}\n`);

const script = (name: string) => ({
  displayName: name,
  fileName: 'a.ps1',
  scriptContent: Buffer.alloc(12_000, name).toString('base64'),
  runAsAccount: 'system',
});

async function start(folder: string, env?: FaultyDisk['env']): Promise<SpawnedServer> {
  const server = await spawnServer(folder, env === undefined ? {} : { env });
  started.push(server);
  return server;
}

beforeAll(async () => {
  const server = await start(source);
  for (let i = 0; i < 30; i++) expect((await server.request('POST', SCRIPTS, script(`s${i}`))).status).toBe(201);
  await server.signal('SIGTERM');
});
afterEach(async () => {
  faulty?.set();
  for (const server of started.splice(0)) await server.signal('SIGKILL');
});
afterAll(() => {
  faulty?.remove();
  rmSync(home, { recursive: true });
});

/** A copy of the data folder in which pages hold nothing but zeros. @param pages their numbers, from 1 */
function damaged(pages: (last: number) => readonly number[]): string {
  const folder = mkdtempSync(join(home, 'damaged-'));
  cpSync(source, folder, { recursive: true });
  const file = openSync(join(folder, 'muster.sqlite'), 'r+');
  for (const page of pages(fstatSync(file).size / PAGE)) writeSync(file, Buffer.alloc(PAGE), 0, PAGE, (page - 1) * PAGE);
  closeSync(file);
  return folder;
}

const middle = (last: number): number[] => Array.from({ length: 20 }, (_, i) => Math.floor(last * 0.7) + i);
/** The page at which something begins in the source. */
const rootOf = (name: string): number => {
  const database = new DatabaseSync(join(source, 'muster.sqlite'), { readOnly: true });
  try {
    return Number(database.prepare('SELECT rootpage AS root FROM sqlite_schema WHERE name = ?').get(name)!.root);
  } finally {
    database.close();
  }
};

test.each([
  ['the first page of a table', () => [rootOf('deviceManagementScript')]],
  ['pages in the middle of the file', middle],
])('A8 %s that hold zeros: what needs them is 500 corruptStore, all else goes on', { timeout: 60_000 }, async (_, pages) => {
  const server = await start(damaged(pages));
  for (const path of [...ALL, ...ALL]) {
    const { status, body } = await server.request('GET', path);
    expect([status, body.error.innerError.code]).toEqual([500, 'corruptStore']);
    expect(JSON.stringify(body)).not.toMatch(/SELECT|sqlite|\.ts/);
  }
  expect((await server.request('GET', 'hardwareConfigurations')).status).toBe(200);
  expect((await server.request('GET', '/beta/groups')).status).toBe(200);
  const group = { displayName: 'g', mailEnabled: false, mailNickname: 'g', securityEnabled: true };
  expect((await server.request('POST', '/beta/groups', group)).status).toBe(201);
  expect((await server.state('healthz'))[0]).toBe(200);
  expect(server.isAlive).toBe(true);
  const { code, errors } = await server.signal('SIGTERM');
  expect(code).toBe(0);
  expect(errors).not.toMatch(/ {4}at |\\n {4}at /);
});

test('A8 muster doctor names the tables and indexes that are damaged, shows no stack, and exits with 1', { timeout: 60_000 }, async () => {
  const table = await runMuster(['doctor', '--data', damaged(() => [rootOf('deviceManagementScript')])]);
  expect(table.code).toBe(1);
  expect(table.output).toMatch(/^table deviceManagementScript is damaged: /m);
  expect(table.output).toMatch(/^tenant .*cannot be verified/m);
  expect(table.errors).toBe('');
  const index = await runMuster(['doctor', '--json', '--data', damaged(() => [rootOf('auditEvent_activityDateTime')])]);
  expect(index.code).toBe(1);
  const problems = index.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(problems).toContainEqual({ table: 'auditEvent', index: 'auditEvent_activityDateTime', problem: expect.any(String) });
  expect(problems.at(-1)).toEqual({ tenants: 1, problems: problems.length - 1 });
  expect(index.output.length).toBeLessThan(10_000);
  expect(await runMuster(['doctor', '--data', source])).toMatchObject({ code: 0, errors: '' });
});

test('A8 muster doctor on a database without a readable header says what it is, in one line', { timeout: 60_000 }, async () => {
  const { code, errors } = await runMuster(['doctor', '--data', damaged(() => [1])]);
  expect([code, errors.split('\n').length]).toEqual([1, 2]);
  expect(errors).toMatch(/^muster: The database file is damaged/);
});

test.skipIf(faulty === undefined)(
  'A8 a disk that fails to read is 503 storeUnavailable and names the disk; it is read again when it works again',
  { timeout: 60_000 },
  async () => {
    const folder = damaged(() => []);
    // What is read by a thread, too.
    for (const flags of [[], ['--reader-threads', '1']]) {
      const server = await spawnServer(folder, { env: faulty!.env, flags });
      started.push(server);
      faulty!.set({ call: 'read', code: EIO, path: 'muster.sqlite' });
      for (const path of [...ALL, ...ALL]) {
        const { status, body } = await server.request('GET', path);
        expect([status, body.error.innerError.code]).toEqual([503, 'storeUnavailable']);
        expect(body.error.message).toContain('disk');
      }
      expect(server.isAlive).toBe(true);
      faulty!.set();
      for (const path of ALL) expect((await server.request('GET', path)).status).toBe(200);
      expect((await server.request('POST', SCRIPTS, script('more'))).status).toBe(201);
      expect(await server.signal('SIGTERM')).toMatchObject({ code: 0 });
    }
  },
);
