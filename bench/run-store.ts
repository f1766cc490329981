import { AppError } from '../src/lib/app-error.ts';
import { checkAgreement } from './agreement.ts';
import type { Backend, Prepared, StoreName } from './backend.ts';
import { createClient, expectStatus } from './client.ts';
import { type Comparison, compare, SERVER_CORE, type Subject } from './measure.ts';
import type { Options } from './options.ts';
import { startCap } from './run-cap.ts';
import type { SeedOptions } from './seeds.ts';
import { type SpawnedServer, spawnServer, tokenOf } from './spawned-server.ts';
import { measureStartUp, type StartUp } from './start-up.ts';
import { LARGE_POLICY, type WorkName, works } from './works.ts';

/** Muster, always the subject, against something else, by work. */
export type Comparisons = Partial<Record<WorkName, Comparison>>;

/** What was measured on one store with one size of table. */
export interface Results {
  readonly store: StoreName;
  readonly rows: number;
  readonly startUp: StartUp;
  /** Against the yardstick. */
  readonly works: Comparisons;
  /** Against the yardstick that does nothing but insert and read, in the works that it can do. */
  readonly plain: Comparisons;
  /** Against SAP CAP. */
  readonly cap: Comparisons;
  /** Its summary of the large policy against that of the small one. */
  readonly summaryGrowth?: Comparison;
}

const STARTS = 5;

/** What `yardstick-plain.ts` can do. */
const PLAIN_WORKS: readonly WorkName[] = ['R1', 'W1'];

/** Measures Muster on a store against its yardstick. @throws internal when an answer or, afterwards, a counter is wrong */
export async function runStore(backend: Backend, options: Options, seeding: SeedOptions): Promise<Results> {
  const { say, rows } = seeding;
  await using prepared = await backend.prepare(seeding);
  say('starting …');
  const startUp = await measureStartUp(prepared.muster, STARTS);
  const measured = await measureWorks(prepared, options, seeding);
  say('recounting …');
  const against = { yardstick: addedBy([measured.works], 1), muster: addedBy([measured.works, measured.plain, measured.cap], 0) };
  await prepared.check(against);
  return { store: backend.store, rows, startUp, ...measured };
}

/** Starts the servers and compares them in every work. */
async function measureWorks(
  prepared: Prepared,
  options: Options,
  seeding: SeedOptions,
): Promise<Omit<Results, 'store' | 'rows' | 'startUp'>> {
  const { say, rows } = seeding;
  await using plain =
    options.plain && prepared.plain !== undefined ? await spawnServer({ ...prepared.plain(), core: SERVER_CORE }) : undefined;
  await using muster = await spawnServer({ ...prepared.muster, core: SERVER_CORE });
  await using yardstick = await spawnServer({ ...prepared.yardstick, core: SERVER_CORE });
  await using cap = options.cap ? await startCap(seeding) : undefined;
  const token = await tokenOf(prepared.folder);
  const asked = (server: SpawnedServer, work: WorkName): Subject => ({
    url: server.url,
    pids: [server.pid, ...prepared.databasePids()],
    order: { ...options, rows, token, work },
  });
  const measured = { works: {} as Comparisons, plain: {} as Comparisons, cap: {} as Comparisons };
  let summaryGrowth: Comparison | undefined;
  for (const work of options.works) {
    say(`${work}: ${works[work].title} …`);
    const [subject, reference] = [asked(muster, work), asked(yardstick, work)];
    await checkAgreement(work, rows, [
      { url: subject.url, token },
      { url: reference.url, token },
    ]);
    measured.works[work] = await compare(options, { subject, reference });
    if (plain !== undefined && PLAIN_WORKS.includes(work)) {
      measured.plain[work] = await compare(options, { subject, reference: asked(plain, work) });
    }
    const withCap = await cap?.compare(subject, options);
    if (withCap !== undefined) measured.cap[work] = withCap;
    if (work === 'R4') summaryGrowth = await compare(options, { subject, reference: asked(muster, 'R4-small') });
  }
  await checkCount(asked(muster, 'R1'), rows + addedBy([measured.works, measured.plain, measured.cap], 0));
  await cap?.checkCount(addedBy([measured.cap], 1));
  await muster.stop();
  await yardstick.stop();
  await plain?.stop();
  return { ...measured, ...(summaryGrowth === undefined ? {} : { summaryGrowth }) };
}

/** Rows that the writing works were told are stored. @param who 0: Muster, 1: what it was compared with */
function addedBy(measured: readonly Comparisons[], who: 0 | 1): number {
  let sum = 0;
  for (const [work, { rounds }] of measured.flatMap((comparisons) => Object.entries(comparisons))) {
    for (const round of rounds) sum += round[who].answers * works[work as WorkName].adds;
  }
  return sum;
}

/** @throws internal when Muster does not have as many device states as it was sent */
async function checkCount({ url, order }: Subject, expected: number): Promise<void> {
  const path = `hardwareConfigurations/${LARGE_POLICY}/deviceRunStates?$count=true&$top=1`;
  const { '@odata.count': found } = await expectStatus(200, createClient(url, order.token)('GET', path));
  if (found !== expected) throw new AppError('internal', `${expected} states were answered with 201, but ${found} are there.`);
}
