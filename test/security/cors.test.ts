import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runServer, type TestServer } from '../support/running-server.ts';

/** The CORS protocol (Fetch standard §3.3) and OPTIONS, on every kind of URL that the server answers. */

const FRIEND = 'https://console.example.org';
const STRANGER = 'https://evil.example.org';
const API = '/beta/deviceManagement/hardwareConfigurations';

let some: TestServer;
let any: TestServer;
let none: TestServer;
beforeAll(async () => {
  [some, any, none] = await Promise.all([
    runServer({ corsOrigin: [FRIEND, 'http://localhost:3000'] }),
    runServer({ corsOrigin: ['*'] }),
    runServer(),
  ]);
});
afterAll(() => Promise.all([some.stop(), any.stop(), none.stop()]));

const send = (server: TestServer, request: string, headers: Record<string, string> = {}) => {
  const [method, path] = request.split(' ') as [string, string];
  return fetch(`${server.url}${path.replace('{tenant}', server.tenantId).replace('{long}', 'a'.repeat(17_000))}`, { method, headers });
};
const allowed = ({ headers }: Response): string | null => headers.get('access-control-allow-origin');
const list = (text: string | null): string[] => (text ?? '').split(/, */).map((item) => item.toLowerCase());

/** Headers that scripts see anyway (Fetch §2.2.2), and those that are for browsers and what lies between. */
const NEEDLESS = [
  'cache-control',
  'content-length',
  'content-type',
  'connection',
  'date',
  'keep-alive',
  'pragma',
  'transfer-encoding',
  'vary',
];
const FOR_BROWSERS = /^(?:access-control-|content-security-policy|referrer-policy|strict-transport-security|x-content-type-options)/;

/** Asserts that scripts may see every header that an answer has for them. */
function expectReadable({ headers }: Response): void {
  const shown = list(headers.get('access-control-expose-headers'));
  const all = [...headers.keys()].filter((name) => !NEEDLESS.includes(name) && !FOR_BROWSERS.test(name));
  expect(all.filter((name) => !shown.includes(name))).toEqual([]);
  expect(shown).toEqual(expect.arrayContaining(['location', 'etag', 'retry-after', 'odata-entityid']));
}

/** Every kind of answer: of the API, its errors, the issuer, the server's own pages, the edge. */
const ANSWERS = [
  [`GET ${API}`, 200],
  [`GET ${API}/x`, 404],
  [`PUT ${API}`, 405],
  ['GET /beta/$metadata', 200],
  ['GET /v1.0/nothing', 400],
  ['GET /healthz', 200],
  ['POST /{tenant}/oauth2/v2.0/token', 400],
  ['GET /{tenant}/v2.0/.well-known/openid-configuration', 200],
  ['GET /beta/{long}', 414],
] as const;

