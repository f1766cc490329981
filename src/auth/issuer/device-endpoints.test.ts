import { generateKeyPairSync, hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { decodeJwt, type JWK } from 'jose';
import { afterEach, describe, expect, test } from 'vitest';
import { askIssuer } from '../../../test/support/ask-issuer.ts';
import { openTestStore } from '../../../test/support/test-store.ts';
import { AppError } from '../../lib/app-error.ts';
import { FakeClock } from '../../lib/clock.ts';
import { escapeHtml } from '../../lib/html.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { deviceSignIn, wrongAttempt } from '../../model/internal.ts';
import { NO_TENANT, type Store } from '../../store/contract.ts';
import { createTokenVerifier } from '../verify-token.ts';
import { forgetSignIns, SIGN_INS, WRONG_ATTEMPTS } from './device-codes.ts';
import { deviceForm } from './device-endpoints.ts';
import { createIssuer } from './issuer.ts';
import { embeddedIssuer, signingKeys } from './signing-keys.ts';

const ORIGIN = 'https://localhost:8443';
const TENANT = '10000000-0000-4000-8000-000000000000';
const CLIENT = '20000000-0000-4000-8000-00000000000b';
const OTHER_CLIENT = '20000000-0000-4000-8000-00000000000c';
const SECRET = 'the secret of the operator';
const GRAPH = 'https://graph.microsoft.com';

const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK;
const codeSecret = new Uint8Array(32).fill(7);
const keys = await signingKeys([{ ...jwk, kid: 'key' }]);

const opened: Store[] = [];
const folders: string[] = [];
async function closeAll(): Promise<void> {
  for (const store of opened.splice(0)) await store.close();
}
afterEach(async () => {
  await closeAll();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function open(clock: FakeClock, folder?: string): Promise<Store> {
  const store = await openTestStore(folder, clock);
  opened.push(store);
  return store;
}

/** An issuer with ways to play the device and the person. @param on what it keeps sign-ins in; a store of its own by default */
async function flow(
  on: { readonly clock?: FakeClock; readonly store?: Pick<Store, 'read' | 'write'>; readonly clientAddress?: string } = {},
) {
  const clock = on.clock ?? new FakeClock();
  const store = on.store ?? (await open(clock));
  const client = { clientId: CLIENT, displayName: '<b>Tool</b>', secrets: [SECRET], roles: [], scopes: ['A.Read.All', 'B.Read.All'] };
  const other = { ...client, clientId: OTHER_CLIENT, secrets: ['another'] };
  const issuer = createIssuer({ keys, clock, clients: [client, other], defaultTenant: { id: TENANT }, store, codeSecret });
  const send = async (path: string, fields: Record<string, string> | undefined, tenant = 'common'): Promise<HttpResponse> => {
    const { clientAddress = '192.0.2.1' } = on;
    const common = { target: `/${tenant}/oauth2/v2.0/${path}`, origin: ORIGIN, requestId: 'id', clientAddress };
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const post = { method: 'POST', headers, body: Buffer.from(new URLSearchParams(fields).toString()) };
    return (await askIssuer(issuer, { ...common, ...(fields === undefined ? { method: 'GET', headers: {} } : post) })) as HttpResponse;
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
  return { clock, store, send, start, approve, poll, refresh, verify };
}

test('the whole flow: start, poll, approve, tokens once', async () => {
  const { clock, start, approve, poll, verify } = await flow();
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
  const { start, approve, poll, verify } = await flow();
  const started = await start('a.read.all');
  await approve(started.user_code);
  const answer = await poll(started.device_code);
  expect(answer.scope).toBe('a.read.all A.Read.All');
  expect([answer.refresh_token, answer.id_token]).toEqual([undefined, undefined]);
  expect((await verify(`Bearer ${answer.access_token}`)).permissions).toEqual(new Set(['A.Read.All']));
  expect((await start('C.Read.All')).error).toBe('invalid_scope');
  expect((await start('https://vault.azure.net/A.Read.All')).error).toBe('invalid_scope');
  expect((await start('')).error).toBe('invalid_request');
  expect((await start('A.Read.All '.repeat(909))).error).toBeUndefined();
  expect((await start('A.Read.All '.repeat(910))).error).toBe('invalid_scope');
});

test('polling too fast is slowed down, then goes on', async () => {
  const { clock, start, approve, poll } = await flow();
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
  const { clock, start, approve, poll } = await flow();
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
  const { clock, start, approve, poll } = await flow();
  const { device_code, user_code } = await start();
  for (const client_secret of ['', 'wrong', 'another']) expect((await approve(user_code, { client_secret })).status).toBe(400);
  for (const user_principal_name of ['', 'ada', 'a b@c', 'a@b@c', 'a\0@b.c'])
    expect((await approve(user_code, { user_principal_name })).status).toBe(400);
  for (let attempt = 3; attempt < 10; attempt++) expect((await approve('BBBB-BBBB')).status).toBe(400);
  const limited = await approve(user_code);
  expect([limited.status, limited.headers['retry-after']]).toEqual([429, '60']);
  expect((await poll(device_code)).error).toBe('authorization_pending');
  clock.advance(60_000);
  expect((await approve(user_code)).status).toBe(200);
  expect((await poll(device_code)).access_token).toBeDefined();
});

describe('B5 one tenant or one address cannot lock out others', () => {
  const OTHER_TENANT = 'a0000000-0000-4000-8000-000000000000';
  const nthTenant = (n: number): string => `b0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const begin = (from: Awaited<ReturnType<typeof flow>>, tenant: string) =>
    from.send('devicecode', { client_id: CLIENT, scope: 'A.Read.All' }, tenant);

  test('B5 1,000 sign-ins begun in one tenant stop there, by address, and are told the true time to wait', async () => {
    const clock = new FakeClock();
    const store = await open(clock);
    const [flood, other] = [await flow({ clock, store }), await flow({ clock, store, clientAddress: '2001:db8::1' })];
    const answers: HttpResponse[] = [];
    for (let sent = 0; sent < 1000; sent++) {
      if (sent === 10) clock.advance(7300);
      answers.push(await begin(flood, TENANT));
    }
    const refused = answers.filter(({ status }) => status !== 200);
    expect(answers.length - refused.length).toBe(SIGN_INS.networkInTenant);
    expect(new Set(refused.map(({ status, headers }) => `${status} ${headers['retry-after']}`))).toEqual(new Set(['429 1193']));
    expect(JSON.parse(String(refused[0]!.body)).error).toBe('temporarily_unavailable');
    for (const [from, tenant] of [
      [flood, OTHER_TENANT],
      [other, TENANT],
      [other, OTHER_TENANT],
    ] as const)
      expect((await begin(from, tenant)).status).toBe(200);
    clock.advance(1_192_699);
    expect((await begin(flood, TENANT)).status).toBe(429);
    clock.advance(1);
    expect((await begin(flood, TENANT)).status).toBe(200);
  });

  test('B5 sign-ins begun from one address in many tenants leave room for other addresses, also those of one IPv6 network', async () => {
    const clock = new FakeClock();
    const store = await open(clock);
    const addresses = await Promise.all([1, 2, 3].map((n) => flow({ clock, store, clientAddress: `2001:db8:0:0:${n}::` })));
    let begun = 0;
    for (let sent = 0; sent < SIGN_INS.network + 50; sent++)
      if ((await begin(addresses[sent % 3]!, nthTenant(sent % 300))).status === 200) begun++;
    expect(begun).toBe(SIGN_INS.network);
    const other = await flow({ clock, store, clientAddress: '2001:db8:0:1::1' });
    expect((await begin(other, nthTenant(1))).status).toBe(200);
  });

  test('B5 all sign-ins together are bounded, too', async () => {
    const clock = new FakeClock();
    const store = await open(clock);
    const from = await Promise.all([1, 2, 3, 4, 5].map((n) => flow({ clock, store, clientAddress: `192.0.2.${n}` })));
    for (let sent = 0; sent < SIGN_INS.all; sent++) expect((await begin(from[sent % 4]!, nthTenant(sent % 100))).status).toBe(200);
    const full = await begin(from[4]!, TENANT);
    expect([full.status, full.headers['retry-after']]).toEqual([503, '1200']);
    clock.advance(1_200_000);
    expect((await begin(from[4]!, TENANT)).status).toBe(200);
  });

  test('B5 wrong codes keep waiting who enters them, in that tenant, for the time that is said', async () => {
    const clock = new FakeClock();
    const store = await open(clock);
    const [guesser, person] = [await flow({ clock, store }), await flow({ clock, store, clientAddress: '192.0.2.2' })];
    const [here, elsewhere] = [await person.start(undefined, TENANT), await person.start(undefined, OTHER_TENANT)];
    for (let sent = 0; sent < WRONG_ATTEMPTS.networkInTenant; sent++) {
      expect((await guesser.approve('BBBB-BBBB', {}, TENANT)).status).toBe(400);
      clock.advance(1000);
    }
    const limited = await guesser.approve(here.user_code, {}, TENANT);
    expect([limited.status, limited.headers['retry-after']]).toEqual([429, '50']);
    expect((await guesser.approve(elsewhere.user_code, {}, OTHER_TENANT)).status).toBe(200);
    expect((await person.approve(here.user_code, {}, TENANT)).status).toBe(200);
    clock.advance(50_000);
    expect((await guesser.approve('BBBB-BBBB', {}, TENANT)).status).toBe(400);
    for (let sent = 0; sent < 100; sent++) await guesser.approve('BBBB-BBBB', {}, nthTenant(sent));
    expect((await guesser.approve('BBBB-BBBB', {}, nthTenant(200))).status).toBe(429);
    expect((await person.approve('BBBB-BBBB', {}, nthTenant(200))).status).toBe(400);
  });

  test('B5 wrong codes from many addresses keep each of them waiting, but nobody who made none', async () => {
    const clock = new FakeClock();
    const store = await open(clock);
    const guessers = await Promise.all(Array.from({ length: 20 }, (_, n) => flow({ clock, store, clientAddress: `198.51.100.${n}` })));
    for (let sent = 0; sent < WRONG_ATTEMPTS.tenant; sent++) expect((await guessers[sent % 20]!.approve('BBBB-BBBB')).status).toBe(400);
    for (const guesser of guessers) expect((await guesser.approve('BBBB-BBBB')).status).toBe(429);
    const person = await flow({ clock, store });
    expect((await person.approve((await person.start()).user_code)).status).toBe(200);
  });
});

/** Every stored row of the flow, as text. */
const stored = (store: Store): Promise<readonly string[]> =>
  store.read(NO_TENANT, async (reader) => {
    const all = [deviceSignIn, wrongAttempt].map((from) => reader.select({ from, scope: {}, orderBy: [] }));
    return (await Promise.all(all)).flat().map((row) => JSON.stringify(row));
  });

test('each step may reach another server: one token comes of it, whoever is polled, and wrong attempts count together', async () => {
  const clock = new FakeClock();
  const store = await open(clock);
  const [one, other] = [await flow({ clock, store }), await flow({ clock, store })];
  for (let round = 0; round < 5; round++) {
    const { device_code, user_code } = await one.start();
    expect((await other.poll(device_code)).error).toBe('authorization_pending');
    clock.advance(1000);
    expect((await one.poll(device_code)).error).toBe('authorization_pending'); // each minds its own clock
    clock.advance(1000);
    expect((await one.poll(device_code)).error).toBe('slow_down');
    expect((await other.approve(user_code)).status).toBe(200);
    expect((await one.approve(user_code, { user_principal_name: 'eve@contoso.com' })).status).toBe(400);
    clock.advance(10_000);
    const answers = await Promise.all([one, other, one, other].map(({ poll }) => poll(device_code)));
    const tokens = answers.flatMap(({ access_token }) => (access_token === undefined ? [] : [access_token]));
    expect(tokens.map((token) => decodeJwt(token).upn)).toEqual(['ada@contoso.com']);
    expect(answers.filter(({ error }) => error === 'invalid_grant')).toHaveLength(3);
  }
  clock.advance(60_000);
  const wrong = await Promise.all(Array.from({ length: 14 }, (_, i) => [one, other][i % 2]!.approve('BBBB-BBBB')));
  expect(wrong.map(({ status }) => status).toSorted()).toEqual([...Array(10).fill(400), ...Array(4).fill(429)]);
});

test.each([-5000, 5000])(
  'A5 a server whose clock is %i ms ahead tells nobody to slow down who keeps to the interval, and locks nobody out',
  async (apart) => {
    const clocks = [new FakeClock(), new FakeClock()] as const;
    clocks[1].advance(apart);
    const store = await open(clocks[0]);
    const servers = [await flow({ clock: clocks[0], store }), await flow({ clock: clocks[1], store })] as const;
    const advance = (milliseconds: number): void => {
      for (const clock of clocks) clock.advance(milliseconds);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1), { minLength: 1, maxLength: 10 }), fc.nat(1), async (polls, approving) => {
        const { device_code, user_code } = await servers[0].start();
        for (const server of polls) {
          expect((await servers[server]!.poll(device_code)).error).toBe('authorization_pending');
          advance(5000);
        }
        expect((await servers[approving]!.approve(user_code)).status).toBe(200);
        expect((await servers[polls.at(-1)!]!.poll(device_code)).access_token).toBeDefined();
      }),
      { numRuns: 15 },
    );
    for (const [wrong, right] of [servers, servers.toReversed()] as const) {
      for (let i = 0; i < 10; i++) expect((await wrong!.approve('BBBB-BBBB')).status).toBe(400);
      const locked = await right!.approve('BBBB-BBBB');
      expect(locked.status).toBe(429);
      expect(Number(locked.headers!['retry-after'])).toBeLessThanOrEqual(60);
      advance(66_000);
      const { user_code } = await right!.start();
      expect((await right!.approve(user_code)).status).toBe(200);
    }
  },
);

test('A5 a server whose clock is an hour ahead locks nobody out for longer than a minute', async () => {
  const clocks = [new FakeClock(), new FakeClock()] as const;
  clocks[1].advance(3_600_000);
  const store = await open(clocks[0]);
  const [right, ahead] = [await flow({ clock: clocks[0], store }), await flow({ clock: clocks[1], store })];
  for (let i = 0; i < 10; i++) expect((await ahead.approve('BBBB-BBBB')).status).toBe(400);
  const { user_code } = await right.start();
  expect((await right.approve(user_code)).status).toBe(200);
});

test('a restart ends no sign-in', async () => {
  const clock = new FakeClock();
  const folder = mkdtempSync(join(tmpdir(), 'muster-codes-'));
  folders.push(folder);
  const restart = async () => {
    await closeAll();
    return flow({ clock, store: await open(clock, folder) });
  };
  const { device_code, user_code } = await (await restart()).start();
  expect((await (await restart()).approve(user_code)).status).toBe(200);
  const { access_token } = await (await restart()).poll(device_code);
  expect(decodeJwt(access_token as string)).toMatchObject({ upn: 'ada@contoso.com', tid: TENANT });
  expect((await (await restart()).poll(device_code)).error).toBe('invalid_grant');
});

test('no code can be read from the store, and what has expired is removed from it', async () => {
  const { clock, start, approve, poll, ...rest } = await flow();
  const store = rest.store as Store;
  const { device_code, user_code } = await start();
  await approve(user_code);
  const rows = await stored(store);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toContain('ada@contoso.com');
  const letters = user_code.replace('-', '');
  const plain = [device_code, user_code, letters].flatMap((code) => [code, hash('sha256', code, 'base64url'), hash('sha256', code, 'hex')]);
  for (const code of plain) expect(rows[0]).not.toContain(code);
  clock.advance(1_199_999);
  await forgetSignIns(store, clock);
  expect((await poll(device_code)).error).toBe('expired_token');
  clock.advance(1);
  await forgetSignIns(store, clock);
  expect(await stored(store)).toEqual([]);
});

const unavailable = () => Promise.reject(new AppError('storeUnavailable', 'Away.'));

test('a store that is away is said in the words of OAuth', async () => {
  const away = await flow({ store: { read: unavailable, write: unavailable } });
  const answer = await away.send('devicecode', { client_id: CLIENT, scope: 'A.Read.All' });
  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
  expect(JSON.parse(String(answer.body)).error).toBe('temporarily_unavailable');
});

test('a refresh token gets new tokens, never more than were granted', async () => {
  const { clock, start, approve, poll, refresh, verify } = await flow();
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
  const { send, approve } = await flow();
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
