import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Client, createClient, expectStatus } from './client.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { residentBytes } from './process-usage.ts';
import { seedMuster } from './seed-sqlite.ts';
import { serveProgram, spawnServer, tokenOf } from './spawned-server.ts';
import { LARGE_POLICY, type WorkName, works } from './works.ts';

/**
 * `node bench/reader-threads.ts`: what small reads notice of others that look at a million rows, on a server without reading threads and on
 * one with them, by turns. Nobody is kept to a processor: whether threads have one to run on is the question.
 */

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    connections: { type: 'string', default: '8' },
    /** Connections that ask for much, one request after the other. */
    scans: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    /** What the small reads are: a work of `works.ts`. */
    work: { type: 'string', default: 'R1' },
    /** A data folder that `seedMuster` has made with so many rows; it is copied. */
    seed: { type: 'string' },
  },
});

const [rows, seconds] = [Number(flags.rows), Number(flags.seconds)];
const WARM_UP_MS = 3000;
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** What a stretch of load saw. */
interface Stretch {
  /** Small reads answered, and large ones, a second. */
  readonly small: number;
  readonly large: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  readonly mebibytes: number;
}

const scan = `hardwareConfigurations/${LARGE_POLICY}/deviceRunStates/$count?$filter=contains(deviceName,'99')`;

/** Asks for some seconds. @param connections how many ask for little, and for much */
async function load(client: Client, pid: number, connections: { readonly small: number; readonly large: number }): Promise<Stretch> {
  const paths = works[flags.work as WorkName].requests(rows).map(({ path }) => path.replace('/beta/deviceManagement/', ''));
  const latencies = new LatencyHistogram();
  let [large, longest, next] = [0, 0, 0];
  const from = performance.now() + WARM_UP_MS;
  const until = from + seconds * 1000;
  const ask = async (path: () => string, answered: (milliseconds: number) => void): Promise<void> => {
    for (let started = performance.now(); started < until; started = performance.now()) {
      await expectStatus(200, client('GET', path()));
      const now = performance.now();
      if (now >= from && now < until) answered(now - started);
    }
  };
  const small = (): Promise<void> =>
    ask(
      () => paths[next++ % paths.length]!,
      (milliseconds) => {
        latencies.add(milliseconds);
        longest = Math.max(longest, milliseconds);
      },
    );
  await Promise.all([
    ...Array.from({ length: connections.small }, small),
    ...Array.from({ length: connections.large }, () =>
      ask(
        () => scan,
        () => large++,
      ),
    ),
  ]);
  return {
    small: latencies.total / seconds,
    large: large / seconds,
    p50: latencies.percentile(0.5),
    p99: latencies.percentile(0.99),
    longest,
    mebibytes: (residentBytes([pid]) ?? 0) / 2 ** 20,
  };
}

function report(name: string, { small, large, p50, p99, longest, mebibytes }: Stretch): void {
  const reads = small === 0 ? [] : [`${small.toFixed(1)} answers/s, p50 ${p50} ms, p99 ${p99} ms, longest ${longest.toFixed(0)} ms`];
  const scans = large === 0 ? [] : [`${large.toFixed(2)} scans/s`];
  say([`${name}: ${mebibytes.toFixed(0)} MiB`, ...reads, ...scans].join(', '));
}

const work = mkdtempSync(join(import.meta.dirname, '.work-'));
try {
  if (flags.seed === undefined) {
    say(`seeding ${rows.toLocaleString('en')} device states …`);
    await seedMuster(work, rows);
  } else cpSync(flags.seed, work, { recursive: true });
  const token = await tokenOf(work);
  for (let round = 1; round <= Number(flags.rounds); round++) {
    for (const threads of ['without', 'with']) {
      const program = [...serveProgram(work), ...(threads === 'with' ? [] : ['--reader-threads', '0'])];
      await using server = await spawnServer({ program, log: join(work, 'stderr.log') });
      const client = createClient(server.url, token);
      const [small, large] = [Number(flags.connections), Number(flags.scans)];
      for (const [name, connections] of [
        ['small reads', { small, large: 0 }],
        ['scans', { small: 0, large }],
        ['both', { small, large }],
      ] as const) {
        report(`round ${round}, ${threads} threads, ${name}`, await load(client, server.pid, connections));
      }
      await server.stop();
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
