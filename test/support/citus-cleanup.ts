import { afterAll } from 'vitest';
import { dropCitusDatabase } from './citus-database.ts';

/** Set-up of every test file on Citus: behind the last test its database goes. */
afterAll(dropCitusDatabase, 120_000);
