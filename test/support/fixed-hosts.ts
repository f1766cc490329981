import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { documentBlock } from './document-block.ts';

/**
 * A server, and a proxy that leads Microsoft's names to it, started with the lines of docs/clients.md; ports and the data folder alone
 * are others. What runs in it is the tool as it was published, in a process of its own.
 */
export interface FixedHosts {
  readonly url: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where the lines are run: certificate, key, programs. It is the home of the tools, too. */
  readonly folder: string;
  /** What the tools find in their environment. */
  readonly environment: NodeJS.ProcessEnv;
  /** The names that were asked for and are not led to the server. */
  readonly refused: string[];
  /** Runs a block of the document, or `program` in its place, to its end. @returns what it printed; it throws where the exit code is not 0 */
  run(name: string, options?: RunOptions): Promise<string>;
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly program?: string;
  readonly language?: 'sh' | 'mjs' | 'py';
  /** What else the environment holds. */
  readonly environment?: NodeJS.ProcessEnv;
  /** For `py`. */
  readonly python?: string;
  /** Hears each line that is printed. */
  readonly onLine?: (line: string) => void;
}

const ROOT = join(import.meta.dirname, '../..');

/** What is needed besides npm's packages; its absence is printed. */
export const hasShell = ['bash', 'openssl', 'curl'].every((command) => {
  try {
    execFileSync(command, [command === 'openssl' ? 'version' : '--version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stdout.write(`The lines of docs/clients.md are not run: there is no ${command} here.\n`);
    return false;
  }
});

/** Starts both. @param flags of the server, besides those in the document */
export async function startFixedHosts(flags: readonly string[] = []): Promise<FixedHosts> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-fixed-hosts-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  symlinkSync(join(ROOT, 'scripts'), join(folder, 'scripts'));
  execFileSync('bash', ['-e', '-c', documentBlock('certificate')], { cwd: folder, stdio: 'pipe' });
  const [, inDocument] = /^npm start -- (.*)$/m.exec(documentBlock('server'))!;
  const own = ['--port', '0', '--data', 'data', '--json', '--log-level', 'silent', ...flags];
  const server = spawn(process.execPath, [join(ROOT, 'src/main.ts'), 'serve', ...inDocument!.split(' '), ...own], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { url, tenantId, clientId } = JSON.parse(await firstLine(server)) as Record<'url' | 'tenantId' | 'clientId', string>;
  const { clientSecret } = JSON.parse(readFileSync(join(folder, 'data', 'instance.json'), 'utf8')) as { clientSecret: string };
  const [, script] = /^node (\S+) 8443 8888/m.exec(documentBlock('proxy'))!;
  const proxy = spawn(process.execPath, [script!, new URL(url).port], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const refused: string[] = [];
  createInterface(proxy.stderr!).on('line', (line) => refused.push(line.replace('refused ', '')));
  const proxyUrl = await firstLine(proxy);
  const asExported = `${documentBlock('environment').replaceAll('http://127.0.0.1:8888', proxyUrl)}\n"$0" -p 'JSON.stringify(process.env)'`;
  const node = dirname(process.execPath);
  const exported = execFileSync('bash', ['-e', '-c', asExported, process.execPath], {
    cwd: folder,
    env: { PATH: `${node}:${process.env.PATH}` },
    encoding: 'utf8',
  });
  const environment: NodeJS.ProcessEnv = {
    ...(JSON.parse(exported) as NodeJS.ProcessEnv),
    PATH: `${join(ROOT, 'node_modules', '.bin')}:${node}:${process.env.PATH}`,
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, '.config'),
    NODE_COMPILE_CACHE: join(folder, '.compiled'), // half the time of a tool that starts a process for each command
    NO_UPDATE_NOTIFIER: '1',
  };
  return {
    ...{ url, tenantId, clientId, clientSecret, folder, environment, refused },
    run: (name, options = {}) => run(name, { ...options, environment: { ...environment, ...options.environment } }, folder),
    async stop() {
      await Promise.all([server, proxy].map(ended));
      rmSync(folder, { recursive: true, maxRetries: 3 });
    },
  };
}

/** Writes a program into the folder and runs it to its end. */
async function run(name: string, options: RunOptions, folder: string): Promise<string> {
  const { program = documentBlock(name), language = 'mjs', onLine } = options;
  const file = join(folder, `${name.replaceAll(/[^\w-]+/g, '-')}.${language}`);
  writeFileSync(file, program);
  const [command, ...args] = { sh: ['bash', '-e', '-o', 'pipefail'], mjs: [process.execPath], py: [options.python ?? 'python3'] }[language];
  const child = spawn(command!, [...args, file], { cwd: folder, env: options.environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    onLine?.(line);
  });
  const [[code], stderr] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  if (code !== 0) throw new Error(`${name} ended with ${code}\n${lines.join('\n')}\n${stderr}`);
  return lines.join('\n');
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  return line;
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
