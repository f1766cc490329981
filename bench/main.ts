import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { growthOf, growthPlot } from './growth.ts';
import { readOptions } from './options.ts';
import { postgresBackend } from './postgres-backend.ts';
import { reportOf } from './report.ts';
import { type Results, runStore } from './run-store.ts';
import { pinning } from './spawned-server.ts';
import { sqliteBackend } from './sqlite-backend.ts';

/**
 * `npm run bench`: Muster against its yardstick, in turn and in one run. `docs/performance.md` says what is measured and why.
 * From here: `works.ts` (what is asked), `run-store.ts` (who is asked), `measure.ts` (rounds), `load.ts` (the load process),
 * `yardstick-server.ts`, `report.ts`.
 */

const options = readOptions(process.argv.slice(2));
const here = import.meta.dirname;
const say = (text: string): boolean => process.stderr.write(`${text}\n`);

/** Not in the machine's folder for temporary files, which may lie in memory: commits must reach a disk. */
const work = mkdtempSync(join(here, '.work-'));
const kept = options.keep ? join(here, '.work-kept') : undefined;
if (kept !== undefined) mkdirSync(kept, { recursive: true });
try {
  const results: Results[] = [];
  for (const rows of options.sizes) {
    for (const store of options.stores) {
      const backend = { sqlite: sqliteBackend, postgres: postgresBackend }[store];
      results.push(await runStore(backend, options, { work, rows, say, ...(kept === undefined ? {} : { kept }) }));
    }
  }
  const memory = Math.round(totalmem() / 1024 ** 3);
  const machine = `${availableParallelism()} processors, ${memory} GiB, Node ${process.versions.node}`;
  const { rounds, seconds, warmUpSeconds, settleSeconds, connections } = options;
  const pinned = pinning ? 'server and load on a processor each' : 'nothing pinned';
  const setting = `${rounds} rounds of ${seconds} s in turn after ${warmUpSeconds} s (before the first ${settleSeconds} s), ${connections} connections, ${pinned}; medians`;
  const growths = options.growth ? options.stores.map((store) => results.filter((result) => result.store === store)) : [];
  const reports = [...options.sizes.map((rows) => reportOf(results.filter((result) => result.rows === rows))), ...growths.map(growthOf)];
  process.stdout.write(`\n${[machine, setting].join('\n')}\n\n${reports.map(({ text }) => text).join('\n\n')}\n`);
  if (growths.length > 0) writeFileSync(join(here, '../docs/growth.svg'), growthPlot(growths[0]!));
  writeFileSync(join(here, 'results.json'), `${JSON.stringify({ machine, setting, results }, null, 2)}\n`);
  if (options.strict && reports.some(({ missed }) => missed > 0)) process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
