import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { base64url, exportJWK, exportSPKI, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { AppError } from '../lib/app-error.ts';
import { FakeClock } from '../lib/clock.ts';
import { embeddedIssuer, type SigningKeys, signingKeys } from './issuer/signing-keys.ts';
import type { TokenVerifier } from './principal.ts';
import { createTokenVerifier, type TokenVerifierOptions } from './verify-token.ts';

const TENANT = 'a1b2c3d4-0000-4000-8000-00000000000f';
const AUDIENCE = 'https://graph.microsoft.com';
const HOUR = 3_600_000;

const pair = await generateKeyPair('RS256', { extractable: true });
const olderPair = await generateKeyPair('RS256', { extractable: true });
let keys: SigningKeys;
let rotated: SigningKeys;

beforeAll(async () => {
  const first = { ...(await exportJWK(pair.privateKey)), kid: 'first' };
  const older = { ...(await exportJWK(olderPair.privateKey)), kid: 'older' };
  keys = await signingKeys([older]);
  rotated = await signingKeys([first, older]);
});

const claimsAt = (clock: FakeClock, more: JWTPayload = {}): JWTPayload => {
  const now = Math.floor(clock.now() / 1000);
  return {
    aud: AUDIENCE,
    iss: `http://localhost:8080/${TENANT}/v2.0`,
    iat: now,
    nbf: now,
    exp: now + 3600,
    tid: TENANT,
    azp: 'client',
    oid: 'object',
    sub: 'object',
    idtyp: 'app',
    roles: ['Role.Read.All'],
    ...more,
  };
};

/** A verifier of the embedded issuer's tokens on a clock of its own, and how to ask it. */
function underTest(options: Partial<TokenVerifierOptions> = {}) {
  const clock = new FakeClock();
  const verify = createTokenVerifier({ clock, issuers: [embeddedIssuer(keys)], audiences: [AUDIENCE], ...options });
  return { clock, verify, token: (more: JWTPayload = {}, typ = 'JWT') => keys.sign(claimsAt(clock, more), typ) };
}

const codeOf = async (verify: TokenVerifier, header: string | undefined): Promise<string> => {
  try {
    await verify(header);
    return 'accepted';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
};

test('an application token becomes a principal, the tenant in lower case', async () => {
  const { verify, token } = underTest();
  const upper = TENANT.toUpperCase();
  expect(await verify(`  bEaReR   ${await token({ tid: upper, iss: `https://x/${upper}/v2.0` })}  `)).toEqual({
    tenantId: TENANT,
    kind: 'application',
    clientId: 'client',
    subject: 'object',
    permissions: new Set(['Role.Read.All']),
  });
});

test('a delegated token becomes a principal with its scopes only', async () => {
  const { verify, token } = underTest();
  const user = { idtyp: undefined, scp: 'A.Read.All B.Read.All', upn: 'ada@contoso.com' };
  const principal = await verify(`Bearer ${await token(user)}`);
  expect(principal).toMatchObject({ kind: 'delegated', userPrincipalName: 'ada@contoso.com' });
  expect([...principal.permissions]).toEqual(['A.Read.All', 'B.Read.All']);
});

test("a user's app roles never pass for an application's", async () => {
  const { verify, token } = underTest();
  for (const more of [{ idtyp: 'user' }, { idtyp: undefined, sub: 'pairwise' }]) {
    const principal = await verify(`Bearer ${await token(more)}`);
    expect(principal.kind).toBe('delegated');
    expect(principal.permissions.size).toBe(0);
  }
  expect((await verify(`Bearer ${await token({ idtyp: undefined })}`)).kind).toBe('application');
});

test.each([undefined, '', 'Bearer', 'Bearer   ', 'Basic YTpi', 'Token x'])('no bearer token: %j', async (header) => {
  const { verify } = underTest({ authorizationUri: 'https://host/common/oauth2/v2.0/authorize' });
  const error = await verify(header).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'missingToken' });
  expect((error as AppError).headers?.['www-authenticate']).toBe(
    'Bearer realm="", authorization_uri="https://host/common/oauth2/v2.0/authorize"',
  );
});

