import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from './backend.ts';
import { checkYardstick } from './seed-sqlite.ts';
import { seededFolders } from './seeds.ts';
import { runProgram, serveProgram } from './spawned-server.ts';
import { SMALL_ROWS } from './works.ts';

/** Muster's embedded store and its yardstick, each with a database file. */
export const sqliteBackend: Backend = {
  store: 'sqlite',
  async prepare(seeding) {
    const folders = await seededFolders(seeding);
    return {
      folder: folders.muster,
      muster: { program: serveProgram(folders.muster), log: join(folders.muster, 'stderr.log') },
      yardstick: { program: ['bench/yardstick-sqlite.ts', folders.yardstick] },
      plain() {
        cpSync(folders.muster, `${folders.muster}-plain`, { recursive: true });
        return { program: ['bench/yardstick-plain.ts', `${folders.muster}-plain`] };
      },
      databasePids: () => [],
      async check({ muster, yardstick }) {
        checkYardstick(folders.yardstick, seeding.rows + SMALL_ROWS + yardstick);
        if (muster > 0) await runProgram({ program: ['src/main.ts', 'doctor', '--data', folders.muster] });
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  },
};
