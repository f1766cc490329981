import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** A real server whose log a real program reads, which may stop reading. */

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const REFUSED = 2000;

let folder: string;
let server: ChildProcess;
let reader: ChildProcess;
let url: string;
/** What the reader has passed on. */
let log: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'muster-log-'));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  log = '';
  reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'ignore'] });
  reader.stdout!.on('data', (text) => {
    log += text;
  });
  const stderr = openSync(pipe, 'w');
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MUSTER_')));
  const args = [MAIN, 'serve', '--json', '--port', '0', '--sample', 'no', '--data', join(folder, 'data')];
  server = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', stderr] });
  closeSync(stderr);
  const [ready] = await once(server.stdout!, 'data');
  ({ url } = JSON.parse(String(ready)));
});

afterEach(async () => {
  for (const child of [server, reader]) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true });
});

/** Sends requests without a token, each of which is a line of the log. */
async function refuse(count: number): Promise<void> {
  let left = count;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const answer = await fetch(`${url}/beta/deviceManagement/hardwareConfigurations`, { signal: AbortSignal.timeout(20_000) });
      expect(answer.status).toBe(401);
      await answer.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: 32 }, client));
}

const droppedByMetrics = async (): Promise<number> =>
  Number(/^muster_log_lines_dropped_total (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
const lines = (): { msg: string; dropped?: number }[] =>
  log
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

test('B1 a reader of the log that stalls does not stop the server, and is told later what it missed', async () => {
  reader.kill('SIGSTOP');
  await refuse(REFUSED);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const dropped = await droppedByMetrics();
  expect(dropped).toBeGreaterThan(0);
  expect(dropped).toBeLessThan(REFUSED);
  reader.kill('SIGCONT');
  await expect
    .poll(() => lines().filter(({ msg }) => msg.startsWith('log lines were dropped')), { timeout: 10_000 })
    .toMatchObject([{ dropped }]);
  await refuse(10);
  await expect.poll(() => lines().filter(({ msg }) => msg === 'request refused').length, { timeout: 10_000 }).toBe(REFUSED - dropped + 10);
});

test('B1 the server stops while nobody reads its log', async () => {
  reader.kill('SIGSTOP');
  await refuse(REFUSED);
  server.kill('SIGTERM');
  const [code] = await once(server, 'exit');
  expect(code).toBe(0);
});

test('B1 the last lines come out when somebody reads them', async () => {
  await refuse(100);
  const ended = once(reader, 'close');
  server.kill('SIGTERM');
  await ended;
  expect(lines().filter(({ msg }) => msg === 'request refused')).toHaveLength(100);
  expect(
    lines()
      .map(({ msg }) => msg)
      .slice(-2),
  ).toEqual([expect.stringMatching(/^stopping/), 'stopped']);
});

test('B1 a reader that ends does not end the server', async () => {
  reader.kill('SIGKILL');
  await once(reader, 'exit');
  await refuse(200);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(await droppedByMetrics()).toBeGreaterThan(0);
  server.kill('SIGTERM');
  const [code] = await once(server, 'exit');
  expect(code).toBe(0);
});
