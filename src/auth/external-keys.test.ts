import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../lib/app-error.ts';
import { FakeClock } from '../lib/clock.ts';
import { COOLDOWN_MS, externalIssuer, ISSUER_DOCUMENT_BYTES, UNPROVEN_FETCHES, UNPROVEN_FETCHES_AT_ONCE } from './external-keys.ts';
import type { TokenVerifier } from './principal.ts';
import { createTokenVerifier } from './verify-token.ts';

const TENANT = 'a1b2c3d4-0000-4000-8000-00000000000f';
const OTHER = 'a1b2c3d4-0000-4000-8000-0000000000aa';
const pairs = { rsa: await generateKeyPair('RS256'), ec: await generateKeyPair('ES256'), ed: await generateKeyPair('EdDSA') };
const algorithms = { rsa: 'RS256', ec: 'ES256', ed: 'EdDSA' } as const;
type KeyName = keyof typeof pairs;

let server: Server;
let origin: string;
let published: JWK[];
let requests: string[];
let status: number;
let clock: FakeClock;
/** Put in front of each key set, and before each answer. */
let padding: string;
let delay: number;

const publish = async (...names: KeyName[]): Promise<void> => {
  published = await Promise.all(names.map(async (name) => ({ ...(await exportJWK(pairs[name].publicKey)), kid: name })));
};