describe('a preflight', () => {
  const preflight = { 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization,content-type,prefer' };

  it.each(ANSWERS.slice(0, -1).map(([request]) => request.split(' ')[1]!))('of %s is answered without a token', async (path) => {
    const { status, headers } = await send(some, `OPTIONS ${path}`, { origin: FRIEND, ...preflight });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, FRIEND]);
    expect(list(headers.get('access-control-allow-methods'))).toEqual(expect.arrayContaining(['get', 'post', 'patch', 'delete']));
    expect(headers.get('access-control-allow-headers')).toBe('authorization,content-type,prefer');
    expect(Number(headers.get('access-control-max-age'))).toBeGreaterThan(0);
    expect(list(headers.get('vary'))).toEqual(['origin', 'access-control-request-headers']);
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('allows every header that a client may send', async () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 20 }), async (names) => {
        const headers = { origin: FRIEND, 'access-control-request-method': 'GET', 'access-control-request-headers': names.join(',') };
        const answer = await send(some, `OPTIONS ${API}`, headers);
        expect(list(answer.headers.get('access-control-allow-headers'))).toEqual(names);
      }),
      { numRuns: 30 },
    );
  });

  it.each(['a b', '"x"', 'a;b', ','])('repeats nothing that is no list of names: %s', async (names) => {
    const answer = await send(some, `OPTIONS ${API}`, { origin: FRIEND, ...preflight, 'access-control-request-headers': names });
    expect(answer.headers.get('access-control-allow-headers')).toBeNull();
  });

  it('of a stranger gets no permission, and of nobody where none are allowed', async () => {
    for (const [server, origin] of [
      [some, STRANGER],
      [some, 'null'],
      [some, `${FRIEND}.evil.example`],
      [some, `${FRIEND}, ${STRANGER}`],
      [none, FRIEND],
    ] as const) {
      const answer = await send(server, `OPTIONS ${API}`, { origin, ...preflight });
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});

describe.each(ANSWERS)('the answer to %s', (request, status) => {
  const authorized = (server: TestServer, headers: Record<string, string>) =>
    send(server, request, { authorization: `Bearer ${server.token}`, ...headers });

  it('can be read by an allowed origin, with its headers', async () => {
    const answer = await authorized(some, { origin: FRIEND });
    expect([answer.status, allowed(answer)]).toEqual([status, FRIEND]);
    expectReadable(answer);
    expect(list(answer.headers.get('vary'))).toContain('origin');
  });

  it('cannot be read by others, and is told apart from the first by caches', async () => {
    for (const headers of [{}, { origin: STRANGER }] as Record<string, string>[]) {
      const answer = await authorized(some, headers);
      expect([answer.status, allowed(answer)]).toEqual([status, null]);
      expect(list(answer.headers.get('vary'))).toContain('origin');
    }
  });

  it('can be read by all where any origin is allowed, by none where none is', async () => {
    const open = await authorized(any, { origin: STRANGER });
    expect([open.status, allowed(open), list(open.headers.get('vary')).includes('origin')]).toEqual([status, '*', false]);
    const closed = await authorized(none, { origin: FRIEND });
    expect([closed.status, allowed(closed), list(closed.headers.get('vary')).includes('origin')]).toEqual([status, null, false]);
  });

  it('comes with nosniff', async () => {
    expect((await authorized(none, {})).headers.get('x-content-type-options')).toBe('nosniff');
  });
});

it('the answer to a write shows what a client needs to know of it, in any profile', async () => {
  const headers = {
    authorization: `Bearer ${some.token}`,
    'content-type': 'application/json',
    origin: FRIEND,
    prefer: 'return=minimal,muster.profile=service',
    'repeatability-request-id': '7f5f0a4c-7a3e-4f53-9d0e-0c1f6f2f1a11',
    'repeatability-first-sent': new Date().toUTCString(),
  };
  const body = '{"displayName":"G","mailEnabled":false,"mailNickname":"g","securityEnabled":true}';
  const answer = await fetch(`${some.url}/beta/groups`, { method: 'POST', headers, body });
  expect([answer.status, answer.headers.get('repeatability-result')]).toEqual([204, 'accepted']);
  expect(answer.headers.get('x-ms-ags-diagnostic')).toContain('{');
  expectReadable(answer);
});

describe('OPTIONS', () => {
  it.each([
    [API, 'GET, HEAD, POST, OPTIONS'],
    [`${API}/00000000-0000-0000-0000-000000000001`, 'GET, HEAD, PATCH, DELETE, OPTIONS'],
    [`${API}/$count`, 'GET, HEAD, OPTIONS'],
    [`${API}/x/displayName`, 'GET, HEAD, OPTIONS'],
    [`${API}/x/assign`, 'POST, OPTIONS'],
    ['/v1.0/groups/x/members/$ref', 'GET, HEAD, POST, OPTIONS'],
    ['/beta/$metadata', 'GET, HEAD, OPTIONS'],
    ['/beta', 'GET, HEAD, OPTIONS'],
    ['/{tenant}/oauth2/v2.0/token', 'POST, OPTIONS'],
    ['/healthz', 'GET, HEAD, OPTIONS'],
  ])('of %s names its methods: %s', async (path, methods) => {
    const answer = await send(none, `OPTIONS ${path}`);
    expect([answer.status, answer.headers.get('allow'), await answer.text()]).toEqual([204, methods, '']);
  });

  it('of what does not exist is an error', async () => {
    expect((await send(none, 'OPTIONS /beta/toasters')).status).toBe(400);
  });
});
