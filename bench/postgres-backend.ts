import { chmodSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '../test/support/postgres-server.ts';
import type { Backend } from './backend.ts';
import { checkYardstick } from './recount-yardstick-postgres.ts';
import { makeDatabase, seedMuster, seedYardstick } from './seed-postgres.ts';
import { runProgram } from './spawned-server.ts';
import { SMALL_ROWS } from './works.ts';

/** As a server of a few gigabytes has them; every commit is on disk. Automatic vacuuming is left on, as its work belongs to the writes. */
const SETTINGS = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'shared_buffers=256MB', 'max_wal_size=4GB', 'jit=off'];

/** Muster's shared store and its yardstick, each with a database in one PostgreSQL server. */
export const postgresBackend: Backend = {
  store: 'postgres',
  async prepare({ work, rows, say }) {
    const parent = mkdtempSync(join(work, 'postgres-'));
    // PostgreSQL refuses root, and its user must get there.
    for (const path of [work, parent]) chmodSync(path, 0o755);
    const server = await startPostgres({ parent, settings: SETTINGS });
    try {
      const [muster, yardstick] = [server.url('muster'), server.url('yardstick')];
      const folder = join(parent, 'muster');
      say(`seeding ${rows.toLocaleString('en')} device states twice …`);
      for (const url of [muster, yardstick]) await makeDatabase(server.url(), url);
      await seedYardstick(yardstick, rows);
      await seedMuster(muster, { folder, rows });
      const database = ['--data', folder, '--database', muster];
      return {
        folder,
        muster: {
          program: ['src/main.ts', 'serve', ...database, '--port', '0', '--json', '--sample', 'no'],
          log: join(folder, 'stderr.log'),
        },
        yardstick: { program: ['bench/yardstick-postgres.ts', yardstick] },
        databasePids: () => [server.pid],
        async check(added) {
          await checkYardstick(yardstick, rows + SMALL_ROWS + added.yardstick);
          if (added.muster > 0) await runProgram({ program: ['src/main.ts', 'doctor', ...database] });
        },
        [Symbol.asyncDispose]: () => server.stop(),
      };
    } catch (error) {
      await server.stop();
      throw error;
    }
  },
};
