import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeConformance } from '../../testing/store-conformance.ts';
import { conformanceClock, conformanceTypes } from '../../testing/store-conformance-model.ts';
import { openSqliteStore } from './open-sqlite-store.ts';

storeConformance('the SQLite store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'muster-store-'));
  const open = () => openSqliteStore({ folder, types: conformanceTypes, clock: conformanceClock });
  const first = await open();
  let current = first;
  return {
    store: first,
    reopen: async () => {
      await current.close();
      current = await open();
      return current;
    },
    dispose: async () => {
      await current.close();
      await rm(folder, { recursive: true });
    },
  };
});
