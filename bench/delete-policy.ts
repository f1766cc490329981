import { closeSync, cpSync, fsyncSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadOrCreateCredentials } from '../src/auth/issuer/credentials.ts';
import { systemClock } from '../src/lib/clock.ts';
import { model } from '../src/model/index.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { type Client, createClient, expectStatus, newConfiguration } from './client.ts';
import { deviceState } from './device-states.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { residentBytes } from './process-usage.ts';
import { seededRandom } from './random.ts';
import { seedPolicy } from './seed-policy.ts';
import { serveProgram, spawnServer, tokenOf } from './spawned-server.ts';
import { LARGE_POLICY } from './works.ts';

/**
 * `node bench/delete-policy.ts`: what other requests notice while a policy with very many states is deleted. Connections read and write
 * another policy, first without the deletion and then beside it; the longest gap is how long no answer at all arrived.
 */

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    connections: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '20' },
    /** Changes the policy's content instead of deleting it, so that its states are reset. */
    reset: { type: 'boolean', default: false },
    core: { type: 'string' },
    /** A data folder of `npm run bench -- --keep` to copy, instead of making one: its large policy is deleted. */
    seeded: { type: 'string' },
  },
});

const rows = Number(flags.rows);
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** What a stretch of load saw. */
interface Stretch {
  readonly answers: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  /** The longest time in which no connection got an answer. */
  readonly gap: number;
}

/** Reads and writes by turns on every connection until told to stop. */
async function loadUntil(client: Client, states: string, isOver: () => boolean): Promise<Stretch> {
  const latencies = new LatencyHistogram();
  const random = seededRandom(2);
  let [last, gap, longest] = [performance.now(), 0, 0];
  const connection = async (): Promise<void> => {
    for (let turn = 0; !isOver(); turn++) {
      const started = performance.now();
      await (turn % 2 === 0
        ? expectStatus(201, client('POST', states, deviceState(turn, random)))
        : expectStatus(200, client('GET', `${states}?$top=10`)));
      const now = performance.now();
      latencies.add(now - started);
      longest = Math.max(longest, now - started);
      gap = Math.max(gap, now - last);
      last = now;
    }
  };
  await Promise.all(Array.from({ length: Number(flags.connections) }, connection));
  return { answers: latencies.total, p50: latencies.percentile(0.5), p99: latencies.percentile(0.99), longest, gap };
}

const report = (name: string, seconds: number, { answers, p50, p99, longest, gap }: Stretch): boolean =>
  say(
    `${name}: ${Math.round(answers / seconds)} answers/s, p50 ${p50} ms, p99 ${p99} ms, longest ${longest.toFixed(1)} ms, longest gap ${gap.toFixed(1)} ms`,
  );

/** How much work in the background is not done yet. */
async function workLeft(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^muster_background_work (\d+)$/m.exec(metrics)?.[1]);
}

/** Makes the policy. */
async function seed(): Promise<void> {
  const { tenantId } = await loadOrCreateCredentials(work);
  say(`seeding ${rows.toLocaleString('en')} device states …`);
  const store = await openSqliteStore({ folder: work, types: model.stored, clock: systemClock });
  await seedPolicy(store, tenantId, { policyId: LARGE_POLICY, rows });
  await store.close();
}

/** Copies a data folder, onto the disk: a commit would otherwise wait for gigabytes to be written. */
function copy(folder: string): void {
  cpSync(folder, work, { recursive: true });
  const file = openSync(join(work, 'muster.sqlite'), 'r+');
  fsyncSync(file);
  closeSync(file);
}

const work = mkdtempSync(join(import.meta.dirname, '.work-'));
try {
  if (flags.seeded === undefined) await seed();
  else copy(flags.seeded);
  const core = flags.core === undefined ? {} : { core: Number(flags.core) };
  await using server = await spawnServer({ program: serveProgram(work), log: join(work, 'stderr.log'), ...core });
  const client = createClient(server.url, await tokenOf(work));
  const path = `hardwareConfigurations/${LARGE_POLICY}`;
  if (flags.reset) {
    const hardwareConfigurationAssignments = [{ target: { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' } }];
    await expectStatus(200, client('POST', `${path}/assign`, { hardwareConfigurationAssignments }));
  }
  const { id } = await expectStatus(201, client('POST', 'hardwareConfigurations', newConfiguration('Busy')));
  const states = `hardwareConfigurations/${id}/deviceRunStates`;

  const seconds = Number(flags.seconds);
  const end = performance.now() + seconds * 1000;
  report('without', seconds, await loadUntil(client, states, () => performance.now() > end));

  const isDone = async (): Promise<boolean> => {
    if (!flags.reset) return (await workLeft(server.url)) === 0;
    const summary = await expectStatus(200, client('GET', `${path}/runSummary`));
    return summary.pendingDeviceCount === rows;
  };
  const started = performance.now();
  let over = false;
  const loading = loadUntil(client, states, () => over);
  await sleep(1000);
  const asked = performance.now();
  // A look at the work may be a second old.
  if (flags.reset) await expectStatus(200, client('PATCH', path, { configurationFileContent: Buffer.from('new').toString('base64') }));
  else await expectStatus(204, client('DELETE', path));
  say(`answered after ${(performance.now() - asked).toFixed(1)} ms`);
  do await sleep(2000);
  while (!(await isDone()));
  const took = (performance.now() - asked) / 1000;
  over = true;
  report('beside it', (performance.now() - started) / 1000, await loading);
  say(
    `${rows.toLocaleString('en')} states in ${took.toFixed(0)} s (${Math.round(rows / took)} a second), ${Math.round((residentBytes([server.pid]) ?? 0) / 2 ** 20)} MiB`,
  );
  await server.stop();
} finally {
  rmSync(work, { recursive: true, force: true });
}
