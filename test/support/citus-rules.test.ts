import { expect, test } from 'vitest';
import { brokenCitusRules } from './citus-rules.ts';

const tables = { tenanted: new Set(['thing', 'part', 'sum_base', 'sum_slot', 'sum', 'tenant_home']) };
const broken = (sql: string): readonly string[] => brokenCitusRules(sql, tables).map((text) => text.split(':')[0]!);

test.each([
  'SELECT t0."id" FROM "thing" t0 WHERE t0."tenant_id" = ($1::int8) AND (SELECT t1."x" FROM "part" t1 WHERE t1."tenant_id" = ($2::int8) LIMIT 1) = 1',
  'SELECT 1 FROM "pendingWork" t0 WHERE t0."tenantId" = ($1::text)',
  'SELECT 1 FROM "thing" t0 WHERE t0."tenant_id" = ($1::int8) AND (NOT EXISTS (SELECT 1 FROM "part" t1 WHERE t1."tenant_id" = ($2::int8) OFFSET 0))',
  'SELECT 1 FROM "thing" t0 WHERE t0."tenant_id" = ($1::int8) AND (EXISTS (SELECT 1 FROM "part" t1 WHERE t1."tenant_id" = ($2::int8)))',
  'UPDATE "thing" SET "name" = $1::text WHERE "tenant_id" = $2::int8 AND "id" = $3::uuid',
  'DELETE FROM "thing" AS t0 WHERE t0."tenant_id" = ($1::int8) AND (t0."a" = 1 AND (1 = 0))',
  'DELETE FROM "thing" AS t0 WHERE t0."tenant_id" = ($1::int8) AND (t0."id") IN (SELECT t0."id" FROM "thing" t0 WHERE t0."tenant_id" = ($2::int8) LIMIT $3)',
  'INSERT INTO "thing" ("tenant_id", "id") SELECT home."tenant_id", given."id" FROM tenant_home home, unnest($2::uuid[]) AS given("id") WHERE home."tenant_id" = $1::int8',
  'INSERT INTO tenant_home (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING',
  'CREATE TABLE "thing" ( "tenant_id" int8 NOT NULL, "id" uuid NOT NULL, PRIMARY KEY ("tenant_id", "id") )',
  'CREATE FUNCTION f(a text) RETURNS text LANGUAGE sql IMMUTABLE AS $muster$ SELECT random() $muster$',
])('finds nothing wrong with %s', (sql) => {
  expect(broken(sql)).toEqual([]);
});

