import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

const environment = (more: Readonly<Record<string, string>> = {}): Record<string, string | undefined> => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MUSTER_'))),
  ...more,
});

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs `muster` to its end. */
export async function runMuster(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended> {
  const { ended } = launch(args, env);
  return await ended;
}

function launch(args: readonly string[], env: Readonly<Record<string, string>> | undefined) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const ended = once(child, 'close').then(([code]): Ended => ({ code, output, errors }));
  return { child, ended, output: () => output, errors: () => errors };
}

/** An answer of a server. */
export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts the shape of what it reads
  readonly body: any;
}

/** Muster in a process of its own, on a data folder. */
export interface SpawnedServer {
  readonly url: string;
  /** Below `/beta/deviceManagement`, unless the path begins with a slash. */
  request(method: string, path: string, body?: unknown): Promise<Answer>;
  /** The status and the reason of `/readyz` or `/healthz`. */
  state(page: 'readyz' | 'healthz'): Promise<readonly [status: number, reason: string | undefined]>;
  /** What it has logged, line by line. */
  log(): readonly string[];
  readonly isAlive: boolean;
  /** Stops it, as if its machine stood still. */
  pause(): void;
  resume(): void;
  /** @returns when it has ended */
  signal(name: NodeJS.Signals): Promise<Ended>;
}

/** @throws when it ends instead of accepting requests, with what it said */
export async function spawnServer(
  folder: string,
  { env, flags = [] }: { readonly env?: Readonly<Record<string, string>>; readonly flags?: readonly string[] } = {},
): Promise<SpawnedServer> {
  const { child, ended, output, errors } = launch(['serve', '--json', '--port', '0', '--data', folder, '--sample', 'no', ...flags], env);
  while (!output().includes('\n')) {
    if (child.exitCode !== null) throw new Error((await ended).errors);
    await Promise.race([once(child.stdout, 'data'), ended]);
  }
  const { url, tenantId, clientId } = JSON.parse(output()) as {
    readonly url: string;
    readonly tenantId: string;
    readonly clientId: string;
  };
  const { clientSecret } = JSON.parse(readFileSync(join(folder, 'instance.json'), 'utf8')) as { readonly clientSecret: string };
  const grant = { grant_type: 'client_credentials', scope: 'https://graph.microsoft.com/.default' };
  const form = new URLSearchParams({ ...grant, client_id: clientId, client_secret: clientSecret });
  const granted = await fetch(`${url}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body: form });
  const { access_token: token } = (await granted.json()) as { readonly access_token: string };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const request: SpawnedServer['request'] = async (method, path, body) => {
    const target = `${url}${path.startsWith('/') ? path : `/beta/deviceManagement/${path}`}`;
    const response = await fetch(target, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    url,
    request,
    async state(page) {
      const { status, body } = await request('GET', `/${page}`);
      return [status, body.reason];
    },
    log: () =>
      errors()
        .split('\n')
        .filter((line) => line !== ''),
    get isAlive() {
      return child.exitCode === null && child.signalCode === null;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async signal(name) {
      if (child.exitCode === null && child.signalCode === null) child.kill(name);
      return await ended;
    },
  };
}
