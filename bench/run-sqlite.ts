import { join } from 'node:path';
import { AppError } from '../src/lib/app-error.ts';
import { type Answering, checkAgreement } from './agreement.ts';
import { createClient, expectStatus } from './client.ts';
import { type Comparison, compare, SERVER_CORE, type Subject } from './measure.ts';
import type { Options } from './options.ts';
import { checkYardstick } from './seed-sqlite.ts';
import { type SeedOptions, seededFolders } from './seeds.ts';
import { runProgram, type SpawnedServer, serveProgram, spawnServer, tokenOf } from './spawned-server.ts';
import { measureStartUp, type StartUp } from './start-up.ts';
import { LARGE_POLICY, SMALL_ROWS, type WorkName, works } from './works.ts';

/** What was measured on one store with one size of table. */
export interface Results {
  readonly store: string;
  readonly rows: number;
  readonly startUp: StartUp;
  /** Muster against the yardstick. */
  readonly works: Partial<Record<WorkName, Comparison>>;
  /** Muster's summary of the large policy against that of the small one. */
  readonly summaryGrowth?: Comparison;
}

const STARTS = 5;

/** Measures Muster on SQLite against its yardstick. @throws internal when an answer or, afterwards, a counter is wrong */
export async function runSqlite(options: Options, seeding: Omit<SeedOptions, 'rows'>): Promise<Results> {
  const { rows } = options;
  const { say } = seeding;
  const folders = await seededFolders({ ...seeding, rows });
  const muster = { program: serveProgram(folders.muster), log: join(folders.muster, 'stderr.log') };
  say('starting …');
  const startUp = await measureStartUp(muster, STARTS);
  const token = await tokenOf(folders.muster);
  let added: number;
  const measured: Partial<Record<WorkName, Comparison>> = {};
  let summaryGrowth: Comparison | undefined;
  {
    await using subject = await spawnServer({ ...muster, core: SERVER_CORE });
    await using reference = await spawnServer({ program: ['bench/yardstick-sqlite.ts', folders.yardstick], core: SERVER_CORE });
    const ordered = (server: SpawnedServer, work: WorkName): Subject => ({
      url: server.url,
      pids: [server.pid],
      order: { ...options, token, work },
    });
    for (const work of options.works) {
      say(`${work}: ${works[work].title} …`);
      await checkAgreement(work, rows, [subject, reference].map(({ url }): Answering => ({ url, token })) as [Answering, Answering]);
      measured[work] = await compare(options.rounds, { subject: ordered(subject, work), reference: ordered(reference, work) });
      if (work !== 'R4') continue;
      say(`R4: against a policy of ${SMALL_ROWS} states …`);
      summaryGrowth = await compare(options.rounds, { subject: ordered(subject, 'R4'), reference: ordered(subject, 'R4-small') });
    }
    added = addedBy(measured, 0);
    await checkCount({ url: subject.url, token }, rows + added);
    await subject.stop();
    await reference.stop();
  }
  say('recounting …');
  checkYardstick(folders.yardstick, rows + SMALL_ROWS + addedBy(measured, 1));
  if (added > 0) await runProgram({ program: ['src/main.ts', 'doctor', '--data', folders.muster] });
  return { store: 'sqlite', rows, startUp, works: measured, ...(summaryGrowth === undefined ? {} : { summaryGrowth }) };
}

/** Rows that the writing works were told are stored. @param who 0: Muster, 1: the yardstick */
function addedBy(measured: Results['works'], who: 0 | 1): number {
  let sum = 0;
  for (const [work, { rounds }] of Object.entries(measured)) {
    for (const round of rounds) sum += round[who].answers * works[work as WorkName].adds;
  }
  return sum;
}

/** @throws internal when Muster does not have as many device states as it was sent */
async function checkCount({ url, token }: Answering, expected: number): Promise<void> {
  const path = `hardwareConfigurations/${LARGE_POLICY}/deviceRunStates?$count=true&$top=1`;
  const { '@odata.count': found } = await expectStatus(200, createClient(url, token)('GET', path));
  if (found !== expected) throw new AppError('internal', `${expected} states were answered with 201, but ${found} are there.`);
}
