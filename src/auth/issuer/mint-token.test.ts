import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt, type JWK } from 'jose';
import { expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import type { Principal } from '../principal.ts';
import { createTokenVerifier } from '../verify-token.ts';
import type { Credentials } from './credentials.ts';
import { type MintOptions, mintToken } from './mint-token.ts';
import { embeddedIssuer, signingKeys } from './signing-keys.ts';

const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK;
const credentials: Credentials = {
  tenantId: '10000000-0000-4000-8000-000000000000',
  clientId: '20000000-0000-4000-8000-000000000000',
  clientSecret: 'not used here at all',
  keys: [{ ...jwk, kid: 'key' }],
};
const allPermissions = ['A.Read.All', 'B.Read.All'];

async function minted(options: Omit<MintOptions, 'allPermissions'>): Promise<Principal> {
  const clock = new FakeClock();
  const issuers = [embeddedIssuer(await signingKeys(credentials.keys))];
  const verify = createTokenVerifier({ clock, issuers, audiences: [options.audience ?? 'https://graph.microsoft.com'] });
  return await verify(`Bearer ${await mintToken(credentials, { clock, allPermissions, ...options })}`);
}

test('nothing said: the first client in the default tenant with all permissions', async () => {
  const principal = await minted({});
  const { tenantId, clientId } = credentials;
  expect(principal).toMatchObject({ kind: 'application', tenantId, clientId, permissions: new Set(allPermissions) });
});

test('roles of an application in another tenant', async () => {
  const tenantId = '3000000A-0000-4000-8000-000000000000';
  const principal = await minted({ tenantId, roles: ['A.Read.All'], origin: 'https://muster.contoso.com', audience: 'api://muster' });
  expect(principal).toMatchObject({ kind: 'application', tenantId: tenantId.toLowerCase(), permissions: new Set(['A.Read.All']) });
});

test('a user gets all scopes, or those that are named', async () => {
  const userPrincipalName = 'ada@contoso.com';
  const all = await minted({ userPrincipalName });
  expect(all).toMatchObject({ kind: 'delegated', userPrincipalName, permissions: new Set(allPermissions) });
  const one = await minted({ userPrincipalName, scopes: ['B.Read.All'] });
  expect(one.permissions).toEqual(new Set(['B.Read.All']));
  expect(one.subject).toBe(all.subject);
});

test('lives as long as asked', async () => {
  const claims = decodeJwt(await mintToken(credentials, { allPermissions, clock: new FakeClock(0), lifetimeSeconds: 7 }));
  expect(claims).toMatchObject({ iat: 0, nbf: 0, exp: 7, ver: '2.0', idtyp: 'app' });
});

test.each([{ scopes: ['A'] }, { userPrincipalName: 'a@b', roles: ['A'] }, { tenantId: 'contoso' }])('refuses %j', async (options) => {
  await expect(mintToken(credentials, { allPermissions, ...options })).rejects.toMatchObject({ code: 'invalidValue' });
});
