import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Edge, openEdge, readRefusal } from '../../../test/support/edge-fixture.ts';
import { LEAST_DISCARDED } from './read-body.ts';

const KIB = 1024;
const POST = 'POST / HTTP/1.1\r\nHost: x\r\n';

/** How a body of these bytes is sent: its headers and what follows them, whole. */
const framings = {
  'with a length': (body: Buffer) => [`${POST}Content-Length: ${body.length}\r\n\r\n`, body],
  chunked: (body: Buffer) => [`${POST}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n'],
  'gzip with a length': (body: Buffer) => [
    `${POST}Content-Encoding: gzip\r\nContent-Length: ${gzipSync(body).length}\r\n\r\n`,
    gzipSync(body),
  ],
  'gzip, chunked': (body: Buffer) => [
    `${POST}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n${gzipSync(body).length.toString(16)}\r\n`,
    gzipSync(body),
    '\r\n0\r\n\r\n',
  ],
} as const;
const ways = Object.keys(framings) as (keyof typeof framings)[];

/** Requests that have started and not ended, as the gauge of the metrics counts them. */
const inFlight = (edge: Edge): number =>
  edge.observations.reduce((count, { kind }) => {
    if (kind === 'requestStarted') return count + 1;
    return kind === 'requestFinished' || kind === 'requestAborted' ? count - 1 : count;
  }, 0);

/** Sends all of it, and what closes the connection behind the answer. */
const sendWhole = (edge: Edge, parts: readonly (string | Buffer)[]): Promise<string> =>
  edge.send(...parts, 'GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');

describe('B10 bodies beyond a small limit', () => {
  test.each(ways)('B10 one chunk of 60 kB %s is answered 413, and the connection goes on', async (way) => {
    await using edge = await openEdge({ bodyLimit: KIB });
    for (const body of [randomBytes(60_000), Buffer.alloc(60_000)]) {
      const answers = await sendWhole(edge, framings[way](body));
      expect(answers).toMatch(/^HTTP\/1.1 413 .*HTTP\/1.1 200 /s);
    }
    expect(inFlight(edge)).toBe(0);
  });

  test('B10 any size is answered, with the status that its size asks for', async () => {
    await using edge = await openEdge({ bodyLimit: KIB });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ways), fc.integer({ min: 1, max: 100_000 }), async (way, size) => {
        const answers = await sendWhole(edge, framings[way](Buffer.alloc(size, 'x')));
        expect(answers).toMatch(size > KIB ? /^HTTP\/1.1 413 / : /^HTTP\/1.1 200 /);
        expect(inFlight(edge)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('B10 a body without an end is answered 413 and cut off', async () => {
    await using edge = await openEdge({ bodyLimit: KIB });
    const socket = connect(edge.port, '127.0.0.1');
    let received = '';
    socket.on('data', (data) => {
      received += data;
    });
    socket.on('error', () => undefined);
    socket.write(`${POST}Transfer-Encoding: chunked\r\n\r\n`);
    let sent = 0;
    const chunk = Buffer.concat([Buffer.from('4000\r\n'), Buffer.alloc(16 * KIB), Buffer.from('\r\n')]);
    while (!socket.destroyed && sent < 64 * LEAST_DISCARDED) {
      sent += chunk.length;
      if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined);
    }
    expect(sent).toBeLessThan(64 * LEAST_DISCARDED);
    expect(readRefusal(received)).toEqual({ status: 413, code: 'payloadTooLarge' });
    await expect.poll(() => inFlight(edge)).toBe(0);
  });

  test('B10 a client that leaves in the middle of its body, wherever that is, leaves nothing behind', async () => {
    await using edge = await openEdge({ bodyLimit: KIB });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ways),
        fc.integer({ min: 1, max: 90_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (way, size, part) => {
          const [head, body] = framings[way](randomBytes(size));
          const socket = connect(edge.port, '127.0.0.1');
          socket.on('error', () => undefined);
          socket.write(head as string);
          socket.write((body as Buffer).subarray(0, Math.floor(part * ((body as Buffer).length - 1))));
          const before = edge.observations.length;
          await expect.poll(() => edge.observations.length).toBeGreaterThan(before);
          socket.destroy();
          await expect.poll(() => inFlight(edge)).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('B10 the gauge of requests in flight', () => {
  test('B10 returns to zero whatever fails: the handler, its error, the answer', async () => {
    const failures = [
      () => Promise.reject(new Error('x')),
      () => {
        throw new Error('x');
      },
      async () => ({ status: 99_999, headers: {}, body: 'no such status' }),
      async () => ({ status: 200, headers: { 'bad header': 'x' } }),
    ];
    for (const handle of failures) {
      await using edge = await openEdge({ handle });
      await edge.send('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      await expect.poll(() => inFlight(edge)).toBe(0);
    }
    const renderError = () => {
      throw new Error('cannot even say so');
    };
    await using edge = await openEdge({ handle: failures[0]!, renderError });
    await edge.send('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await expect.poll(() => inFlight(edge)).toBe(0);
  });
});

describe('B10 the budget of all bodies', () => {
  /** Opens a connection that sends most of a body, and waits. */
  const hold = async (edge: Edge, bytes: number) => {
    const socket = connect(edge.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`${POST}Content-Length: ${bytes + 1}\r\n\r\n`);
    await new Promise((resolve) => socket.write(Buffer.alloc(bytes), resolve));
    return socket;
  };
  const post = async (edge: Edge, bytes: number) => {
    const answer = await edge.send(`${POST}Connection: close\r\nContent-Length: ${bytes}\r\n\r\n`, Buffer.alloc(bytes));
    return { status: Number(answer.slice(9, 12)), retryAfter: /retry-after: (\d+)/i.exec(answer)?.[1] };
  };

  test('B10 what others are sending counts, and is free again when they leave', async () => {
    await using edge = await openEdge({ bodyLimit: 64 * KIB, bodyBudget: 128 * KIB });
    const held = await Promise.all([hold(edge, 60 * KIB), hold(edge, 60 * KIB)]);
    await expect.poll(() => post(edge, 20 * KIB)).toEqual({ status: 503, retryAfter: '1' });
    expect((await post(edge, 4 * KIB)).status).toBe(200);
    expect((await fetch(edge.url)).status).toBe(200);
    for (const socket of held) socket.destroy();
    await expect.poll(() => post(edge, 64 * KIB)).toEqual({ status: 200, retryAfter: undefined });
  });

  test('B10 a body counts until its request is answered, as it was sent and decompressed', async () => {
    const gate = Promise.withResolvers<void>();
    const handle = async () => {
      await gate.promise;
      return { status: 200, headers: {} };
    };
    await using edge = await openEdge({ bodyLimit: 64 * KIB, bodyBudget: 128 * KIB, handle });
    const zipped = gzipSync(Buffer.alloc(60 * KIB));
    const first = fetch(edge.url, { method: 'POST', headers: { 'content-encoding': 'gzip' }, body: zipped });
    const second = post(edge, 60 * KIB);
    await expect.poll(() => edge.requests.length).toBe(2);
    expect(await post(edge, 20 * KIB)).toEqual({ status: 503, retryAfter: '1' });
    gate.resolve();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect((await post(edge, 64 * KIB)).status).toBe(200);
  });

  test('B10 one connection has a part of it only', async () => {
    const gate = Promise.withResolvers<void>();
    const handle = async () => {
      await gate.promise;
      return { status: 200, headers: {} };
    };
    await using edge = await openEdge({ bodyLimit: 64 * KIB, bodyBudget: 1024 * KIB, handle });
    const one = [`${POST}Content-Length: ${60 * KIB}\r\n\r\n`, Buffer.alloc(60 * KIB)];
    const pipelined = sendWhole(edge, [...one, ...one, ...one]);
    await expect.poll(() => edge.requests.length).toBeGreaterThanOrEqual(2);
    const elsewhere = post(edge, 60 * KIB);
    await expect.poll(() => edge.observations.filter(({ kind }) => kind === 'requestStarted').length).toBe(5);
    gate.resolve();
    expect((await elsewhere).status).toBe(200);
    expect([...(await pipelined).matchAll(/HTTP\/1.1 (\d{3})/g)].map(([, status]) => status)).toEqual(['200', '200', '503', '200']);
  });
});
