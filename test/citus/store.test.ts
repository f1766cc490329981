import { openPostgresStore } from '../../src/store/postgres/open.ts';
import { citusDatabase } from '../support/citus-database.ts';
import { storeConformance } from '../support/store-conformance.ts';
import { conformanceClock, conformanceTypes } from '../support/store-conformance-model.ts';

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
