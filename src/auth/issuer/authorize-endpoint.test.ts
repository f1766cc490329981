import { hash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { afterAll, describe, expect, test } from 'vitest';
import {
  CLIENT,
  issuerFixture,
  jsonOf,
  ORIGIN,
  OTHER_CLIENT,
  OTHER_TENANT,
  REGISTERED,
  SECRET,
  type Sent,
  TENANT,
} from '../../../test/support/issuer-fixture.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { authorizationCode } from '../../model/internal.ts';
import { NO_TENANT } from '../../store/contract.ts';
import { AUTHORIZATION_CODES, CODE_SECONDS, forgetCodes } from './authorization-codes.ts';
import { MAX_SIGN_IN_FORM, MAX_STATE } from './authorize-request.ts';
import { MAX_REDIRECT_URI } from './redirect.ts';

const GRAPH = 'https://graph.microsoft.com';
const LOOPBACK = 'http://localhost:53123/';
const VERIFIER = randomBytes(32).toString('base64url');
const CHALLENGE = hash('sha256', VERIFIER, 'base64url');

const fixture = await issuerFixture({ userChoice: { hosts: [] } });
const { get, post, verify, clock, store, addUser, close } = fixture;
const ada = await addUser('ada@contoso.com', { displayName: 'Ada <script>' });
await addUser('bob@contoso.com');
await addUser('gone@contoso.com', { accountEnabled: false });
await addUser('eve@fabrikam.com', { tenantId: OTHER_TENANT });
afterAll(close);

type Fields = Readonly<Record<string, string>>;
const wish = {
  client_id: CLIENT,
  response_type: 'code',
  redirect_uri: LOOPBACK,
  scope: `${GRAPH}/.default openid profile offline_access`,
  state: 'the state',
  nonce: 'the nonce',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
};

/** Without what is empty. */
const given = (fields: Fields): Record<string, string> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
const authorize = (more: Fields = {}, path = 'common/oauth2/v2.0/authorize', sent: Sent = {}) =>
  get(`/${path}?${new URLSearchParams(given({ ...wish, ...more }))}`, sent);
/** Presses a button of the page. */
const press = (more: Fields = {}, path = 'common/oauth2/v2.0/authorize', sent: Sent = {}) =>
  post(`/${path}`, given({ ...wish, user: 'ada@contoso.com', ...more }), sent);
/** What the browser was sent along with. */
const sentBack = (response: HttpResponse): Record<string, string> => {
  expect(response.status, String(response.body)).toBe(303);
  expect(response.headers['cache-control']).toBe('no-store');
  return Object.fromEntries(new URL(response.headers.location!).searchParams);
};
const redeem = async (code: string | undefined, more: Fields = {}, path = 'common/oauth2/v2.0/token') => {
  const form = { grant_type: 'authorization_code', client_id: CLIENT, code: code!, redirect_uri: LOOPBACK, code_verifier: VERIFIER };
  const response = await post(`/${path}`, given({ ...form, ...more }));
  return { status: response.status, ...jsonOf(response) } as Record<string, string> & { readonly status: number };
};
const codeOf = async (more: Fields = {}, path?: string): Promise<string> => sentBack(await press(more, path)).code!;

describe('C4 the code flow', () => {
  test('C4 a user is chosen, and the code gets tokens of that user once', async () => {
    const page = await authorize();
    expect([page.status, page.headers['content-type'], page.headers['cache-control']]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-store',
    ]);
    expect(String(page.body)).toContain('asks for no password');
    const answer = await press();
    expect(answer.headers.location).toMatch(/^http:\/\/localhost:53123\/\?code=/);
    const { code, state } = sentBack(answer);
    expect(state).toBe('the state');
    const tokens = await redeem(code);
    expect(tokens).toMatchObject({ status: 200, token_type: 'Bearer', expires_in: 3600 });
    expect(await verify(`Bearer ${tokens.access_token}`)).toMatchObject({
      kind: 'delegated',
      tenantId: TENANT,
      clientId: CLIENT,
      userPrincipalName: 'ada@contoso.com',
      subject: ada,
      permissions: new Set(['A.Read.All', 'B.Read.All']),
    });
    expect(decodeJwt(tokens.id_token!)).toMatchObject({
      aud: CLIENT,
      nonce: 'the nonce',
      tid: TENANT,
      oid: ada,
      preferred_username: 'ada@contoso.com',
    });
    expect(JSON.parse(Buffer.from(tokens.client_info!, 'base64url').toString())).toEqual({ uid: ada, utid: TENANT });
    expect(await redeem(code)).toMatchObject({ status: 400, error: 'invalid_grant' });
    const renewed = jsonOf(
      await post('/common/oauth2/v2.0/token', { grant_type: 'refresh_token', client_id: CLIENT, refresh_token: tokens.refresh_token! }),
    );
    expect(decodeJwt(String(renewed.access_token))).toMatchObject({ oid: ada, upn: 'ada@contoso.com' });
  });

  test('C4 of many that redeem one code at the same time one gets tokens', async () => {
    const code = await codeOf();
    const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(code)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(7).fill(400)]);
  });

  test('C4 a code is bound to client, tenant, redirect URI and challenge, and good for its time', async () => {
    const code = await codeOf({}, `${TENANT}/oauth2/v2.0/authorize`);
    for (const wrong of [
      { client_id: OTHER_CLIENT },
      { redirect_uri: 'http://localhost:53124/' },
      { redirect_uri: 'http://localhost:53123' },
      { code_verifier: `${VERIFIER}A` },
      { code_verifier: CHALLENGE },
      { code_verifier: '' },
      { code_verifier: '', client_secret: SECRET },
    ])
      expect(await redeem(code, wrong), JSON.stringify(wrong)).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await redeem(code, {}, `${OTHER_TENANT}/oauth2/v2.0/token`)).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await redeem(code, { client_secret: 'wrong' })).toMatchObject({ status: 401, error: 'invalid_client' });
    expect(await redeem('unknown')).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await redeem(code, { redirect_uri: '' })).toMatchObject({ status: 400, error: 'invalid_request' });
    expect(await redeem(code, {}, 'contoso.com/oauth2/v2.0/token')).toMatchObject({ status: 200 });
    const late = await codeOf();
    clock.advance(CODE_SECONDS * 1000 - 1);
    const inTime = await codeOf();
    clock.advance(1);
    expect(await redeem(late)).toMatchObject({ error: 'invalid_grant', error_codes: [70008] });
    expect((await redeem(inTime)).status).toBe(200);
  });

  test('C4 without a challenge the client must prove itself, and a verifier shows that the challenge was taken away', async () => {
    const none = { code_challenge: '', code_challenge_method: '' };
    const code = await codeOf(none);
    expect(await redeem(code, { code_verifier: '' })).toMatchObject({ status: 401, error: 'invalid_client', error_codes: [7000218] });
    expect(await redeem(code, { client_secret: SECRET })).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await redeem(code, { code_verifier: '', client_secret: SECRET })).toMatchObject({ status: 200 });
  });

  test.each([
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge_method: '' }, 'invalid_request'],
    [{ code_challenge: '' }, 'invalid_request'],
    [{ code_challenge: 'short' }, 'invalid_request'],
    [{ code_challenge: `${CHALLENGE}A` }, 'invalid_request'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ response_type: 'code id_token' }, 'unsupported_response_type'],
    [{ response_type: '' }, 'invalid_request'],
    [{ scope: '' }, 'invalid_request'],
    [{ scope: 'https://vault.azure.net/.default' }, 'invalid_scope'],
    [{ scope: 'C.Read.All' }, 'invalid_scope'],
    [{ nonce: 'n'.repeat(1025) }, 'invalid_request'],
    [{ prompt: 'admin_consent' }, 'invalid_request'],
    [{ prompt: 'none login' }, 'invalid_request'],
    [{ prompt: 'none' }, 'login_required'],
  ])('C4 the client is told what is wrong with %o', async (fields, error) => {
    const back = sentBack(await authorize(fields as Fields));
    expect(back).toMatchObject({ error, state: 'the state', error_description: expect.stringMatching(/^AADSTS\d+: /) });
    expect(back.code).toBeUndefined();
    // Nor can it be got around by sending the form.
    expect(sentBack(await press(fields as Fields))).toMatchObject({ error });
  });

  test.each(['login', 'consent', 'select_account', 'login consent'])('C4 prompt=%s asks, as every request does', async (prompt) => {
    expect((await authorize({ prompt })).status).toBe(200);
  });

  test('C4 who refuses sends the client away', async () => {
    expect(sentBack(await press({ user: '', action: 'deny' }))).toMatchObject({ error: 'access_denied', state: 'the state' });
  });

  test('C4 an answer comes in the query, in the fragment, or by a form with a button', async () => {
    const inQuery = new URL((await press({ redirect_uri: REGISTERED, response_mode: 'query' })).headers.location!);
    expect([inQuery.searchParams.get('from'), inQuery.searchParams.get('state')]).toEqual(['muster', 'the state']);
    const inFragment = new URL((await press({ response_mode: 'fragment' })).headers.location!);
    expect([inFragment.search, new URLSearchParams(inFragment.hash.slice(1)).get('state')]).toEqual(['', 'the state']);
    const state = '"><script>alert(1)</script>';
    const page = await press({ response_mode: 'form_post', redirect_uri: REGISTERED, state });
    const html = String(page.body);
    expect(page.status).toBe(200);
    expect(html).toContain(`<form method="post" action="${REGISTERED}"`);
    expect(html).toContain('name="state" value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
    expect(page.headers['content-security-policy']).toContain("form-action 'self' https://app.example;");
    const code = /name="code" value="([\w-]+)"/.exec(html)?.[1];
    expect((await redeem(code, { redirect_uri: REGISTERED })).status).toBe(200);
  });

  test('C4 the endpoints of v1 take a resource', async () => {
    const path = 'common/oauth2/authorize';
    expect(sentBack(await authorize({}, path))).toMatchObject({ error: 'invalid_request' });
    const code = await codeOf({ scope: '', resource: `${GRAPH}/` }, path);
    const tokens = await redeem(code, {}, 'common/oauth2/token');
    expect(tokens).toMatchObject({ status: 200, resource: `${GRAPH}/`, expires_in: '3600' });
    expect(decodeJwt(tokens.access_token!)).toMatchObject({
      ver: '1.0',
      aud: `${GRAPH}/`,
      iss: `https://sts.windows.net/${TENANT}/`,
      oid: ada,
    });
    expect(decodeJwt(tokens.id_token!)).toMatchObject({ ver: '1.0', nonce: 'the nonce', upn: 'ada@contoso.com' });
  });

  test('C4 fewer permissions than were granted may be asked for, never more', async () => {
    const code = () => codeOf({ scope: 'A.Read.All openid' });
    expect((await redeem(await code(), { scope: 'B.Read.All' })).error).toBe('invalid_scope');
    const all = await redeem(await code(), { scope: `${GRAPH}/.default` });
    expect((await verify(`Bearer ${all.access_token}`)).permissions).toEqual(new Set(['A.Read.All']));
  });
});

