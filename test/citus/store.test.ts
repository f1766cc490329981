import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { citusDatabase } from '../../src/testing/citus-database.ts';
import { storeConformance } from '../../src/testing/store-conformance.ts';
import { conformanceClock, conformanceTypes } from '../../src/testing/store-conformance-model.ts';

// One database for all tests: making one takes longer than a test. They keep apart by tenants.
storeConformance('the store on Citus', async () => {
  const { url } = await citusDatabase();
  const open = () => openPostgresStore({ address: { url }, types: conformanceTypes, clock: conformanceClock, citus: true });
  const first = await open();
  let current = first;
  return {
    store: first,
    reopen: async () => {
      await current.close();
      current = await open();
      return current;
    },
    dispose: () => current.close(),
  };
});
