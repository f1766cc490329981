import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { mint } from '../../src/server/admin/mint.ts';
import { loadConfig } from '../../src/server/config/config.ts';
import { runServer, type TestServer } from '../support/running-server.ts';

/** `muster user`, and a server on which its users sign in. */

const data = mkdtempSync(join(tmpdir(), 'muster-user-'));
afterAll(() => rmSync(data, { recursive: true }));

const PASSWORD = 'a long password';

function muster(args: readonly string[], input: string): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['src/main.ts', 'user', ...args, '--data', data], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
    child.stdin!.end(input);
  });
}

/** Signs in on the page, and asks who that is. @param before is done before. @returns the status, or the user */
async function me(user: string, password: string, before = async (_server: TestServer): Promise<void> => undefined): Promise<unknown> {
  const server = await runServer({ data, signIn: 'password' });
  try {
    await before(server);
    const redirect_uri = 'http://127.0.0.1:1/';
    const wish = { client_id: server.clientId, response_type: 'code', redirect_uri, scope: 'https://graph.microsoft.com/User.Read' };
    const challenge = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' };
    const post = (path: string, fields: Record<string, string>) =>
      fetch(`${server.url}/common/oauth2/v2.0/${path}`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
    const answer = await post('authorize', { ...wish, ...challenge, user_principal_name: user, password, action: 'sign_in' });
    if (answer.status !== 303) return answer.status;
    const code = new URL(answer.headers.get('location')!).searchParams.get('code')!;
    const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'; // the pair of RFC 7636, appendix B
    const grant = { grant_type: 'authorization_code', client_id: server.clientId, redirect_uri, code, code_verifier };
    const { access_token } = (await (await post('token', grant)).json()) as { access_token: string };
    return await (await fetch(`${server.url}/beta/me`, { headers: { authorization: `Bearer ${access_token}` } })).json();
  } finally {
    await server.stop();
  }
}

it('C4 muster user makes a user who signs in with that password, until it is changed or taken away', async () => {
  expect(await muster(['ada@contoso.com'], 'short\n')).toMatchObject({ code: 1, output: expect.stringContaining('8 to 256 characters') });
  expect(await muster(['ada'], `${PASSWORD}\n`)).toMatchObject({ code: 1, output: expect.stringContaining('user principal name') });
  const made = await muster(['ada@contoso.com'], `${PASSWORD}\n`);
  expect(made).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^New user ada@contoso.com of tenant [-0-9a-f]{36} has the new password/),
  });
  expect(made.output).not.toContain(PASSWORD);
  expect(await me('ada@contoso.com', PASSWORD)).toMatchObject({ userPrincipalName: 'ada@contoso.com' });
  expect(await me('ada@contoso.com', 'a wrong password')).toBe(400);
  expect(await muster(['ADA@contoso.com'], 'another password\r\n')).toMatchObject({
    code: 0,
    output: expect.not.stringContaining('New user'),
  });
  expect(await me('ada@contoso.com', PASSWORD)).toBe(400);
  expect(await me('ada@contoso.com', 'another password')).toMatchObject({ userPrincipalName: 'ada@contoso.com' });
  expect((await muster(['ada@contoso.com', '--remove-password'], '')).code).toBe(0);
  expect(await me('ada@contoso.com', 'another password')).toBe(400);
}, 120_000);

it('C4 a password goes with its user, also when a user of the same id comes back', async () => {
  expect((await muster(['cleo@contoso.com'], `${PASSWORD}\n`)).code).toBe(0);
  const removed = await me('cleo@contoso.com', PASSWORD, async ({ url, token }) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const { id } = (await (await fetch(`${url}/beta/users/cleo@contoso.com`, { headers })).json()) as { id: string };
    expect((await fetch(`${url}/beta/users/${id}`, { method: 'DELETE', headers })).status).toBe(204);
    const mine = await mint(
      { ...loadConfig({ flags: { data }, environment: {} }), publicUrl: url },
      { userPrincipalName: 'cleo@contoso.com' },
    );
    const again = await fetch(`${url}/beta/me`, { headers: { authorization: `Bearer ${mine}` } });
    expect(await again.json()).toMatchObject({ id });
  });
  expect(removed).toBe(400);
}, 60_000);