test('C4 another server of the same database redeems a code, once', async () => {
  const other = await issuerFixture({ store, clock });
  const code = await codeOf();
  const form = { grant_type: 'authorization_code', client_id: CLIENT, code, redirect_uri: LOOPBACK, code_verifier: VERIFIER };
  const answers = await Promise.all([other, fixture, other, fixture].map((server) => server.post('/common/oauth2/v2.0/token', form)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400]);
});

test('C4 no log has the query of a page: it names people, and may hold tokens', async () => {
  for (const page of ['authorize', 'logout', 'deviceauth'])
    for (const path of [`oauth2/v2.0/${page}`, `oauth2/${page}`])
      for (const tenant of ['common', 'nonsense'])
        expect((await get(`/${tenant}/${path}?login_hint=ada&id_token_hint=x`)).facts).toMatchObject({
          operation: 'issuer',
          secretQuery: true,
        });
});

describe('C4 where browsers are sent to', () => {
  test.each([LOOPBACK, 'http://localhost', 'http://127.0.0.1:1/x?y=z', 'http://[::1]:65535/', 'https://localhost:8443/cb', REGISTERED])(
    'C4 they may be sent to %s',
    async (redirect_uri) => {
      const { code } = sentBack(await press({ redirect_uri }));
      expect((await redeem(code, { redirect_uri })).status).toBe(200);
    },
  );

  test.each([
    '',
    'nonsense',
    '/relative',
    '//localhost/',
    'https://evil.example/',
    'http://localhost.evil.example/',
    'http://localhost@evil.example/',
    'http://localhost:80@evil.example/',
    'http://evil.example\\@localhost/',
    'http://ada:x@localhost/',
    'http://localhost/#fragment',
    'http://localhost /',
    'http://localhost./',
    'javascript://localhost/%0aalert(1)',
    'data:text/html,localhost',
    'ftp://localhost/',
    `${REGISTERED}&more=1`,
    `${REGISTERED}/`,
    'https://app.example/',
    'https://app.example:444/signed-in?from=muster',
    'HTTPS://APP.EXAMPLE/signed-in?from=muster',
    `http://localhost/${'x'.repeat(MAX_REDIRECT_URI)}`,
  ])('C4 they stay on the page for %s, whatever else is wrong', async (redirect_uri) => {
    for (const more of [{}, { prompt: 'none' }, { response_type: 'token' }, { action: 'deny' }])
      for (const answer of [await authorize({ redirect_uri, ...more }), await press({ redirect_uri, ...more })]) {
        expect([answer.status, answer.headers['content-type']]).toEqual([400, 'text/html; charset=utf-8']);
        expect(answer.headers.location).toBeUndefined();
        expect(String(answer.body)).not.toContain('<form');
      }
  });

  test('C4 no other client gets a URI that one has registered', async () => {
    expect((await authorize({ client_id: OTHER_CLIENT, redirect_uri: REGISTERED })).status).toBe(400);
  });

  test.each([{ client_id: '' }, { client_id: TENANT }, { response_mode: 'web_message' }, { state: 's'.repeat(MAX_STATE + 1) }])(
    'C4 what is wrong with who asks, or how, stays on the page: %o',
    async (more) => {
      const answer = await authorize(more as Fields);
      expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
      expect(String(answer.body)).toMatch(/AADSTS\d+: /);
    },
  );

  test.each(['consumers', '9188040d-6c67-4c5b-b112-36a304b66dad', 'nonsense'])('C4 nobody signs in to the tenant %s', async (tenant) => {
    for (const version of ['', '/v2.0']) {
      const answer = await authorize({ resource: GRAPH }, `${tenant}/oauth2${version}/authorize`);
      expect([answer.status, String(answer.body)]).toEqual([400, expect.stringContaining('AADSTS90002')]);
    }
  });

  test('C4 a form that is larger than any sign-in is refused, and not repeated', async () => {
    const answer = await press({ login_hint: 'x'.repeat(MAX_SIGN_IN_FORM) });
    expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
    expect(String(answer.body).length).toBeLessThan(4096);
  });

  test('C4 a parameter that is sent twice is refused', async () => {
    const answer = await get(`/common/oauth2/v2.0/authorize?${new URLSearchParams(wish)}&redirect_uri=https://evil.example/`);
    expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
  });
});