test.each([
  ['another audience', { aud: 'https://other' }],
  ['no audience', { aud: undefined }],
  ['no issuer', { iss: undefined }],
  ['an issuer of another tenant', { iss: 'https://x/00000000-0000-4000-8000-000000000002/v2.0' }],
  ['no tenant', { tid: undefined }],
  ['a tenant that is no GUID', { tid: 'contoso', iss: 'https://x/contoso/v2.0' }],
  ['a tenant that is no text', { tid: [TENANT] }],
  ['no expiry', { exp: undefined }],
  ['no client', { azp: undefined }],
  ['no subject', { oid: undefined, sub: undefined }],
] as const)('refuses a token with %s', async (_what, more) => {
  const { verify, token } = underTest();
  const sent = await token(more as JWTPayload);
  const error = (await verify(`Bearer ${sent}`).catch((reason: unknown) => reason)) as AppError;
  expect(error.code).toBe('invalidToken');
  expect(error.headers?.['www-authenticate']).toMatch(/^Bearer realm="", error="invalid_token", error_description="/);
  for (const part of sent.split('.')) expect(JSON.stringify([error.message, error.headers])).not.toContain(part);
});

test('refuses a refresh or logout token by its type', async () => {
  const { verify, token } = underTest();
  expect(await codeOf(verify, `Bearer ${await token({}, 'refresh+jwt')}`)).toBe('invalidToken');
  expect(await codeOf(verify, `Bearer ${await token({}, 'at+jwt')}`)).toBe('accepted');
});

test('refuses personal accounts, also as guests', async () => {
  const { verify, token } = underTest();
  const tid = '9188040d-6c67-4c5b-b112-36a304b66dad';
  expect(await codeOf(verify, `Bearer ${await token({ tid, iss: `https://x/${tid}/v2.0` })}`)).toBe('personalAccount');
  expect(await codeOf(verify, `Bearer ${await token({ idp: 'live.com' })}`)).toBe('personalAccount');
});

test('refuses unsigned tokens and the public key used as an HMAC secret', async () => {
  const { verify, clock } = underTest();
  const claims = claimsAt(clock);
  expect(await codeOf(verify, `Bearer ${new UnsecuredJWT(claims).encode()}`)).toBe('invalidToken');
  const spki = await exportSPKI(olderPair.publicKey);
  for (const secret of [spki, spki.trim(), JSON.stringify(keys.published.keys[0])]) {
    const head = base64url.encode(JSON.stringify({ alg: 'HS256', typ: 'JWT', kid: 'older' }));
    const body = `${head}.${base64url.encode(JSON.stringify(claims))}`;
    const signature = createHmac('sha256', secret).update(body).digest('base64url');
    expect(await codeOf(verify, `Bearer ${body}.${signature}`)).toBe('invalidToken');
  }
});

test('refuses a key that the token brings along', async () => {
  const { verify, clock } = underTest();
  const mallory = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(mallory.publicKey);
  const headers = [{ kid: 'older' }, { jwk }, { kid: 'older', jwk }, { kid: 'unknown' }, {}];
  for (const header of headers) {
    const full = { alg: 'RS256', ...header } as JWTHeaderParameters;
    const token = await new SignJWT(claimsAt(clock)).setProtectedHeader(full).sign(mallory.privateKey);
    expect(await codeOf(verify, `Bearer ${token}`)).toBe('invalidToken');
  }
});

test('keeps to nbf and exp with the tolerance', async () => {
  const { verify, clock, token } = underTest({ clockToleranceSeconds: 60 });
  const now = Math.floor(clock.now() / 1000);
  expect(await codeOf(verify, `Bearer ${await token({ nbf: now + 61 })}`)).toBe('invalidToken');
  expect(await codeOf(verify, `Bearer ${await token({ nbf: now + 60 })}`)).toBe('accepted');
  expect(await codeOf(verify, `Bearer ${await token({ exp: now - 60 })}`)).toBe('expiredToken');
  expect(await codeOf(verify, `Bearer ${await token({ exp: now - 59 })}`)).toBe('accepted');
});

test('remembers a verified token, but never past its time and never before it', async () => {
  let lookups = 0;
  const counting: TokenVerifierOptions['issuers'][number] = (claimed) => {
    lookups++;
    return embeddedIssuer(keys)(claimed);
  };
  const { verify, clock, token } = underTest({ issuers: [counting], clockToleranceSeconds: 0 });
  const header = `Bearer ${await token()}`;
  const first = await verify(header);
  clock.advance(HOUR - 1);
  expect(await verify(header)).toBe(first);
  expect(lookups).toBe(1);
  clock.advance(-HOUR - 1000);
  expect(await codeOf(verify, header)).toBe('invalidToken');
  clock.advance(2 * HOUR);
  expect(await codeOf(verify, header)).toBe('expiredToken');
});

test('a remembered token is judged like a new one at any time', async () => {
  const { verify, clock, token } = underTest();
  const start = clock.now();
  const header = `Bearer ${await token()}`;
  await verify(header);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: -200, max: 4000 }), async (seconds) => {
      clock.advance(start + seconds * 1000 - clock.now());
      const fresh = createTokenVerifier({ clock, issuers: [embeddedIssuer(keys)], audiences: [AUDIENCE] });
      expect(await codeOf(verify, header)).toBe(await codeOf(fresh, header));
    }),
    { numRuns: 50 },
  );
});

