import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeConformance } from '../../../test/support/store-conformance.ts';
import { conformanceClock, conformanceTypes, rerunning } from '../../../test/support/store-conformance-model.ts';
import type { Store } from '../contract.ts';
import { openSqliteStore } from './open.ts';

interface Options {
  readonly readerThreads: number;
  readonly wrap?: (store: Store) => Store;
}

const openWith =
  ({ wrap = (store) => store, ...options }: Options) =>
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-store-'));
    const open = async () => wrap(await openSqliteStore({ folder, types: conformanceTypes, clock: conformanceClock, ...options }));
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
  };

/** Has threads read everything. */
const readingLong = (store: Store): Store => ({
  read: (tenantId, work, options) => store.read(tenantId, work, { ...options, isLong: true }),
  write: (tenantId, work) => store.write(tenantId, work),
  append: (tenantId, appending) => store.append(tenantId, appending),
  close: () => store.close(),
});

storeConformance('the SQLite store', openWith({ readerThreads: 0 }));
storeConformance('the SQLite store whose threads read everything', openWith({ readerThreads: 2, wrap: readingLong }), 1 / 4);
storeConformance('the SQLite store that runs work again', openWith({ readerThreads: 0, wrap: rerunning }), 1 / 4);
