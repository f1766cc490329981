import { storeConformance } from '../../testing/store-conformance.ts';
import { conformanceClock, conformanceTypes } from '../../testing/store-conformance-model.ts';
import { createTestDatabase } from '../../testing/test-database.ts';
import { openPostgresStore } from './open-postgres-store.ts';

storeConformance('the PostgreSQL store', async () => {
  const database = await createTestDatabase();
  const open = () => openPostgresStore({ address: { url: database.url }, types: conformanceTypes, clock: conformanceClock });
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
});