beforeEach(async () => {
  clock = new FakeClock();
  requests = [];
  status = 200;
  padding = '';
  delay = 0;
  await publish('rsa');
  server = createServer((request, response) => {
    const url = request.url ?? '';
    requests.push(url);
    const tenant = url.split('/')[1];
    if (status === 0) return; // never answers
    if (status !== 200 || tenant === OTHER) {
      response.writeHead(tenant === OTHER ? 400 : status).end('{}');
      return;
    }
    const body = url.endsWith('/openid-configuration')
      ? { issuer: `${origin}/${tenant}/v2.0`, jwks_uri: `${origin}/${tenant}/keys` }
      : { keys: published };
    response.writeHead(200, { 'content-type': 'application/json' });
    setTimeout(() => response.end(padding + JSON.stringify(body)), delay);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  if (!server.listening) return;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const verifier = (issuer: string): TokenVerifier =>
  createTokenVerifier({ clock, issuers: [externalIssuer({ clock, issuer, timeoutMs: 1500 })], audiences: ['api://muster'] });

let serial = 0;
/** A new token each time, so that no verifier remembers it. */
const token = async (key: KeyName = 'rsa', tenant = TENANT): Promise<string> => {
  const claims = {
    iss: `${origin}/${tenant}/v2.0`,
    aud: 'api://muster',
    tid: tenant,
    azp: 'client',
    sub: 'me',
    scp: 'A',
    jti: String(serial++),
  };
  const signed = new SignJWT(claims).setProtectedHeader({ alg: algorithms[key], kid: key });
  return `Bearer ${await signed.setExpirationTime(Math.floor(clock.now() / 1000) + 1_000_000).sign(pairs[key].privateKey)}`;
};

const codeOf = async (verify: TokenVerifier, header: string): Promise<string> => {
  try {
    await verify(header);
    return 'accepted';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
};

test('discovers the keys once and checks tokens of every allowed algorithm', async () => {
  await publish('rsa', 'ec', 'ed');
  const verify = verifier(`${origin}/${TENANT}/v2.0`);
  const headers = [await token('rsa'), await token('ec'), await token('ed'), await token('rsa')];
  expect(await Promise.all(headers.map((header) => codeOf(verify, header)))).toEqual(Array(4).fill('accepted'));
  expect(requests).toEqual([`/${TENANT}/v2.0/.well-known/openid-configuration`, `/${TENANT}/keys`]);
});

test("a template takes the token's own tenant, and unknown tenants are refused", async () => {
  const verify = verifier(`${origin}/{tenantid}/v2.0`);
  expect(await codeOf(verify, await token('rsa', TENANT))).toBe('accepted');
  expect(await codeOf(verify, await token('rsa', OTHER))).toBe('invalidToken');
  const third = 'a1b2c3d4-0000-4000-8000-0000000000bb';
  const forged = new SignJWT({ iss: `${origin}/${TENANT}/v2.0`, aud: 'api://muster', tid: third, azp: 'c', sub: 's', exp: 9e9 });
  const header = `Bearer ${await forged.setProtectedHeader({ alg: 'RS256', kid: 'rsa' }).sign(pairs.rsa.privateKey)}`;
  expect(await codeOf(verify, header)).toBe('invalidToken');
});

test('an issuer that is not the one named is refused without a request', async () => {
  const verify = verifier(`${origin}/${OTHER}/v2.0`);
  expect(await codeOf(verify, await token())).toBe('invalidToken');
  expect(requests).toEqual([]);
});

test('fetches new keys when a token names one, but not more often than every 30 seconds', async () => {
  const verify = verifier(`${origin}/${TENANT}/v2.0`);
  expect(await codeOf(verify, await token('rsa'))).toBe('accepted');
  await publish('rsa', 'ec');
  expect(await codeOf(verify, await token('ec'))).toBe('invalidToken');
  expect(requests).toHaveLength(2);
  clock.advance(30_000);
  expect(await codeOf(verify, await token('ec'))).toBe('accepted');
  expect(await codeOf(verify, await token('ed'))).toBe('invalidToken');
  expect(requests).toHaveLength(4);
});

test('a removed key stops counting once the keys are fetched again', async () => {
  const verify = verifier(`${origin}/${TENANT}/v2.0`);
  expect(await codeOf(verify, await token('rsa'))).toBe('accepted');
  await publish('ec');
  clock.advance(3_600_000);
  expect(await codeOf(verify, await token('rsa'))).toBe('invalidToken');
});

test('says that the issuer is unavailable, not that the token is bad, and recovers', async () => {
  const verify = verifier(`${origin}/${TENANT}/v2.0`);
  for (const failing of [500, 302]) {
    status = failing;
    expect(await codeOf(verify, await token())).toBe('issuerUnavailable');
    const asked = requests.length;
    expect(await codeOf(verify, await token())).toBe('issuerUnavailable');
    expect(requests).toHaveLength(asked); // it is left alone for a while
    clock.advance(30_000);
  }
  status = 0;
  expect(await codeOf(verify, await token())).toBe('issuerUnavailable');
  clock.advance(30_000);
  status = 200;
  expect(await codeOf(verify, await token())).toBe('accepted');
});

test('known keys serve for a day while the issuer is gone', async () => {
  const verify = verifier(`${origin}/${TENANT}/v2.0`);
  expect(await codeOf(verify, await token())).toBe('accepted');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  clock.advance(23 * 3_600_000);
  expect(await codeOf(verify, await token())).toBe('accepted');
  expect(await codeOf(verify, await token('ec'))).toBe('issuerUnavailable');
  clock.advance(3_600_000);
  expect(await codeOf(verify, await token())).toBe('issuerUnavailable');
});

test('a discovery document of another issuer is not believed', async () => {
  const verify = verifier(`${origin}/${TENANT}/v2.0/`);
  const claims = { iss: `${origin}/${TENANT}/v2.0/`, aud: 'api://muster', tid: TENANT, azp: 'c', sub: 's', exp: 9e9 };
  const signed = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'rsa' }).sign(pairs.rsa.privateKey);
  expect(await codeOf(verify, `Bearer ${signed}`)).toBe('issuerUnavailable');
});

describe('B4 tokens that anybody can make', () => {
  let tenants = 0;
  const randomTenant = (): string => `a1b2c3d4-0000-4000-9000-${String(tenants++).padStart(12, '0')}`;
  const claimsOf = (tenant: string) => ({
    iss: `${origin}/${tenant}/v2.0`,
    aud: 'api://muster',
    tid: tenant,
    azp: 'c',
    sub: 's',
    exp: 9e9,
  });
  const json = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const forgeries: Readonly<Record<string, (tenant: string) => Promise<string>>> = {
    'with a wrong signature': async (tenant) => {
      const signed = await new SignJWT(claimsOf(tenant)).setProtectedHeader({ alg: 'RS256', kid: 'rsa' }).sign(pairs.rsa.privateKey);
      return `Bearer ${signed.slice(0, signed.lastIndexOf('.'))}.${Buffer.alloc(256, 1).toString('base64url')}`;
    },
    'with a key that is not there': async (tenant) =>
      `Bearer ${await new SignJWT(claimsOf(tenant)).setProtectedHeader({ alg: 'ES256', kid: 'nowhere' }).sign(pairs.ec.privateKey)}`,
    'without a signature': async (tenant) => `Bearer ${json({ alg: 'none' })}.${json(claimsOf(tenant))}.`,
    'for another audience, well signed': async (tenant) =>
      `Bearer ${await new SignJWT({ ...claimsOf(tenant), aud: 'api://other' }).setProtectedHeader({ alg: 'RS256', kid: 'rsa' }).sign(pairs.rsa.privateKey)}`,
    'that have ended, well signed': async (tenant) =>
      `Bearer ${await new SignJWT({ ...claimsOf(tenant), exp: 1 }).setProtectedHeader({ alg: 'RS256', kid: 'rsa' }).sign(pairs.rsa.privateKey)}`,
  };

  test.each(Object.keys(forgeries))('B4 1,200 tokens %s cost few fetches and push out no good keys', async (kind) => {
    const verify = verifier(`${origin}/{tenantid}/v2.0`);
    expect(await codeOf(verify, await token())).toBe('accepted');
    requests.length = 0;
    for (let sent = 0; sent < 1200; sent += 40) {
      const some = await Promise.all(Array.from({ length: 40 }, () => forgeries[kind]!(randomTenant())));
      const codes = await Promise.all(some.map((header) => codeOf(verify, header)));
      // The last one only where the machine is too slow for the time that a fetch has.
      expect(codes.filter((code) => !['invalidToken', 'expiredToken', 'busy', 'issuerUnavailable'].includes(code))).toEqual([]);
    }
    expect(requests.length).toBeLessThanOrEqual(2 * UNPROVEN_FETCHES.burst);
    requests.length = 0;
    expect(await codeOf(verify, await token())).toBe('accepted');
    expect(requests).toEqual([]);
  });

  test('B4 a tenant that is new is served again when the flood is over, as Retry-After says', async () => {
    const verify = verifier(`${origin}/{tenantid}/v2.0`);
    for (let sent = 0; sent < 50; sent++) await codeOf(verify, await forgeries['with a wrong signature']!(randomTenant()));
    const error = await verify(await token()).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'busy', headers: { 'retry-after': '1' } });
    clock.advance(1000);
    expect(await codeOf(verify, await token())).toBe('accepted');
  });

  test('B4 only so many fetches for new tenants run at once, and good tenants do not wait for them', async () => {
    const verify = verifier(`${origin}/{tenantid}/v2.0`);
    expect(await codeOf(verify, await token())).toBe('accepted');
    requests.length = 0;
    delay = 100;
    const forged = await Promise.all(Array.from({ length: 15 }, () => forgeries['with a wrong signature']!(randomTenant())));
    const pending = forged.map((header) => codeOf(verify, header));
    await expect.poll(() => requests.length).toBe(UNPROVEN_FETCHES_AT_ONCE);
    expect(await codeOf(verify, await token())).toBe('accepted');
    const codes = await Promise.all(pending);
    expect(codes.filter((code) => code === 'busy')).toHaveLength(15 - UNPROVEN_FETCHES_AT_ONCE);
    expect(requests.length).toBe(2 * UNPROVEN_FETCHES_AT_ONCE);
  });

  test('B4 the failure for one tenant is remembered for a while, and so are keys that nothing has proven', async () => {
    const verify = verifier(`${origin}/{tenantid}/v2.0`);
    for (const tenant of [OTHER, randomTenant()]) {
      requests.length = 0;
      for (let sent = 0; sent < 5; sent++) await codeOf(verify, await forgeries['with a wrong signature']!(tenant));
      const fetched = requests.length;
      expect(fetched).toBeLessThanOrEqual(2);
      clock.advance(COOLDOWN_MS + 1);
      await codeOf(verify, await forgeries['with a wrong signature']!(tenant));
      expect(requests).toHaveLength(2 * fetched);
    }
  });

  test('B4 a document that is too large is not read to its end', async () => {
    const verify = verifier(`${origin}/${TENANT}/v2.0`);
    padding = ' '.repeat(ISSUER_DOCUMENT_BYTES);
    expect(await codeOf(verify, await token())).toBe('issuerUnavailable');
    padding = '';
    clock.advance(COOLDOWN_MS);
    expect(await codeOf(verify, await token())).toBe('accepted');
  });
});
