import { decodeJwt } from 'jose';
import { afterAll, describe, expect, test } from 'vitest';
import { CLIENT, issuerFixture, jsonOf, OTHER_TENANT, REGISTERED, SECRET, TENANT } from '../../../test/support/issuer-fixture.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { userPassword } from '../../model/internal.ts';
import { user } from '../../model/managed-device.ts';
import { createPasswordChecks, derivePassword, MAX_PASSWORD, MAX_PASSWORD_CHECKS, MIN_PASSWORD } from './password.ts';
import { WRONG_PROOFS } from './proof-limits.ts';

const { get, post, clock, store, addUser, close } = await issuerFixture();
afterAll(close);

const REDIRECT = 'http://localhost:4711/';
const PASSWORD = 'corréct horse';
const derived = await derivePassword(PASSWORD);

/** Makes a user with a password. */
async function withPassword(name: string, more: Parameters<typeof addUser>[1] = {}): Promise<string> {
  const id = await addUser(name, more);
  await store.write((more.tenantId as string) ?? TENANT, (writer) => writer.insert(userPassword, { id, derived }));
  return id;
}
const ada = await withPassword('ada@contoso.com');
await withPassword('gone@contoso.com', { accountEnabled: false });
await withPassword('eve@fabrikam.com', { tenantId: OTHER_TENANT });
await addUser('bob@contoso.com');

const wish = {
  client_id: CLIENT,
  response_type: 'code',
  redirect_uri: REDIRECT,
  scope: 'A.Read.All openid offline_access',
};
let address = 0;
const signIn = (name: string, password: string, clientAddress = `192.0.2.${++address % 250}`) =>
  post('/common/oauth2/v2.0/authorize', { ...wish, user_principal_name: name, password, action: 'sign_in' }, { clientAddress });
const token = async (fields: Record<string, string>) =>
  jsonOf(await post('/common/oauth2/v2.0/token', { client_id: CLIENT, client_secret: SECRET, ...fields })) as Record<string, string>;
const redeem = (response: HttpResponse) =>
  token({ grant_type: 'authorization_code', redirect_uri: REDIRECT, code: new URL(response.headers.location!).searchParams.get('code')! });
const refresh = (refreshToken: string | undefined) => token({ grant_type: 'refresh_token', refresh_token: refreshToken! });

describe('C4 passwords', () => {
  test('C4 the page asks for a password, names no user, and the right one signs in', async () => {
    const page = String((await get(`/common/oauth2/v2.0/authorize?${new URLSearchParams(wish)}`)).body);
    expect(page).toContain('name="password" type="password"');
    expect(page).not.toContain('ada@contoso.com');
    for (const [name, password] of [
      ['ada@contoso.com', PASSWORD],
      [' ADA@Contoso.com', PASSWORD.normalize('NFD')],
    ] as const)
      expect(decodeJwt((await redeem(await signIn(name, password))).access_token!)).toMatchObject({ oid: ada, upn: 'ada@contoso.com' });
  });

  test.each([
    ['ada@contoso.com', `${PASSWORD} `],
    ['ada@contoso.com', ''],
    ['ada@contoso.com', 'x'.repeat(10_000)],
    ['bob@contoso.com', PASSWORD],
    ['bob@contoso.com', ''],
    ['gone@contoso.com', PASSWORD],
    ['eve@fabrikam.com', PASSWORD],
    ['nobody@contoso.com', PASSWORD],
    ['', PASSWORD],
  ])('C4 every wrong one gets the same answer: %s, %j', async (name, password) => {
    const answer = await signIn(name, password);
    expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
    expect(String(answer.body)).toContain('The user name or the password is wrong');
    if (password !== '') expect(String(answer.body)).not.toContain(password);
  });

  test('C4 a click chooses nobody where passwords are asked for', async () => {
    const answer = await post('/common/oauth2/v2.0/authorize', { ...wish, user: 'ada@contoso.com' }, { headers: { host: 'localhost' } });
    expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
  });

  test('C4 guessing is slowed, whoever is guessed at, and nobody else has to wait', async () => {
    const fresh = await issuerFixture({ clock });
    const id = await fresh.addUser('ada@contoso.com');
    await fresh.store.write(TENANT, (writer) => writer.insert(userPassword, { id, derived }));
    const guess = (name: string, password: string, clientAddress: string) =>
      fresh.post('/common/oauth2/v2.0/authorize', { ...wish, user_principal_name: name, password }, { clientAddress });
    for (let sent = 0; sent < WRONG_PROOFS.clientAndNetwork; sent++)
      expect((await guess(sent % 2 === 0 ? 'ada@contoso.com' : `${sent}@contoso.com`, 'wrong password', '198.51.100.1')).status).toBe(400);
    const full = await guess('ada@contoso.com', PASSWORD, '198.51.100.1');
    expect([full.status, full.headers['retry-after']]).toEqual([429, '60']);
    expect((await guess('ada@contoso.com', PASSWORD, '198.51.100.2')).status).toBe(303);
    // Clients prove themselves meanwhile: their secrets are counted apart.
    const form = {
      grant_type: 'client_credentials',
      client_id: CLIENT,
      client_secret: SECRET,
      scope: 'https://graph.microsoft.com/.default',
    };
    expect((await fresh.post(`/${TENANT}/oauth2/v2.0/token`, form, { clientAddress: '198.51.100.1' })).status).toBe(200);
    clock.advance(60_000);
    expect((await guess('ada@contoso.com', PASSWORD, '198.51.100.1')).status).toBe(303);
    await fresh.close();
  });

  test('C4 too many checks at once are refused, and no more than that', async () => {
    const checks = createPasswordChecks();
    const answers = await Promise.allSettled(Array.from({ length: MAX_PASSWORD_CHECKS + 3 }, () => checks.check('wrong', derived)));
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(3);
    expect(await checks.check(PASSWORD, derived)).toBe(true);
  }, 60_000);

  test('C4 passwords have a least and a longest length, and no two are kept in the same form', async () => {
    for (const wrong of ['', 'x'.repeat(MIN_PASSWORD - 1), 'x'.repeat(MAX_PASSWORD + 1)])
      await expect(derivePassword(wrong)).rejects.toMatchObject({ code: 'invalidValue' });
    const again = await derivePassword(PASSWORD);
    expect(again).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(again).not.toBe(derived);
  });
});

