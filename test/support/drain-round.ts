import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** A real server in a process of its own. */
export interface SpawnedServer {
  readonly url: string;
  readonly child: ChildProcess;
  /** Resolves with the exit code, or the signal, and how long the exit took behind a signal to stop. */
  stop(signal?: NodeJS.Signals): Promise<{ readonly code: number | NodeJS.Signals; readonly milliseconds: number }>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts one, with a data folder that goes with it. @param args further arguments of `muster serve` */
export async function spawnServer(...args: readonly string[]): Promise<SpawnedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-drain-'));
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MUSTER_')));
  const all = [MAIN, 'serve', '--json', '--port', '0', '--sample', 'no', '--log-level', 'error', '--data', join(folder, 'data'), ...args];
  const child = spawn(process.execPath, all, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const [ready] = await once(child.stdout, 'data');
  return {
    url: JSON.parse(String(ready)).url,
    child,
    async stop(signal = 'SIGTERM') {
      const startedAt = performance.now();
      child.kill(signal);
      const code = await exited;
      return { code, milliseconds: performance.now() - startedAt };
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

/** What became of the requests of one round. */
export interface Round {
  readonly answered: number;
  /** Requests for which no connection could be opened any more. */
  readonly refused: number;
  /** Requests that were sent and got no answer. */
  readonly reset: readonly string[];
  readonly code: number | NodeJS.Signals;
  readonly milliseconds: number;
}

/** One server, stopped while clients send one request after the other over connections that they keep. */
export async function drainRound(clients = 64, ...args: readonly string[]): Promise<Round> {
  await using server = await spawnServer(...args);
  const round = { answered: 0, refused: 0, reset: [] as string[] };
  const client = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (true) {
      const outcome = await requestOnce(`${server.url}/healthz`, agent);
      if (outcome === 'answered') round.answered += 1;
      else if (outcome === 'ECONNREFUSED') round.refused += 1;
      else round.reset.push(outcome);
      if (outcome === 'ECONNREFUSED') break;
    }
    agent.destroy();
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  await sleep(300);
  const stopped = await server.stop();
  await running;
  return { ...round, ...stopped };
}

const requestOnce = (url: string, agent: Agent): Promise<string> =>
  new Promise((resolve) => {
    const request = get(url, { agent }, (response) => {
      response.on('end', () => resolve('answered'));
      response.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      response.resume();
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const where = request.reusedSocket ? 'on a connection that was used before' : 'on a new connection';
      resolve(error.code === 'ECONNREFUSED' ? error.code : `${error.code ?? error.message} ${where}`);
    });
  });
