import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixedHosts, hasShell, startFixedHosts } from '../support/fixed-hosts.ts';

/**
 * Libraries as they were published, each in a process of its own, at the hosts that stand in their sources: the environment alone
 * leads them here, with the lines of docs/clients.md.
 */

const program = (name: string): string => readFileSync(join(import.meta.dirname, 'tools', `${name}.mjs`), 'utf8');

const python = ['python3', '/usr/bin/python3'].find((command) => {
  try {
    execFileSync(command, ['-c', 'import msal, requests'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});
if (python === undefined) process.stdout.write('The lines for MSAL for Python are not run: no python3 here has the module msal.\n');

describe.skipIf(!hasShell)('with the lines of docs/clients.md', { timeout: 300_000 }, () => {
  let hosts: FixedHosts;
  beforeAll(async () => {
    hosts = await startFixedHosts();
  });
  afterAll(async () => {
    await hosts.stop();
    expect(hosts.refused, 'no other host was asked for').toEqual([]);
  });

  it('@azure/identity signs in by a secret, with no option', async () => {
    expect(await hosts.run('@azure/identity')).toContain('Sample: secure boot on');
  });

  it('@azure/identity signs in by a certificate, with no option', async () => {
    expect(await hosts.run('@azure/identity by certificate')).toBe('200');
  });

  it('@azure/identity signs a user in by a device code, with no option', async () => {
    const output = await hosts.run('@azure/identity by device code', { onLine: (line) => void approve(hosts, line) });
    expect(output.split('\n').at(-1)).toBe('ada@contoso.com');
  });

  it('@azure/identity takes a domain for the tenant, and says why a secret is refused', async () => {
    const environment = { TENANT_ID: 'contoso.onmicrosoft.com' };
    expect(await hosts.run('@azure/identity', { environment })).toContain('Sample: secure boot on');
    await expect(hosts.run('@azure/identity', { environment: { CLIENT_SECRET: 'wrong' } })).rejects.toThrow('AADSTS7000215');
  });

  it('MSAL for Node signs in, with no option', async () => {
    expect(await hosts.run('MSAL for Node')).toBe('200');
  });

  it.skipIf(python === undefined)('MSAL for Python signs in, with no option', async () => {
    expect(await hosts.run('MSAL for Python', { language: 'py', python: python! })).toBe('200');
  });

  it('curl gets a token and a list', async () => {
    expect(JSON.parse(await hosts.run('curl', { language: 'sh' }))).toMatchObject({ value: [{ displayName: 'Sample: secure boot on' }] });
  });

  it('@microsoft/microsoft-graph-client pages through a list', async () => {
    expect((await hosts.run('@microsoft/microsoft-graph-client')).split('\n')).toEqual(['Sample: secure boot on']);
  });

  it('@microsoft/microsoft-graph-client sends chains of batches, and reads 400 states in 14 pages, each once', async () => {
    expect(JSON.parse(await hosts.run('graph-client', { program: program('graph-client') }))).toEqual({
      statuses: [201],
      paused: false,
      isWhole: true,
      summary: 400,
      users: 20,
    });
  });

  it('The kiota beta SDK makes and reads a configuration', async () => {
    expect(await hosts.run('kiota beta SDK')).toBe('1 Secure boot');
  });

  it('The kiota beta SDK: policies through their lives, pages, a batch, a user', async () => {
    const life = {
      found: 1,
      changed: 'changed',
      targets: ['#microsoft.graph.allDevicesAssignmentTarget'],
      gone: [404, 'ResourceNotFound'],
    };
    expect(JSON.parse(await hosts.run('kiota-beta-sdk', { program: program('kiota-beta-sdk') }))).toEqual({
      configurationLife: { made: ['BIOS', true], ...life },
      scriptLife: { made: ['Script', true], ...life },
      batch: [200, 200, 404],
      first: 7,
      seen: Array.from({ length: 20 }, (_, n) => `PC-${n}`).sort(),
      user: [true, 'Kay', true],
    });
  });

  it('The proxy leads the two names alone, and only by CONNECT', async () => {
    const script = `const isRefused = await fetch('https://example.com/').then(() => false, () => true);
      console.log(isRefused, (await fetch(process.env.HTTPS_PROXY)).status);`;
    expect(await hosts.run('another host', { program: script })).toBe('true 405');
    expect(hosts.refused.splice(0)).toEqual(['example.com:443']);
  });
});

/** What a person does who reads the message of a device code. */
async function approve(hosts: FixedHosts, message: string): Promise<void> {
  const [, page, userCode] = /(https:\S+) in a browser and enter the code (\S+)\.$/.exec(message) ?? [];
  if (page === undefined) return;
  const form = { user_code: userCode!, user_principal_name: 'ada@contoso.com', client_secret: hosts.clientSecret, action: 'approve' };
  const ca = readFileSync(join(hosts.folder, 'cert.pem'));
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: hosts.url };
  await new Promise((resolve, reject) => {
    request(hosts.url + new URL(page).pathname, { method: 'POST', ca, headers }, (answer) => answer.resume().on('end', resolve))
      .on('error', reject)
      .end(new URLSearchParams(form).toString());
  });
}