describe('C4 the page', () => {
  test('C4 it runs nothing, loads nothing, cannot be framed, and its form leads to the client alone', async () => {
    const page = await authorize({ redirect_uri: REGISTERED });
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self' https:\/\/app\.example; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' });
    const html = String(page.body);
    expect(html).not.toMatch(/<script|<img|<link|src=|href=|\son\w+=/i);
    expect(html).toContain('Ada &lt;script&gt;');
    expect((await authorize({ redirect_uri: 'http://[::1]:5/' })).headers['content-security-policy']).toContain(
      "form-action 'self' http:;",
    );
  });

  test('C4 no text becomes markup', async () => {
    const tags = (answer: HttpResponse): number => String(answer.body).split('<').length;
    const plain = tags(await authorize({ login_hint: 'x', nonce: 'x', state: 'x' }));
    const text = fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'a', '/', ' ', '='), minLength: 1 });
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        expect(tags(await authorize({ login_hint: value, nonce: value, state: value }))).toBe(plain);
      }),
    );
  });

  test('C4 it offers the users of the tenant who may sign in, and no others', async () => {
    const offered = async (path: string) =>
      [...String((await authorize({}, path)).body).matchAll(/name="user" value="([^"]*)"/g)].map(([, name]) => name);
    expect(await offered('common/oauth2/v2.0/authorize')).toEqual(['ada@contoso.com', 'bob@contoso.com']);
    expect(await offered(`${OTHER_TENANT}/oauth2/v2.0/authorize`)).toEqual(['eve@fabrikam.com']);
    expect(await offered('b0000000-0000-4000-8000-000000000000/oauth2/v2.0/authorize')).toEqual([]);
    for (const user of ['eve@fabrikam.com', 'gone@contoso.com', 'nobody@contoso.com', `${'x'.repeat(300)}@contoso.com`]) {
      const answer = await press({ user });
      expect([answer.status, String(answer.body)]).toEqual([400, expect.stringContaining('no such user')]);
    }
    const typed = await press({ user: '', user_principal_name: ' ADA@contoso.com ', action: 'sign_in' });
    expect(decodeJwt((await redeem(sentBack(typed).code)).access_token!).oid).toBe(ada);
  });

  test('C4 login_hint fills in the name', async () => {
    expect(String((await authorize({ login_hint: 'bob@contoso.com' })).body)).toMatch(
      /id="user_principal_name"[^>]* value="bob@contoso.com"/,
    );
  });

  test('C4 an authorization request may be posted', async () => {
    const page = await post('/common/oauth2/v2.0/authorize', wish);
    expect([page.status, String(page.body)]).toEqual([200, expect.stringContaining('name="state" value="the state"')]);
  });

  test.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'https://localhost:9999' },
  ])('C4 a page of another site presses no button: %o', async (headers) => {
    for (const more of [{}, { user: '', action: 'deny' }]) {
      const answer = await press(more, undefined, { headers: headers as Record<string, string> });
      expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
    }
  });

  test.each([
    { 'sec-fetch-site': 'same-origin', origin: ORIGIN },
    { 'sec-fetch-site': 'none' },
    { origin: ORIGIN.replace('https', 'http') },
  ])('C4 its own buttons work: %o', async (headers) => {
    expect((await press({}, undefined, { headers: headers as Record<string, string> })).status).toBe(303);
  });

  test.each([
    { host: 'evil.example:8443' },
    { host: 'localhost.evil.example' },
    { host: '192.0.2.1' },
    { 'x-forwarded-for': '192.0.2.1' },
    { host: '' },
  ])('C4 nobody is chosen without a password under a name that a web page can have: %o', async (headers) => {
    const sent = { headers: headers as Record<string, string> };
    const page = await authorize({}, undefined, sent);
    expect(String(page.body)).toContain('type="password"');
    expect(String(page.body)).not.toContain('ada@contoso.com');
    expect((await press({}, undefined, sent)).status).toBe(400);
  });

  test.each(['127.0.0.1:80', '[::1]:8443', 'localhost', 'login.microsoftonline.com'])('C4 %s is no such name', async (host) => {
    expect((await press({}, undefined, { headers: { host } })).status).toBe(303);
  });
});

