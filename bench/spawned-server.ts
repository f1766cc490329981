import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { AppError } from '../src/lib/app-error.ts';

/** Servers in processes of their own, as users run them; `bench/main.ts` measures them and `bench/torture.ts` kills them. */

const START_LIMIT_MS = 60_000;

/** A server that has printed its ready line. */
export interface SpawnedServer {
  readonly url: string;
  readonly pid: number;
  /** Sends SIGTERM and waits. @throws internal when it does not end with exit code 0 */
  stop(): Promise<void>;
  /** Sends SIGKILL and waits; harmless when the server has ended. */
  kill(): Promise<void>;
  /** {@link kill}, so that no way out of a block leaves a server behind. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How a program is started. */
export interface SpawnOptions {
  /** A file of this repository, relative to its root, and its arguments. */
  readonly program: readonly string[];
  /** File that takes stderr. */
  readonly log?: string;
  /** Variables of its environment besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** The processor to stay on, where `taskset` can see to that. */
  readonly core?: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));

const canPin = ((): boolean => {
  try {
    execFileSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' });
    return availableParallelism() > 1;
  } catch {
    return false;
  }
})();

/** Whether programs can be kept to one processor here. */
export const pinning: boolean = canPin;

/** Starts a program of this repository with the Node that runs this one. stdin and stdout are pipes. */
export function spawnProgram({ program, log, core, env }: SpawnOptions): ChildProcess {
  const command = [process.execPath, ...program];
  const [file, ...args] = core !== undefined && canPin ? ['taskset', '-c', String(core), ...command] : command;
  const errors = log === undefined ? 'inherit' : openSync(log, 'a');
  try {
    return spawn(file!, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', errors] });
  } finally {
    if (typeof errors === 'number') closeSync(errors);
  }
}

/** Runs a program of this repository to its end. @returns what it printed. @throws internal when its exit code is not 0 */
export async function runProgram(options: SpawnOptions, input = ''): Promise<string> {
  const { printed, code } = await outcomeOf(options, input);
  if (code === 0) return printed;
  throw new AppError('internal', `node ${options.program.join(' ')} ended with ${code}: ${printed}`);
}

/** Runs a program of this repository to its end, however that is. */
export async function outcomeOf(options: SpawnOptions, input = ''): Promise<{ readonly printed: string; readonly code: number | null }> {
  const child = spawnProgram(options);
  child.stdin!.end(input);
  const [printed, [code]] = await Promise.all([text(child.stdout!), once(child, 'exit')]);
  return { printed, code };
}

/** Asks Muster for a token with every permission. */
export const tokenOf = async (folder: string, env: Readonly<Record<string, string>> = {}): Promise<string> =>
  (await runProgram({ program: ['src/main.ts', 'token', '--data', folder, '--lifetime', '86400'], env })).trim();

/** The command line of Muster on a data folder, on any free port. */
export const serveProgram = (folder: string): readonly string[] => ['src/main.ts', 'serve', '--data', folder, '--port', '0', '--json'];

/** Starts a server and waits for its ready line. @throws internal when it ends before, or takes longer than a minute */
export async function spawnServer(options: SpawnOptions): Promise<SpawnedServer> {
  const child = spawnProgram(options);
  const exited = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
  const { url } = JSON.parse(await readyLine(child, exited)) as { readonly url: string };
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    url,
    pid: child.pid!,
    async stop() {
      child.kill('SIGTERM');
      const [code, signal] = await exited;
      if (code !== 0)
        throw new AppError('internal', `The server ended with ${code ?? signal} instead of 0; see ${options.log ?? 'stderr'}.`);
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

function readyLine(child: ChildProcess, exited: Promise<[number | null, string | null]>): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const fail = (what: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new AppError('internal', `The server ${what} before it was ready. It printed: ${printed || 'nothing'}`));
    };
    const timer = setTimeout(() => fail('took a minute'), START_LIMIT_MS);
    void exited.then(([code, signal]) => fail(`ended with ${code ?? signal}`), reject);
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
      if (!printed.includes('\n')) return;
      clearTimeout(timer);
      resolve(printed.split('\n')[0]!);
    });
  });
}
