import { generateKeyPairSync, hash, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { decodeJwt, exportJWK, generateKeyPair, importPKCS8, type JWK, type JWTPayload, SignJWT } from 'jose';
import { generate } from 'selfsigned';
import { afterAll, describe, expect, test } from 'vitest';
import { askIssuer } from '../../../test/support/ask-issuer.ts';
import { openTestStore } from '../../../test/support/test-store.ts';
import { FakeClock } from '../../lib/clock.ts';
import type { HttpRequest, HttpResponse } from '../../lib/http.ts';
import { createTokenVerifier } from '../verify-token.ts';
import { createIssuer } from './issuer.ts';
import type { IssuerSetup } from './issuer-setup.ts';
import { WRONG_PROOFS } from './proof-limits.ts';
import { issueRefreshToken } from './refresh-token.ts';
import { embeddedIssuer, signingKeys } from './signing-keys.ts';

const ORIGIN = 'https://localhost:8443';
const TENANT = '10000000-0000-4000-8000-000000000000';
const CLIENT = '20000000-0000-4000-8000-00000000000b';
const SECRET = 'a secret+with %41 odd:characters';
const SCOPE = 'https://graph.microsoft.com/.default';
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK;
const keys = await signingKeys([{ ...jwk, kid: 'key' }]);
const certificate = await generate([{ name: 'commonName', value: 'client' }], { keySize: 2048 });
const ecPair = await generateKeyPair('ES256');
const mallory = await generateKeyPair('PS256');
const publicKeys = [{ ...(await exportJWK(ecPair.publicKey)), kid: 'ec' }];
const clock = new FakeClock(Date.now());
const store = await openTestStore(undefined, clock);
afterAll(() => store.close());

const issuerWith = (more: Partial<IssuerSetup> = {}) =>
  createIssuer({
    keys,
    clock,
    store,
    codeSecret: new Uint8Array(32),
    defaultTenant: { id: TENANT },
    clients: [
      {
        clientId: CLIENT,
        displayName: 'Tool',
        secrets: ['older', SECRET],
        certificates: [certificate.cert],
        publicKeys,
        roles: ['A.Read.All'],
        scopes: ['B'],
      },
    ],
    ...more,
  });
const issuer = issuerWith();

const request = (method: string, target: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method,
  target,
  headers: {},
  origin: ORIGIN,
  requestId: '30000000-0000-4000-8000-000000000000',
  ...more,
});

const form = (fields: Record<string, string>, headers: Record<string, string> = {}): Partial<HttpRequest> => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8', ...headers },
  body: Buffer.from(new URLSearchParams(fields).toString()),
});

const jsonOf = (response: HttpResponse | undefined) => JSON.parse(String(response?.body)) as Record<string, unknown>;

interface Asking {
  readonly tenant?: string;
  readonly headers?: Record<string, string>;
  readonly from?: typeof issuer;
  readonly clientAddress?: string;
}

/** Asks for an application token. */
const ask = (fields: Record<string, string>, { tenant = TENANT, headers, from = issuer, clientAddress }: Asking = {}) =>
  askIssuer(
    from,
    request('POST', `/${tenant}/oauth2/v2.0/token?client-request-id=x`, {
      ...form({ grant_type: 'client_credentials', scope: SCOPE, ...fields }, headers),
      ...(clientAddress === undefined ? {} : { clientAddress }),
    }),
  );

const outcome = async (response: Promise<HttpResponse | undefined>): Promise<unknown> => {
  const answer = await response;
  const body = jsonOf(answer);
  return answer?.status === 200 ? 200 : [answer?.status, body.error, (body.error_codes as number[])[0]];
};

const grant = { tenantId: TENANT, clientId: CLIENT, userPrincipalName: 'ada@contoso.example', permissions: ['B'], scope: 'B' };
const refresh = await issueRefreshToken({ keys, clock } as unknown as IssuerSetup, grant);

const withSecret = { client_id: CLIENT, client_secret: SECRET };

test.each(['v2.0/.well-known/openid-configuration', 'V2.0/.well-known/openid-configuration'])(
  'discovery at %s speaks of the origin that the client used',
  async (path) => {
    for (const [segment, tenant] of [
      [TENANT, TENANT],
      ['AAAAAAAA-0000-4000-8000-000000000000', 'aaaaaaaa-0000-4000-8000-000000000000'],
      ['common', TENANT],
      ['organizations', TENANT],
      ['contoso.example', TENANT],
    ]) {
      const response = await askIssuer(issuer, request('GET', `/${segment}/${path}?x=1`, { origin: 'http://127.0.0.1:8080' }));
      expect(response?.headers['cache-control']).toBe('no-store');
      expect(jsonOf(response)).toMatchObject({
        issuer: `http://127.0.0.1:8080/${tenant}/v2.0`,
        authorization_endpoint: expect.stringMatching(/^http:/),
        token_endpoint: `http://127.0.0.1:8080/${tenant}/oauth2/v2.0/token`,
        jwks_uri: `http://127.0.0.1:8080/${tenant}/discovery/v2.0/keys`,
      });
    }
  },
);

