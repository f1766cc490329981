import { METHODS } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { generate } from 'selfsigned';
import { describe, expect, test } from 'vitest';
import { openEdge, readRefusal } from '../../../test/support/edge-fixture.ts';
import { AppError } from '../../lib/app-error.ts';
import { URL_LIMIT } from '../../lib/http.ts';
import { createHttpServer } from './listen.ts';

const HEAD = 'Host: x\r\nConnection: close\r\n';
const refusal = async (response: Response) => {
  const body = (await response.json()) as { error: { innerError: { code: string } } };
  return { status: response.status, code: body.error.innerError.code };
};

describe('what reaches the handler', () => {
  test('any body under any media type, byte for byte, plain or gzip', async () => {
    await using edge = await openEdge();
    const bodies = fc.uint8Array({ minLength: 1, maxLength: 5_000 });
    const types = fc.constantFrom('application/json', 'text/plain', 'nonsense', 'a/b; c="d', 'multipart/mixed; boundary=x');
    await fc.assert(
      fc.asyncProperty(bodies, types, fc.boolean(), async (bytes, type, compressed) => {
        edge.requests.length = 0;
        const headers = { 'content-type': type, ...(compressed ? { 'content-encoding': 'gzip' } : {}) };
        const body = compressed ? gzipSync(bytes) : Buffer.from(bytes);
        const response = await fetch(`${edge.url}/beta/x`, { method: 'POST', headers, body });
        expect(response.status).toBe(200);
        expect(Buffer.from(edge.requests[0]?.body ?? [])).toEqual(Buffer.from(bytes));
        expect(edge.requests[0]?.headers['content-type']).toBe(type);
      }),
      { numRuns: 60 },
    );
  });

  test('any target as it was sent, malformed percent encoding too', async () => {
    await using edge = await openEdge();
    const targets = ['/', '//x', '/beta/%zz', "/beta/a('b%2Fc')?$filter=x eq 1".replaceAll(' ', '%20'), '/a/../b;c', '/%F0%28', '/x?', '*'];
    for (const target of targets) await edge.send(`OPTIONS ${target} HTTP/1.1\r\n${HEAD}\r\n`);
    expect(edge.requests.map((request) => request.target)).toEqual(targets);
  });

  test('a whole URL as target names the origin', async () => {
    await using edge = await openEdge();
    await edge.send(`GET http://other:81/a?b HTTP/1.1\r\n${HEAD}\r\n`);
    await edge.send(`GET http://other HTTP/1.1\r\n${HEAD}\r\n`);
    expect(edge.requests.map(({ target, origin }) => [origin, target])).toEqual([
      ['http://other:81', '/a?b'],
      ['http://other', '/'],
    ]);
  });

  test('every method that HTTP knows; HEAD as GET', async () => {
    await using edge = await openEdge();
    const methods = METHODS.filter((method) => method !== 'CONNECT');
    for (const method of methods) {
      const answer = await edge.send(`${method} /x HTTP/1.1\r\n${HEAD}\r\n`);
      expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    }
    expect(edge.requests.map(({ method }) => method)).toEqual(methods.map((method) => (method === 'HEAD' ? 'GET' : method)));
  });

  test('no body is undefined', async () => {
    await using edge = await openEdge();
    await fetch(edge.url, { method: 'POST' });
    await edge.send(`POST / HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`);
    expect(edge.requests.map(({ body }) => body)).toEqual([undefined, undefined]);
  });
});

