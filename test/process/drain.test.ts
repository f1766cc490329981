import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { drainRound, spawnServer } from '../support/drain-round.ts';

/** SIGTERM, with a real server. `node bench/drain.ts` does many rounds. */

test.each([1, 2, 3])('B6 no request of 64 busy clients is reset, round %i', async () => {
  const { answered, refused, reset, code } = await drainRound();
  expect({ reset, code }).toEqual({ reset: [], code: 0 });
  expect(refused).toBe(64);
  expect(answered).toBeGreaterThan(64);
});

test('B6 a server without connections stops at once, whatever the delay', async () => {
  await using server = await spawnServer('--drain-delay', '60');
  const { code, milliseconds } = await server.stop();
  expect(code).toBe(0);
  expect(milliseconds).toBeLessThan(5000);
});

test('B6 for a while it serves who comes, says that it is not ready, and asks to leave', async () => {
  await using server = await spawnServer('--drain-delay', '3');
  const { port } = new URL(server.url);
  const idle = connect(Number(port), '127.0.0.1');
  let received = '';
  idle.on('data', (data) => {
    received += data;
  });
  idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await expect.poll(() => received).toContain('"up"');
  expect(received).not.toContain('connection: close');
  const stopped = server.stop();
  await sleep(200);
  const ready = await fetch(`${server.url}/readyz`);
  expect([ready.status, ready.headers.get('connection'), await ready.json()]).toEqual([
    503,
    'close',
    { status: 'not ready', reason: 'draining' },
  ]);
  expect((await fetch(`${server.url}/healthz`)).headers.get('connection')).toBe('close');
  idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await expect.poll(() => received).toContain('onnection: close');
  const { code, milliseconds } = await stopped;
  expect(code).toBe(0);
  expect(milliseconds).toBeLessThan(3000);
});

test('B6 a connection that nobody uses keeps it no longer than the delay', async () => {
  await using server = await spawnServer('--drain-delay', '2');
  const idle = connect(Number(new URL(server.url).port), '127.0.0.1');
  idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(idle, 'data');
  const { code, milliseconds } = await server.stop();
  expect(code).toBe(0);
  expect(milliseconds).toBeGreaterThanOrEqual(2000);
  expect(milliseconds).toBeLessThan(9000);
  idle.destroy();
});

test('B6 a request that hangs does not hold up the exit, and a second signal ends it at once', async () => {
  const hang = (url: string) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST /beta/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
  };
  await using first = await spawnServer('--drain-delay', '0');
  hang(first.url);
  await using second = await spawnServer('--drain-delay', '60');
  hang(second.url);
  await sleep(200);
  const firstStopped = first.stop();
  second.child.kill('SIGTERM');
  await sleep(300);
  expect(second.child.exitCode).toBeNull();
  const { code, milliseconds } = await second.stop();
  expect(code).toBe(1);
  expect(milliseconds).toBeLessThan(3000);
  expect(await firstStopped).toMatchObject({ code: 0, milliseconds: expect.closeTo(11_500, -4) });
});
