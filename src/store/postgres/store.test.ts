import { storeConformance } from '../../../test/support/store-conformance.ts';
import { conformanceClock, conformanceTypes, rerunning } from '../../../test/support/store-conformance-model.ts';
import { createTestDatabase } from '../../../test/support/test-database.ts';
import type { Store } from '../contract.ts';
import { openPostgresStore } from './open.ts';

const openWith = (wrap: (store: Store) => Store) => async () => {
  const database = await createTestDatabase();
  const open = async () =>
    wrap(await openPostgresStore({ address: { url: database.url }, types: conformanceTypes, clock: conformanceClock }));
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
      await database.drop();
    },
  };
};

storeConformance(
  'the PostgreSQL store',
  openWith((store) => store),
);
storeConformance('the PostgreSQL store that runs work again', openWith(rerunning), 1 / 4);
