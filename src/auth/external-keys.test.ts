import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../lib/app-error.ts';
import { FakeClock } from '../lib/clock.ts';
import { externalIssuer } from './external-keys.ts';
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

const publish = async (...names: KeyName[]): Promise<void> => {
  published = await Promise.all(names.map(async (name) => ({ ...(await exportJWK(pairs[name].publicKey)), kid: name })));
};

beforeEach(async () => {
  clock = new FakeClock();
  requests = [];
  status = 200;
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
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
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
  createTokenVerifier({ clock, issuers: [externalIssuer({ clock, issuer, timeoutMs: 300 })], audiences: ['api://muster'] });

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