describe('C4 codes are bounded', () => {
  test('C4 one address that lets them lie about is told to wait, others are not', async () => {
    const fresh = await issuerFixture({ userChoice: { hosts: [] }, clock });
    await fresh.addUser('ada@contoso.com');
    const form = given({ ...wish, user: 'ada@contoso.com' });
    const sign = (clientAddress: string) => fresh.post('/common/oauth2/v2.0/authorize', form, { clientAddress });
    for (let sent = 0; sent < AUTHORIZATION_CODES.networkInTenant; sent++) expect((await sign('192.0.2.1')).status).toBe(303);
    const full = await sign('192.0.2.1');
    expect([full.status, full.headers['retry-after']]).toEqual([429, String(CODE_SECONDS)]);
    expect((await sign('192.0.2.2')).status).toBe(303);
    clock.advance((CODE_SECONDS + 60) * 1000);
    expect((await sign('192.0.2.1')).status).toBe(303);
    await fresh.close();
  });

  test('C4 no code can be read from the store, and what is over is removed', async () => {
    const rows = () => store.read(NO_TENANT, (reader) => reader.select({ from: authorizationCode, scope: {}, orderBy: [] }));
    const code = await codeOf();
    const stored = JSON.stringify(await rows());
    expect(stored).toContain('ada@contoso.com');
    for (const secret of [code, hash('sha256', code, 'base64url'), hash('sha256', code, 'hex')]) expect(stored).not.toContain(secret);
    clock.advance((CODE_SECONDS + 60) * 1000);
    await forgetCodes(store, clock);
    expect(await rows()).toEqual([]);
  });
});