test('forgets the token that was unused longest when its memory is full', async () => {
  let lookups = 0;
  const counting: TokenVerifierOptions['issuers'][number] = (claimed) => {
    lookups++;
    return embeddedIssuer(keys)(claimed);
  };
  const { verify, token } = underTest({ issuers: [counting], cacheSize: 2 });
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(async (jti) => `Bearer ${await token({ jti })}`));
  for (const header of [a, b, a, c, a]) await verify(header);
  expect(lookups).toBe(3);
  await verify(b);
  expect(lookups).toBe(4);
});

test('after a key rotation old tokens stay good and new ones are signed with the new key', async () => {
  const clock = new FakeClock();
  const verify = createTokenVerifier({ clock, issuers: [embeddedIssuer(rotated)], audiences: [AUDIENCE] });
  expect(await codeOf(verify, `Bearer ${await keys.sign(claimsAt(clock))}`)).toBe('accepted');
  const fresh = await rotated.sign(claimsAt(clock));
  expect(await codeOf(verify, `Bearer ${fresh}`)).toBe('accepted');
  const before = createTokenVerifier({ clock, issuers: [embeddedIssuer(keys)], audiences: [AUDIENCE] });
  expect(await codeOf(before, `Bearer ${fresh}`)).toBe('invalidToken');
});

test('a token has one spelling', async () => {
  const { verify, token } = underTest();
  const good = await token();
  const last = good.at(-1) as string;
  const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/='].filter((letter) => letter !== last);
  const changed = [...others.map((letter) => good.slice(0, -1) + letter), `${good}=`, `${good}==`, `${good} x`, good.replaceAll('.', ' .')];
  for (const each of changed) expect(await codeOf(verify, `Bearer ${each}`)).toBe('invalidToken');
});

test('never accepts a token that was changed anywhere', async () => {
  const { verify, token } = underTest();
  const good = await token();
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ,"\u0000é';
  const edit = fc.record({
    at: fc.nat(good.length),
    remove: fc.nat(3),
    add: fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      const changed = edits.reduce((text, { at, remove, add }) => text.slice(0, at) + add + text.slice(at + remove), good);
      fc.pre(changed.trim() !== good && changed.trim() !== '');
      expect(await codeOf(verify, `Bearer ${changed}`)).toBe('invalidToken');
    }),
    { numRuns: 500 },
  );
  expect(await codeOf(verify, `Bearer ${good}`)).toBe('accepted');
});
