import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JWTHeaderParameters } from 'jose';
import { decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import { isUuid } from '../../lib/ids.ts';
import { createTokenVerifier } from '../verify-token.ts';
import { loadOrCreateCredentials } from './credentials.ts';
import { mintToken } from './mint-token.ts';
import { embeddedIssuer, signingKeys } from './signing-keys.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-credentials-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('makes secrets once, for the owner only, and reads the same ones afterwards', async () => {
  const inner = join(folder, 'not', 'there', 'yet');
  const first = await loadOrCreateCredentials(inner);
  expect([first.tenantId, first.clientId].every(isUuid)).toBe(true);
  expect(first.clientSecret).toMatch(/^[\w-]{43}$/);
  expect(first.keys).toHaveLength(1);
  expect(await loadOrCreateCredentials(inner)).toEqual(first);
  expect((await readdir(inner)).sort()).toEqual(['instance.json', 'issuer-keys.json']);
  const modes = await Promise.all(['instance.json', 'issuer-keys.json'].map(async (name) => (await stat(join(inner, name))).mode & 0o777));
  if (process.platform !== 'win32') expect(modes).toEqual([0o600, 0o600]);
});

test('two folders never share a secret', async () => {
  const [one, other] = await Promise.all([loadOrCreateCredentials(join(folder, 'a')), loadOrCreateCredentials(join(folder, 'b'))]);
  expect(one.tenantId).not.toBe(other.tenantId);
  expect(one.clientSecret).not.toBe(other.clientSecret);
  expect(one.keys[0]?.n).not.toBe(other.keys[0]?.n);
});

test('starts at the same time agree on one set and leave nothing behind', async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => loadOrCreateCredentials(folder)));
  for (const each of all) expect(each).toEqual(all[0]);
  expect(await readdir(folder)).toHaveLength(2);
});

test.each([
  ['instance.json', '{"tenantId":'],
  ['instance.json', '{}'],
  ['instance.json', 'null'],
  ['issuer-keys.json', '{"keys":[]}'],
  ['issuer-keys.json', '{"keys":[null]}'],
  ['issuer-keys.json', '{"keys":[{"kty":"oct","k":"AAAA","kid":"x"}]}'],
])('a damaged %s (%s) is reported and left as it is', async (name, content) => {
  await writeFile(join(folder, name), content);
  await expect(loadOrCreateCredentials(folder)).rejects.toMatchObject({ code: 'corruptStore' });
  expect(await readFile(join(folder, name), 'utf8')).toBe(content);
});

test('a folder that cannot be made is reported', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(loadOrCreateCredentials(join(folder, 'file', 'below'))).rejects.toMatchObject({ code: 'invalidConfiguration' });
});

test('a key put in front signs; the one behind still verifies', async () => {
  const before = await loadOrCreateCredentials(folder);
  const added = (await loadOrCreateCredentials(join(folder, 'other'))).keys[0];
  await writeFile(join(folder, 'issuer-keys.json'), JSON.stringify({ keys: [added, ...before.keys] }));
  const after = await loadOrCreateCredentials(folder);
  const clock = new FakeClock();
  const options = { allPermissions: ['A'], clock };
  const [old, fresh] = [await mintToken(before, options), await mintToken(after, options)];
  expect((decodeProtectedHeader(fresh) as JWTHeaderParameters).kid).toBe(added?.kid);
  const keys = await signingKeys(after.keys);
  expect(keys.published.keys.map((key) => Object.keys(key).sort())).toEqual(Array(2).fill(['alg', 'e', 'kid', 'kty', 'n', 'use']));
  const verify = createTokenVerifier({ clock, issuers: [embeddedIssuer(keys)], audiences: ['https://graph.microsoft.com'] });
  for (const token of [old, fresh]) expect((await verify(`Bearer ${token}`)).tenantId).toBe(before.tenantId);
});
