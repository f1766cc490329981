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
export const SCHEMA_VERSION = 5;

/** What version 4 adds a column to, and the view of objects of the directory with that column. */
const SPARSE_SINCE_4 = ['user', 'group', 'device', 'managedDevice'];
const viewSince4 = [
  'DROP VIEW "directoryObject"',
  `CREATE VIEW "directoryObject" AS ${['device', 'group', 'user']
    .map((name) => `SELECT "tenant_id", "id", "displayName", "sparseValues", '${name}' AS "@type" FROM "${name}"`)
    .join(' UNION ALL ')}`,
];

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
  {
    // People sign in on a page, by a password where they have one.
    version: 3,
    usableFrom: 1,
    statements: [
      `CREATE TABLE "authorizationCode" ("id" TEXT NOT NULL, "tenantId" TEXT NOT NULL, "clientId" TEXT NOT NULL, "content" TEXT NOT NULL, "expiresAt" INTEGER NOT NULL, "network" TEXT NOT NULL, PRIMARY KEY ("id")) STRICT, WITHOUT ROWID`,
      `CREATE INDEX "authorizationCode_expiresAt" ON "authorizationCode" ("expiresAt", "id")`,
      `CREATE TABLE "userPassword" ("tenant_id" INTEGER NOT NULL, "id" BLOB NOT NULL, "derived" TEXT NOT NULL, PRIMARY KEY ("tenant_id", "id")) STRICT, WITHOUT ROWID`,
    ],
    postgres: [
      `CREATE TABLE "authorizationCode" ("id" text COLLATE "C" NOT NULL, "tenantId" text COLLATE "C" NOT NULL, "clientId" text COLLATE "C" NOT NULL, "content" text COLLATE "C" NOT NULL, "expiresAt" int8 NOT NULL, "network" text COLLATE "C" NOT NULL, PRIMARY KEY ("id"))`,
      `CREATE INDEX "authorizationCode_expiresAt" ON "authorizationCode" ("expiresAt", "id")`,
      `CREATE TABLE "userPassword" ("tenant_id" int8 NOT NULL, "id" uuid NOT NULL, "derived" text COLLATE "C" NOT NULL, PRIMARY KEY ("tenant_id", "id"))`,
    ],
  },
  {
    // Properties that few entities have share a column.
    version: 4,
    usableFrom: 1,
    statements: [...SPARSE_SINCE_4.map((table) => `ALTER TABLE "${table}" ADD COLUMN "sparseValues" TEXT`), ...viewSince4],
    postgres: [...SPARSE_SINCE_4.map((table) => `ALTER TABLE "${table}" ADD COLUMN "sparseValues" text COLLATE "C"`), ...viewSince4],
  },
  {
    // Filters that say what kind of payload they are for.
    version: 5,
    usableFrom: 1,
    statements: [`ALTER TABLE "deviceAndAppManagementAssignmentFilter" ADD COLUMN "payloadType" INTEGER`],
    postgres: [`ALTER TABLE "deviceAndAppManagementAssignmentFilter" ADD COLUMN "payloadType" int4`],
  },
];
