import pg from 'pg';
import type { EntityType } from '../../edm/declare.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../contract.ts';
import { checkSchema, migrate, type SchemaConnection, type SchemaTarget } from '../schema/migrate.ts';
import { migrations, SCHEMA_VERSION } from '../schema/migrations.ts';
import { PostgresConnection } from './connection.ts';
import { type DatabaseAddress, LANES, poolSettings } from './connection-settings.ts';
import { storeError } from './postgres-error.ts';
import { PostgresStore } from './postgres-store.ts';
import { schemaStatements } from './schema.ts';
import { numbered } from './statement-names.ts';
import type { GroupObserver } from './write-queue.ts';

/**
 * The store on a PostgreSQL server, which any number of processes share. Imports the store contract, `schema`, `sql`, `query`, `edm` and
 * `lib`. From here: `postgres-store.ts` (reads), `write-queue.ts` (transactions), `slots.ts` (counters), `dialect.ts` and
 * `functions.ts` (PostgreSQL's words).
 */
export interface PostgresStoreOptions {
  readonly address: DatabaseAddress;
  /** Every stored type of the model. */
  readonly types: readonly EntityType[];
  readonly clock: Clock;
  readonly observer?: GroupObserver;
  /** Other schema versions than the published ones; for tests. */
  readonly schema?: Pick<SchemaTarget, 'version' | 'migrations'>;
}

/** The oldest server that is known to do. */
const OLDEST = 150_000;
/** The lock of whoever changes the schema. */
const SCHEMA_LOCK = 'SELECT pg_advisory_xact_lock(7236830, 1)';

/**
 * Opens the store, creating or migrating its tables: processes that start together do that one after the other.
 * @throws invalidConfiguration, schemaTooNew, corruptStore, storeUnavailable
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { store, writers } = connect(options);
  try {
    await bringUpToDate(writers, targetOf(options));
    return store;
  } catch (error) {
    await store.close();
    throw storeError(error);
  }
}

/** Opens the store for reading what is there. @throws as above, and storeUnavailable when the schema is older or missing */
export async function openPostgresReader(options: PostgresStoreOptions): Promise<Store> {
  const { store, writers } = connect(options);
  try {
    const connection = await PostgresConnection.from(writers);
    try {
      const target = targetOf(options);
      const found = await checkSchema(schemaConnection(connection), target);
      if (found < (target.version ?? SCHEMA_VERSION))
        throw new AppError('storeUnavailable', 'The database has an older schema; start the server once.');
    } finally {
      connection.release();
    }
    return store;
  } catch (error) {
    await store.close();
    throw storeError(error);
  }
}

function connect({ address, clock, observer = {} }: PostgresStoreOptions) {
  const settings = poolSettings(address);
  const [readers, writers] = [settings.readers, settings.writers].map((config) => {
    const pool = new pg.Pool(config);
    // A connection that breaks while nobody uses it is replaced; who uses it is told by the statement that fails.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    return pool;
  }) as [pg.Pool, pg.Pool];
  return { writers, store: new PostgresStore({ readers, writers, lanes: LANES, clock, observer }) };
}

const targetOf = ({ types, schema = {} }: Pick<PostgresStoreOptions, 'types' | 'schema'>): SchemaTarget => ({
  create: schemaStatements(types),
  rolling: true,
  ...schema,
  migrations: (schema.migrations ?? migrations).map(({ postgres, ...step }) =>
    postgres === undefined ? step : { ...step, statements: postgres },
  ),
});

async function bringUpToDate(pool: pg.Pool, target: SchemaTarget): Promise<void> {
  const connection = await PostgresConnection.from(pool);
  try {
    const version = (await connection.run({ text: "SELECT current_setting('server_version_num')::int4" })).rows[0]![0] as number;
    if (version < OLDEST) throw new AppError('invalidConfiguration', 'The PostgreSQL server is too old; version 15 or newer is needed.');
    await connection.run({ text: 'BEGIN' });
    await connection.run({ text: 'SET LOCAL statement_timeout = 0' }); // others may be at it, and migrations may take long
    await connection.run({ text: SCHEMA_LOCK });
    await migrate(schemaConnection(connection), target);
    const { command } = await connection.run({ text: 'COMMIT' });
    if (command !== 'COMMIT') throw new AppError('storeUnavailable', 'The tables could not be made.');
  } catch (error) {
    connection.discard();
    throw error;
  } finally {
    connection.release();
  }
}

const schemaConnection = (connection: PostgresConnection): SchemaConnection => ({
  run: async (text, parameters = []) => {
    await connection.run({ text: parameters.length === 0 ? text : numbered({ text }) }, parameters);
  },
  rows: async (text) => (await connection.run({ text })).rows,
  hasTable: async (name) =>
    (await connection.run({ text: 'SELECT to_regclass($1) IS NOT NULL' }, [name])).rows[0]![0] as unknown as boolean,
});