test('publishes public keys only', async () => {
  const response = await askIssuer(issuer, request('GET', `/${TENANT}/discovery/v2.0/keys`));
  expect(jsonOf(response)).toEqual({ keys: [{ kty: 'RSA', use: 'sig', alg: 'RS256', kid: 'key', n: jwk.n, e: jwk.e }] });
});

test('leaves every other URL alone', async () => {
  const targets = [
    '/',
    '/beta/deviceManagement',
    `/${TENANT}`,
    `/${TENANT}/oauth2/v2.0`,
    '/v1.0/$batch',
    `/x/${TENANT}/oauth2/v2.0/token`,
    '/beta/a?/x/oauth2/v2.0/token',
  ];
  for (const target of targets) expect(await askIssuer(issuer, request('GET', target))).toBeUndefined();
  await fc.assert(
    fc.asyncProperty(fc.webPath(), async (path) => {
      expect(await askIssuer(issuer, request('GET', `/beta${path}`))).toBeUndefined();
    }),
  );
});

test('answers a wrong method, body or tenant in the shape of Entra', async () => {
  const target = `/${TENANT}/oauth2/v2.0/token`;
  const wrongMethod = await askIssuer(issuer, request('GET', target));
  expect([wrongMethod?.status, wrongMethod?.headers.allow]).toEqual([405, 'POST, OPTIONS']);
  expect((await askIssuer(issuer, request('PUT', `/${TENANT}/oauth2/v2.0/deviceauth`)))?.headers.allow).toBe('GET, HEAD, POST, OPTIONS');
  expect(await askIssuer(issuer, request('OPTIONS', target))).toMatchObject({ status: 204, headers: { allow: 'POST, OPTIONS' } });
  const id = '40000000-0000-4000-8000-000000000000';
  const wrongType = await askIssuer(
    issuer,
    request('POST', target, { headers: { 'content-type': 'application/json', 'client-request-id': id }, body: Buffer.from('{}') }),
  );
  expect(wrongType?.status).toBe(400);
  expect(jsonOf(wrongType)).toEqual({
    error: 'invalid_request',
    error_description: expect.stringMatching(/^AADSTS9000410: /),
    error_codes: [9000410],
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
    trace_id: '30000000-0000-4000-8000-000000000000',
    correlation_id: id,
  });
  const twice = { ...form({}), body: Buffer.from('grant_type=client_credentials&grant_type=password') };
  expect(await outcome(askIssuer(issuer, request('POST', target, twice)))).toEqual([400, 'invalid_request', 9000410]);
  expect(await outcome(ask({ grant_type: 'password' }))).toEqual([400, 'unsupported_grant_type', 70003]);
  expect(await outcome(ask({ ...withSecret, grant_type: '' }))).toEqual([400, 'invalid_request', 900144]);
  expect(await outcome(askIssuer(issuer, request('GET', '/nonsense/v2.0/.well-known/openid-configuration')))).toEqual([
    400,
    'invalid_request',
    90002,
  ]);
});

test('a client secret gets a token of the tenant in the URL, with the registered roles', async () => {
  const tenant = 'BBBBBBBB-0000-4000-8000-000000000000';
  const response = await ask({ ...withSecret, 'x-client-SKU': 'msal.js.node', claims: '{}' }, { tenant });
  expect(response?.headers['cache-control']).toBe('no-store');
  const body = jsonOf(response);
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600 });
  const token = String(body.access_token);
  expect(decodeJwt(token)).toMatchObject({
    aud: 'https://graph.microsoft.com',
    iss: `${ORIGIN}/${tenant.toLowerCase()}/v2.0`,
    appid: CLIENT,
    azp: CLIENT,
    app_displayname: 'Tool',
    idtyp: 'app',
    ver: '2.0',
  });
  const verify = createTokenVerifier({ clock, issuers: [embeddedIssuer(keys)], audiences: ['https://graph.microsoft.com'] });
  expect(await verify(`Bearer ${token}`)).toMatchObject({
    kind: 'application',
    tenantId: tenant.toLowerCase(),
    permissions: new Set(['A.Read.All']),
  });
});

