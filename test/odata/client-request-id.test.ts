import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_REQUEST_ID_LENGTH } from '../../src/lib/http.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { runServer, type TestServer } from '../support/running-server.ts';
import { HARDWARE } from '../support/sample-bodies.ts';

/** A client's own id of a request is echoed where it is short and printable, and nowhere else: in headers, bodies of errors and batches. */

const FINE = 'mine: 7/8 (a"b)';
const TOO_LONG = 'x'.repeat(5000);
const echoed = fc.stringMatching(/^[\x21-\x7e]{1,128}$/);
const notEchoed = fc.oneof(
  fc.integer({ min: CLIENT_REQUEST_ID_LENGTH + 1, max: 5000 }).map((length) => 'x'.repeat(length)),
  fc
    .constantFrom('\0', '\t', '\x1f', '\x7f', '\x80', 'é', '\xff', '\u2028', '😀')
    .chain((odd) => fc.constantFrom(odd, `a${odd}`, `${odd}b`, `a${odd}b`)),
);

describe.each(['docs', 'service'] as const)('in profile %s', (profile) => {
  let api: InProcessApi;
  beforeAll(async () => {
    api = await startInProcessApi({ profile });
  });
  afterAll(() => api.close());

  const targets = [
    HARDWARE,
    `${HARDWARE}/0f0e0d0c-0b0a-4000-8000-010203040506`,
    `${HARDWARE}?$filter=nonsense`,
    'deviceManagement/nothing',
  ];

  it('B11 one that is fine is echoed, one that is not is nowhere in the answer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...targets), fc.boolean(), fc.tuple(echoed, notEchoed), async (target, isPost, [good, bad]) => {
        const ask = (id: string) =>
          api.request(isPost ? 'POST' : 'GET', target, { headers: { 'client-request-id': id }, ...(isPost ? { body: 1 } : {}) });
        expect((await ask(good)).headers['client-request-id']).toBe(good);
        const answer = await ask(bad);
        expect(answer.headers['client-request-id']).toBeUndefined();
        if (bad.length > 20) expect(answer.text).not.toContain(bad);
        if (answer.status >= 400) expect(JSON.parse(answer.text).error.innerError['client-request-id']).toBe(answer.headers['request-id']);
      }),
      { numRuns: 60 },
    );
  });

  it('B11 in the parts of a batch, whether they run, are refused or never start', async () => {
    const part = (id: string, changes: object = {}) => ({ id, method: 'GET', url: `/${targets[1]}`, ...changes });
    for (const bad of [TOO_LONG, 'a\u2028b', 'é']) {
      const requests = [
        part('own', { headers: { 'client-request-id': TOO_LONG } }),
        part('url', { url: 'http://elsewhere.example/x', headers: { 'client-request-id': TOO_LONG } }),
        part('late', { dependsOn: ['own'], headers: { 'client-request-id': TOO_LONG } }),
        part('inherited'),
      ];
      const answer = await api.request('POST', '/beta/$batch', { body: { requests }, headers: { 'client-request-id': bad } });
      for (const id of [bad, TOO_LONG]) expect(answer.text).not.toContain(id);
      for (const { headers } of (answer.body as { responses: { headers: object }[] }).responses)
        expect(headers).not.toHaveProperty('client-request-id');
    }
    const own = { headers: { 'client-request-id': FINE } };
    const requests = [part('own', own), part('late', { dependsOn: ['own'], ...own }), part('inherited')];
    const answer = await api.request('POST', '/beta/$batch', { body: { requests }, headers: { 'client-request-id': 'of the batch' } });
    const ids = (answer.body as { responses: { headers: Record<string, string>; body: { error: { innerError: object } } }[] }).responses;
    const wanted = [FINE, FINE, 'of the batch'];
    expect(ids.map(({ headers }) => headers['client-request-id'])).toEqual(wanted);
    expect(ids.map(({ body }) => body.error.innerError)).toMatchObject(wanted.map((id) => ({ 'client-request-id': id })));
  });
});

describe('over a socket', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await runServer();
  });
  afterAll(() => server.stop());

  const paths = [
    '/beta/deviceManagement',
    `/beta/${HARDWARE}`,
    '/healthz',
    '/nothing',
    '/a/oauth2/v2.0/token',
    `/beta/${'x'.repeat(17_000)}`,
  ];

  it('B11 no page of the server reflects one that is too long or not of ASCII', async () => {
    for (const path of paths) {
      for (const id of [TOO_LONG, 'é'.repeat(20), FINE]) {
        const answer = await new Promise<{ headers: object; text: string }>((resolve, reject) => {
          const request = httpRequest(server.url + path, { headers: { 'client-request-id': id } }, (response) => {
            let text = '';
            response.on('data', (data) => {
              text += data;
            });
            response.on('end', () => resolve({ headers: response.headers, text }));
          });
          request.on('error', reject).end();
        });
        if (id === FINE) {
          expect(answer.headers).toMatchObject({ 'client-request-id': FINE });
        } else {
          expect(answer.headers).not.toHaveProperty('client-request-id');
          expect(answer.text).not.toContain(id.slice(0, 20));
        }
      }
    }
  });
});
