import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/lib/app-error.ts';
import { CODINGS, contentCoding, SMALLEST_CODED } from '../../src/server/edge/compress.ts';
import { openEdge } from '../support/edge-fixture.ts';
import { runServer, type TestServer } from '../support/running-server.ts';

/** Content codings (RFC 9110 §8.4, §12.5.3) of answers and of request bodies, over a socket. */

interface Raw {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

interface Sending {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
}

/** A request whose answer nobody decodes on the way. */
const send = (url: string, { method = 'GET', headers = {}, body }: Sending = {}): Promise<Raw> =>
  new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode!, headers: incoming.headers, bytes: Buffer.concat(chunks) }));
    });
    outgoing.on('error', reject).end(body);
  });

const DECODE: Readonly<Record<string, (bytes: Buffer) => Buffer>> = { br: brotliDecompressSync, gzip: gunzipSync, deflate: inflateSync };
const decoded = ({ headers, bytes }: Raw): string => {
  const coding = headers['content-encoding'];
  return String(coding === undefined ? bytes : DECODE[coding]!(bytes));
};
const chosen = (accept: string): string => contentCoding(accept)?.name ?? 'identity';

describe('the coding of an answer', () => {
  it.each([
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZip', 'gzip'],
    ['deflate', 'deflate'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=1.0, br;q=0.5', 'gzip'],
    ['br;q=0, *', 'gzip'],
    ['*', 'br'],
    ['*;q=0.1, identity;q=0.5', 'identity'],
    ['identity', 'identity'],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['gzip;q=0', 'identity'],
    ['zstd', 'identity'],
    ['*;q=0, identity', 'identity'],
    ['*;q=0, deflate;q=0.001', 'deflate'],
    ['compress;q=0.5, gzip;q=0.001', 'gzip'],
  ])('Accept-Encoding: %s gives %s', (accept, coding) => expect(chosen(accept)).toBe(coding));

  it.each(['identity;q=0', '*;q=0', 'zstd, identity;q=0', 'gzip;q=0, *;q=0'])('cannot meet %s', (accept) => {
    expect(() => contentCoding(accept)).toThrow(expect.objectContaining({ code: 'notAcceptable', target: 'Accept-Encoding' }));
  });

  it.each(['gzip;q=2', 'gzip;q=x', 'gzip;q=0.1234', '"gzip', 'gzip br'])('refuses the malformed %s', (accept) => {
    expect(() => contentCoding(accept)).toThrow(expect.objectContaining({ code: 'invalidHeader', target: 'Accept-Encoding' }));
  });

  it('is one that the client allows, and none that it allows is better', () => {
    const name = fc.constantFrom(...CODINGS, 'identity', '*', 'zstd');
    const weight = fc.constantFrom(0, 0.001, 0.5, 0.9, 1);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, weight), { selector: ([n]) => n }), (wishes) => {
        const said = new Map<string, number>(wishes);
        const quality = (coding: string): number => said.get(coding) ?? said.get('*') ?? (coding === 'identity' ? 0.0001 : 0);
        const accept = wishes.map(([n, q]) => `${n};q=${q}`).join(', ');
        // A coding that is only named by the star counts, but the answer as it is never gets better by it.
        const best = Math.max(...CODINGS.map(quality), said.get('identity') ?? (said.get('*') === 0 ? 0 : 0.0001));
        try {
          const coding = chosen(accept);
          expect(coding === 'identity' ? (said.get('identity') ?? 0.0001) : quality(coding), accept).toBe(best);
        } catch (error) {
          expect(error, accept).toBeInstanceOf(AppError);
          expect(best).toBe(0);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('answers', () => {
  it('are the same in every coding and size, and small ones are never coded', async () => {
    let body: string | Uint8Array = '';
    await using edge = await openEdge({ handle: async () => ({ status: 200, headers: { etag: 'W/"1"' }, body }) });
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 3000 }),
      fc.integer({ min: 0, max: 100_000 }).map((n) => 'ab€'.repeat(n / 3)),
    );
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.boolean(),
        fc.tuple(fc.constantFrom(...CODINGS, 'identity'), fc.constantFrom('GET', 'HEAD')),
        async (content, bytes, [accept, method]) => {
          body = bytes ? Buffer.from(content) : content;
          const answer = await send(edge.url, { method, headers: { 'accept-encoding': accept } });
          const large = body.length >= SMALLEST_CODED;
          expect(answer.headers['content-encoding']).toBe(large && accept !== 'identity' ? accept : undefined);
          expect(answer.headers.vary).toBe(large ? 'Accept-Encoding' : undefined);
          expect(answer.headers.etag).toBe('W/"1"');
          if (method === 'HEAD') expect(answer.bytes).toHaveLength(0);
          else {
            expect(decoded(answer)).toBe(content);
            expect(Number(answer.headers['content-length'])).toBe(answer.bytes.length);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('HEAD has the headers of GET', async () => {
    await using edge = await openEdge({ handle: async () => ({ status: 200, headers: {}, body: 'x'.repeat(5000) }) });
    const [get, head] = await Promise.all(
      ['GET', 'HEAD'].map((method) => send(edge.url, { method, headers: { 'accept-encoding': 'gzip' } })),
    );
    for (const name of ['content-encoding', 'content-length', 'vary']) expect(head!.headers[name]).toBe(get!.headers[name]);
  });

  it('are coded, however small, for a client that refuses anything else', async () => {
    await using edge = await openEdge({ handle: async () => ({ status: 200, headers: {}, body: 'x' }) });
    const answer = await send(edge.url, { headers: { 'accept-encoding': 'gzip, identity;q=0' } });
    expect([answer.headers['content-encoding'], decoded(answer)]).toEqual(['gzip', 'x']);
  });

  it('are refused before anything is done when no coding will do', async () => {
    await using edge = await openEdge();
    const answer = await send(edge.url, { method: 'POST', headers: { 'accept-encoding': 'zstd, identity;q=0' } });
    expect([answer.status, edge.requests.length]).toEqual([406, 0]);
  });

  it.each([
    ['that nobody may store', { 'cache-control': 'no-store' }],
    ['that are coded already', { 'content-encoding': 'zstd' }],
  ])('%s are left alone', async (_, headers) => {
    await using edge = await openEdge({ handle: async () => ({ status: 200, headers, body: 'x'.repeat(5000) }) });
    const answer = await send(edge.url, { headers: { 'accept-encoding': 'gzip' } });
    expect([answer.bytes.length, answer.headers.vary]).toEqual([5000, undefined]);
  });
});

describe('a whole server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await runServer();
  });
  afterAll(() => server.stop());

  it('codes metadata, and its tags mean the same in every coding', async () => {
    const plain = await send(`${server.url}/beta/$metadata`);
    const coded = await send(`${server.url}/beta/$metadata`, { headers: { 'accept-encoding': 'gzip, br' } });
    expect([coded.headers['content-encoding'], decoded(coded)]).toEqual(['br', String(plain.bytes)]);
    expect(coded.bytes.length).toBeLessThan(plain.bytes.length / 4);
    expect([plain.headers.vary, coded.headers.vary]).toEqual(Array(2).fill('Accept, OData-MaxVersion, Prefer, Accept-Encoding'));
  });

  it('an entity read in one coding is known in another', async () => {
    const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
    const content = Buffer.from('x'.repeat(3000)).toString('base64');
    const body = gzipSync(JSON.stringify({ displayName: 'A', fileName: 'a.cctk', configurationFileContent: content }));
    const url = `${server.url}/beta/deviceManagement/hardwareConfigurations`;
    const made = await send(url, { method: 'POST', headers: { ...headers, 'content-encoding': 'gzip', 'accept-encoding': 'br' }, body });
    expect([made.status, made.headers['content-encoding']]).toEqual([201, 'br']);
    const entity = `${url}/${JSON.parse(decoded(made)).id}`;
    const read = await send(entity, { headers: { ...headers, 'accept-encoding': 'gzip' } });
    expect([read.headers['content-encoding'], read.headers.etag]).toEqual(['gzip', made.headers.etag]);
    const known = await send(entity, { headers: { ...headers, 'accept-encoding': 'deflate', 'if-none-match': read.headers.etag! } });
    expect([known.status, known.bytes.length, known.headers.vary]).toEqual([304, 0, read.headers.vary]);
  });

  it('never codes a token', async () => {
    const secret = { method: 'POST', headers: { 'accept-encoding': 'gzip', 'content-type': 'application/x-www-form-urlencoded' } };
    const answer = await send(`${server.url}/${server.tenantId}/oauth2/v2.0/token`, {
      ...secret,
      body: Buffer.from(`x=${'y'.repeat(3000)}`),
    });
    expect([answer.status, answer.headers['content-encoding']]).toEqual([400, undefined]);
  });
});

describe('request bodies', () => {
  const post = async (encoding: string, body: Buffer): Promise<readonly [number, string]> => {
    await using edge = await openEdge();
    const { status, bytes } = await send(edge.url, { method: 'POST', headers: { 'content-encoding': encoding }, body });
    const answer = JSON.parse(String(bytes));
    return [status, status === 200 ? answer.body : answer.error.innerError.code];
  };
  const text = '{"a":1}';

  it.each(['gzip', 'x-gzip', 'GZIP'])('%s is read', async (encoding) => expect(await post(encoding, gzipSync(text))).toEqual([200, text]));

  it('several members of gzip are one body', async () =>
    expect(await post('gzip', Buffer.concat([gzipSync('{"a"'), gzipSync(':1}')]))).toEqual([200, text]));

  it.each(['gzip, gzip', 'gzip, identity', 'deflate', 'br', 'zstd', ''])("'%s' is refused: one layer of gzip, or none", async (encoding) =>
    expect(await post(encoding, gzipSync(gzipSync(text)))).toEqual([415, 'unsupportedEncoding']),
  );

  it.each([
    ['cut short', gzipSync(text).subarray(0, -5)],
    ['of another format', deflateSync(text)],
    ['with a wrong checksum', Buffer.concat([gzipSync(text).subarray(0, -8), Buffer.alloc(8)])],
    ['with something else behind its first member', Buffer.concat([gzipSync(text), gzipSync('x').subarray(0, 12)])],
  ])('data %s is refused', async (_, body) => expect(await post('gzip', body)).toEqual([400, 'invalidBody']));

  it('a bomb is refused: in one member, in many, and one that is a bomb inside a bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(30 * 1024 * 1024));
    expect(await post('gzip', bomb)).toEqual([413, 'payloadTooLarge']);
    expect(await post('gzip', Buffer.concat(Array(200).fill(gzipSync(Buffer.alloc(1000)))))).toEqual([413, 'payloadTooLarge']);
    const inner = await post('gzip', gzipSync(bomb));
    expect(inner[0]).toBe(200); // unpacked once: what comes out is no JSON, whatever it is
  });
});
