import type { EntityType } from '../../edm/declare.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { CommitObserver } from '../commit/session.ts';
import type { Store } from '../contract.ts';
import { checkSchema, migrate, type SchemaConnection, type SchemaTarget } from '../schema/migrate.ts';
import { migrations, SCHEMA_VERSION } from '../schema/migrations.ts';
import { citusState, distribute, prepareDistribution } from './citus/distribute.ts';
import { numbered, type PostgresConnection } from './connection/connection.ts';
import { ConnectionPool, type DatabaseAddress, DISTRIBUTED_LANES, LANES, poolSettings } from './connection/connection-pool.ts';
import { type DatabaseCondition, DatabaseState } from './connection/database-state.ts';
import { storeError } from './errors.ts';
import { schemaStatements } from './schema.ts';
import { PostgresStore } from './store.ts';

/**
 * The store on a PostgreSQL server, which any number of processes share. Imports the store contract, `schema`, `sql`, `query`, `edm` and
 * `lib`. From here: `postgres/store.ts` (reads), `write-queue.ts` (transactions), `slots.ts` (counters), `dialect.ts` and
 * `functions.ts` (PostgreSQL's words).
 */
export interface PostgresStoreOptions {
  readonly address: DatabaseAddress;
  /** Every stored type of the model. */
  readonly types: readonly EntityType[];
  readonly clock: Clock;
  readonly observer?: CommitObserver & {
    /** The database could be spread over machines, and is not. */
    citusUnused?(): void;
    /** The database has become something else to this server: told once, not for each request that it hits. */
    databaseChanged?(condition: DatabaseCondition, cause: unknown): void;
  };
  /** Whether its tables shall be distributed by Citus. */
  readonly citus?: boolean;
  /** Longest read, in milliseconds; for ever when absent. */
  readonly readTimeout?: number;
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
  return open(options, 'writers', (connection) => bringUpToDate(connection, options));
}

/** Opens the store for reading what is there. @throws as above, and storeUnavailable when the schema is older or missing */
export async function openPostgresReader(options: PostgresStoreOptions): Promise<Store> {
  return open(options, 'readers', async (connection) => {
    const target = targetOf(options);
    const found = await checkSchema(schemaConnection(connection), target);
    if (found < (target.version ?? SCHEMA_VERSION))
      throw new AppError('storeUnavailable', 'The database has an older schema; start the server once.');
  });
}

/** @param ready makes sure that the tables are there, with a connection of these */
async function open(
  options: PostgresStoreOptions,
  pool: 'readers' | 'writers',
  ready: (connection: PostgresConnection) => Promise<void>,
): Promise<PostgresStore> {
  const { address, clock, observer = {}, readTimeout } = options;
  const pools = connect(options.citus === true ? { lanes: DISTRIBUTED_LANES, ...address } : address, observer);
  try {
    const connection = await pools[pool].take();
    try {
      await ready(connection);
      const citus = await citusState(connection);
      if (citus === 'there') observer.citusUnused?.();
      const lasts = readTimeout === undefined ? {} : { readTimeout };
      return new PostgresStore({ ...pools, ...lasts, clock, observer, oneTenant: citus === 'in use' });
    } catch (error) {
      connection.discard();
      throw error;
    } finally {
      connection.release();
    }
  } catch (error) {
    await Promise.all([pools.readers.end(), pools.writers.end()]);
    throw storeError(error);
  }
}

function connect(address: DatabaseAddress, observer: NonNullable<PostgresStoreOptions['observer']>) {
  const { readers, writers, longestSilence } = poolSettings(address);
  const state = new DatabaseState((condition, cause) => observer.databaseChanged?.(condition, cause));
  return {
    readers: new ConnectionPool(readers, { state, longestSilence, writes: false }),
    writers: new ConnectionPool(writers, { state, longestSilence, writes: true }),
    lanes: address.lanes ?? LANES,
  };
}

const targetOf = ({ types, schema = {} }: Pick<PostgresStoreOptions, 'types' | 'schema'>): SchemaTarget => ({
  create: schemaStatements(types),
  rolling: true,
  ...schema,
  migrations: (schema.migrations ?? migrations).map(({ postgres, ...step }) =>
    postgres === undefined ? step : { ...step, statements: postgres },
  ),
});

async function bringUpToDate(connection: PostgresConnection, options: PostgresStoreOptions): Promise<void> {
  const version = (await connection.run({ text: "SELECT current_setting('server_version_num')::int4" })).rows[0]![0] as number;
  if (version < OLDEST) throw new AppError('invalidConfiguration', 'The PostgreSQL server is too old; version 15 or newer is needed.');
  await connection.withoutDeadline(() => bringSchemaUpToDate(connection, options));
}

async function bringSchemaUpToDate(connection: PostgresConnection, options: PostgresStoreOptions): Promise<void> {
  await connection.run({ text: 'BEGIN' });
  await connection.run({ text: 'SET LOCAL statement_timeout = 0' }); // others may be at it, and migrations may take long
  await connection.run({ text: SCHEMA_LOCK });
  if (options.citus === true) await prepareDistribution(connection);
  await migrate(schemaConnection(connection), targetOf(options));
  if (options.citus === true) await distribute(options.types, connection);
  const { command } = await connection.run({ text: 'COMMIT' });
  if (command !== 'COMMIT') throw new AppError('storeUnavailable', 'The tables could not be made.');
}

const schemaConnection = (connection: PostgresConnection): SchemaConnection => ({
  run: async (text, parameters = []) => {
    await connection.run({ text: parameters.length === 0 ? text : numbered({ text }) }, parameters);
  },
  rows: async (text) => (await connection.run({ text })).rows,
  hasTable: async (name) =>
    (await connection.run({ text: 'SELECT to_regclass($1) IS NOT NULL' }, [name])).rows[0]![0] as unknown as boolean,
});
