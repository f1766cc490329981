import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

/** The command line as scripts use it: real processes, a real data folder. */

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves with stdout when it matches. */
  until(pattern: RegExp): Promise<string>;
}

let data = '';
const started: ChildProcess[] = [];

const makeFolder = (): void => {
  data = mkdtempSync(join(tmpdir(), 'muster-'));
};
async function endAll(): Promise<void> {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(data, { recursive: true, force: true });
}

function muster(...args: readonly string[]): Running {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MUSTER_')));
  const child = spawn(process.execPath, [MAIN, ...args], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const finished = once(child, 'close').then(([code]): Finished => ({ code, stdout, stderr }));
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(stdout)) resolve(stdout);
      };
      child.stdout.on('data', look);
      void finished.then(() => reject(new Error(`ended before ${pattern}: ${stderr}`)));
      look();
    });
  return { child, finished, until };
}

interface Ready {
  readonly event: string;
  readonly url: string;
  readonly tenantId: string;
  readonly clientId: string;
}

async function serve(...args: readonly string[]): Promise<Running & { readonly ready: Ready }> {
  const running = muster('serve', '--data', data, '--port', '0', '--json', ...args);
  return { ...running, ready: JSON.parse(await running.until(/\n$/)) };
}

const token = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await muster('token', '--data', data, ...args).finished;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  return stdout.trim();
};
const claims = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
const list = async (url: string, jwt: string): Promise<{ id: string }[]> => {
  const response = await fetch(`${url}/beta/deviceManagement/hardwareConfigurations`, { headers: { authorization: `Bearer ${jwt}` } });
  expect(response.status).toBe(200);
  return ((await response.json()) as { value: { id: string }[] }).value;
};

