import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Client, createClient, expectStatus, newConfiguration, newScript } from './client.ts';
import { type Entry, Ledger } from './ledger.ts';
import { seededRandom } from './random.ts';
import { outcomeOf, serveProgram, spawnProgram, spawnServer, tokenOf } from './spawned-server.ts';
import { checkRound } from './torture-checks.ts';
import { tortureWorker } from './torture-worker.ts';

/**
 * Kills a real server with SIGKILL in the middle of writes, again and again on one data folder, and checks after every restart
 * that what it had acknowledged is there and nothing else. `torture.ts` is the long run, `test/process/durability.test.ts` a short one.
 * From here: `torture-worker.ts` (what is written), `ledger.ts` (what was acknowledged).
 */
export interface TortureOptions {
  /** Folder of the database, which may be empty. */
  readonly folder: string;
  readonly kills: number;
  readonly connections: number;
  /** How long a round writes before the kill, in milliseconds; between the two. */
  readonly writeMs: readonly [number, number];
  readonly seed: number;
  /** Called after every round. */
  readonly progress?: (report: TortureReport) => void;
}

/** What came of it. */
export interface TortureReport {
  readonly kills: number;
  /** Writes that were answered with success. */
  readonly acknowledged: number;
  /** Entities compared after a restart. */
  readonly verified: number;
  /** What is wrong; the run ends with the first round that has any. */
  readonly problems: readonly string[];
}

/** One start in this many is itself killed on the way. */
const KILLED_STARTS = 8;
const START_MS = 600;

/** Runs the rounds. @returns what was found; `problems` is empty when nothing was lost */
export async function torture(options: TortureOptions): Promise<TortureReport> {
  const { folder, kills, progress } = options;
  const random = seededRandom(options.seed);
  const start = { program: serveProgram(folder), log: join(folder, '..', 'torture.log') };
  const older: Entry[] = [];
  let [acknowledged, verified] = [0, 0];
  let report: TortureReport = { kills: 0, acknowledged, verified, problems: [] };
  let server = await spawnServer(start);
  try {
    const token = await tokenOf(folder);
    for (let round = 1; round <= kills; round++) {
      const { ledger, deviceStates } = await writeUntilKilled(createClient(server.url, token), `round ${round}`);
      if (random() * KILLED_STARTS < 1) await killDuringStart();
      server = await spawnServer(start);
      const checked = await checkRound({ client: createClient(server.url, token), ledger, deviceStates, older, random });
      const problems = [...checked.problems, ...(await checkFile(folder))];
      acknowledged += ledger.acknowledgements;
      verified += checked.verified;
      older.push(...ledger.entries);
      report = { kills: round, acknowledged, verified, problems };
      progress?.(report);
      if (problems.length > 0) break;
    }
    await server.stop();
    return report;
  } finally {
    await server.kill();
  }

  /** Writes to two new policies over several connections, and ends the server in the midst of it. */
  async function writeUntilKilled(client: Client, name: string): Promise<{ readonly ledger: Ledger; readonly deviceStates: string }> {
    const [shortest, longest] = options.writeMs;
    const ledger = new Ledger();
    const configuration = await expectStatus(201, client('POST', 'hardwareConfigurations', newConfiguration(name)));
    const script = await expectStatus(201, client('POST', 'deviceManagementScripts', newScript(name)));
    const deviceStates = `hardwareConfigurations/${String(configuration.id)}/deviceRunStates`;
    let killed = false;
    const field = {
      client,
      ledger,
      deviceStates,
      hardwareUserStates: `hardwareConfigurations/${String(configuration.id)}/userRunStates`,
      scriptUserStates: `deviceManagementScripts/${String(script.id)}/userRunStates`,
      random,
      isKilled: () => killed,
    };
    const workers = Array.from({ length: options.connections }, () => tortureWorker(field));
    await sleep(shortest + random() * (longest - shortest));
    killed = true;
    await Promise.all([server.kill(), ...workers]);
    return { ledger, deviceStates };
  }

  /** Recovery must survive being cut short, too. */
  async function killDuringStart(): Promise<void> {
    const child = spawnProgram(start);
    await sleep(random() * START_MS);
    child.kill('SIGKILL');
    await new Promise((resolve) =>
      child.exitCode !== null || child.signalCode !== null ? resolve(undefined) : child.once('exit', resolve),
    );
  }
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The file is whole, and every counter is what a full recount says. */
async function checkFile(folder: string): Promise<readonly string[]> {
  const problems: string[] = [];
  const { printed, code } = await outcomeOf({ program: ['src/main.ts', 'doctor', '--data', folder] });
  if (code !== 0) problems.push(`doctor: ${printed}`);
  const database = new DatabaseSync(join(folder, 'muster.sqlite'), { readOnly: true });
  try {
    const [first] = database.prepare('PRAGMA integrity_check').all();
    if (first?.integrity_check !== 'ok') problems.push(`integrity_check: ${String(first?.integrity_check)}`);
  } finally {
    database.close();
  }
  return problems;
}
