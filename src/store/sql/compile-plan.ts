import type { EnumType } from '../../edm/declare.ts';
import type { Value } from '../../edm/primitive.ts';
import { isUuidColumn } from '../../query/evaluate/text.ts';
import type { Expression, Literal } from '../../query/expression.ts';
import type { Linked, RowSet, SelectPlan } from '../../query/plan.ts';
import { type Column, columnNamed, type Encoding, formColumn, keyNames, type Table, tableOf } from '../schema/table.ts';
import { formOf } from './column-encoder.ts';
import { condition, dateForm, inForm, isNullable, orderKey } from './compile-expression.ts';
import { columnText, constant, isTenants, linkedIds, type RowSource, type Scope, storedValue } from './compile-path.ts';
import type { Dialect } from './dialect.ts';
import { type Fragment, joinFragments, LIMIT_SOURCE, quoteName, raw, SKIP_SOURCE, sql } from './fragment.ts';
import { isInlined, type PlanShape } from './plan-shape.ts';

/**
 * Plans to SQL; the lead file of this folder, which imports `schema`, `query`, `edm` and `lib`. `plan-shape.ts` says which plans
 * share a statement, `compile-expression.ts` does conditions, `dialect.ts` is what a database must bring.
 */

/** One value of a result row, and how many result columns it takes: a DateTimeOffset three, a computed duration two. */
export interface Output {
  readonly name: string;
  readonly form: Encoding | 'durationTicks' | 'timeTicks';
  readonly enumType?: EnumType;
}

/** A compiled SELECT. */
export interface CompiledSelect {
  /** Run in order until the limit is reached; their rows follow each other. One, unless the plan has `after`. */
  readonly pages: readonly Fragment[];
  readonly outputs: readonly Output[];
  /** Of a plan with `maxBytes` whose rows can be heavy. */
  readonly weighed?: WeighedPages;
}

/** What of the pages tells how heavy rows are, for each page. */
export interface WeighedPages {
  /** The pages with one more column, {@link WEIGHT}. */
  readonly pages: readonly Fragment[];
  /** That column alone. */
  readonly weights: readonly Fragment[];
}

/** The bytes of the texts of a row. */
export const WEIGHT = 'muster_weight';

/** Compiles a SELECT. */
export function compileSelect(plan: SelectPlan, shape: PlanShape, dialect: Dialect): CompiledSelect {
  const scope = rootScope(plan, shape, dialect);
  const table = tableOf(plan.from);
  const columns = readColumns(plan);
  const ordered = plan.orderValues === true ? plan.orderBy.map((item, i) => orderOutput(item.expression, `$order${i}`, scope)) : [];
  const selected = [...columns.map((c) => columnFragment(c, 't0', dialect)), ...ordered.map((o) => o.fragment)];
  const order = plan.orderBy.filter((item) => item.expression.kind !== 'literal');
  const orderBy = joinFragments(
    order.map(({ expression, descending }) =>
      dialect.ordered(orderKey(expression, scope), { descending, nullable: isNullable(expression) }),
    ),
    ', ',
  );
  const from = sql` FROM ${quoteName(table.name)} t0`;
  const head = selected.length === 0 ? raw('1') : joinFragments(selected, ', ');
  const tail = sql`${order.length === 0 ? '' : sql` ORDER BY ${orderBy}`}${paging(plan, dialect)}`;
  const rows = rowConditions(plan, scope);
  const ranges = plan.after === undefined ? [[]] : rangesBehind(plan, shape, scope);
  const pagesOf = (list: Fragment) => ranges.map((range) => sql`SELECT ${list}${from}${whereClause([...rows, ...range])}${tail}`);
  const weight = plan.maxBytes === undefined ? undefined : weightOf(columns, dialect);
  return {
    pages: pagesOf(head),
    outputs: [...columns.map(columnOutput), ...ordered.map((o) => o.output)],
    ...(weight === undefined ? {} : { weighed: { pages: pagesOf(sql`${head}, ${weight}`), weights: pagesOf(weight) } }),
  };
}

const OF_ANY_LENGTH: ReadonlySet<Encoding> = new Set<Encoding>(['text', 'json', 'binary', 'sealed', 'document']);

/** Whether the values of a column can be as long as clients like. */
export const isOfAnyLength = ({ encoding }: Pick<Column, 'encoding'>): boolean => OF_ANY_LENGTH.has(encoding);

/** The bytes that a row's columns of any length take, as a result column; undefined where it has none. */
function weightOf(columns: readonly Column[], dialect: Dialect): Fragment | undefined {
  const heavy = columns.filter(isOfAnyLength);
  const sizes = heavy.map((column) => sql`COALESCE(octet_length(${storedValue(column, 't0', dialect)}), 0)`);
  return sizes.length === 0 ? undefined : sql`${joinFragments(sizes, ' + ')} AS ${WEIGHT}`;
}

