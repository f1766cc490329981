import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shapeOf } from '../../src/edm/link.ts';
import { model } from '../../src/model/index.ts';
import { rowsLookedAt } from '../../src/query/access-path.ts';
import { column } from '../../src/query/column.ts';
import type { Expression, Literal } from '../../src/query/expression.ts';
import type { SelectPlan } from '../../src/query/plan.ts';
import { createStatements } from '../../src/store/schema/ddl.ts';
import { tenant } from '../../src/store/schema/table.ts';
import { compileSelect } from '../../src/store/sql/compile-plan.ts';
import { planShape } from '../../src/store/sql/plan-shape.ts';
import { SqliteConnection } from '../../src/store/sqlite/connection.ts';
import { sqliteDialect } from '../../src/store/sqlite/dialect.ts';
import { setStatistics } from '../../src/store/sqlite/open.ts';

/** What `rowsLookedAt` says of a plan is what SQLite does with it. */

const LIMIT = 100;
const types = [tenant, ...model.stored.filter((type) => type !== tenant)];

let connection: SqliteConnection;
beforeAll(() => {
  connection = new SqliteConnection(':memory:');
  for (const statement of createStatements(types, sqliteDialect)) connection.exec(statement);
  setStatistics(connection, types);
});
afterAll(() => connection.close());

const typeNamed = (name: string) => types.find((type) => type.name === name)!;
const text = (value: string): Literal => ({ kind: 'literal', type: 'Edm.String', value });

/** What SQLite says it does, a line for each step. */
function steps(plan: SelectPlan): readonly string[] {
  const [page] = compileSelect(plan, planShape('select', plan), sqliteDialect).pages;
  return connection
    .prepare(`EXPLAIN QUERY PLAN ${page!.text}`)
    .all([])
    .map((row) => String(row[3]));
}

/** Plans of one type: each equality that an index could serve, with the orders that could follow. */
function plansOf(name: string): SelectPlan[] {
  const from = typeNamed(name);
  const { key, indexes = [] } = from.storage!;
  const columns = [...new Set([...key, ...indexes.flatMap(({ properties }) => properties)])];
  const orders = [[], ...columns.map((by) => [by, ...key.filter((part) => part !== by)]), key];
  const scopes = [[], ...columns.map((one) => [one]), ...indexes.map(({ properties }) => properties.slice(0, 2)), [key[0]!]];
  return scopes.flatMap((names) =>
    orders.flatMap((order) =>
      [false, true].map((descending): SelectPlan => {
        const scope = Object.fromEntries(names.map((one) => [one, anyValue(name, one)]));
        return { from, scope, orderBy: order.map((by) => ({ expression: column(from, by), descending })), limit: LIMIT };
      }),
    ),
  );
}

/** Any value of a column. */
function anyValue(name: string, property: string) {
  const declared = shapeOf(typeNamed(name)).property.get(property)?.type;
  if (declared === 'Edm.Boolean') return true;
  if (declared === 'Edm.DateTimeOffset') return '2026-01-01T00:00:00Z';
  if (typeof declared === 'object' && declared.kind === 'enum') return Object.keys(declared.members)[0]!;
  return '01930000-0000-7000-8000-00000000000a';
}

describe('rowsLookedAt', () => {
  const large = types.filter(({ name, storage }) => storage?.view !== true && storage?.global !== true && name !== tenant.name);

  it.each(large.map(({ name }) => name))('says nothing of %s that SQLite does not do', (name) => {
    let served = 0;
    for (const plan of plansOf(name)) {
      if (rowsLookedAt(plan) > LIMIT) continue;
      served++;
      const said = steps(plan);
      const described = JSON.stringify({
        scope: plan.scope,
        order: plan.orderBy.map(({ expression: e }) => e.kind === 'path' && e.property?.name),
        said,
      });
      expect(
        said.filter((step) => /^(SEARCH|SCAN)/.test(step)),
        described,
      ).toHaveLength(1);
      expect(
        said.filter((step) => /TEMP B-TREE|^SCAN/.test(step)),
        described,
      ).toEqual([]);
    }
    expect(served).toBeGreaterThan(0);
  });

  it('knows the pages that clients ask for most', () => {
    const from = typeNamed('hardwareConfigurationDeviceState');
    const [by, id] = ['lastStateUpdateDateTime', 'id'].map((name) => ({ expression: column(from, name), descending: true }));
    const failed: Expression = {
      kind: 'binary',
      type: 'Edm.Boolean',
      operator: 'eq',
      left: column(from, 'configurationState'),
      right: { kind: 'literal', type: shapeOf(from).property.get('configurationState')!.type, value: 'fail' },
    };
    const plan = { from, scope: { policyId: 'p' }, where: failed, orderBy: [by!, id!], limit: LIMIT };
    expect(rowsLookedAt(plan)).toBe(LIMIT);
    expect(rowsLookedAt({ ...plan, skip: 5000 })).toBe(LIMIT + 5000);
    expect(rowsLookedAt({ ...plan, orderBy: [id!] })).toBe(Number.POSITIVE_INFINITY);
    expect(rowsLookedAt({ ...plan, scope: {} })).toBe(Number.POSITIVE_INFINITY);
    const contains: Expression = { kind: 'call', type: 'Edm.Boolean', function: 'contains', arguments: [column(from, 'upn'), text('a')] };
    expect(rowsLookedAt({ from, scope: { policyId: 'p' }, where: contains, orderBy: [id!], limit: LIMIT })).toBe(Number.POSITIVE_INFINITY);
    expect(rowsLookedAt({ from, scope: { policyId: 'p', id: ['a', 'b', 'c'] }, orderBy: [] })).toBe(3);
    expect(rowsLookedAt({ from, scope: { policyId: 'p', id: 'a' }, where: contains, orderBy: [] })).toBe(1);
  });
});
