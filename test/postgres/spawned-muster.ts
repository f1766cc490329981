import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Muster in processes of its own on one database, each with a data folder of its own, as on several machines. */

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** An answer of a server. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts the shape of what it reads
  readonly body: any;
}

export interface Spawned {
  readonly url: string;
  readonly tenantId: string;
  readonly folder: string;
  request(
    method: string,
    path: string,
    sent?: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Answer>;
  /** What it has logged, as lines. */
  log(): readonly string[];
  stop(): Promise<void>;
}

/** What servers of one test share. */
export interface Fleet {
  readonly keys: string;
  start(flags?: readonly string[]): Promise<Spawned>;
  run(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }>;
  stop(): Promise<void>;
}

/** @param url of the database, given in the environment so that the password is not in the list of processes */
export function createFleet(url: string): Fleet {
  const home = mkdtempSync(join(tmpdir(), 'muster-fleet-'));
  const keys = join(home, 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: [Buffer.alloc(32, 5).toString('base64')] }), { mode: 0o600 });
  const others = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MUSTER_')));
  const env = { ...others, MUSTER_DATABASE: url, MUSTER_SECRET_KEYS: keys, MUSTER_LOG_LEVEL: 'error' };
  const children: ChildProcess[] = [];
  let token: string | undefined;
  let count = 0;

  function launch(args: readonly string[]) {
    const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    let [output, errors] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    return { child, output: () => output, errors: () => errors };
  }

  const run: Fleet['run'] = async (...args) => {
    const { child, output, errors } = launch(args);
    const [code] = await once(child, 'close');
    return { code, output: `${output()}${errors()}` };
  };

  return {
    keys,
    run,
    async start(flags = []) {
      const folder = join(home, `server-${++count}`);
      const { child, output, errors } = launch(['serve', '--json', '--port', '0', '--data', folder, '--sample', 'no', ...flags]);
      while (!output().includes('\n')) {
        if (child.exitCode !== null) throw new Error(`the server ended: ${errors()}`);
        await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
      }
      const ready = JSON.parse(output()) as { url: string; tenantId: string };
      token ??= (await run('token', '--data', folder, '--public-url', ready.url)).output.trim();
      return {
        ...ready,
        folder,
        async request(method, path, { body, headers = {} } = {}) {
          const target = path.startsWith('http') ? path : `${ready.url}/beta/${path}`;
          const response = await fetch(target, {
            method,
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          });
          const text = await response.text();
          return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
        },
        log: () =>
          errors()
            .split('\n')
            .filter((line) => line !== ''),
        async stop() {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const exit = once(child, 'exit');
          child.kill('SIGTERM');
          await exit;
        },
      };
    },
    async stop() {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      }
      rmSync(home, { recursive: true, force: true });
    },
  };
}