/** The columns that answer a plan. A whole document tells all that clients see of its row. */
function readColumns({ from, properties, document: wanted = false }: SelectPlan): readonly Column[] {
  const { columns, column, document } = tableOf(from);
  const named = properties?.map((name) => columnNamed(column, name, from));
  if (document === undefined) return named ?? columns;
  if (named !== undefined) return wanted ? [...named, { ...document, encoding: 'text' }] : named;
  return [document, ...columns.filter(({ property }) => property.internal === true)];
}

/** Compiles SELECT COUNT(*). */
export const compileCount = (rows: RowSet, shape: PlanShape, dialect: Dialect): Fragment =>
  sql`SELECT COUNT(*) FROM ${quoteName(tableOf(rows.from).name)} t0${whereClause(rowConditions(rows, rootScope(rows, shape, dialect)))}`;

/** Compiles DELETE, of no more than the first `limit` rows in key order where there is a limit. */
export function compileDelete(rows: RowSet & Pick<SelectPlan, 'limit'>, shape: PlanShape, dialect: Dialect): Fragment {
  const table = tableOf(rows.from);
  const where = whereClause(rowConditions(rows, rootScope(rows, shape, dialect)));
  const from = sql`DELETE FROM ${quoteName(dialect.tableOf(table))} AS t0`;
  if (rows.limit === undefined) return sql`${from}${where}`;
  const key = keyNames(table)
    .map((name) => columnText('t0', name))
    .join(', ');
  const some = sql`SELECT ${key} FROM ${quoteName(table.name)} t0${where} ORDER BY ${key}${paging(rows, dialect)}`;
  // The tenant by itself, so that a database that is spread over machines knows where to look.
  const tenant = table.tenanted ? sql`${isTenants('t0', dialect)} AND ` : '';
  return sql`${from} WHERE ${tenant}(${key}) IN (${some})`;
}

function rootScope(rows: RowSet, shape: PlanShape, dialect: Dialect): Scope {
  let aliases = 0;
  const sources = new Map<Literal, number>();
  shape.literals.forEach((literal, i) => {
    if (literal !== undefined) sources.set(literal, i);
  });
  return {
    dialect,
    sources,
    row: { alias: 't0', table: tableOf(rows.from) },
    variables: new Map(),
    alias: () => `t${++aliases}`,
    condition,
  };
}

const whereClause = (conditions: readonly Fragment[]): Fragment =>
  conditions.length === 0 ? raw('') : sql` WHERE ${joinFragments(conditions, ' AND ')}`;

/** A keyset page skips in the program: how many rows each range holds is not known beforehand. */
const paging = (plan: Pick<SelectPlan, 'limit' | 'skip' | 'after'>, dialect: Dialect): Fragment =>
  dialect.page(
    plan.limit === undefined ? undefined : dialect.parameter(LIMIT_SOURCE, 'rows'),
    plan.skip === undefined || plan.after !== undefined ? undefined : dialect.parameter(SKIP_SOURCE, 'rows'),
  );

function rowConditions({ from, scope: columns, linked, parents = [], where }: RowSet, scope: Scope): readonly Fragment[] {
  let source = 0;
  const scoped = rowsWith({ alias: 't0', table: tableOf(from) }, columns);
  const links = linked === undefined ? [] : [sql`${columnText('t0', 'id')} IN (${linkedIds(linked.navigation, linkRows(linked), scope)})`];
  const above = parents.map((types) => {
    const some = types.map((parent) => {
      const row = { alias: scope.alias(), table: tableOf(parent.from) };
      // Not EXISTS: SQLite would make it a join, and read the parent again for each row.
      return sql`(SELECT 1 FROM ${quoteName(row.table.name)} ${row.alias}${whereClause(rowsWith(row, parent.scope))}) = 1`;
    });
    return sql`(${joinFragments(some, ' OR ')})`;
  });
  return [...scoped, ...links, ...above, ...(where === undefined ? [] : [condition(where, scope)])];

  function linkRows({ navigation, source: given }: Linked) {
    const link = { alias: scope.alias(), table: tableOf(navigation.through!.link()) };
    return { link, conditions: rowsWith(link, given) };
  }

  /** That rows are the tenant's and have these column values. */
  function rowsWith({ alias, table }: RowSource & { readonly table: Table }, values: RowSet['scope']): readonly Fragment[] {
    const tenant = table.tenanted ? [isTenants(alias, scope.dialect)] : [];
    return [
      ...tenant,
      ...Object.entries(values).map(([name, value]) => columnIs(columnNamed(table.column, name, table.type), alias, value)),
    ];
  }

  function columnIs(column: Column, alias: string, value: Value): Fragment {
    const fold = column.property.caseless === true ? scope.dialect.caseless : (text: Fragment) => text;
    const own = fold(storedValue(column, alias, scope.dialect));
    const one = (item: Value): Fragment => fold(columnConstant(column, item, isInlined(column.property.type, item) ? 0 : source++));
    if (!Array.isArray(value)) return value === null ? sql`${own} IS NULL` : sql`${own} = ${one(value)}`;
    const present = value.filter((item) => item !== null).map(one);
    const some = present.length === 0 ? raw(scope.dialect.false) : sql`${own} IN (${joinFragments(present, ', ')})`;
    return value.includes(null) ? sql`(${some} OR ${own} IS NULL)` : some;
  }

  /** A value as its column holds it. Dates and the like that are stored as text are compared by their text here. */
  function columnConstant(column: Column, value: Value, at: number): Fragment {
    const { type } = column.property;
    if (isInlined(type, value)) return constant(type, value, { source: at, dialect: scope.dialect });
    const { encoding } = column;
    const form = encoding === 'uuid' || encoding === 'integer' || encoding === 'text' ? encoding : formOf(type);
    return scope.dialect.parameter(at, form);
  }
}

