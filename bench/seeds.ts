import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { model } from '../src/model/index.ts';
import { createStatements } from '../src/store/schema/ddl.ts';
import { sqliteDialect } from '../src/store/sqlite/dialect.ts';
import { seedMuster, seedYardstick } from './seed-sqlite.ts';

/** Where the databases of a run are made. */
export interface SeedOptions {
  /** The folder of this run, which is removed after it. */
  readonly work: string;
  readonly rows: number;
  /** Where seeded databases stay for the next run; without it they are made anew. */
  readonly kept?: string;
  readonly say: (text: string) => void;
}

export interface SeededFolders {
  readonly muster: string;
  readonly yardstick: string;
}

/** What seeded rows depend on: databases that were made from something else are not used. */
const SOURCES = [
  'device-states.ts',
  'random.ts',
  'uuid-v7.ts',
  'count-group.ts',
  'seed-policy.ts',
  'seed-sqlite.ts',
  'yardstick-sqlite.ts',
  'yardstick-json.ts',
];

function origin(): string {
  const hash = createHash('sha256').update(createStatements(model.stored, sqliteDialect).join());
  for (const name of SOURCES) hash.update(readFileSync(join(import.meta.dirname, name)));
  return hash.digest('hex').slice(0, 12);
}

/** Data folders with the same rows for Muster and the yardstick, for this run alone. @throws internal when a counter is wrong */
export async function seededFolders({ work, rows, kept, say }: SeedOptions): Promise<SeededFolders> {
  const base = join(kept ?? work, `sqlite-${rows}-${origin()}`);
  const seeded = { muster: join(base, 'muster'), yardstick: join(base, 'yardstick') };
  const complete = join(base, 'complete');
  if (!existsSync(complete)) {
    say(`seeding ${rows.toLocaleString('en')} device states twice …`);
    rmSync(base, { recursive: true, force: true });
    mkdirSync(base, { recursive: true });
    await seedYardstick(seeded.yardstick, rows);
    await seedMuster(seeded.muster, rows);
    writeFileSync(complete, '');
  }
  if (kept === undefined) return seeded;
  say('copying the seeded databases …');
  const copies = { muster: join(work, `muster-${rows}`), yardstick: join(work, `yardstick-${rows}`) };
  cpSync(seeded.muster, copies.muster, { recursive: true });
  cpSync(seeded.yardstick, copies.yardstick, { recursive: true });
  return copies;
}