test('the secret may come by HTTP Basic, form-encoded or not', async () => {
  const basic = (secret: string, id = CLIENT) => ({
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
  });
  expect(await outcome(ask({}, basic(SECRET)))).toBe(200);
  expect(await outcome(ask({ client_id: CLIENT.toUpperCase() }, basic(encodeURIComponent(SECRET))))).toBe(200);
  expect(await outcome(ask({}, basic('older')))).toBe(200);
  expect((await ask({}, basic('wrong')))?.headers['www-authenticate']).toMatch(/^Basic /);
});

test.each([
  ['a wrong secret', { client_id: CLIENT, client_secret: `${SECRET} ` }, [401, 'invalid_client', 7000215]],
  ['an unknown client', { client_id: TENANT, client_secret: SECRET }, [400, 'unauthorized_client', 700016]],
  ['no client', { client_secret: SECRET }, [400, 'invalid_request', 900144]],
  ['no proof', { client_id: CLIENT }, [401, 'invalid_client', 7000218]],
  ['no scope', { ...withSecret, scope: '' }, [400, 'invalid_request', 900144]],
  ['a single permission', { ...withSecret, scope: 'https://graph.microsoft.com/A.Read.All' }, [400, 'invalid_scope', 70011]],
  ['another resource', { ...withSecret, scope: 'https://vault.azure.net/.default' }, [400, 'invalid_scope', 70011]],
  ['two scopes', { ...withSecret, scope: `${SCOPE} ${SCOPE}` }, [400, 'invalid_scope', 70011]],
] as const)('refuses %s', async (_what, fields, expected) => {
  expect(await outcome(ask(fields as Record<string, string>))).toEqual(expected);
});

test('accepts the scope of this server and of an application', async () => {
  for (const scope of [`${ORIGIN}/.default`, 'api://muster/.default', SCOPE])
    expect(await outcome(ask({ ...withSecret, scope }))).toBe(200);
});

test('C3 a domain name is a tenant: the one that its metadata name, for applications as for users', async () => {
  for (const domain of ['contoso.onmicrosoft.com', 'Contoso.OnMicrosoft.com', 'contoso.example', 'xn--bcher-kva.example']) {
    const metadata = jsonOf(await askIssuer(issuer, request('GET', `/${domain}/v2.0/.well-known/openid-configuration`)));
    const token = jsonOf(await ask(withSecret, { tenant: domain })).access_token;
    expect(decodeJwt(String(token))).toMatchObject({ tid: TENANT, iss: metadata.issuer });
    const assertion = await signed(assertionClaims({ aud: `${ORIGIN}/${domain}/oauth2/v2.0/token` }));
    expect(await outcome(ask(withAssertion(assertion), { tenant: domain }))).toBe(200);
    const started = askIssuer(issuer, request('POST', `/${domain}/oauth2/v2.0/devicecode`, form({ client_id: CLIENT, scope: 'B' })));
    expect(jsonOf(await started).verification_uri).toContain(TENANT);
    expect(
      await outcome(ask({ grant_type: 'refresh_token', client_id: CLIENT, refresh_token: refresh, scope: 'B' }, { tenant: domain })),
    ).toBe(200);
  }
  for (const wrong of ['contoso', '.com', 'contoso..com', 'a_b.com', `${'a'.repeat(64)}.com`, 'contoso.com:8443'])
    expect(await outcome(ask(withSecret, { tenant: wrong }))).toEqual([400, 'invalid_request', 90002]);
});

test('an application must name its tenant', async () => {
  for (const tenant of ['common', 'organizations', 'nonsense'])
    expect(await outcome(ask(withSecret, { tenant }))).toEqual([400, 'invalid_request', 90002]);
});

const assertionClaims = (more: Record<string, unknown> = {}): JWTPayload => {
  const now = Math.floor(clock.now() / 1000);
  return { aud: `${ORIGIN}/${TENANT}/oauth2/v2.0/token`, iss: CLIENT, sub: CLIENT, jti: 'one', nbf: now + 1, exp: now + 600, ...more };
};
const raw = new X509Certificate(certificate.cert).raw;
const sha256 = hash('sha256', raw, 'base64url');
const certificateKey = { PS256: await importPKCS8(certificate.private, 'PS256'), RS256: await importPKCS8(certificate.private, 'RS256') };

