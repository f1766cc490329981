import { AppError } from '../../lib/app-error.ts';
import { fingerprint } from './ddl.ts';
import { type Migration, migrations, SCHEMA_VERSION } from './migrations.ts';

/** The schema that this build expects. */
export interface SchemaTarget {
  /** Creates everything in an empty database. */
  readonly create: readonly string[];
  /** Defaults to {@link SCHEMA_VERSION}. */
  readonly version?: number;
  /** Defaults to the published {@link migrations}. */
  readonly migrations?: readonly Migration[];
  /** Whether programs of several versions use the database side by side, as far as the steps between them allow. */
  readonly rolling?: boolean;
}

/** What migrating needs of a connection. The caller wraps it in one exclusive transaction. */
export interface SchemaConnection {
  run(sql: string, parameters?: readonly (string | number)[]): Promise<void>;
  /** Rows as arrays of values. */
  rows(sql: string): Promise<readonly (readonly unknown[])[]>;
  hasTable(name: string): Promise<boolean>;
}

const TABLE = 'schema_version';
/** Programs older than this cannot use the tables. */
const USABLE_FROM = ', usable_from INTEGER NOT NULL DEFAULT 1';

/**
 * Brings a database to the target: creates an empty one, migrates an older one step by step, leaves a current one alone.
 * @returns the version it had before, 0 when it was empty
 * @throws schemaTooNew when a newer Muster wrote it, corruptStore when its tables are not those of its version
 */
export async function migrate(connection: SchemaConnection, target: SchemaTarget): Promise<number> {
  const { create, version = SCHEMA_VERSION } = target;
  const print = fingerprint(create);
  if (!(await connection.hasTable(TABLE))) {
    await connection.run(`CREATE TABLE ${TABLE} (version INTEGER NOT NULL, fingerprint TEXT NOT NULL${target.rolling ? USABLE_FROM : ''})`);
    for (const statement of create) await connection.run(statement);
    await connection.run(`INSERT INTO ${TABLE} (version, fingerprint) VALUES (?, ?)`, [version, print]);
    return 0;
  }
  const found = await checkSchema(connection, target);
  if (found >= version) return found;
  const steps = stepsBetween(found, version, target.migrations ?? migrations);
  for (const step of steps) for (const statement of step.statements) await connection.run(statement);
  await connection.run(`UPDATE ${TABLE} SET version = ?, fingerprint = ?`, [version, print]);
  if (!target.rolling) return found;
  for (const { version: own, usableFrom = own } of steps) {
    await connection.run(`UPDATE ${TABLE} SET usable_from = ? WHERE usable_from < ?`, [usableFrom, usableFrom]);
  }
  return found;
}

/**
 * Checks, without writing, that a database can be used.
 * @returns its version, which may be older than the target's, and newer where that can be used
 * @throws schemaTooNew, corruptStore
 */
export async function checkSchema(connection: SchemaConnection, target: SchemaTarget): Promise<number> {
  const { create, version = SCHEMA_VERSION } = target;
  const [row] = (await connection.hasTable(TABLE)) ? await connection.rows(`SELECT version, fingerprint FROM ${TABLE}`) : [];
  const found = Number(row?.[0]);
  if (!Number.isInteger(found)) {
    throw new AppError('corruptStore', 'The database does not say which schema version it has; restore the data folder from a backup.');
  }
  if (found > version && !(await isUsable(connection, target))) {
    const detail = `The data folder has schema version ${found}, this Muster knows ${version}`;
    throw new AppError('schemaTooNew', `${detail}; start the newer Muster that wrote it, or restore a backup made before the upgrade.`);
  }
  if (found === version && row?.[1] !== fingerprint(create)) {
    const detail = `The tables of the data folder are not those of schema version ${version}`;
    throw new AppError('corruptStore', `${detail}; start the build that made it, or add a migration for the changed model.`);
  }
  return found;
}

/** Whether a program of the target's version may use a newer schema. */
async function isUsable(connection: SchemaConnection, { version = SCHEMA_VERSION, rolling }: SchemaTarget): Promise<boolean> {
  if (rolling !== true) return false;
  const [row] = await connection.rows(`SELECT usable_from FROM ${TABLE}`);
  return Number(row?.[0]) <= version;
}

function stepsBetween(from: number, to: number, known: readonly Migration[]): readonly Migration[] {
  return Array.from({ length: to - from }, (_, i) => {
    const step = known.find((m) => m.version === from + 1 + i);
    if (step === undefined) {
      const detail = `A database of schema version ${from} cannot be upgraded to version ${to}`;
      throw new AppError('corruptStore', `${detail}: upgrades begin with the databases of Muster 0.2.0. Start the version that made it.`);
    }
    return step;
  });
}
