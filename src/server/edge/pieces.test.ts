import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Edge, openEdge, readRefusal } from '../../../test/support/edge-fixture.ts';
import { AppError } from '../../lib/app-error.ts';
import type { HttpRequest, HttpResponse } from '../../lib/http.ts';
import { CODINGS } from './compress.ts';
import type { Pieces } from './pieces.ts';

/** Answers in pieces, over sockets. */

const KIB = 1024;
const MIB = 1024 ** 2;
const HEAD = 'Host: x\r\nConnection: close\r\n\r\n';

/** A maker of pieces, and what became of it. */
function maker(make: (index: number) => Promise<string | Uint8Array | undefined>) {
  const seen = { made: 0, bytes: 0, ended: false };
  async function* pieces(): Pieces {
    try {
      for (;;) {
        const piece = await make(seen.made);
        if (piece === undefined) return;
        seen.made += 1;
        seen.bytes += piece.length;
        yield piece;
      }
    } finally {
      seen.ended = true;
    }
  }
  const handle = async (): Promise<HttpResponse<Pieces>> => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: pieces() });
  return { seen, handle };
}

const upTo = (count: number, piece: string | Uint8Array) => maker(async (index) => (index < count ? piece : undefined));
const kindsOf = (edge: Edge) => edge.observations.map(({ kind }) => kind);

/** A client that asks and reads nothing before it is told to. */
async function ask(edge: Edge, text = `GET /x HTTP/1.1\r\n${HEAD}`) {
  const socket = connect(edge.port, '127.0.0.1');
  socket.pause();
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

describe('an answer in pieces', () => {
  it('arrives whole, in any coding, with the headers of every answer', async () => {
    const piece = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 2000 }), fc.uint8Array({ maxLength: 40_000 }));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.constantFrom(...CODINGS, 'identity'), async (pieces, coding) => {
        await using edge = await openEdge({ handle: maker(async (index) => pieces[index]).handle });
        const answer = await fetch(edge.url, { headers: { 'accept-encoding': coding, 'client-request-id': 'mine' } });
        expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.concat(pieces.map((part) => Buffer.from(part))));
        expect(answer.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
        expect(answer.headers.get('client-request-id')).toBe('mine');
        expect(answer.headers.get('content-length')).toBeNull();
        expect(answer.headers.get('vary')).toBe('Accept-Encoding');
        expect(answer.headers.get('content-encoding')).toBe(coding === 'identity' ? null : coding);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves its connection open for the next request, and is observed to end once', async () => {
    await using edge = await openEdge({ handle: upTo(3, 'piece').handle });
    const answers = await edge.send(`GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\n${HEAD}`);
    expect(answers.split('HTTP/1.1 200 OK')).toHaveLength(3);
    expect(kindsOf(edge).filter((kind) => kind === 'requestFinished')).toHaveLength(2);
  });

  it('is not made for HEAD', async () => {
    const { handle, seen } = upTo(3, 'piece');
    await using edge = await openEdge({ handle });
    expect(await edge.send(`HEAD /x HTTP/1.1\r\n${HEAD}`)).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\n$/);
    expect(seen.made).toBe(0);
  });

  it.each(['identity', 'gzip'])('is made no faster than its client takes it: %s', { timeout: 30_000 }, async (coding) => {
    const noise = Buffer.from(Array.from({ length: 64 * KIB }, () => Math.floor(Math.random() * 256)));
    const { handle, seen } = upTo(512, noise);
    await using edge = await openEdge({ handle });
    const socket = await ask(edge, `GET /x HTTP/1.1\r\nAccept-Encoding: ${coding}\r\n${HEAD}`);
    await expect.poll(() => seen.made).toBeGreaterThan(0);
    await sleep(300);
    expect(seen.bytes).toBeLessThan(16 * MIB); // what the system buffers, and little more
    let bytes = 0;
    for await (const chunk of socket) bytes += (chunk as Buffer).length;
    expect(bytes).toBeGreaterThan(32 * MIB);
    expect(seen).toMatchObject({ made: 512, ended: true });
  });

  it('counts by what its client has not taken of it', async () => {
    const { handle } = upTo(64, Buffer.alloc(8 * MIB));
    await using edge = await openEdge({ handle, answerBudget: 16 * MIB });
    const sockets = [await ask(edge), await ask(edge)];
    await expect.poll(() => statusOf(edge)).toBe('HTTP/1.1 503');
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => statusOf(edge)).toBe('HTTP/1.1 200');
  });
});

/** The start of the answer to one request more, whose client then leaves. */
async function statusOf(edge: Edge): Promise<string> {
  const socket = await ask(edge);
  socket.resume();
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return chunk.toString('latin1', 0, 12);
}