describe('serve', () => {
  beforeEach(makeFolder);
  afterEach(endAll);

  test('prints one ready line, works, stops on SIGTERM, and finds everything when started again', async () => {
    const early = await token();
    const first = await serve();
    expect(first.ready).toEqual({
      event: 'ready',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      tenantId: expect.stringMatching(GUID),
      clientId: expect.stringMatching(GUID),
    });
    expect((await fetch(`${first.ready.url}/readyz`)).status).toBe(200);
    const sample = await list(first.ready.url, early);
    expect(sample).toHaveLength(1);
    first.child.kill('SIGTERM');
    const end = await first.finished;
    expect({ code: end.code, lines: end.stdout.split('\n').length }).toEqual({ code: 0, lines: 2 });

    const second = await serve();
    expect({ ...second.ready, url: '' }).toEqual({ ...first.ready, url: '' });
    expect(await list(second.ready.url, early)).toEqual(sample);
    const target = `${second.ready.url}/beta/deviceManagement/hardwareConfigurations/${sample[0]!.id}`;
    expect((await fetch(target, { method: 'DELETE', headers: { authorization: `Bearer ${early}` } })).status).toBe(204);
    second.child.kill('SIGINT');
    expect((await second.finished).code).toBe(0);

    // A sample that was deleted stays deleted.
    const third = await serve();
    expect(await list(third.ready.url, early)).toEqual([]);
  });

  test('answers a request that is on its way when the signal comes', async () => {
    const { child, ready, finished } = await serve();
    const socket = connect(Number(new URL(ready.url).port), '127.0.0.1');
    const received: Buffer[] = [];
    socket.on('data', (chunk) => received.push(Buffer.from(chunk)));
    const body = '{"displayName":"late"}';
    socket.write(`POST /beta/deviceManagement/hardwareConfigurations HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n{`);
    await expect.poll(async () => (await (await fetch(`${ready.url}/metrics`)).text()).includes('in_flight 2')).toBe(true);
    child.kill('SIGTERM');
    await expect(
      new Promise((resolve, reject) => {
        const again = (): void => {
          fetch(`${ready.url}/healthz`).then(() => setTimeout(again, 20), resolve);
        };
        setTimeout(() => reject(new Error('still accepts connections')), 5_000).unref();
        again();
      }),
    ).resolves.toBeDefined();
    socket.write(body.slice(1));
    await once(socket, 'close');
    expect(Buffer.concat(received).toString()).toMatch(/^HTTP\/1\.1 401 /);
    expect((await finished).code).toBe(0);
  });

  test('writes no secret to its log, at any level, and makes no sample with --sample no', async () => {
    const { child, ready, finished } = await serve('--log-level', 'trace', '--sample', 'no');
    const { url, tenantId, clientId } = ready;
    const [jwt, password, older] = [await token(), 'S3cret-now', 'S3cret-before'];
    expect(await list(url, jwt)).toEqual([]);
    const { clientSecret } = JSON.parse(readFileSync(join(data, 'instance.json'), 'utf8')) as { clientSecret: string };
    const json = { authorization: `Bearer ${jwt}`, 'content-type': 'application/json' };
    const details = '/beta/deviceManagement/hardwarePasswordDetails';
    const send = async (status: number, path: string, init: RequestInit) =>
      expect((await fetch(`${url}${path}`, { method: 'POST', ...init })).status, path).toBe(status);
    const body = { serialNumber: 'S1', currentPassword: password, previousPasswords: [older] };
    await send(201, details, { headers: json, body: JSON.stringify(body) });
    await send(400, details, { headers: json, body: JSON.stringify({ ...body, unknown: password }) });
    await send(400, `${details}?$filter=currentPassword eq '${password}'`, { method: 'GET', headers: json });
    const part = { id: '1', method: 'POST', url: details.slice('/beta'.length), headers: { 'Content-Type': 'application/json' }, body };
    await send(200, '/beta/$batch', { headers: json, body: JSON.stringify({ requests: [part] }) });
    const form = { grant_type: 'client_credentials', client_id: clientId, scope: 'https://graph.microsoft.com/.default' };
    for (const [status, secret] of [
      [200, clientSecret],
      [401, `${clientSecret}x`],
    ] as const)
      await send(status, `/${tenantId}/oauth2/v2.0/token`, { body: new URLSearchParams({ ...form, client_secret: secret }) });
    child.kill('SIGTERM');
    const { stderr } = await finished;
    expect(stderr.match(/hardwarePasswordDetails/g)!.length).toBeGreaterThan(2);
    for (const secret of [password, older, clientSecret, jwt.split('.')[2]!]) expect(stderr).not.toContain(secret);
  });

  test('a second signal ends it at once', async () => {
    const { child, ready, finished } = await serve();
    const socket = connect(Number(new URL(ready.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST /beta/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{');
    await expect.poll(async () => (await (await fetch(`${ready.url}/metrics`)).text()).includes('in_flight 2')).toBe(true);
    child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill('SIGTERM');
    expect((await finished).code).toBe(1);
  });

  test('the requests it prints for people work as printed', async () => {
    const running = muster('serve', '--data', data, '--port', '0');
    const text = await running.until(/userRunStates\/ .*\n\n?$/);
    const secret = JSON.parse(readFileSync(join(data, 'instance.json'), 'utf8')).clientSecret;
    expect(text).not.toContain(secret);
    expect(text).toMatch(/^TOKEN=\$\(.* token --data .*\)$/m);
    const lines = [...text.matchAll(/^curl -sS -X (\w+) (\S+) -H "Authorization: Bearer \$TOKEN" -H '(\S+): (\S+)' -d '(.*)'$/gm)];
    expect(lines).toHaveLength(4);
    const authorization = `Bearer ${await token()}`;
    const statuses: number[] = [];
    for (const [, method = '', url = '', name = '', value = '', body = ''] of lines) {
      const response = await fetch(url, { method, headers: { authorization, [name]: value }, body });
      expect(await response.json()).toMatchObject(JSON.parse(body));
      statuses.push(response.status);
    }
    expect(statuses).toEqual([201, 201, 200, 201]);
  });
});

describe('beside a running server', () => {
  let server: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    makeFolder();
    server = await serve();
  });
  afterAll(endAll);

  test('a second process on the same folder is refused in one line, and the first goes on', async () => {
    const second = await muster('serve', '--data', data, '--port', '0', '--json').finished;
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toMatch(/^muster: .*in use.*\n$/);
    expect((await fetch(`${server.ready.url}/healthz`)).status).toBe(200);
  });

  test('a taken port is one clear line', async () => {
    const { port } = new URL(server.ready.url);
    const second = await muster('serve', '--data', join(data, 'other'), '--port', port, '--log-level', 'silent').finished;
    expect(second).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^muster: Cannot listen on .*--port\.\n$/) });
  });

  test('a token names the server as issuer, or its public URL', async () => {
    const { url, tenantId } = server.ready;
    expect(claims(await token()).iss).toBe(`${url}/${tenantId}/v2.0`);
    expect(claims(await token('--public-url', 'https://graph.example')).iss).toMatch(/^https:\/\/graph\.example\//);
  });

  test('doctor finds its database sound', async () => {
    expect(await list(server.ready.url, await token())).toHaveLength(1);
    const { code, stdout } = await muster('doctor', '--data', data, '--json').finished;
    expect({ code, totals: JSON.parse(stdout) }).toEqual({ code: 0, totals: { tenants: 1, problems: 0 } });
  });

  test('rotate-keys waits for it to stop', async () => {
    const before = keysOf(data);
    const refused = await muster('rotate-keys', '--data', data).finished;
    expect(refused).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^muster: .*\n$/) });
    expect(keysOf(data)).toBe(before);
  });

  test('descriptions of the API are printed as the server answers them', async () => {
    const answered = async (path: string): Promise<string> => (await fetch(`${server.ready.url}${path}`)).text();
    for (const version of ['beta', 'v1.0']) {
      const metadata = await muster('metadata', '--version', version).finished;
      expect(metadata).toEqual({ code: 0, stderr: '', stdout: await answered(`/${version}/$metadata`) });
      const printed = JSON.parse((await muster('openapi', '--version', version).finished).stdout);
      const served = JSON.parse(await answered(`/${version}/openapi.json`));
      const tokens = (document: typeof served) => document.components.securitySchemes.oauth2.flows.clientCredentials;
      expect(tokens(served).tokenUrl).toBe(`/${server.ready.tenantId}/oauth2/v2.0/token`);
      tokens(printed).tokenUrl = tokens(served).tokenUrl;
      expect(printed).toEqual(served);
    }
    expect(await answered('/openapi.json')).toBe(await answered('/beta/openapi.json'));
    expect((await muster('openapi', '--version', 'v2').finished).code).toBe(2);
  });

  test('rotate-keys makes a new key when it has stopped', async () => {
    const before = keysOf(data);
    server.child.kill('SIGTERM');
    await server.finished;
    const done = await muster('rotate-keys', '--data', data).finished;
    expect(done).toEqual({ code: 0, stdout: 'Rows encrypted with the new key: 0. Old keys removed: 1.\n', stderr: '' });
    expect(keysOf(data)).not.toBe(before);
  });
});

