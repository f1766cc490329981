import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderError } from '../../src/lib/folder-error.ts';
import { loadConfig } from '../../src/server/config/config.ts';
import { writeRuntimeFile } from '../../src/server/runtime-file.ts';
import { type RunningServer, startServer } from '../../src/server/start-server.ts';
import { lockFolder } from '../../src/store/sqlite/durability/folder-lock.ts';

/** What a server shows to whom, what it leaves in its folder, and what it says when it cannot start. */

let data: string;
const running: RunningServer[] = [];
beforeEach(() => {
  data = join(mkdtempSync(join(tmpdir(), 'muster-edge-')), 'data');
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop(1000);
  rmSync(join(data, '..'), { recursive: true });
});

async function start(flags: Readonly<Record<string, string>> = {}): Promise<RunningServer> {
  const server = await startServer(loadConfig({ flags: { data, port: '0', logLevel: 'silent', ...flags }, environment: {} }));
  running.push(server);
  return server;
}
const status = async (url: string): Promise<number> => (await fetch(url)).status;

describe('files', () => {
  it('B14 all that a server leaves in its folder is for its owner alone, also where older files were not', async () => {
    mkdirSync(data, { recursive: true });
    for (const name of ['runtime.json', 'runtime.json.tmp', 'sample.json.tmp']) writeFileSync(join(data, name), '{}', { mode: 0o644 });
    await start();
    for (const name of [
      'runtime.json',
      'sample.json',
      'instance.json',
      'issuer-keys.json',
      'secret-keys.json',
      'muster.sqlite',
      'muster.lock',
    ])
      expect([name, (statSync(join(data, name)).mode & 0o777).toString(8)]).toEqual([name, '600']);
  });

  it('B14 a lock that is none of ours is named, and not called a damaged database', async () => {
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'muster.lock'), 'garbage'.repeat(1000));
    const error = await start().catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      code: 'corruptStore',
      message: expect.stringMatching(/muster\.lock is not a file of Muster\. Remove it/),
    });
    rmSync(join(data, 'muster.lock'));
    expect(await status(`${(await start()).url}/readyz`)).toBe(200);
  });

  it('B14 a database that is missing beside keys is said, and one of a first start is not', async () => {
    const first = await start();
    expect(first.warnings).toEqual([]);
    await first.stop(1000);
    running.length = 0;
    const second = await start();
    expect(second.warnings).toEqual([]);
    await second.stop(1000);
    running.length = 0;
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(data, `muster.sqlite${suffix}`), { force: true });
    expect((await start()).warnings).toEqual([expect.stringMatching(/muster\.sqlite is missing: an empty one was made/)]);
    expect(existsSync(join(data, 'muster.sqlite'))).toBe(true);
  });

  it.each(['EACCES', 'EPERM', 'EROFS', 'ENOSPC'])('B14 %s of a data folder is one sentence with what to do', (code) => {
    const error = folderError('/data', Object.assign(new Error(code), { code }));
    expect(error).toMatchObject({
      code: 'invalidConfiguration',
      message: expect.stringMatching(/^The data folder \/data cannot .*: .*--data\.$/),
    });
  });

  it('B14 every step of a start that cannot write says so: a folder below a file, and one that holds folders where files belong', async () => {
    writeFileSync(data, 'a file');
    await expect(start()).rejects.toMatchObject({ code: 'invalidConfiguration' });
    expect(() => writeRuntimeFile(join(data, 'x'), 'runtime.json', {})).toThrow(expect.objectContaining({ code: 'invalidConfiguration' }));
    rmSync(data);
    mkdirSync(join(data, 'muster.lock'), { recursive: true });
    expect(() => lockFolder(data)).toThrow(expect.objectContaining({ code: 'invalidConfiguration' }));
    await expect(start()).rejects.toMatchObject({ code: expect.stringMatching(/^(invalidConfiguration|storeUnavailable)$/) });
  });

  it('B14 a start in a file system that can only be read prints a sentence and no stack', async (context) => {
    mkdirSync(data, { recursive: true });
    const mount = (...args: readonly string[]): boolean => spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
    if (process.platform !== 'linux' || !mount('-t', 'tmpfs', 'tmpfs', data)) return context.skip('no file system can be mounted here');
    try {
      await (await start({ data: join(data, 'used') })).stop(1000);
      running.length = 0;
      expect(mount('-o', 'remount,ro', data)).toBe(true);
      for (const name of ['used', 'new']) {
        const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
        const { status: code, stderr } = spawnSync(process.execPath, [main, 'serve', '--port', '0', '--data', join(data, name)], {
          encoding: 'utf8',
        });
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /^muster: The data folder \S+ cannot be read or written: (its file system can only be read|it cannot be made there)\. .*\n$/,
        );
      }
    } finally {
      spawnSync('umount', [data]);
    }
  });
});