const signed = (claims: JWTPayload, header: Record<string, unknown> = { alg: 'PS256', 'x5t#S256': sha256 }): Promise<string> => {
  const key = header.kid === 'ec' ? ecPair.privateKey : certificateKey[header.alg as 'PS256' | 'RS256'];
  return new SignJWT(claims).setProtectedHeader(header as { alg: string }).sign(key);
};
const withAssertion = (assertion: string, more: Record<string, string> = {}) => ({
  client_assertion_type: JWT_BEARER,
  client_assertion: assertion,
  ...more,
});

test('accepts assertions signed with a registered certificate or key, for the endpoint or the issuer', async () => {
  const good = [
    await signed(assertionClaims()),
    await signed(assertionClaims({ aud: `${ORIGIN}/${TENANT}/v2.0` })),
    await signed(assertionClaims(), { alg: 'RS256', x5t: hash('sha1', raw, 'base64url') }),
    await signed(assertionClaims(), { alg: 'ES256', kid: 'ec' }),
  ];
  for (const assertion of good) {
    expect(await outcome(ask(withAssertion(assertion)))).toBe(200);
    expect(await outcome(ask(withAssertion(assertion, { client_id: CLIENT })))).toBe(200); // as MSAL does
  }
});

test('C2 a thumbprint is its bytes, in either alphabet of base64, with or without padding', async () => {
  for (const [name, alg, digest] of [
    ['x5t', 'RS256', hash('sha1', raw, 'buffer')],
    ['x5t#S256', 'PS256', hash('sha256', raw, 'buffer')],
  ] as const) {
    const unpadded = digest.toString('base64url');
    const padding = '='.repeat((4 - (unpadded.length % 4)) % 4);
    for (const thumbprint of [unpadded, unpadded + padding, digest.toString('base64'), digest.toString('base64').replaceAll('=', '')])
      expect(await outcome(ask(withAssertion(await signed(assertionClaims(), { alg, [name]: thumbprint }))))).toBe(200);
    const flipped = Buffer.from(digest).fill(digest[0]! ^ 1, 0, 1);
    for (const wrong of [
      flipped.toString('base64url'),
      `${unpadded}AA`,
      unpadded.slice(0, -4),
      `!${unpadded}`,
      digest.toString('hex'),
      '',
      7,
      null,
    ])
      expect(await outcome(ask(withAssertion(await signed(assertionClaims(), { alg, [name]: wrong }), { client_id: CLIENT })))).toEqual([
        401,
        'invalid_client',
        700027,
      ]);
  }
});

test('refuses every other assertion', async () => {
  const now = Math.floor(clock.now() / 1000);
  const stranger = new SignJWT(assertionClaims());
  const bad = [
    await signed(assertionClaims({ aud: 'https://login.microsoftonline.com/x/oauth2/v2.0/token' })),
    await signed(assertionClaims({ sub: TENANT }), { alg: 'PS256', 'x5t#S256': sha256 }),
    await signed(assertionClaims({ iss: TENANT })),
    await signed(assertionClaims({ exp: now - 61 })),
    await signed(assertionClaims({ exp: undefined })),
    await signed(assertionClaims({ exp: now + 2 * 86_400 })),
    await signed(assertionClaims({ nbf: now + 62 })),
    await signed(assertionClaims(), { alg: 'PS256' }),
    await signed(assertionClaims(), { alg: 'PS256', kid: 'unknown' }),
    await stranger.setProtectedHeader({ alg: 'PS256', 'x5t#S256': sha256 }).sign(mallory.privateKey),
    'no.jwt.atall',
    'rubbish',
  ];
  for (const assertion of bad)
    expect(await outcome(ask(withAssertion(assertion, { client_id: CLIENT })))).toEqual([401, 'invalid_client', 700027]);
  const expired = issuerWith({ clock: new FakeClock(Date.parse(new X509Certificate(certificate.cert).validTo)) });
  expect(
    await outcome(ask(withAssertion(await signed(assertionClaims({ exp: 9e9, nbf: 0 })), { client_id: CLIENT }), { from: expired })),
  ).toEqual([401, 'invalid_client', 700027]);
});

