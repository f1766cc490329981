/** One step from a schema version to the next. Numbers rise without gaps; a published step is never changed. */
export interface Migration {
  /** The version that the database has after this step. */
  readonly version: number;
  /** Statements, run in order. */
  readonly statements: readonly string[];
  /** What PostgreSQL is told instead. */
  readonly postgres?: readonly string[];
  /**
   * The oldest version whose programs can go on with the tables as they are behind this step, where servers share a database: that of
   * an additive step, which adds tables, indexes, and columns that may be left out. By default none but its own.
   */
  readonly usableFrom?: number;
}

/** The version of 0.2.0, the oldest whose databases are upgraded. */
export const FIRST_VERSION = 6;

/** The version that the model's own tables have now. Raise it, and add a migration, with every change of stored types. */
export const SCHEMA_VERSION = 6;

/** Every step since {@link FIRST_VERSION}, oldest first. */
export const migrations: readonly Migration[] = [];