describe('pages without a token', () => {
  it('B14 are all there by default', async () => {
    const { url } = await start();
    for (const path of ['/metrics', '/docs', '/openapi.json', '/beta/openapi.json', '/v1.0/openapi.json'])
      expect(await status(url + path)).toBe(200);
  });

  it('B14 /metrics can be closed', async () => {
    const { url } = await start({ metrics: 'no' });
    for (const path of ['/metrics', '/metrics?x', '/Metrics', '//metrics', '/metrics/'])
      expect(await status(url + path)).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(await (await fetch(url)).json())).not.toContain('metrics');
    expect(await status(`${url}/readyz`)).toBe(200);
  });

  it('B14 /metrics can have a listener of its own, which has nothing else', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    const server = await start({ metrics: `127.0.0.1:${port}` });
    expect(await status(`${server.url}/metrics`)).toBeGreaterThanOrEqual(400);
    const own = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect([own.status, await own.text()]).toEqual([200, expect.stringContaining('muster_http_requests_total{')]);
    for (const path of ['/', '/beta/deviceManagement', '/docs', '/healthz'])
      expect(await status(`http://127.0.0.1:${port}${path}`)).toBe(404);
    await server.stop(1000);
    running.length = 0;
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });

  it('B14 an address for /metrics that is taken is said', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    await expect(start({ metrics: `127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'invalidConfiguration',
      message: expect.stringContaining('--metrics'),
    });
    await new Promise((resolve) => taken.close(resolve));
  });

  it('B14 the description of the API can be closed, however its path is written', async () => {
    const { url } = await start({ docs: 'no' });
    const paths = [
      '/docs',
      '/docs/',
      '/docs/beta',
      '/docs/beta/operations/batch',
      '/docs?search=batch',
      '/openapi.json',
      '/beta/openapi.json',
      '/v1.0/openapi.json',
      '/beta/openapi.json/',
      '/BETA/OpenApi.json',
    ];
    for (const path of paths) {
      const answer = await fetch(url + path);
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(await answer.text()).not.toMatch(/"paths"|<html/);
    }
    expect(JSON.stringify(await (await fetch(url)).json())).not.toMatch(/docs|openapi/);
    expect(await status(`${url}/beta/$metadata`)).toBe(200);
  });
});

describe('connections', () => {
  const open = async (url: string) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const state = { received: '', closed: false };
    socket.on('data', (text) => {
      state.received += text;
    });
    socket.on('close', () => {
      state.closed = true;
    });
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    return { socket, state, ask: () => socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n') };
  };

  it('B14 beyond the limit are answered 503 and closed, are counted, and the others go on', async () => {
    const { url } = await start({ maxConnections: '3' });
    const within = await Promise.all([open(url), open(url), open(url)]);
    await sleep(50);
    const beyond = await Promise.all([open(url), open(url)]);
    for (const { ask } of beyond) ask();
    for (const { state } of beyond) {
      await expect.poll(() => state.closed).toBe(true);
      expect(state.received).toMatch(/^HTTP\/1.1 503 .*retry-after: 1.*"code":"ServiceUnavailable"/is);
      expect(state.received).toMatch(/connection: close/i);
    }
    for (const { ask } of within) ask();
    for (const { state } of within) await expect.poll(() => state.received).toContain('"up"');
    within[0]!.socket.destroy();
    const counted = async (): Promise<number> =>
      Number(/^muster_http_connections_over_limit_total (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
    await expect.poll(counted).toBeGreaterThanOrEqual(2);
    for (const { socket } of within) socket.destroy();
  });

  it('B14 beyond the limit that send nothing are closed soon, and far beyond it at once', async () => {
    const { url } = await start({ maxConnections: '1' });
    const all = await Promise.all(Array.from({ length: 80 }, () => open(url)));
    await expect.poll(() => all.filter(({ state }) => state.closed).length, { timeout: 10_000 }).toBe(79);
    const [left] = all.filter(({ state }) => !state.closed);
    left!.ask();
    await expect.poll(() => left!.state.received).toContain('"up"');
    left!.socket.destroy();
  });
});
