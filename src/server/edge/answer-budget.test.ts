import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openEdge, readRefusal } from '../../../test/support/edge-fixture.ts';
import type { HttpRequest } from '../../lib/http.ts';
import { SIDE_BY_SIDE } from './connections.ts';

const MIB = 1024 ** 2;
const HEAD = 'Host: x\r\nConnection: close\r\n\r\n';
const slowReaders = { everyMs: 100, leastRate: 4096, patienceMs: 1000 };
const large = async () => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(16 * MIB) });

/** A client that asks and never reads. */
async function mute(port: number, requests = 1) {
  const socket = connect(port, '127.0.0.1');
  socket.pause();
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(requests));
  return socket;
}

describe('A3 answers under way', () => {
  it('are bounded: further requests are answered 503 with Retry-After until clients that do not read are cut off', async () => {
    await using edge = await openEdge({ handle: large, answerBudget: 32 * MIB, slowReaders });
    const clients = await Promise.all([1, 2, 3, 4].map(() => mute(edge.port)));
    await sleep(300);
    const refused = await edge.send(`GET /x HTTP/1.1\r\n${HEAD}`);
    expect(readRefusal(refused)).toEqual({ status: 503, code: 'busy' });
    expect(refused).toMatch(/\r\nretry-after: 1\r\n/i);
    await expect
      .poll(async () => (await edge.send(`GET /x HTTP/1.1\r\n${HEAD}`)).startsWith('HTTP/1.1 200'), { timeout: 20_000, interval: 300 })
      .toBe(true);
    for (const client of clients) client.destroy();
  });

  it('are sent whole to a client that reads slowly, but reads', { timeout: 60_000 }, async () => {
    await using edge = await openEdge({ handle: large, slowReaders });
    const socket = connect(edge.port, '127.0.0.1');
    socket.write(`GET /x HTTP/1.1\r\n${HEAD}`);
    let bytes = 0;
    for await (const chunk of socket) {
      bytes += (chunk as Buffer).length;
      if (bytes < 8 * MIB) await sleep(10);
    }
    expect(bytes).toBeGreaterThan(16 * MIB);
  });

  it('of one connection are made a few at a time, however many requests are pipelined', async () => {
    let running = 0;
    let most = 0;
    const handle = async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep(2);
      running -= 1;
      return { status: 200, headers: {}, body: 'x' };
    };
    await using edge = await openEdge({ handle });
    const requests = 'GET /x HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(99);
    const answers = await edge.send(`${requests}GET /x HTTP/1.1\r\n${HEAD}`);
    expect(answers.split('HTTP/1.1 200 OK').length - 1).toBe(100);
    expect(most).toBeLessThanOrEqual(SIDE_BY_SIDE);
  });

  it.each([1, SIDE_BY_SIDE])('count no longer when their client goes before they are made: %d requests', async (requests) => {
    let made = 0;
    const ready = Promise.withResolvers<void>();
    const handle = async ({ target }: HttpRequest) => {
      if (target === '/large') await ready.promise;
      made += 1;
      return large();
    };
    await using edge = await openEdge({ handle, answerBudget: 16 * MIB * requests, slowReaders });
    const client = await mute(edge.port, requests);
    await expect.poll(() => edge.requests.length).toBe(requests);
    client.destroy();
    await expect.poll(() => edge.requests[0]!.signal!.aborted).toBe(true);
    ready.resolve();
    await expect.poll(() => made).toBe(requests);
    expect(await edge.send(`GET /x HTTP/1.1\r\n${HEAD}`)).toMatch(/^HTTP\/1.1 200/);
  });

  it('of pipelined requests count no longer when their client goes', async () => {
    await using edge = await openEdge({ handle: large, answerBudget: 16 * MIB * SIDE_BY_SIDE });
    const client = await mute(edge.port, SIDE_BY_SIDE);
    await expect.poll(() => edge.requests.length).toBe(SIDE_BY_SIDE);
    await sleep(300);
    expect(readRefusal(await edge.send(`GET /x HTTP/1.1\r\n${HEAD}`))).toEqual({ status: 503, code: 'busy' });
    client.destroy();
    await expect.poll(async () => (await edge.send(`GET /x HTTP/1.1\r\n${HEAD}`)).slice(0, 12)).toBe('HTTP/1.1 200');
  });

  it('share what is left while they are made, and none is refused for that', async () => {
    const granted: number[] = [];
    let held = 0;
    let most = 0;
    const handle = async ({ space }: HttpRequest) => {
      const bytes = space!.reserve(4 * MIB);
      granted.push(bytes);
      held += bytes;
      most = Math.max(most, held);
      await sleep(20);
      held -= bytes;
      return { status: 200, headers: {}, body: 'x' };
    };
    await using edge = await openEdge({ handle, answerBudget: 64 * MIB });
    const answers = await Promise.all(Array.from({ length: 60 }, () => edge.send(`GET /x HTTP/1.1\r\n${HEAD}`)));
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 200/);
    expect(Math.max(...granted)).toBe(4 * MIB);
    expect(most).toBeLessThanOrEqual(64 * MIB + 60 * 512 * 1024);
    const later = await edge.send(`GET /x HTTP/1.1\r\n${HEAD}`);
    expect(later).toMatch(/^HTTP\/1.1 200/);
    expect(granted.at(-1)).toBe(4 * MIB);
  });

  it('are given up when their client has gone', async () => {
    const gone = Promise.withResolvers<void>();
    const handle = async ({ signal }: HttpRequest) => {
      signal!.addEventListener('abort', () => gone.resolve());
      await gone.promise;
      return { status: 200, headers: {}, body: 'x' };
    };
    await using edge = await openEdge({ handle });
    const socket = connect(edge.port, '127.0.0.1');
    socket.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(() => edge.requests.length).toBe(1);
    socket.destroy();
    await gone.promise;
  });
});