const keysOf = (folder: string): string => readFileSync(join(folder, 'secret-keys.json'), 'utf8');

describe('without a server', () => {
  beforeEach(makeFolder);
  afterEach(endAll);

  test('a token holds what was asked for', async () => {
    const tenant = '11111111-2222-3333-4444-555555555555';
    const application = claims(await token('--tenant', tenant, '--role', 'A', '--role', 'B', '--lifetime', '60'));
    expect(application).toMatchObject({ tid: tenant, roles: ['A', 'B'], iss: `http://127.0.0.1:8080/${tenant}/v2.0` });
    expect(application.exp - application.iat).toBe(60);
    expect(claims(await token('--user', 'a@b.c', '--scope', 'X'))).toMatchObject({ upn: 'a@b.c', scp: 'X' });
  });

  test.each(['doctor', 'rotate-keys'])('%s says so when there is no database', async (command) => {
    const { code, stdout, stderr } = await muster(command, '--data', join(data, 'none')).finished;
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^muster: .*--data.*\n$/) });
    expect(existsSync(join(data, 'none'))).toBe(false);
  });

  test.each([
    [['serve', '--prot', '1'], 2, /unknown option '--prot'/],
    [['nothing'], 2, /nothing/],
    [['token', '--lifetime', '-1'], 2, /whole number of seconds/],
    [['token', '--tenant', 'x'], 2, /GUID/],
    [['serve', '--port', 'x'], 1, /^muster: --port cannot be "x"\. Allowed is .*\n$/],
    [['serve', '--issuer', 'https://a.example'], 1, /^muster: .*--audience.*\n$/],
    [['token', '--scope', 'X'], 1, /^muster: .*user.*\n$/],
  ])('%j is refused', async (args, code, message) => {
    const result = await muster(...args, '--data', data).finished;
    expect(result).toEqual({ code, stdout: '', stderr: expect.stringMatching(message) });
  });

  test('--help and --version', async () => {
    const [help, version] = await Promise.all([muster('serve', '--help').finished, muster('--version').finished]);
    expect(help).toMatchObject({ code: 0, stdout: expect.stringMatching(/--public-url.*MUSTER_PUBLIC_URL/s) });
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});
