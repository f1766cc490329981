import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadOrCreateCredentials } from '../src/auth/issuer/credentials.ts';
import { AppError } from '../src/lib/app-error.ts';
import { systemClock } from '../src/lib/clock.ts';
import { model } from '../src/model/index.ts';
import { openSqliteStore } from '../src/store/sqlite/open-sqlite-store.ts';
import { createClient, expectStatus, newConfiguration } from './client.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { type Comparison, compare, SERVER_CORE, type Subject } from './measure.ts';
import { costVerdict, rateVerdict, startUpVerdicts, table, type Verdict } from './report.ts';
import { seedPolicy } from './seed-policy.ts';
import { pinning, type SpawnedServer, serveProgram, spawnServer, tokenOf } from './spawned-server.ts';
import { measureStartUp, type StartUp } from './start-up.ts';

/**
 * `npm run bench`: Muster against its yardstick, in turn and in one run. `docs/performance.md` says what is measured and why.
 * From here: `measure.ts` (rounds), `load.ts` (the load process), `yardstick.ts`, `seed-policy.ts`, `report.ts`.
 */

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    'warm-up': { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '64' },
    rows: { type: 'string', default: '1000000' },
    strict: { type: 'boolean', default: false },
  },
});

const TARGETS = { ingest: 0.5, read: 0.5, summary: 1.2, start: { ms: 1000, mib: 120 } };
const STARTS = 5;
const SMALL_POLICY = 10;
/** Share of a processor above which the load, not the server, may be what is measured. */
const BUSY = 0.9;

const seconds = Number(flags.seconds);
const rounds = Number(flags.rounds);
const rows = Number(flags.rows);
const here = import.meta.dirname;

const say = (text: string): boolean => process.stderr.write(`${text}\n`);

const orderOf = (rest: Pick<LoadOrder, 'token' | 'method' | 'targets'>): Subject['order'] => ({
  ...rest,
  status: rest.method === 'post' ? 201 : 200,
  connections: Number(flags.connections),
  warmUpSeconds: Number(flags['warm-up']),
  seconds,
});

const statesOf = (policyId: string): string => `/beta/deviceManagement/hardwareConfigurations/${policyId}/deviceRunStates`;

/** Ingest and reads by id, each against the yardstick with the same requests, byte for byte. */
async function againstYardstick(folder: string): Promise<{ readonly ingest: Comparison; readonly read: Comparison }> {
  await using muster = await spawnServer({ program: serveProgram(folder), core: SERVER_CORE, log: join(folder, 'stderr.log') });
  await using yardstick = await spawnServer({ program: ['bench/yardstick.ts', folder], core: SERVER_CORE });
  const token = await tokenOf(folder);
  const client = createClient(muster.url, token);
  const { id } = await expectStatus(201, client('POST', 'hardwareConfigurations', newConfiguration('Ingest')));
  const states = statesOf(id as string);
  const post = orderOf({ token, method: 'post', targets: [states] });
  say('ingest …');
  const ingest = await compare(rounds, { subject: { server: muster, order: post }, reference: { server: yardstick, order: post } });
  const answered = ingest.rounds.reduce((sum, [subject]) => sum + subject.answers, 0);
  const counted = await expectStatus(200, client('GET', `hardwareConfigurations/${id}/deviceRunStates?$count=true&$top=1`));
  if (counted['@odata.count'] !== answered) {
    throw new AppError('internal', `${answered} states were answered with 201, but ${counted['@odata.count']} are there.`);
  }
  say('read by id …');
  const reading = (server: SpawnedServer, { ids }: LoadResult): Subject => ({
    server,
    order: orderOf({ token, method: 'get', targets: ids.map((state) => `${states}/${state}`) }),
  });
  const [made, madeByYardstick] = ingest.rounds[0]!;
  const read = await compare(rounds, { subject: reading(muster, made), reference: reading(yardstick, madeByYardstick) });
  await muster.stop();
  return { ingest, read };
}

/** The summary of a large policy against that of a small one, on one server; and how that server starts. */
async function onLargeDatabase(folder: string): Promise<{ readonly summary: Comparison; readonly startUp: StartUp }> {
  say(`seeding ${rows.toLocaleString('en')} device states …`);
  const { tenantId } = await loadOrCreateCredentials(folder);
  const store = await openSqliteStore({ folder, types: model.stored, clock: systemClock });
  const large = await seedPolicy(store, tenantId, rows);
  const small = await seedPolicy(store, tenantId, SMALL_POLICY);
  await store.close();
  const options = { program: serveProgram(folder), log: join(folder, 'stderr.log') };
  say('starting …');
  const startUp = await measureStartUp(options, STARTS);
  say('run summary …');
  await using server = await spawnServer({ ...options, core: SERVER_CORE });
  const token = await tokenOf(folder);
  const subject = (id: string): Subject => ({
    server,
    order: orderOf({ token, method: 'get', targets: [`/beta/deviceManagement/hardwareConfigurations/${id}/runSummary`] }),
  });
  const summary = await compare(rounds, { subject: subject(large), reference: subject(small) });
  await server.stop();
  return { summary, startUp };
}

/** Not in the machine's folder for temporary files, which may lie in memory: commits must reach a disk. */
const work = mkdtempSync(join(here, '.work-'));
try {
  const { ingest, read } = await againstYardstick(mkdtempSync(join(work, 'a-')));
  const { summary, startUp } = await onLargeDatabase(mkdtempSync(join(work, 'b-')));
  const verdicts: Verdict[] = [
    rateVerdict('W1 ingest, Muster : yardstick', ingest, TARGETS.ingest),
    rateVerdict('R1 read by id, Muster : yardstick', read, TARGETS.read),
    costVerdict(`R4 summary of ${rows.toLocaleString('en')} states : of ${SMALL_POLICY}`, summary, TARGETS.summary),
    ...startUpVerdicts(startUp, TARGETS.start),
  ];
  const memory = Math.round(totalmem() / 1024 ** 3);
  const machine = `${availableParallelism()} processors, ${memory} GiB, Node ${process.versions.node}`;
  const setting = `${rounds} rounds of ${seconds} s in turn, ${flags.connections} connections, ${pinning ? 'server and load on a processor each' : 'nothing pinned'}`;
  const flushes = [ingest.subject, ingest.reference].map((f) => (f.flushesPerSecond === undefined ? '?' : Math.round(f.flushesPerSecond)));
  process.stdout.write(`\n${machine}\n${setting}; medians\n\n${table(verdicts)}\n\n`);
  process.stdout.write(`Disk flushes per second during ingest: ${flushes.join(' : ')}\n`);
  const busiest = Math.max(...[ingest, read, summary].flatMap((c) => [c.subject.loadCpu, c.reference.loadCpu]));
  process.stdout.write(
    `The load took at most ${Math.round(busiest * 100)} % of its processor${busiest > BUSY ? ': it may be the limit' : ''}\n`,
  );
  const results = { machine, setting, verdicts, ingest, read, summary, startUp };
  const withoutIds = (key: string, value: unknown): unknown => (key === 'ids' ? undefined : value);
  writeFileSync(join(here, 'results.json'), `${JSON.stringify(results, withoutIds, 2)}\n`);
  if (flags.strict && verdicts.some(({ met }) => met === false)) process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