describe('clients', () => {
  it('that leave half way end the maker, and are observed to have left', async () => {
    for (const coding of ['identity', 'br']) {
      const { handle, seen } = maker(async () => {
        await sleep(5);
        return Buffer.alloc(KIB, 'x');
      });
      await using edge = await openEdge({ handle });
      const socket = await ask(edge, `GET /x HTTP/1.1\r\nAccept-Encoding: ${coding}\r\n${HEAD}`);
      await expect.poll(() => seen.made).toBeGreaterThan(5);
      socket.destroy();
      await expect.poll(() => kindsOf(edge)).toContain('requestAborted');
      await expect.poll(() => seen.ended).toBe(true);
      expect(kindsOf(edge)).not.toContain('requestFinished');
    }
  });

  it('that leave are observed even where the maker notices nothing', async () => {
    const { handle } = maker(async (index) => (index === 0 ? 'x' : await new Promise<never>(() => undefined)));
    await using edge = await openEdge({ handle });
    const socket = await ask(edge);
    await expect.poll(() => kindsOf(edge)).toContain('requestStarted');
    await sleep(50);
    socket.destroy();
    await expect.poll(() => kindsOf(edge)).toContain('requestAborted');
  });

  it("that leave before the answer is their connection's turn end the maker", async () => {
    const gate = Promise.withResolvers<void>();
    const { handle, seen } = upTo(512, Buffer.alloc(64 * KIB));
    await using edge = await openEdge({
      async handle({ target }: HttpRequest) {
        if (target === '/pieces') return await handle();
        await gate.promise;
        return { status: 200, headers: {} };
      },
    });
    const socket = await ask(edge, 'GET /first HTTP/1.1\r\nHost: x\r\n\r\nGET /pieces HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(() => seen.made).toBeGreaterThan(0);
    expect(seen.ended).toBe(false);
    socket.destroy();
    await expect.poll(() => seen.ended).toBe(true);
    gate.resolve();
    await expect.poll(() => kindsOf(edge).filter((kind) => /requestAborted|requestFinished/.test(kind))).toHaveLength(2);
  });

  it('that do not read are cut off, and those of a slow maker are not', { timeout: 20_000 }, async () => {
    const slowReaders = { everyMs: 50, leastRate: 4096, patienceMs: 300 };
    const much = upTo(1024, Buffer.alloc(64 * KIB));
    await using edge = await openEdge({ handle: much.handle, slowReaders });
    await ask(edge);
    await expect.poll(() => much.seen.ended, { timeout: 5000 }).toBe(true);
    expect(much.seen.made).toBeLessThan(1024);
    const slow = maker(async (index) => {
      if (index > 0) await sleep(700);
      return index < 3 ? 'piece' : undefined;
    });
    await using patient = await openEdge({ handle: slow.handle, slowReaders });
    expect(await (await fetch(patient.url)).text()).toBe('piece'.repeat(3));
  });
});

it('is ended where its headers cannot be written', async () => {
  const { handle, seen } = upTo(3, 'piece');
  await using edge = await openEdge({ handle: async () => ({ ...(await handle()), headers: { 'bad header': 'x' } }) });
  await edge.send(`GET /x HTTP/1.1\r\n${HEAD}`);
  await expect.poll(() => seen.ended).toBe(true);
  expect(kindsOf(edge)).toContain('failed');
});

describe('a maker that fails', () => {
  it('at once gets an error answer', async () => {
    const { handle } = maker(() => Promise.reject(new AppError('busy', 'Not now.')));
    for (const coding of ['identity', 'gzip']) {
      await using edge = await openEdge({ handle });
      const answer = await edge.send(`GET /x HTTP/1.1\r\nAccept-Encoding: ${coding}\r\n${HEAD}`);
      expect(readRefusal(answer)).toEqual({ status: 503, code: 'busy' });
    }
  });

  it.each(['identity', 'gzip', 'br'])(
    'half way cuts the connection off, so that nobody takes the half for the whole: %s',
    async (coding) => {
      const cause = new Error('the store is gone');
      const noise = Buffer.from(Array.from({ length: 256 * KIB }, () => Math.floor(Math.random() * 256)));
      const { handle, seen } = maker(async (index) => {
        if (index < 4) return noise;
        throw cause;
      });
      await using edge = await openEdge({ handle });
      const answer = await fetch(edge.url, { headers: { 'accept-encoding': coding } });
      expect(answer.status).toBe(200);
      await expect(answer.arrayBuffer()).rejects.toThrow();
      expect(seen.ended).toBe(true);
      await expect.poll(() => kindsOf(edge)).toContain('requestFinished');
      const finished = edge.observations.find(({ kind }) => kind === 'requestFinished');
      expect(finished).toMatchObject({ response: { facts: { error: cause } } });
    },
  );
});

it('closing waits for an answer in pieces', async () => {
  const { handle } = maker(async (index) => {
    await sleep(50);
    return index < 6 ? 'piece' : undefined;
  });
  const edge = await openEdge({ handle });
  const answer = await fetch(edge.url);
  const closed = edge[Symbol.asyncDispose]();
  expect(await answer.text()).toBe('piece'.repeat(6));
  await closed;
});
