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
export const SCHEMA_VERSION = 6;

/** What version 4 adds a column to, and the view of objects of the directory with that column. */
const SPARSE_SINCE_4 = ['user', 'group', 'device', 'managedDevice'];
const viewSince4 = [
  'DROP VIEW "directoryObject"',
  `CREATE VIEW "directoryObject" AS ${['device', 'group', 'user']
    .map((name) => `SELECT "tenant_id", "id", "displayName", "sparseValues", '${name}' AS "@type" FROM "${name}"`)
    .join(' UNION ALL ')}`,
];

/** A database's words in version 4. */
interface Words {
  readonly key: string;
  readonly text: string;
  readonly boolean: string;
  readonly integer: string;
  readonly form: string;
  readonly options: string;
  readonly nulls: string;
}

const sqliteWords: Words = {
  key: 'BLOB',
  text: 'TEXT',
  boolean: 'INTEGER',
  integer: 'INTEGER',
  form: 'INTEGER',
  options: ' STRICT, WITHOUT ROWID',
  nulls: '',
};
const postgresWords: Words = {
  ...{ key: 'uuid', text: 'text COLLATE "C"', boolean: 'boolean', integer: 'int8', form: 'int4' },
  ...{ options: '', nulls: ' NULLS FIRST' },
};

/** The tables of deleted users and groups, which version 4 adds, and their view. */
function deletedSince4({ key, text, boolean, integer, form, options, nulls }: Words): readonly string[] {
  const table = (name: string, own: readonly string[]): readonly string[] => [
    `CREATE TABLE "${name}" ("tenant_id" ${integer} NOT NULL, "id" ${key} NOT NULL, "displayName" ${text}, "deletedDateTime" ${integer},
      "deletedDateTime_form" ${form}, "sparseValues" ${text}, ${own.join(', ')}, "onPremisesSyncEnabled" ${boolean}, "createdDateTime" ${integer},
      "createdDateTime_form" ${form}, "keptLinks" ${text}, PRIMARY KEY ("tenant_id", "id"))${options}`,
    `CREATE INDEX "${name}_deletedDateTime" ON "${name}" ("tenant_id", "deletedDateTime"${nulls}, "id")`,
  ];
  const texts = (...names: readonly string[]): readonly string[] => names.map((name) => `"${name}" ${text}`);
  const names = [
    'userPrincipalName',
    'mail',
    'mailNickname',
    'givenName',
    'surname',
    'jobTitle',
    'department',
    'officeLocation',
    'mobilePhone',
  ];
  const shared = '"tenant_id", "id", "displayName", "deletedDateTime", "deletedDateTime_form", "sparseValues"';
  return [
    ...table('deletedGroup', [
      ...texts('description', 'mail', 'mailNickname', 'membershipRule', 'membershipRuleProcessingState', 'visibility', 'uniqueName'),
      ...['mailEnabled', 'securityEnabled', 'isAssignableToRole'].map((name) => `"${name}" ${boolean}`),
      `"groupTypes" ${text} NOT NULL`,
    ]),
    ...table('deletedUser', [
      ...texts(...names, 'preferredLanguage', 'usageLocation', 'userType'),
      ...[`"businessPhones" ${text} NOT NULL`, `"accountEnabled" ${boolean}`, `"managerId" ${key}`],
    ]),
    `CREATE VIEW "deletedItem" AS ${['deletedGroup', 'deletedUser']
      .map((name) => `SELECT ${shared}, '${name}' AS "@type" FROM "${name}"`)
      .join(' UNION ALL ')}`,
  ];
}

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
    // Properties that few entities have share a column; managers, alternate keys of groups, deleted objects, and what may be listed besides.
    version: 4,
    usableFrom: 1,
    statements: [
      ...SPARSE_SINCE_4.map((table) => `ALTER TABLE "${table}" ADD COLUMN "sparseValues" TEXT`),
      'ALTER TABLE "user" ADD COLUMN "managerId" BLOB',
      'CREATE INDEX "user_managerId" ON "user" ("tenant_id", "managerId", "id")',
      'ALTER TABLE "group" ADD COLUMN "uniqueName" TEXT',
      'CREATE INDEX "group_uniqueName" ON "group" ("tenant_id", "uniqueName", "id")',
      `CREATE TABLE "resourceOperation" ("tenant_id" INTEGER NOT NULL, "id" BLOB NOT NULL, "resourceName" TEXT, "resource" TEXT, "actionName" TEXT,
        "description" TEXT, "enabledForScopeValidation" INTEGER NOT NULL, PRIMARY KEY ("tenant_id", "id")) STRICT, WITHOUT ROWID`,
      `CREATE TABLE "deviceCompliancePolicy" ("tenant_id" INTEGER NOT NULL, "id" BLOB NOT NULL, "displayName" TEXT, "description" TEXT,
        "createdDateTime" INTEGER NOT NULL, "createdDateTime_form" INTEGER NOT NULL, "lastModifiedDateTime" INTEGER NOT NULL,
        "lastModifiedDateTime_form" INTEGER NOT NULL, "roleScopeTagIds" TEXT, "version" INTEGER NOT NULL,
        PRIMARY KEY ("tenant_id", "id")) STRICT, WITHOUT ROWID`,
      ...deletedSince4(sqliteWords),
      ...viewSince4,
    ],
    postgres: [
      ...SPARSE_SINCE_4.map((table) => `ALTER TABLE "${table}" ADD COLUMN "sparseValues" text COLLATE "C"`),
      'ALTER TABLE "user" ADD COLUMN "managerId" uuid',
      'CREATE INDEX "user_managerId" ON "user" ("tenant_id", "managerId" NULLS FIRST, "id")',
      'ALTER TABLE "group" ADD COLUMN "uniqueName" text COLLATE "C"',
      'CREATE INDEX "group_uniqueName" ON "group" ("tenant_id", "uniqueName" NULLS FIRST, "id")',
      `CREATE TABLE "resourceOperation" ("tenant_id" int8 NOT NULL, "id" uuid NOT NULL, "resourceName" text COLLATE "C", "resource" text COLLATE "C",
        "actionName" text COLLATE "C", "description" text COLLATE "C", "enabledForScopeValidation" boolean NOT NULL,
        PRIMARY KEY ("tenant_id", "id"))`,
      `CREATE TABLE "deviceCompliancePolicy" ("tenant_id" int8 NOT NULL, "id" uuid NOT NULL, "displayName" text COLLATE "C",
        "description" text COLLATE "C", "createdDateTime" int8 NOT NULL, "createdDateTime_form" int4 NOT NULL,
        "lastModifiedDateTime" int8 NOT NULL, "lastModifiedDateTime_form" int4 NOT NULL, "roleScopeTagIds" text COLLATE "C",
        "version" int8 NOT NULL, PRIMARY KEY ("tenant_id", "id"))`,
      ...deletedSince4(postgresWords),
      ...viewSince4,
    ],
  },
  {
    // Filters that say what kind of payload they are for.
    version: 5,
    usableFrom: 1,
    statements: [`ALTER TABLE "deviceAndAppManagementAssignmentFilter" ADD COLUMN "payloadType" INTEGER`],
    postgres: [`ALTER TABLE "deviceAndAppManagementAssignmentFilter" ADD COLUMN "payloadType" int4`],
  },
  {
    // What hangs from a compliance policy.
    version: 6,
    usableFrom: 1,
    statements: [
      `CREATE TABLE "deviceComplianceActionItem" ("tenant_id" INTEGER NOT NULL, "id" BLOB NOT NULL, "gracePeriodHours" INTEGER NOT NULL,
        "actionType" INTEGER NOT NULL, "notificationTemplateId" TEXT, "notificationMessageCCList" TEXT, "ruleId" BLOB NOT NULL,
        PRIMARY KEY ("tenant_id", "ruleId", "id")) STRICT, WITHOUT ROWID`,
      `CREATE TABLE "deviceCompliancePolicyAssignment" ("tenant_id" INTEGER NOT NULL, "id" TEXT NOT NULL, "target" TEXT,
        "source" INTEGER NOT NULL, "sourceId" TEXT, "policyId" BLOB NOT NULL,
        PRIMARY KEY ("tenant_id", "policyId", "id")) STRICT, WITHOUT ROWID`,
      `CREATE TABLE "deviceComplianceScheduledActionForRule" ("tenant_id" INTEGER NOT NULL, "id" BLOB NOT NULL, "ruleName" TEXT,
        "policyId" BLOB NOT NULL, PRIMARY KEY ("tenant_id", "policyId", "id")) STRICT, WITHOUT ROWID`,
    ],
    postgres: [
      `CREATE TABLE "deviceComplianceActionItem" ("tenant_id" int8 NOT NULL, "id" uuid NOT NULL, "gracePeriodHours" int8 NOT NULL,
        "actionType" int4 NOT NULL, "notificationTemplateId" text COLLATE "C", "notificationMessageCCList" text COLLATE "C",
        "ruleId" uuid NOT NULL, PRIMARY KEY ("tenant_id", "ruleId", "id"))`,
      `CREATE TABLE "deviceCompliancePolicyAssignment" ("tenant_id" int8 NOT NULL, "id" text COLLATE "C" NOT NULL,
        "target" text COLLATE "C", "source" int4 NOT NULL, "sourceId" text COLLATE "C", "policyId" uuid NOT NULL,
        PRIMARY KEY ("tenant_id", "policyId", "id"))`,
      `CREATE TABLE "deviceComplianceScheduledActionForRule" ("tenant_id" int8 NOT NULL, "id" uuid NOT NULL, "ruleName" text COLLATE "C",
        "policyId" uuid NOT NULL, PRIMARY KEY ("tenant_id", "policyId", "id"))`,
    ],
  },
];