describe('answers', () => {
  test('HEAD has the headers of GET and no body', async () => {
    await using edge = await openEdge({ handle: async () => ({ status: 200, headers: { 'x-a': 'b' }, body: 'äöü' }) });
    const answer = await edge.send(`HEAD /x HTTP/1.1\r\n${HEAD}\r\n`);
    expect(answer).toMatch(/content-length: 6\r\n/);
    expect(answer.endsWith('\r\n\r\n')).toBe(true);
  });

  test('each has its own request-id and echoes client-request-id', async () => {
    await using edge = await openEdge();
    const [first, second] = await Promise.all([fetch(edge.url, { headers: { 'client-request-id': 'mine' } }), fetch(edge.url)]);
    expect(edge.requests.map(({ clientAddress }) => clientAddress)).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(first.headers.get('client-request-id')).toBe('mine');
    expect(second.headers.get('client-request-id')).toBeNull();
    expect(first.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(first.headers.get('request-id')).not.toBe(second.headers.get('request-id'));
  });

  test('204 and 304 have neither body nor length', async () => {
    for (const status of [204, 304]) {
      await using edge = await openEdge({ handle: async () => ({ status, headers: {} }) });
      expect(await edge.send(`GET / HTTP/1.1\r\n${HEAD}\r\n`)).not.toMatch(/content-length|transfer-encoding/i);
    }
  });

  test('a handler that rejects becomes an error answer, and the cause is observed', async () => {
    const cause = new AppError('notFound', 'There is none.');
    await using edge = await openEdge({ handle: () => Promise.reject(cause) });
    expect(await refusal(await fetch(edge.url))).toEqual({ status: 404, code: 'notFound' });
    const finished = edge.observations.find((observation) => observation.kind === 'requestFinished');
    expect(finished?.response.facts?.error).toBe(cause);
  });

  test('without a socket too', async () => {
    const handle = async () => ({ status: 200, headers: {}, body: 'here' });
    const server = createHttpServer({
      handle,
      renderError: () => ({ status: 500, headers: {} }),
      observe: () => undefined,
      bodyLimit: 1024,
    });
    expect((await server.inject({ method: 'GET', url: '/x' })).body).toBe('here');
    await server.close(0);
  });
});

describe('limits', () => {
  test('a body over the limit is 413: announced, in chunks, far too large, or after decompression', async () => {
    await using edge = await openEdge();
    const post = (init: RequestInit): Promise<Response> => fetch(edge.url, { method: 'POST', ...init });
    const large = Buffer.alloc(65 * 1024, 'x');
    const expected = { status: 413, code: 'payloadTooLarge' };
    expect(await refusal(await post({ body: large }))).toEqual(expected);
    expect(await refusal(await post({ body: Buffer.alloc(900 * 1024) }))).toEqual(expected);
    const chunks = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 3; i++) controller.enqueue(large.subarray(0, 30 * 1024));
        controller.close();
      },
    });
    expect(await refusal(await post({ body: chunks, duplex: 'half' } as RequestInit))).toEqual(expected);
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(64 * 1024);
    expect(await refusal(await post({ body: bomb, headers: { 'content-encoding': 'gzip' } }))).toEqual(expected);
    expect((await post({ body: large.subarray(0, 64 * 1024) })).status).toBe(200);
  });

  test('data that is not gzip is 400, an unknown encoding 415 that names what is known', async () => {
    await using edge = await openEdge();
    const post = (encoding: string): Promise<Response> =>
      fetch(edge.url, { method: 'POST', body: 'plain', headers: { 'content-encoding': encoding } });
    expect(await refusal(await post('gzip'))).toEqual({ status: 400, code: 'invalidBody' });
    const unknown = await post('zstd');
    expect(unknown.headers.get('accept-encoding')).toBe('gzip');
    expect(await refusal(unknown)).toEqual({ status: 415, code: 'unsupportedEncoding' });
    expect((await post('Identity')).status).toBe(200);
  });

  test('A2 localhost is one address, whose connections are all counted and drained', async () => {
    const server = createHttpServer({
      handle: async () => ({ status: 200, headers: {} }),
      renderError: () => ({ status: 500, headers: {} }),
      observe: () => undefined,
      bodyLimit: 1024,
    });
    const port = await server.listen({ host: 'localhost', port: 0 });
    try {
      const tries = await Promise.allSettled(['127.0.0.1', '[::1]'].map((host) => fetch(`http://${host}:${port}/`)));
      expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    } finally {
      await server.close(0);
    }
  });

  test('URLs up to the limit work, longer ones are 414, larger headers 431', async () => {
    await using edge = await openEdge();
    const get = (length: number) => edge.send(`GET /${'a'.repeat(length - 1)} HTTP/1.1\r\n${HEAD}\r\n`);
    expect(await get(URL_LIMIT)).toMatch(/^HTTP\/1.1 200/);
    expect(readRefusal(await get(URL_LIMIT + 1))).toEqual({ status: 414, code: 'urlTooLong' });
    expect(readRefusal(await get(4 * URL_LIMIT))).toEqual({ status: 431, code: 'headersTooLarge' });
    expect(readRefusal(await edge.send(`GET / HTTP/1.1\r\n${HEAD}A: ${'b'.repeat(50_000)}\r\n\r\n`))).toEqual({
      status: 431,
      code: 'headersTooLarge',
    });
  });

  test('headers and bodies that do not come in time are 408', async () => {
    await using edge = await openEdge({ timeouts: { headers: 100, request: 300 } });
    const expected = { status: 408, code: 'requestTimeout' };
    expect(readRefusal(await edge.send('GET / HTTP/1.1\r\nHost: '))).toEqual(expected);
    expect(readRefusal(await edge.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc'))).toEqual(expected);
    expect(edge.requests).toEqual([]);
  });

  test('a client that goes away in the middle of its body is observed, not answered', async () => {
    await using edge = await openEdge({ timeouts: { idle: 100 } });
    await edge.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
    await expect.poll(() => edge.observations.map(({ kind }) => kind)).toContain('requestAborted');
    expect(edge.requests).toEqual([]);
  });
});

