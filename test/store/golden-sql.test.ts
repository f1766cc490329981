import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindClauses } from '../../src/api/bind/clauses.ts';
import { parseQuery } from '../../src/odata/options/parse-query.ts';
import type { SelectPlan } from '../../src/query/plan.ts';
import { postgresDialect } from '../../src/store/postgres/dialect.ts';
import { createStatements } from '../../src/store/schema/ddl.ts';
import { compileCount, compileDelete, compileSelect } from '../../src/store/sql/compile-plan.ts';
import type { Dialect } from '../../src/store/sql/dialect.ts';
import type { Fragment } from '../../src/store/sql/fragment.ts';
import { bindShape, type PlanShape, planShape } from '../../src/store/sql/plan-shape.ts';
import { SqliteConnection } from '../../src/store/sqlite/connection.ts';
import { sqliteDialect } from '../../src/store/sqlite/dialect.ts';
import { setStatistics } from '../../src/store/sqlite/open.ts';
import { type GoldenPlan, type GoldenPlans, goldenPlans } from './golden-plans.ts';

/**
 * The SQL of some plans, to the letter, in both dialects: `golden/<name>.sql`. A change of it fails here, and is reviewed as a diff of
 * these files (CONTRIBUTING.md says how they are written again). Lines are broken for the reader where the statement has one space.
 */

const TENANT = 7;
const NOW = Date.UTC(2026, 0, 1);

interface Compiled {
  readonly shape: PlanShape;
  readonly limit: number | undefined;
  readonly skip: number | undefined;
  readonly sqlite: readonly Fragment[];
  readonly postgres: readonly Fragment[];
}

/** A plan with its options bound to the model. */
function boundPlan({ query = '', purpose, ...given }: GoldenPlan, { model }: GoldenPlans): SelectPlan {
  const options = parseQuery(query);
  const bound = bindClauses(options, given.from, { model, aliases: options.aliases, futureMembers: false, bound: { nodes: 0 } });
  const orderBy = options.orderBy === undefined ? [] : bound.orderBy;
  return { scope: {}, orderBy, ...given, ...(bound.where === undefined ? {} : { where: bound.where }) };
}

function compiled(golden: GoldenPlan, plans: GoldenPlans): Compiled {
  const plan = boundPlan(golden, plans);
  const shape = planShape(golden.purpose ?? 'select', plan);
  const statements = (dialect: Dialect): readonly Fragment[] => {
    // SQLite weighs a page before it reads it, PostgreSQL while it does.
    if (golden.purpose === 'count') return [compileCount(plan, shape, dialect)];
    if (golden.purpose === 'delete') return [compileDelete(plan, shape, dialect)];
    const { pages, weighed } = compileSelect(plan, shape, dialect);
    if (weighed === undefined) return pages;
    return dialect === sqliteDialect ? [...pages, ...weighed.weights] : weighed.pages;
  };
  return { shape, limit: plan.limit, skip: plan.skip, sqlite: statements(sqliteDialect), postgres: statements(postgresDialect) };
}

/** A statement with a line break where a clause or a condition starts that stands in no parentheses and in no quotes. */
function broken(text: string): string {
  let depth = 0;
  let result = '';
  for (const token of text.match(/'(?:[^']|'')*'|"[^"]*"| (?:FROM|WHERE|ORDER BY|LIMIT|AND) |[\s\S]/g)!) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    result += depth === 0 && /^ [A-Z]/.test(token) ? token.replace(' ', '\n') : token;
  }
  return result;
}

/** A statement and what it is bound to. */
function written({ text, slots }: Fragment, { shape, limit, skip }: Compiled): string {
  const values = bindShape(slots, shape, {
    tenant: TENANT,
    now: NOW,
    ...(limit === undefined ? {} : { limit }),
    ...(skip === undefined ? {} : { skip }),
  });
  const bound = values.map((value) =>
    typeof value === 'string' ? `'${value}'` : value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : String(value),
  );
  return `${broken(text)};\n-- ${bound.length === 0 ? 'bound to nothing' : `bound to ${bound.join(', ')}`}\n`;
}

const names = goldenPlans.flatMap(({ plans }) => Object.keys(plans));

describe.each(goldenPlans)('the SQL of', (plans) => {
  let connection: SqliteConnection;
  beforeAll(() => {
    connection = new SqliteConnection(':memory:');
    for (const statement of createStatements(plans.types, sqliteDialect)) connection.exec(statement);
    setStatistics(connection, plans.types);
  });
  afterAll(() => connection.close());

  const steps = ({ text }: Fragment): string =>
    connection
      .prepare(`EXPLAIN QUERY PLAN ${text}`)
      .all([])
      .map((row) => `-- ${row[3]}\n`)
      .join('');

  it.each(Object.entries(plans.plans))('%s', async (name, golden) => {
    const all = compiled(golden, plans);
    for (const { text } of all.sqlite) connection.prepare(text);
    const sqlite = all.sqlite.map((fragment) => written(fragment, all) + (plans.explained ? steps(fragment) : ''));
    const postgres = all.postgres.map((fragment) => written(fragment, all));
    const asked = golden.query === undefined ? '' : `?${golden.query}`;
    const text = `-- ${golden.purpose ?? 'select'} ${golden.from.name}${asked}\n\n-- SQLite\n${sqlite.join('\n')}\n-- PostgreSQL\n${postgres.join('\n')}`;
    await expect(text).toMatchFileSnapshot(`golden/${name}.sql`);
  });
});

it('each file belongs to a plan', () => {
  const files = readdirSync(new URL('golden', import.meta.url)).map((file) => file.replace('.sql', ''));
  expect(files.filter((name) => !names.includes(name))).toEqual([]);
});
