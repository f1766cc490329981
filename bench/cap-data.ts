import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../src/lib/app-error.ts';
import { batches, fleet } from './device-states.ts';
import type { SeedOptions } from './seeds.ts';
import { runProgram } from './spawned-server.ts';
import { seededId } from './uuid-v7.ts';
import { LARGE_POLICY } from './works.ts';

/** SAP CAP as the bench runs it: installed into the work folder alone, with the rows that the other servers have. */

const PROJECT = join(import.meta.dirname, 'cap');
/** What the rows depend on, beside the project. */
const SOURCES = ['device-states.ts', 'random.ts', 'uuid-v7.ts', 'cap-data.ts', join('cap', 'model.cds'), join('cap', 'package.json')];
const TABLE = 'bench_DeviceRunStates';
const GROUP = 20_000;

/** A server's program and its database, for this run alone. */
export interface CapFolder {
  readonly program: readonly string[];
}

const digestOf = (files: readonly string[]): string =>
  files
    .reduce((hash, file) => hash.update(readFileSync(join(import.meta.dirname, file))), createHash('sha256'))
    .digest('hex')
    .slice(0, 12);

/** Installs CAP where that has not been done, and makes or copies its database. @throws internal when a row is missing */
export async function prepareCap({ work, rows, kept, say }: SeedOptions): Promise<CapFolder> {
  const base = kept ?? work;
  const project = join(base, `cap-${digestOf([join('cap', 'package.json')])}`);
  if (!existsSync(join(project, 'node_modules'))) {
    say('installing SAP CAP …');
    mkdirSync(project, { recursive: true });
    copyFileSync(join(PROJECT, 'package.json'), join(project, 'package.json'));
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], {
      cwd: project,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  for (const file of ['serve.js', 'model.cds']) copyFileSync(join(PROJECT, file), join(project, file));
  const serve = join(project, 'serve.js');
  const seeded = join(base, `cap-${rows}-${digestOf(SOURCES)}.sqlite`);
  if (!existsSync(seeded)) {
    say(`seeding ${rows.toLocaleString('en')} device states for SAP CAP …`);
    const unfinished = `${seeded}.new`;
    rmSync(unfinished, { force: true });
    await runProgram({ program: [serve, unfinished, 'deploy'] });
    seed(unfinished, rows);
    renameSync(unfinished, seeded);
  }
  if (kept === undefined) return { program: [serve, seeded] };
  const copy = join(work, 'cap.sqlite');
  cpSync(seeded, copy);
  return { program: [serve, copy] };
}

/** Inserts the rows as the framework's own statements would leave them, and the index that the newest of a kind are read from. */
function seed(path: string, rows: number): void {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA cache_size = -65536');
  database.prepare('INSERT INTO bench_HardwareConfigurations (id, displayName) VALUES (?, ?)').run(LARGE_POLICY, 'all');
  let insert: ReturnType<DatabaseSync['prepare']> | undefined;
  let index = 0;
  for (const states of batches(fleet(rows), GROUP)) {
    database.exec('BEGIN');
    for (const state of states) {
      const row = { id: seededId(index++), configuration_id: LARGE_POLICY, ...state };
      const columns = Object.keys(row);
      insert ??= database.prepare(`INSERT INTO ${TABLE} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`);
      insert.run(...Object.values(row));
    }
    database.exec('COMMIT');
  }
  database.exec(`CREATE INDEX newest ON ${TABLE} (configuration_id, configurationState, lastStateUpdateDateTime DESC, id)`);
  const found = database.prepare(`SELECT count(*) AS rows FROM ${TABLE}`).get()!.rows;
  database.close();
  if (found !== rows) throw new AppError('internal', `SAP CAP has ${String(found)} rows instead of ${rows}.`);
}
