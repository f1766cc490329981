import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { checkDatabase } from '../src/server/admin/check-database.ts';
import { type PostgresServer, startPostgres } from '../test/support/postgres-server.ts';
import { startTcpProxy, type TcpProxy } from '../test/support/tcp-proxy.ts';
import { type Client, createClient, expectStatus, newConfiguration, newScript } from './client.ts';
import { type Entry, Ledger } from './ledger.ts';
import { seededRandom } from './random.ts';
import { createRepeatingClient } from './repeating-client.ts';
import { type SpawnedServer, serveProgram, spawnServer, tokenOf } from './spawned-server.ts';
import { checkRound } from './torture-checks.ts';
import type { TortureOptions, TortureReport } from './torture-run.ts';
import { tortureWorker } from './torture-worker.ts';

/**
 * Two servers on one PostgreSQL. In each round one of them is killed in the midst of writes, and the database is killed, frozen or cut off, too, or
 * left alone. Writes are repeated, at any server, until they are answered; after each round what was acknowledged must be there, once, and
 * each counter must be what a recount says.
 */

/** What is written outlives its processes, which is all that is killed here: flushes would only make the rounds smaller. */
const SETTINGS = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=on'];
const DATABASE_TIMEOUT_S = '1';
/** How long the database is away or frozen, in milliseconds: shorter and longer than a server waits for it. */
const AWAY_MS: readonly [number, number] = [50, 600];
const FROZEN_MS: readonly [number, number] = [50, 4500];

/** How often each harm is done to the database. */
export type Harms = Record<'killed' | 'frozen' | 'cut' | 'none', number>;

/** What came of it. */
export interface PostgresTortureReport extends TortureReport {
  readonly harms: Readonly<Harms>;
  /** Answers that asked a client to come again. */
  readonly unavailable: number;
}

/** Runs the rounds in a folder that may be empty. @returns what was found; `problems` is empty when nothing was lost and nothing done twice */
export async function torturePostgres(options: TortureOptions & { readonly progress?: (report: PostgresTortureReport) => void }) {
  const { folder, kills, progress } = options;
  const random = seededRandom(options.seed);
  const between = ([least, most]: readonly [number, number]): number => least + random() * (most - least);
  const harms: Harms = { killed: 0, frozen: 0, cut: 0, none: 0 };
  const older: Entry[] = [];
  let report: PostgresTortureReport = { kills: 0, acknowledged: 0, verified: 0, problems: [], harms, unavailable: 0 };
  let unavailable = 0;
  const servers: (SpawnedServer | undefined)[] = [undefined, undefined];

  const secretKeys = join(folder, 'keys.json');
  writeFileSync(secretKeys, JSON.stringify({ keys: [Buffer.alloc(32, 5).toString('base64')] }), { mode: 0o600 });
  const postgres = await startPostgres({ settings: SETTINGS });
  const proxy = await startTcpProxy(postgres.port);
  const database = postgres.url().replace(`:${postgres.port}`, `:${proxy.port}`);
  const env = { MUSTER_DATABASE: database, MUSTER_SECRET_KEYS: secretKeys, MUSTER_DATABASE_TIMEOUT: DATABASE_TIMEOUT_S };
  const start = async (i: number): Promise<void> => {
    const data = join(folder, `server-${i}`);
    servers[i] = await spawnServer({ program: [...serveProgram(data), '--sample', 'no'], log: join(folder, 'torture.log'), env });
  };
  try {
    await start(0);
    await start(1);
    const token = await tokenOf(join(folder, 'server-0'), env);
    for (let round = 1; round <= kills; round++) {
      const victim = Math.floor(random() * 2);
      const { ledger, deviceStates } = await writeThrough(token, { name: `round ${round}`, victim });
      await settled(postgres);
      const client = createClient(servers[1 - victim]!.url, token);
      const [checked] = await Promise.all([checkRound({ client, ledger, deviceStates, older, random }), start(victim)]);
      const problems = [...checked.problems, ...(await recount({ data: folder, database, secretKeys }))];
      older.push(...ledger.entries);
      const acknowledged = report.acknowledged + ledger.acknowledgements;
      report = { kills: round, acknowledged, verified: report.verified + checked.verified, problems, harms, unavailable };
      progress?.(report);
      if (problems.length > 0) break;
    }
    return report;
  } finally {
    for (const server of servers) await server?.kill();
    await proxy.close();
    await postgres.stop();
  }

  /** Writes to two new policies over several connections, kills a server in the midst of it, and harms the database. */
  async function writeThrough(token: string, { name, victim }: { readonly name: string; readonly victim: number }) {
    const ledger = new Ledger();
    let over = false;
    const urls = (): readonly string[] => servers.flatMap((server) => server?.url ?? []);
    const client: Client = createRepeatingClient({ urls, token, isOver: () => over, unavailable: () => unavailable++ });
    const configuration = await expectStatus(201, client('POST', 'hardwareConfigurations', newConfiguration(name)));
    const script = await expectStatus(201, client('POST', 'deviceManagementScripts', newScript(name)));
    const deviceStates = `hardwareConfigurations/${String(configuration.id)}/deviceRunStates`;
    const field = {
      client,
      ledger,
      deviceStates,
      hardwareUserStates: `hardwareConfigurations/${String(configuration.id)}/userRunStates`,
      scriptUserStates: `deviceManagementScripts/${String(script.id)}/userRunStates`,
      random,
      isKilled: () => over,
    };
    const workers = Array.from({ length: options.connections }, () => tortureWorker(field));
    const harming = harm(between(options.writeMs));
    await sleep(between(options.writeMs));
    const killed = servers[victim]!;
    servers[victim] = undefined;
    await killed.kill();
    await harming;
    await sleep(between(options.writeMs));
    over = true;
    await Promise.all(workers);
    return { ledger, deviceStates };
  }

  async function harm(wait: number): Promise<void> {
    const kind = (['killed', 'frozen', 'cut', 'none'] as const)[Math.floor(random() * 4)]!;
    harms[kind]++;
    await sleep(wait);
    await HARM[kind]({ postgres, proxy, away: between(AWAY_MS), frozen: between(FROZEN_MS) });
  }
}

interface Harmed {
  readonly postgres: PostgresServer;
  readonly proxy: TcpProxy;
  readonly away: number;
  readonly frozen: number;
}

const HARM: Readonly<Record<keyof Harms, (harmed: Harmed) => Promise<void>>> = {
  async killed({ postgres, away }) {
    await postgres.kill();
    await sleep(away);
    await postgres.start();
  },
  async frozen({ postgres, frozen }) {
    postgres.freeze();
    await sleep(frozen);
    postgres.thaw();
  },
  async cut({ proxy }) {
    proxy.cut();
  },
  async none() {},
};

/** Waits until nothing is under way that was begun before: a commit may outlive the server that asked for it. */
async function settled(postgres: PostgresServer): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url() });
  await client.connect();
  try {
    const { rows } = await client.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
    const underWay = 'SELECT FROM pg_stat_activity WHERE xact_start < $1::timestamptz AND pid <> pg_backend_pid()';
    while ((await client.query(`${underWay} AND application_name = 'muster'`, [rows[0]!.now])).rowCount !== 0) await sleep(20);
  } finally {
    await client.end();
  }
}

/** Every counter is what a full recount says. */
async function recount(config: Parameters<typeof checkDatabase>[0]): Promise<readonly string[]> {
  const problems: string[] = [];
  await checkDatabase(config, (problem) => problems.push(`doctor: ${JSON.stringify(problem)}`));
  return problems;
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
