import type { EnumType } from '../../edm/declare.ts';
import { DOCUMENT } from '../../edm/document.ts';
import type { Navigation } from '../../edm/link.ts';
import type { Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { type Expression, type ExpressionType, type Literal, type PathExpression, TARGET } from '../../query/expression.ts';
import { type Column, columnNamed, formColumn, type Table, TENANT_COLUMN, tableOf } from '../schema/table.ts';
import { formOf } from './column-encoder.ts';
import type { Conversion, Dialect, JsonKind } from './dialect.ts';
import { type Fragment, joinFragments, quoteName, raw, sql, TENANT_SOURCE } from './fragment.ts';
import { isInlined } from './plan-shape.ts';

/**
 * Paths. Navigations become correlated scalar subqueries, so that rows never multiply and the same condition works in
 * SELECT, count and DELETE; steps inside complex values are JSON paths.
 */

/** A column of a row as SQL. */
export const columnText = (alias: string, name: string): string => `${alias}.${quoteName(name)}`;

/** A column's value as it is stored, be it in the row's document. */
export function storedValue({ name, inDocument, encoding }: Column, alias: string, dialect: Dialect): Fragment {
  if (!inDocument) return raw(columnText(alias, name));
  const kind = encoding === 'integer' ? 'number' : encoding === 'boolean' || encoding === 'json' ? encoding : 'text';
  return dialect.jsonValue(raw(columnText(alias, DOCUMENT)), [name], kind);
}

/** A path's value in the form that its type is compared in (a `uuid` column as text). */
export const pathValue = (path: PathExpression, scope: Scope): Fragment => compilePath(path, scope, 'value');

/** The form (offset and digits) of a path to a DateTimeOffset. */
export const pathForm = (path: PathExpression, scope: Scope): Fragment => compilePath(path, scope, 'form');

/** A path's value as it is stored: bytes of a `uuid` column, text of JSON. */
export const pathStored = (path: PathExpression, scope: Scope): Fragment => compilePath(path, scope, 'stored');

type Wanted = 'value' | 'form' | 'stored';

function compilePath(path: PathExpression, scope: Scope, wanted: Wanted): Fragment {
  const start = sourceOf(path.variable, scope);
  if (path.navigation.length === 0) return leaf(path, start, { scope, wanted });
  let source: RowSource = start;
  const from: string[] = [];
  const conditions: Fragment[] = [];
  for (const [i, navigation] of path.navigation.entries()) {
    const target: RowSource & { table: Table } = { alias: scope.alias(), table: tableOf(navigation.target) };
    from.push(`${quoteName(target.table.name)} ${target.alias}`);
    conditions.push(joinCondition(navigation, { source, target: target, scope }));
    const guard = path.guards?.[i];
    if (guard !== undefined)
      conditions.push(scope.condition(guard, { ...scope, variables: new Map([...scope.variables, [TARGET, target]]) }));
    source = target;
  }
  return sql`(SELECT ${leaf(path, source, { scope, wanted })} FROM ${from.join(', ')} WHERE ${joinFragments(conditions, ' AND ')} LIMIT 1)`;
}

function leaf(path: PathExpression, source: RowSource, { scope, wanted }: { scope: Scope; wanted: Wanted }): Fragment {
  if (source.table === undefined) {
    const steps = [...(path.property === undefined ? [] : [path.property.name]), ...path.nested];
    return jsonLeaf(scope.dialect.jsonItem(source.alias), { steps, path, scope, wanted });
  }
  if (path.property === undefined) throw new AppError('internal', 'A path over rows of a table needs a property.');
  const column = columnNamed(source.table.column, path.property.name, source.table.type);
  const stored = storedValue(column, source.alias, scope.dialect);
  if (path.nested.length > 0) return jsonLeaf(stored, { steps: path.nested, path, scope, wanted });
  if (wanted === 'form') return raw(columnText(source.alias, formColumn(column.name)));
  return wanted === 'stored' ? stored : columnValue(column, stored, scope);
}

function columnValue(column: Column, stored: Fragment, { dialect }: Scope): Fragment {
  if (column.encoding === 'uuid') return dialect.convert('uuidText', stored);
  if (column.encoding !== 'text') return stored;
  const conversion = textConversions[column.property.type as string];
  return conversion === undefined || conversion === 'lower' ? stored : dialect.convert(conversion, stored);
}

/** How text is made comparable, for columns and inside JSON alike. */
const textConversions: Readonly<Partial<Record<string, Conversion>>> = {
  'Edm.DateTimeOffset': 'ticks',
  'Edm.Duration': 'duration',
  'Edm.TimeOfDay': 'timeOfDay',
  'Edm.Binary': 'binary',
  'Edm.Guid': 'lower',
};

interface JsonLeaf {
  readonly steps: readonly string[];
  readonly path: PathExpression;
  readonly scope: Scope;
  readonly wanted: Wanted;
}

function jsonLeaf(json: Fragment, { steps, path, scope, wanted }: JsonLeaf): Fragment {
  const { dialect } = scope;
  const { type } = path;
  if (wanted === 'stored') return dialect.jsonValue(json, steps, 'json');
  const value = dialect.jsonValue(json, steps, jsonKind(type));
  if (wanted === 'form') return dialect.convert('form', value);
  if (typeof type === 'object') return type.kind === 'enum' ? dialect.memberNumber(type, value) : value;
  const conversion = textConversions[type];
  return conversion === undefined ? value : dialect.convert(conversion, value);
}

function jsonKind(type: ExpressionType): JsonKind {
  if (typeof type === 'object') return type.kind === 'enum' ? 'text' : 'json';
  if (type === 'Edm.Boolean') return 'boolean';
  return type === 'Edm.Int32' || type === 'Edm.Int64' || type === 'Edm.Double' || type === 'Edm.Decimal' ? 'number' : 'text';
}

/** The two ends of a navigation. */
interface Ends {
  readonly source: RowSource;
  readonly target: RowSource & { readonly table: Table };
  readonly scope: Scope;
}

/** The condition that a row is the target of a navigation from another: tenant, `join` and `fixed`. */
export function joinCondition(navigation: Navigation, ends: Ends): Fragment {
  const { source, target, scope } = ends;
  return joinFragments(
    [
      ...sameTenant(source, target, scope),
      ...Object.entries(navigation.join).map(([to, from]) => columnsEqual([target, to], [source, from], scope)),
      ...fixedConditions(navigation, target, scope),
    ],
    ' AND ',
  );
}

/** That a row is the tenant's: a parameter in each place, not another row's column, says to a spread database where to look. */
export const isTenants = (alias: string, dialect: Dialect): Fragment =>
  sql`${columnText(alias, TENANT_COLUMN)} = ${dialect.parameter(TENANT_SOURCE, 'integer')}${dialect.stop === undefined ? '' : ` AND ${dialect.stop}`}`;

/** That the row which is come to belongs to the tenant, as the row does that is come from; nothing when one of the tables belongs to none. */
export const sameTenant = (source: RowSource, target: RowSource, { dialect }: Scope): readonly Fragment[] =>
  source.table?.tenanted === true && target.table?.tenanted === true ? [isTenants(target.alias, dialect)] : [];

/** The `fixed` conditions that name columns of this table; the model's own constants are written into the text. */
export const fixedConditions = (
  navigation: Navigation,
  row: RowSource & { readonly table: Table },
  { dialect }: Scope,
): readonly Fragment[] =>
  Object.entries(navigation.fixed).flatMap(([name, value]) => {
    const column = row.table.column.get(name);
    if (column === undefined) return [];
    const own = storedValue(column, row.alias, dialect);
    return [value === null ? sql`${own} IS NULL` : sql`${own} = ${dialect.literal(column, value)}`];
  });

type ColumnOf = readonly [source: RowSource, name: string];

/** That two columns are equal, also when only one of them keeps UUIDs as bytes; a list on the right equals each of its values. */
function columnsEqual([a, nameA]: ColumnOf, [b, nameB]: ColumnOf, scope: Scope): Fragment {
  const [left, right] = [columnAt(a, nameA), columnAt(b, nameB)];
  const [textA, textB] = [storedValue(left, a.alias, scope.dialect), storedValue(right, b.alias, scope.dialect)];
  if (right.property.collection) {
    const item = scope.alias();
    const id = scope.dialect.jsonValue(scope.dialect.jsonItem(item), [], 'text');
    return sql`${columnValue(left, textA, scope)} IN (SELECT ${id} FROM ${scope.dialect.jsonItems(textB, item)})`;
  }
  if (left.property.caseless === true || right.property.caseless === true) {
    return sql`${scope.dialect.caseless(textA)} = ${scope.dialect.caseless(textB)}`;
  }
  if (left.encoding === right.encoding) return sql`${textA} = ${textB}`;
  return sql`${columnValue(left, textA, scope)} = ${columnValue(right, textB, scope)}`;
}

function columnAt(source: RowSource, name: string): Column {
  if (source.table === undefined) throw new AppError('internal', 'A navigation must start from a row of a table.');
  return columnNamed(source.table.column, name, source.table.type);
}

/** What names mean at one place of an expression. */
export interface Scope {
  readonly dialect: Dialect;
  /** Index of each bound literal among the plan's values. */
  readonly sources: ReadonlyMap<Literal, number>;
  /** The row in question. */
  readonly row: RowSource;
  /** Range variables of the enclosing lambdas. */
  readonly variables: ReadonlyMap<string, RowSource>;
  /** A table alias not used before in the statement. */
  readonly alias: () => string;
  /** Compiles a condition: handed down, as paths can hold conditions and conditions paths. */
  readonly condition: (e: Expression, scope: Scope) => Fragment;
}

/** Where a path starts: a row of a table, or an element of a JSON array. */
export type RowSource = { readonly alias: string; readonly table: Table } | { readonly alias: string; readonly table?: undefined };

/** The source that a path starts from. */
export function sourceOf(variable: string | undefined, scope: Scope): RowSource {
  if (variable === undefined) return scope.row;
  const source = scope.variables.get(variable);
  if (source === undefined) throw new AppError('internal', `The range variable '${variable}' is not in scope.`);
  return source;
}

/** A constant in the form that values of its type are compared in. */
export function constant(type: ExpressionType, value: Value, at: { readonly source: number; readonly dialect: Dialect }): Fragment {
  if (!isInlined(type, value)) return at.dialect.parameter(at.source, formOf(type));
  if (typeof value === 'boolean') return raw(value ? at.dialect.true : at.dialect.false);
  const number = value === null ? undefined : (type as EnumType).members[String(value)];
  return raw(number === undefined ? 'NULL' : String(number));
}

/** The rows of a link type that start at the source. */
interface LinkRows {
  readonly link: RowSource & { readonly table: Table };
  readonly conditions: readonly Fragment[];
}

/**
 * The ids that a many-to-many navigation leads to, as a SELECT: a list of them never multiplies rows. A transitive navigation goes
 * on from what it finds, but from nothing twice, so that circles end.
 */
export function linkedIds({ join, through }: Navigation, { link, conditions }: LinkRows, scope: Scope): Fragment {
  const { linkTo, transitive = false } = through!;
  const from = `FROM ${quoteName(link.table.name)}`;
  const where = joinFragments(conditions, ' AND ');
  if (!transitive) return sql`SELECT ${columnText(link.alias, linkTo)} ${from} ${link.alias} WHERE ${where}`;
  const [found, next] = [scope.alias(), scope.alias()];
  const step = sql`${isTenants(next, scope.dialect)} AND ${columnText(next, Object.keys(join)[0]!)} = ${found}.id`;
  return sql`WITH RECURSIVE ${found}(id) AS (SELECT ${columnText(link.alias, linkTo)} ${from} ${link.alias} WHERE ${where} UNION SELECT ${columnText(next, linkTo)} ${from} ${next} JOIN ${found} ON ${step}) SELECT id FROM ${found}`;
}