describe('what is no HTTP', () => {
  test('gets one error answer of the API and a closed connection', async () => {
    await using edge = await openEdge();
    const wrong = [
      'nonsense\r\n\r\n',
      'FOO / HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      `GET / HTTP/1.1\r\nConnection: close\r\n\r\n`,
      `GET / HTTP/1.1\r\n${HEAD}Host: y\r\n\r\n`,
      'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: user@evil\r\nConnection: close\r\n\r\n',
    ];
    for (const bytes of wrong) {
      const answer = await edge.send(bytes);
      expect(readRefusal(answer), bytes).toEqual({ status: 400, code: 'invalidRequest' });
      expect(answer).toMatch(/request-id: [0-9a-f-]{36}\r\n/);
    }
    expect(edge.requests).toEqual([]);
  });

  test('random bytes never bring it down', async () => {
    await using edge = await openEdge({ timeouts: { headers: 200, idle: 200 } });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const answer = await edge.send(Buffer.from(bytes), '\r\n\r\n');
        expect(answer === '' || answer.startsWith('HTTP/1.1 4')).toBe(true);
      }),
      { numRuns: 50 },
    );
    expect((await fetch(edge.url)).status).toBe(200);
  });
});

describe('closing', () => {
  test('waits for the requests that run and refuses new connections', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const handle = async () => {
      entered.resolve();
      await promise;
      return { status: 200, headers: {}, body: 'done' };
    };
    const server = createHttpServer({
      handle,
      renderError: () => ({ status: 500, headers: {} }),
      observe: () => undefined,
      bodyLimit: 1024,
    });
    const port = await server.listen({ host: '127.0.0.1', port: 0 });
    const running = fetch(`http://127.0.0.1:${port}/`);
    await entered.promise;
    const closed = server.close(5_000);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    resolve();
    expect(await (await running).text()).toBe('done');
    await closed;
  });

  test('gives up on a request that does not end', async () => {
    const server = createHttpServer({
      handle: () => new Promise(() => undefined),
      renderError: () => ({ status: 500, headers: {} }),
      observe: () => undefined,
      bodyLimit: 1024,
    });
    const port = await server.listen({ host: '127.0.0.1', port: 0 });
    const running = fetch(`http://127.0.0.1:${port}/`).then(
      () => 'answered',
      () => 'cut',
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.close(50);
    expect(await running).toBe('cut');
  });
});

test('https with a certificate and key', async () => {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }]);
  await using edge = await openEdge({ tls: { cert: pems.cert, key: pems.private } });
  const body = await new Promise<string>((resolve, reject) => {
    httpsRequest(`${edge.url}/x`, { ca: pems.cert, rejectUnauthorized: false }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    })
      .on('error', reject)
      .end();
  });
  expect(JSON.parse(body).origin).toBe(edge.url);
});
