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

/** The version that the model's own tables have now. Raise it, and add a migration, with every change of stored types. */
export const SCHEMA_VERSION = 2;

/** Every step since version 1, oldest first. */
export const migrations: readonly Migration[] = [
  {
    // Sign-ins by device code are limited by tenant and by address.
    version: 2,
    usableFrom: 1,
    statements: [
      `ALTER TABLE "deviceSignIn" ADD COLUMN "network" TEXT NOT NULL DEFAULT ''`,
      `ALTER TABLE "wrongAttempt" ADD COLUMN "tenantId" TEXT NOT NULL DEFAULT ''`,
      `ALTER TABLE "wrongAttempt" ADD COLUMN "network" TEXT NOT NULL DEFAULT ''`,
    ],
    postgres: [
      `ALTER TABLE "deviceSignIn" ADD COLUMN "network" text COLLATE "C" NOT NULL DEFAULT ''`,
      `ALTER TABLE "wrongAttempt" ADD COLUMN "tenantId" text COLLATE "C" NOT NULL DEFAULT ''`,
      `ALTER TABLE "wrongAttempt" ADD COLUMN "network" text COLLATE "C" NOT NULL DEFAULT ''`,
    ],
  },
];