describe('B14 wrong proofs are slowed', () => {
  const TOO_MANY = [429, 'temporarily_unavailable', 90055];
  const wrongSecret = { client_id: CLIENT, client_secret: 'wrong' };

  test.each([
    ['secrets in the body', async () => ask],
    [
      'secrets in the header',
      async () => (_: object, from: Asking) => ask({}, { ...from, headers: { authorization: `Basic ${btoa(`${CLIENT}:wrong`)}` } }),
    ],
    ['assertions', async () => (_: object, from: Asking) => ask(withAssertion('no.jwt.atall', { client_id: CLIENT }), from)],
    [
      'secrets beside a refresh token',
      async () => (_: object, from: Asking) => ask({ ...wrongSecret, grant_type: 'refresh_token', refresh_token: refresh }, from),
    ],
  ] as const)('B14 %s', async (_what, make) => {
    const time = new FakeClock(clock.now());
    const from = issuerWith({ clock: time });
    const guess = (await make()) as typeof ask;
    const here = { from, clientAddress: '192.0.2.1' };
    for (let sent = 0; sent < WRONG_PROOFS.clientAndNetwork; sent++) {
      expect((await guess(wrongSecret, { ...here, tenant: sent % 2 === 0 ? TENANT : CLIENT }))?.status).toBe(401);
      time.advance(1000);
    }
    const refused = await guess(wrongSecret, here);
    expect(await outcome(Promise.resolve(refused))).toEqual(TOO_MANY);
    expect(refused?.headers['retry-after']).toBe('50');
    // Not even the right one is looked at, or guessing would go on; from elsewhere it counts.
    expect(await outcome(ask(withSecret, here))).toEqual(TOO_MANY);
    expect(await outcome(ask(withSecret, { from, clientAddress: '192.0.2.2' }))).toBe(200);
    time.advance(50_000);
    expect(await outcome(ask(withSecret, here))).toBe(200);
  });

  test('B14 for one tenant from many addresses, which keeps nobody waiting who sent no wrong one', async () => {
    const time = new FakeClock(clock.now());
    const from = issuerWith({ clock: time });
    const addresses = Array.from({ length: 20 }, (_, n) => `198.51.100.${n}`);
    for (let sent = 0; sent < WRONG_PROOFS.tenant; sent++)
      expect((await ask(wrongSecret, { from, clientAddress: addresses[sent % 20]! }))?.status).toBe(401);
    for (const clientAddress of addresses) expect(await outcome(ask(wrongSecret, { from, clientAddress }))).toEqual(TOO_MANY);
    expect(await outcome(ask(withSecret, { from, clientAddress: '203.0.113.1' }))).toBe(200);
    expect(await outcome(ask(withSecret, { from, clientAddress: addresses[0]!, tenant: CLIENT }))).toBe(200);
  });
});

test.each(['9188040d-6c67-4c5b-b112-36a304b66dad', '9188040D-6C67-4C5B-B112-36A304B66DAD', 'consumers', 'Consumers'])(
  'B15 no endpoint serves the tenant of personal accounts, %s',
  async (tenant) => {
    const post = form({ grant_type: 'device_code', ...withSecret, scope: SCOPE, device_code: 'x', user_code: 'x' });
    const answers = [
      ask(withSecret, { tenant }),
      ask({ ...withSecret, grant_type: 'device_code', device_code: 'x' }, { tenant }),
      ask({ ...withSecret, grant_type: 'refresh_token', refresh_token: refresh }, { tenant }),
      askIssuer(issuer, request('POST', `/${tenant}/oauth2/v2.0/devicecode`, post)),
      askIssuer(issuer, request('POST', `/${tenant}/oauth2/v2.0/deviceauth`, post)),
      askIssuer(issuer, request('GET', `/${tenant}/oauth2/v2.0/deviceauth`)),
      askIssuer(issuer, request('GET', `/${tenant}/v2.0/.well-known/openid-configuration`)),
      askIssuer(issuer, request('GET', `/${tenant}/.well-known/openid-configuration`)),
      askIssuer(issuer, request('GET', `/${tenant}/discovery/v2.0/keys`)),
    ];
    for (const answer of answers) expect(await outcome(answer)).toEqual([400, 'invalid_request', 90002]);
  },
);

test('no rubbish in a form makes the issuer fail', async () => {
  const field = fc.constantFrom(
    'grant_type',
    'client_id',
    'client_secret',
    'scope',
    'client_assertion',
    'client_assertion_type',
    'device_code',
    'refresh_token',
  );
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom('client_credentials', 'device_code', 'refresh_token', CLIENT, JWT_BEARER, SCOPE, 'a.b.c'),
  );
  await fc.assert(
    fc.asyncProperty(fc.dictionary(field, value), fc.oneof(fc.constant('Basic Og=='), fc.string()), async (fields, authorization) => {
      const response = await askIssuer(issuer, request('POST', `/${TENANT}/oauth2/v2.0/token`, form(fields, { authorization })));
      expect([400, 401]).toContain(response?.status);
    }),
    { numRuns: 300 },
  );
});