test.each([
  ['everyReferenceNamesTheTenant', 'SELECT 1 FROM "thing" t0'],
  [
    'everyReferenceNamesTheTenant',
    'SELECT COUNT(*) FROM "thing" t0 WHERE t0."tenant_id" = ($1::int8) AND EXISTS (SELECT 1 FROM "part" t1 WHERE t1."tenant_id" = t0."tenant_id")',
  ],
  [
    'everyReferenceNamesTheTenant',
    'SELECT 1 FROM "thing" t0 WHERE t0."tenant_id" = ($1::int8) AND t0.id IN (WITH RECURSIVE t2(id) AS (SELECT t1.id FROM "part" t1 WHERE t1."tenant_id" = $2 UNION SELECT t3.id FROM "part" t3 JOIN t2 ON t3."tenant_id" = t2.tenant) SELECT id FROM t2)',
  ],
  [
    'everyReferenceNamesTheTenant',
    'SELECT 1 FROM "thing" t0 WHERE t0."tenant_id" = ($1::int8) AND (SELECT t2."a" FROM "part" t1, "thing" t2 WHERE t1."tenant_id" = ($2::int8) LIMIT 1) = 1',
  ],
  [
    'everyReferenceNamesTheTenant',
    'DELETE FROM "thing" AS t0 WHERE (t0."id") IN (SELECT t0."id" FROM "thing" t0 WHERE t0."tenant_id" = ($1::int8) LIMIT $2)',
  ],
  ['everyReferenceNamesTheTenant', 'UPDATE "thing" SET "name" = $1::text WHERE "id" = $2::uuid'],
  [
    'everyReferenceNamesTheTenant',
    'WITH gone AS (DELETE FROM "sum_slot" WHERE "a" = $2 RETURNING *) UPDATE "sum_base" own SET "n" = 1 FROM gone WHERE own."tenant_id" = $1::int8',
  ],
  ['tenantIsATerm', 'SELECT 1 FROM "thing" t0 WHERE (t0."a" = 1 OR t0."tenant_id" = ($1::int8))'],
  [
    'insertsHaveOneTenant',
    'INSERT INTO "thing" ("tenant_id", "id") SELECT "tenant_id", "id" FROM unnest($1::int8[], $2::uuid[]) AS given("tenant_id", "id")',
  ],
  ['insertsHaveOneTenant', 'INSERT INTO "pendingWork" ("tenantId") SELECT given."tenantId" FROM unnest($1::text[]) AS given("tenantId")'],
  ['insertsHaveOneTenant', 'INSERT INTO "thing" ("id") VALUES ($1)'],
  ['insertsHaveOneTenant', 'INSERT INTO "thing" ("tenant_id", "id") VALUES ($1, (SELECT 1))'],
  ['noBareConstant', 'DELETE FROM "thing" AS t0 WHERE t0."tenant_id" = ($1::int8) AND false'],
  ['noBareConstant', 'DELETE FROM "thing" AS t0 WHERE t0."tenant_id" = ($1::int8) AND (false)'],
  ['noBareConstant', 'UPDATE "thing" SET "a" = 1 WHERE "tenant_id" = $1 AND NULL'],
  [
    'negatedExistsHasABarrier',
    'SELECT 1 FROM "thing" t0 WHERE t0."tenant_id" = $1 AND (NOT EXISTS (SELECT 1 FROM "part" t1 WHERE t1."tenant_id" = $2))',
  ],
  [
    'negatedExistsHasABarrier',
    'SELECT 1 FROM "thing" t0 WHERE t0."tenant_id" = $1 AND (NOT (t0."a" = 1 AND (EXISTS (SELECT 1 FROM "part" t1 WHERE t1."tenant_id" = $2))))',
  ],
  [
    'negatedExistsHasABarrier',
    'SELECT 1 FROM "thing" t0 WHERE t0."tenant_id" = $1 AND NOT COALESCE((EXISTS (SELECT 1 FROM "part" t1 WHERE t1."tenant_id" = $2)), (1 = 0))',
  ],
  ['schemaFits', 'CREATE TABLE "thing" ( "tenant_id" int8 NOT NULL, "id" uuid NOT NULL, PRIMARY KEY ("id") )'],
  ['schemaFits', 'CREATE TABLE "thing" ( "tenant_id" int4 NOT NULL, PRIMARY KEY ("tenant_id", "id") )'],
  ['schemaFits', 'CREATE UNIQUE INDEX one ON "thing" ("id")'],
  ['schemaFits', `CREATE INDEX "${'x'.repeat(64)}" ON "thing" ("tenant_id")`],
  ['functionsAreImmutable', 'CREATE OR REPLACE FUNCTION f(a text) RETURNS text LANGUAGE sql AS $muster$ SELECT a $muster$'],
  ['tenantIsNeverSet', 'UPDATE "thing" SET "tenant_id" = $1 WHERE "tenant_id" = $2'],
  ['noRowLocks', 'SELECT 1 FROM "thing" t0 WHERE t0."tenant_id" = $1 FOR UPDATE'],
  ['nothingVolatile', 'UPDATE "thing" SET "id" = gen_random_uuid() WHERE "tenant_id" = $1'],
  ['nothingVolatile', 'SELECT 1 FROM "thing" t0 WHERE t0."tenant_id" = $1 AND t0."tenant_id" BETWEEN 1 AND 2'],
  ['noSimpleCase', 'DELETE FROM "thing" AS t0 WHERE t0."tenant_id" = ($1::int8) AND CASE t0."x" WHEN 1 THEN 2 END = 1'],
  ['noLateralView', 'CREATE VIEW "sum" AS SELECT 1 FROM "sum_base" own LEFT JOIN LATERAL (SELECT 1) more ON true'],
  ['nothingUnknown', 'CREATE TRIGGER t BEFORE INSERT ON "thing" EXECUTE FUNCTION f()'],
  ['nothingUnknown', 'CREATE TABLE "x" ("id" uuid REFERENCES "thing" ("id"))'],
  ['nothingUnknown', 'SELECT reltuples FROM pg_class'],
])('finds that %s is broken by %s', (rule, sql) => {
  expect(broken(sql)).toContain(rule);
});