describe('C4 refresh tokens of users of the tenant', () => {
  test('C4 they end with the password, and with the user', async () => {
    const id = await withPassword('cleo@contoso.com');
    const first = await redeem(await signIn('cleo@contoso.com', PASSWORD));
    const second = await refresh(first.refresh_token);
    expect(decodeJwt(second.access_token!)).toMatchObject({ oid: id, upn: 'cleo@contoso.com' });
    expect((await refresh(first.refresh_token)).access_token).toBeDefined(); // as Entra, it is not used up
    const changed = await derivePassword('another one');
    await store.write(TENANT, (writer) => writer.update(userPassword, { id }, { derived: changed }));
    expect(await refresh(second.refresh_token)).toMatchObject({ error: 'invalid_grant' });
    const third = await redeem(await signIn('cleo@contoso.com', 'another one'));
    expect((await refresh(third.refresh_token)).access_token).toBeDefined();
    await store.write(TENANT, (writer) => writer.update(user, { id }, { accountEnabled: false }));
    expect(await refresh(third.refresh_token)).toMatchObject({ error: 'invalid_grant' });
    await store.write(TENANT, (writer) => writer.update(user, { id }, { accountEnabled: true }));
    expect((await refresh(third.refresh_token)).access_token).toBeDefined();
    await store.write(TENANT, (writer) => writer.delete({ from: user, scope: { id } }));
    expect(await refresh(third.refresh_token)).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('C4 sign-out', () => {
  const logout = (query: string, path = 'common/oauth2/v2.0/logout') => get(`/${path}?${query}`);

  test('C4 the metadata name it, and it says that there is nothing to end', async () => {
    for (const part of ['', '/v2.0']) {
      const metadata = jsonOf(await get(`/common${part}/.well-known/openid-configuration`));
      const path = new URL(String(metadata.end_session_endpoint)).pathname;
      const page = await get(path);
      expect([page.status, String(page.body)]).toEqual([200, expect.stringContaining('Signed out')]);
    }
  });

  test.each([REDIRECT, REGISTERED])('C4 browsers are sent back to %s', async (uri) => {
    const answer = await logout(new URLSearchParams({ post_logout_redirect_uri: uri, state: 'a b' }).toString());
    expect(answer.status).toBe(303);
    const location = new URL(answer.headers.location!);
    expect([location.origin, location.searchParams.get('state')]).toEqual([new URL(uri).origin, 'a b']);
    expect((await post('/common/oauth2/logout', { post_logout_redirect_uri: uri })).status).toBe(303);
  });

  test.each(['https://evil.example/', 'javascript:alert(1)', 'http://localhost@evil.example/', `${REGISTERED}x`])(
    'C4 but not to %s',
    async (uri) => {
      const answer = await logout(new URLSearchParams({ post_logout_redirect_uri: uri }).toString());
      expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
    },
  );

  test('C4 nobody signs out of the tenant of personal accounts', async () => {
    expect((await logout('', 'consumers/oauth2/v2.0/logout')).status).toBe(400);
  });
});