/**
 * Keyset paging: the rows behind the given values as a sequence of ranges, each of which an index serves however deep the page
 * lies: first those that share all values but the last, in the end those that differ in the first.
 */
function rangesBehind(plan: SelectPlan, shape: PlanShape, scope: Scope): readonly (readonly Fragment[])[] {
  let source = shape.afterStart;
  const terms = plan.orderBy.map(({ expression, descending }, i) => {
    const value = plan.after![i] ?? null;
    const own = orderKey(expression, scope);
    const bound = isInlined(expression.type, value) ? undefined : source++;
    const given =
      bound !== undefined && isUuidColumn(expression)
        ? scope.dialect.parameter(bound, 'uuid')
        : inForm(expression, constant(expression.type, value, { source: bound ?? 0, dialect: scope.dialect }), scope);
    const isNull = sql`${own} IS NULL`;
    const equal = value === null ? isNull : sql`${own} = ${given}`;
    if (value === null) return { equal, behind: descending ? [] : [sql`${own} IS NOT NULL`] };
    const nulls = descending && isNullable(expression) ? [isNull] : [];
    return { equal, behind: [sql`${own} ${descending ? '<' : '>'} ${given}`, ...nulls] };
  });
  return terms
    .map((term, i) => term.behind.map((behind) => [...terms.slice(0, i).map((t) => t.equal), behind]))
    .reverse()
    .flat();
}

/** The result columns of a column. */
const columnFragment = (column: Column, alias: string, dialect: Dialect): Fragment => {
  if (column.encoding !== 'dateTimeOffset') return storedValue(column, alias, dialect);
  return raw(`${splitTicks(columnText(alias, column.name))}, ${columnText(alias, formColumn(column.name))}`);
};

/** A number of ticks as two that JavaScript can hold. */
export const splitTicks = (ticks: string): string => `${ticks} / 10000000, ${ticks} % 10000000`;

/** How the result columns of a column are read. */
export const columnOutput = (column: Column): Output => ({
  name: column.name,
  form: column.encoding,
  ...(column.encoding === 'enum' ? { enumType: column.property.type as EnumType } : {}),
});

function orderOutput(e: Expression, name: string, scope: Scope): { readonly fragment: Fragment; readonly output: Output } {
  const own = orderKey(e, scope);
  const halves = sql`${own} / 10000000, ${own} % 10000000`;
  if (isUuidColumn(e)) return { fragment: own, output: { name, form: 'uuid' } };
  if (typeof e.type === 'object') {
    return { fragment: own, output: e.type.kind === 'enum' ? { name, form: 'enum', enumType: e.type } : { name, form: 'json' } };
  }
  switch (e.type) {
    case 'Edm.DateTimeOffset':
      return { fragment: sql`${halves}, ${dateForm(e, scope)}`, output: { name, form: 'dateTimeOffset' } };
    case 'Edm.Duration':
      return { fragment: halves, output: { name, form: 'durationTicks' } };
    case 'Edm.TimeOfDay':
      return { fragment: own, output: { name, form: 'timeTicks' } };
    case 'Edm.Boolean':
      return { fragment: own, output: { name, form: 'boolean' } };
    case 'Edm.Binary':
      return { fragment: own, output: { name, form: 'binary' } };
    default:
      return { fragment: own, output: { name, form: 'text' } };
  }
}
