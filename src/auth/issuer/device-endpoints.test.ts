import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { decodeJwt, type JWK } from 'jose';
import { expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { createTokenVerifier } from '../verify-token.ts';
import { deviceForm, escapeHtml } from './device-page.ts';
import { createIssuer } from './issuer.ts';
import { embeddedIssuer, signingKeys } from './signing-keys.ts';

const ORIGIN = 'https://localhost:8443';
const TENANT = '10000000-0000-4000-8000-000000000000';
const CLIENT = '20000000-0000-4000-8000-00000000000b';
const OTHER_CLIENT = '20000000-0000-4000-8000-00000000000c';
const SECRET = 'the secret of the operator';
const GRAPH = 'https://graph.microsoft.com';

const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK;
const keys = await signingKeys([{ ...jwk, kid: 'key' }]);

/** An issuer of its own with ways to play the device and the person. */
function flow() {
  const clock = new FakeClock();
  const client = { clientId: CLIENT, displayName: '<b>Tool</b>', secrets: [SECRET], roles: [], scopes: ['A.Read.All', 'B.Read.All'] };
  const other = { ...client, clientId: OTHER_CLIENT, secrets: ['another'] };
  const issuer = createIssuer({ keys, clock, clients: [client, other], defaultTenant: { id: TENANT } });
  const send = async (path: string, fields: Record<string, string> | undefined, tenant = 'common'): Promise<HttpResponse> => {
    const common = { target: `/${tenant}/oauth2/v2.0/${path}`, origin: ORIGIN, requestId: 'id' };
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const post = { method: 'POST', headers, body: Buffer.from(new URLSearchParams(fields).toString()) };
    return (await issuer.handle({ ...common, ...(fields === undefined ? { method: 'GET', headers: {} } : post) })) as HttpResponse;
  };
  const json = async (response: Promise<HttpResponse>) => JSON.parse(String((await response).body)) as Record<string, string>;
  const start = (scope = `${GRAPH}/.default openid profile offline_access`, tenant?: string) =>
    json(send('devicecode', { client_id: CLIENT, scope }, tenant)) as Promise<Record<'device_code' | 'user_code' | 'error', string>>;
  const approve = (userCode: string, more: Record<string, string> = {}, tenant?: string) =>
    send(
      'deviceauth',
      { user_code: userCode, user_principal_name: 'ada@contoso.com', client_secret: SECRET, action: 'approve', ...more },
      tenant,
    );
  const poll = (deviceCode: string, more: Record<string, string> = {}, tenant?: string) =>
    json(send('token', { grant_type: 'device_code', client_id: CLIENT, device_code: deviceCode, ...more }, tenant));
  const refresh = (refreshToken: string, more: Record<string, string> = {}, tenant?: string) =>
    json(send('token', { grant_type: 'refresh_token', client_id: CLIENT, refresh_token: refreshToken, ...more }, tenant));
  const verify = createTokenVerifier({ clock, issuers: [embeddedIssuer(keys)], audiences: [GRAPH] });
  return { clock, send, start, approve, poll, refresh, verify };
}

test('the whole flow: start, poll, approve, tokens once', async () => {
  const { clock, start, approve, poll, verify } = flow();
  const started = await start();
  expect(started).toMatchObject({
    user_code: expect.stringMatching(/^[B-Z]{4}-[B-Z]{4}$/),
    verification_uri: `${ORIGIN}/${TENANT}/oauth2/v2.0/deviceauth`,
    expires_in: 900,
    interval: 5,
    message: expect.stringContaining(started.user_code),
  });
  expect(await poll(started.device_code)).toMatchObject({ error: 'authorization_pending', error_codes: [70016] });
  const page = await approve(` ${started.user_code.toLowerCase().replace('-', ' ')}`);
  expect([page.status, String(page.body)]).toEqual([200, expect.stringContaining('&lt;b&gt;Tool&lt;/b&gt; now acts as ada@contoso.com')]);
  clock.advance(5000);
  const answer = await poll(started.device_code, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code' }, TENANT);
  expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
  expect(answer.scope?.split(' ')).toEqual([`${GRAPH}/.default`, `${GRAPH}/A.Read.All`, `${GRAPH}/B.Read.All`, 'openid', 'profile']);
  const principal = await verify(`Bearer ${answer.access_token}`);
  expect(principal).toMatchObject({ kind: 'delegated', tenantId: TENANT, clientId: CLIENT, userPrincipalName: 'ada@contoso.com' });
  expect(principal.permissions).toEqual(new Set(['A.Read.All', 'B.Read.All']));
  const { oid, tid, aud, preferred_username } = decodeJwt(answer.id_token as string);
  expect({ oid, tid, aud, preferred_username }).toEqual({
    oid: principal.subject,
    tid: TENANT,
    aud: CLIENT,
    preferred_username: 'ada@contoso.com',
  });
  expect(JSON.parse(Buffer.from(answer.client_info as string, 'base64url').toString())).toEqual({ uid: oid, utid: tid });
  for (const wrong of ['id_token', 'refresh_token'])
    await expect(verify(`Bearer ${answer[wrong]}`)).rejects.toMatchObject({ code: 'invalidToken' });
  clock.advance(5000);
  expect(await poll(started.device_code)).toMatchObject({ error: 'invalid_grant' });
});

test('only what was asked for is granted', async () => {
  const { start, approve, poll, verify } = flow();
  const started = await start('a.read.all');
  await approve(started.user_code);
  const answer = await poll(started.device_code);
  expect(answer.scope).toBe('a.read.all A.Read.All');
  expect([answer.refresh_token, answer.id_token]).toEqual([undefined, undefined]);
  expect((await verify(`Bearer ${answer.access_token}`)).permissions).toEqual(new Set(['A.Read.All']));
  expect((await start('C.Read.All')).error).toBe('invalid_scope');
  expect((await start('https://vault.azure.net/A.Read.All')).error).toBe('invalid_scope');
  expect((await start('')).error).toBe('invalid_request');
});

test('polling too fast is slowed down, then goes on', async () => {
  const { clock, start, approve, poll } = flow();
  const { device_code, user_code } = await start();
  expect((await poll(device_code)).error).toBe('authorization_pending');
  clock.advance(4100); // a timer that fires a little early is forgiven
  expect((await poll(device_code)).error).toBe('authorization_pending');
  clock.advance(1000);
  expect((await poll(device_code)).error).toBe('slow_down');
  await approve(user_code);
  clock.advance(5000);
  expect((await poll(device_code)).error).toBe('slow_down');
  clock.advance(15_000);
  expect((await poll(device_code)).access_token).toBeDefined();
});

test('a code expires, is refused, and belongs to its client and tenant', async () => {
  const { clock, start, approve, poll } = flow();
  const first = await start();
  expect((await poll(first.device_code, { client_id: OTHER_CLIENT })).error).toBe('invalid_grant');
  expect((await poll(first.device_code, {}, 'a0000000-0000-4000-8000-000000000000')).error).toBe('invalid_grant');
  expect((await poll('unknown')).error).toBe('invalid_grant');
  expect((await approve(first.user_code, { action: 'deny', client_secret: '' })).status).toBe(200);
  expect((await poll(first.device_code)).error).toBe('access_denied');
  const second = await start();
  clock.advance(900_000);
  expect((await approve(second.user_code)).status).toBe(400);
  expect(await poll(second.device_code)).toMatchObject({ error: 'expired_token', error_codes: [70020] });
  const tenant = 'a0000000-0000-4000-8000-000000000000';
  const third = await start(undefined, tenant);
  expect((await approve(third.user_code)).status).toBe(400);
  expect((await approve(third.user_code, {}, tenant)).status).toBe(200);
  expect(decodeJwt((await poll(third.device_code, {}, tenant)).access_token as string).tid).toBe(tenant);
});

test('approving takes the secret of the application that asks, and guessing is slow', async () => {
  const { clock, start, approve, poll } = flow();
  const { device_code, user_code } = await start();
  for (const client_secret of ['', 'wrong', 'another']) expect((await approve(user_code, { client_secret })).status).toBe(400);
  for (const user_principal_name of ['', 'ada', 'a b@c', 'a@b@c'])
    expect((await approve(user_code, { user_principal_name })).status).toBe(400);
  for (let attempt = 3; attempt < 10; attempt++) expect((await approve('BBBB-BBBB')).status).toBe(400);
  const limited = await approve(user_code);
  expect([limited.status, limited.headers['retry-after']]).toEqual([429, '60']);
  expect((await poll(device_code)).error).toBe('authorization_pending');
  clock.advance(60_000);
  expect((await approve(user_code)).status).toBe(200);
  expect((await poll(device_code)).access_token).toBeDefined();
});

test('only so many sign-ins are kept', async () => {
  const { clock, start } = flow();
  const first = await Promise.all(Array.from({ length: 1000 }, () => start()));
  expect(new Set(first.map(({ user_code }) => user_code)).size).toBe(1000);
  expect((await start()).error).toBe('temporarily_unavailable');
  clock.advance(1_200_000);
  expect((await start()).error).toBeUndefined();
});

test('a refresh token gets new tokens, never more than were granted', async () => {
  const { clock, start, approve, poll, refresh, verify } = flow();
  const started = await start('A.Read.All offline_access');
  await approve(started.user_code);
  const first = (await poll(started.device_code)).refresh_token as string;
  clock.advance(89 * 86_400_000);
  const answer = await refresh(first);
  expect((await verify(`Bearer ${answer.access_token}`)).permissions).toEqual(new Set(['A.Read.All']));
  const all = await refresh(answer.refresh_token as string, { scope: `${GRAPH}/.default` }, TENANT);
  expect((await verify(`Bearer ${all.access_token}`)).permissions).toEqual(new Set(['A.Read.All']));
  expect((await refresh(first, { scope: 'B.Read.All' })).error).toBe('invalid_scope');
  expect((await refresh(first, { client_id: OTHER_CLIENT })).error).toBe('invalid_grant');
  expect((await refresh(first, { client_secret: 'wrong' })).error).toBe('invalid_client');
  expect((await refresh(first, {}, 'a0000000-0000-4000-8000-000000000000')).error).toBe('invalid_grant');
  for (const forged of [answer.access_token as string, `${first.slice(0, -8)}AAAAAAAA`, 'x'])
    expect((await refresh(forged)).error).toBe('invalid_grant');
  clock.advance(2 * 86_400_000);
  expect(await refresh(first)).toMatchObject({ error: 'invalid_grant', error_codes: [700082] });
});

test('the page loads nothing, cannot be framed, labels its fields and repeats no secret', async () => {
  const { send, approve } = flow();
  const page = await send('deviceauth?user_code=BCDF-%22%3E%3Cscript%3E', undefined);
  expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  expect(page.headers['content-security-policy']).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; .*frame-ancestors 'none'$/,
  );
  const html = String(page.body);
  expect(html).toContain('value="BCDF-&quot;&gt;&lt;script&gt;"');
  const inputs = [...html.matchAll(/<input id="(\w+)"/g)].map(([, id]) => id);
  expect(inputs).toEqual(['user_code', 'user_principal_name', 'client_secret']);
  for (const id of inputs) expect(html).toContain(`<label for="${id}">`);
  const again = String((await approve('NOPE', { client_secret: 'do not show' })).body);
  expect(again).toContain('role="alert"');
  expect(again).not.toContain('do not show');
});

test('no text can become markup', () => {
  const plain = String(deviceForm({ userCode: '', userPrincipalName: '', problem: '' }).body);
  const tags = (html: string): number => html.split('<').length;
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'a', '/', ' ', '=') }), (text) => {
      const html = String(deviceForm({ userCode: text, userPrincipalName: text, problem: text }).body);
      expect(tags(html)).toBe(tags(plain));
      expect(escapeHtml(text)).not.toMatch(/[<>"']/);
    }),
  );
});
