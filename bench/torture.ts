import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { torturePostgres } from './torture-postgres.ts';
import { torture } from './torture-run.ts';

/** `npm run torture`: the long run of `torture-run.ts`, or with `--store postgres` of `torture-postgres.ts`. Exit code 1, and the folder kept, when anything was lost. */

const { values: flags } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    connections: { type: 'string', default: '16' },
    seed: { type: 'string', default: '1' },
    store: { type: 'string', default: 'sqlite' },
  },
});

/** Beside this file and not among temporary files, which may lie in memory. */
const work = mkdtempSync(join(import.meta.dirname, '.work-'));
const folder = join(work, 'data');
mkdirSync(folder, { mode: 0o700 });
const total = Number(flags.kills);
const run = flags.store === 'postgres' ? torturePostgres : torture;
const { kills, acknowledged, verified, problems, ...more } = await run({
  folder,
  kills: total,
  connections: Number(flags.connections),
  writeMs: [30, 1200],
  seed: Number(flags.seed),
  progress: (report) => process.stderr.write(`\r${report.kills} of ${total} kills, ${report.acknowledged} writes acknowledged `),
});
process.stdout.write(
  `\n${kills} kills, ${acknowledged} writes acknowledged, ${verified} entities compared, ${problems.length} problems.\n`,
);
if ('harms' in more) process.stdout.write(`${JSON.stringify(more)}\n`);
for (const problem of problems.slice(0, 20)) process.stdout.write(`${problem}\n`);
if (problems.length === 0) {
  rmSync(work, { recursive: true, force: true });
} else {
  process.stdout.write(`The data folder is kept: ${folder}\n`);
  process.exitCode = 1;
}
