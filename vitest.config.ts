import { defineConfig } from 'vitest/config';

/**
 * The suites that run on PostgreSQL, too: what the store decides of the API. Not among them, and why:
 * - what reads a data folder, a file of SQLite or a process of its own: it is about these;
 * - what only reads bodies, URLs and headers, or writes them: the store is not asked;
 * - other families and the directory: the same paths through the store as those here.
 */
const ON_POSTGRES = [
  'accounting/accounting',
  'graph/deleted-items',
  'graph/directory-lookups',
  'graph/directory-members',
  'graph/directory-writes',
  'graph/long-indexed-texts',
  'graph/names-of-users',
  'graph/seeds',
  'graph/surface',
  'odata/answer-size',
  'odata/batch',
  'odata/complex-updates',
  'odata/create-together',
  'odata/filter-oracle',
  'odata/lists-while-writing',
  'odata/paging',
  'odata/repeatability',
  'process/background-work',
  'security/audit',
  'security/clock-skew',
  'security/secret-reads',
];

/** Those of them that say most about a database on several machines, where each statement takes several times as long. */
const ON_CITUS = [
  'accounting/accounting',
  'graph/group-members',
  'graph/operations',
  'odata/create-together',
  'odata/filter-oracle',
  'odata/lists-while-writing',
  'odata/paging',
  'process/background-work',
];

const withCitus = (process.env.MUSTER_TEST_CITUS_URL ?? '') !== '';
if (!withCitus) process.stdout.write('The tests on Citus are left out: MUSTER_TEST_CITUS_URL names no coordinator (CONTRIBUTING.md).\n');

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'embedded',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['src/store/postgres/**', 'test/postgres/**', 'test/citus/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: [
            'src/store/postgres/**/*.test.ts',
            'test/postgres/**/*.test.ts',
            'src/auth/issuer/authorize-endpoint.test.ts',
            'src/auth/issuer/device-endpoints.test.ts',
            ...ON_POSTGRES.map((name) => `test/${name}.test.ts`),
          ],
          env: { MUSTER_TEST_STORE: 'postgres' },
          globalSetup: 'test/support/postgres-broker.ts',
          setupFiles: 'test/support/lint-statements.ts',
        },
      },
      ...(withCitus
        ? [
            {
              extends: true as const,
              test: {
                name: 'citus',
                include: ['test/citus/**/*.test.ts', ...ON_CITUS.map((name) => `test/${name}.test.ts`)],
                env: { MUSTER_TEST_STORE: 'citus' },
                setupFiles: ['test/support/citus-cleanup.ts', 'test/support/lint-statements.ts', 'test/support/explain-statements.ts'],
                hookTimeout: 300_000,
                testTimeout: 600_000,
              },
            },
          ]
        : []),
    ],
  },
});
