import { AppError } from '../../lib/app-error.ts';
import { isIntegerDivision, temporalOperation } from '../../query/evaluate/arithmetic.ts';
import { computedForm, MAX_DATE_TIME, MIN_DATE_TIME } from '../../query/evaluate/date.ts';
import { compilePattern, isCaseless, isUuidColumn } from '../../query/evaluate/text.ts';
import type {
  BinaryExpression,
  BinaryOperator,
  CallExpression,
  Expression,
  FunctionName,
  InExpression,
  LambdaExpression,
  NavigationCollection,
  PathExpression,
} from '../../query/expression.ts';
import { type Table, tableOf } from '../schema/table.ts';
import { encodeForm, encodeTicks } from './column-encoder.ts';
import {
  columnText,
  constant,
  fixedConditions,
  joinCondition,
  linkedIds,
  pathForm,
  pathStored,
  pathValue,
  type RowSource,
  type Scope,
  sameTenant,
  sourceOf,
} from './compile-path.ts';
import { type Fragment, joinFragments, NOW_SOURCE, quoteName, raw, sql } from './fragment.ts';

/**
 * Expressions to SQL. Two entrances: {@link condition} where false and null come to the same (so that plain comparisons
 * reach indexes), {@link value} where they do not. `query/evaluate/evaluate.ts` says what each operator means.
 */

/** A condition that is asked only whether it holds. */
export function condition(e: Expression, scope: Scope): Fragment {
  if (e.kind === 'binary') {
    if (e.operator === 'and' || e.operator === 'or') {
      return sql`(${condition(e.left, scope)} ${e.operator === 'and' ? 'AND' : 'OR'} ${condition(e.right, scope)})`;
    }
    if (e.operator === 'eq') return plainEquality(e.left, e.right, scope);
    if (isOrderComparison(e.operator)) return orderComparison(e, scope);
  }
  if (e.kind === 'in') return membership(e, scope, plainEquality);
  if (e.kind === 'lambda') return lambda(e, scope, 'whether it holds');
  if (e.kind === 'literal' && e.value === null) return raw(scope.dialect.false);
  return value(e, scope);
}

/** The exact value: null stays null. Values of each type have the form of `comparable` in `query/evaluate/compare.ts`. */
function value(e: Expression, scope: Scope): Fragment {
  switch (e.kind) {
    case 'literal':
      return constant(e.type, e.value, { source: scope.sources.get(e) ?? 0, dialect: scope.dialect });
    case 'path':
      return pathValue(e, scope);
    case 'binary':
      return binary(e, scope);
    case 'unary':
      return e.operator === 'not'
        ? sql`(NOT ${value(e.operand, scope)})`
        : e.operand.type === 'Edm.Duration'
          ? sql`(0 - ${value(e.operand, scope)})`
          : scope.dialect.arithmetic('negate', [value(e.operand, scope)], false);
    case 'in':
      return membership(e, scope, exactEquality);
    case 'call':
      return compileCall(e, scope, value);
    case 'lambda':
      return lambda(e, scope, 'its value');
  }
}

/** The value as `$orderby` and keys compare it: UUIDs stay bytes, so that indexes serve them. */
export const orderKey = (e: Expression, scope: Scope): Fragment =>
  isUuidColumn(e) && e.kind === 'path' ? pathStored(e, scope) : inForm(e, value(e, scope), scope);

/** Something that is compared with an expression, or the expression itself, in the form that its values are compared in. */
export const inForm = (e: Expression, compared: Fragment, { dialect }: Scope): Fragment =>
  isCaseless(e) ? dialect.caseless(compared) : compared;

const isOrderComparison = (operator: BinaryOperator): boolean =>
  operator === 'gt' || operator === 'ge' || operator === 'lt' || operator === 'le';

const symbols: Partial<Record<BinaryOperator, string>> = { gt: '>', ge: '>=', lt: '<', le: '<=' };

function orderComparison(e: BinaryExpression, scope: Scope): Fragment {
  const [left, right] = comparedValues(e.left, e.right, scope);
  return sql`${left} ${symbols[e.operator]!} ${right}`;
}

function binary(e: BinaryExpression, scope: Scope): Fragment {
  switch (e.operator) {
    case 'and':
      return sql`(${value(e.left, scope)} AND ${value(e.right, scope)})`;
    case 'or':
      return sql`(${value(e.left, scope)} OR ${value(e.right, scope)})`;
    case 'eq':
      return exactEquality(e.left, e.right, scope);
    case 'ne':
      return sql`(${scope.dialect.different(...operands(e.left, e.right, scope))})`;
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le':
      return sql`COALESCE(${orderComparison(e, scope)}, ${scope.dialect.false})`;
    case 'has': {
      const flags = value(e.right, scope);
      return sql`((${value(e.left, scope)} & ${flags}) = ${flags})`;
    }
    default:
      return arithmetic(e, scope);
  }
}

function arithmetic(e: BinaryExpression, scope: Scope): Fragment {
  const operation = temporalOperation(e);
  const left = value(e.left, scope);
  const right = value(e.right, scope);
  if (operation === undefined) return scope.dialect.arithmetic(e.operator, [left, right], isIntegerDivision(e));
  if (operation === 'dateTimeDistance' || operation === 'dateDistance') return scope.dialect.temporal(operation, [left, right]);
  const amount = e.operator === 'sub' ? sql`(0 - ${right})` : right;
  const form = operation === 'shiftDateTime' ? [dateForm(e.left, scope)] : [];
  return scope.dialect.temporal(operation, [left, ...form, amount]);
}

/** Both operands in one form: bytes when a `uuid` column meets a constant or its like, else the comparable form. */
function operands(left: Expression, right: Expression, scope: Scope): [Fragment, Fragment] {
  const bytes = (isUuidColumn(left) && hasBytes(right)) || (isUuidColumn(right) && hasBytes(left));
  return bytes ? [uuidBytesOf(left, scope), uuidBytesOf(right, scope)] : comparedValues(left, right, scope);
}

/** Both operands as values; without case when one of them is a caseless column. */
function comparedValues(left: Expression, right: Expression, scope: Scope): [Fragment, Fragment] {
  const form = isCaseless(left) ? left : right;
  return [inForm(form, value(left, scope), scope), inForm(form, value(right, scope), scope)];
}

const hasBytes = (e: Expression): boolean => isUuidColumn(e) || e.kind === 'literal';

function uuidBytesOf(e: Expression, scope: Scope): Fragment {
  if (e.kind === 'literal' && e.value !== null) return scope.dialect.parameter(scope.sources.get(e) ?? 0, 'uuid');
  return e.kind === 'path' ? pathStored(e, scope) : value(e, scope);
}

type Equality = (left: Expression, right: Expression, scope: Scope) => Fragment;

const isValue = (e: Expression): boolean => e.kind === 'literal' && e.value !== null;

/** Equality where null may stand for false: the plain operator when one side is a constant. */
const plainEquality: Equality = (left, right, scope) => {
  if (!isValue(left) && !isValue(right)) return exactEquality(left, right, scope);
  const [a, b] = operands(left, right, scope);
  return sql`${a} = ${b}`;
};

const exactEquality: Equality = (left, right, scope) => {
  refuseStructure(left, right);
  return sql`(${scope.dialect.same(...operands(left, right, scope))})`;
};

function refuseStructure(left: Expression, right: Expression): void {
  const structured = [left, right].some((e) => typeof e.type === 'object' && e.type.kind === 'complex');
  if (structured && ![left, right].some((e) => e.kind === 'literal' && e.value === null)) {
    throw new AppError('unsupportedQueryOption', 'A complex value can be compared with null only; compare its properties instead.');
  }
}

/** `in` is a chain of equalities; constants of one kind become one IN list. */
function membership(e: InExpression, scope: Scope, equality: Equality): Fragment {
  if (e.items.length === 0) return sql`(${scope.dialect.false})`;
  const constants = e.items.filter(isValue);
  const others = e.items.filter((item) => !isValue(item)).map((item) => equality(e.operand, item, scope));
  if (constants.length === 0) return sql`(${joinFragments(others, ' OR ')})`;
  const pairs = constants.map((item) => operands(e.operand, item, scope));
  const list = sql`${pairs[0]![0]} IN (${joinFragments(
    pairs.map(([, item]) => item),
    ', ',
  )})`;
  const one = equality === plainEquality ? list : sql`COALESCE(${list}, ${scope.dialect.false})`;
  return sql`(${joinFragments([one, ...others], ' OR ')})`;
}

const lambda = (e: LambdaExpression, scope: Scope, asked: Asked): Fragment =>
  compileLambda(e, scope, { asked, predicate: (inner, negated) => predicate(e, inner, negated) });

function predicate(e: LambdaExpression, scope: Scope, negated: boolean): Fragment | undefined {
  if (e.predicate === undefined) return undefined;
  return negated ? sql`NOT COALESCE(${value(e.predicate, scope)}, ${scope.dialect.false})` : condition(e.predicate, scope);
}

/** Whether the value of an expression can be null: all but plain columns that are declared not to be. */
export const isNullable = (e: Expression): boolean =>
  !(e.kind === 'path' && isOwnColumn(e) && e.property?.nullable === false) && !(e.kind === 'literal' && e.value !== null);

const isOwnColumn = (e: PathExpression): boolean => e.navigation.length === 0 && e.nested.length === 0 && e.variable === undefined;

/** `any` and `all` as EXISTS, counts as COUNT. A predicate that is null does not hold, so none is ever null. */

/** Whether an EXISTS is asked only whether it holds, so that the database may join; below a NOT it shall not. */
type Asked = 'whether it holds' | 'its value';

/** Compiles what must hold of an element; handed in, as expressions and lambdas contain each other. */
type Predicate = (scope: Scope, negated: boolean) => Fragment | undefined;

/** Compiles a lambda. @param predicate the predicate, negated for `all`; undefined when there is none */
function compileLambda(e: LambdaExpression, scope: Scope, { predicate, asked }: { predicate: Predicate; asked: Asked }): Fragment {
  const all = e.operator === 'all';
  const { from, element, conditions } = e.collection.kind === 'path' ? jsonElements(e.collection, scope) : targetRows(e.collection, scope);
  const variables = e.variable === undefined ? scope.variables : new Map([...scope.variables, [e.variable, element]]);
  const held = predicate({ ...scope, variables }, all);
  const where = held === undefined ? conditions : [...conditions, held];
  const test = where.length === 0 ? from : sql`${from} WHERE ${joinFragments(where, ' AND ')}`;
  if (e.operator === 'count') return sql`(SELECT COUNT(*) FROM ${test})`;
  const barrier = all || asked === 'its value' ? scope.dialect.barrier : '';
  return sql`(${all ? 'NOT ' : ''}EXISTS (SELECT 1 FROM ${test}${barrier}))`; // NOT binds looser than the operators around
}

interface Elements {
  readonly from: Fragment;
  readonly element: RowSource;
  readonly conditions: readonly Fragment[];
}

function jsonElements(collection: Extract<LambdaExpression['collection'], { kind: 'path' }>, scope: Scope): Elements {
  const alias = scope.alias();
  return { from: scope.dialect.jsonItems(pathStored(collection, scope), alias), element: { alias }, conditions: [] };
}

function targetRows({ navigation, variable }: NavigationCollection, scope: Scope): Elements {
  const source = sourceOf(variable, scope);
  const target = { alias: scope.alias(), table: tableOf(navigation.target) };
  const named = (row: RowSource & { readonly table: Table }) => `${quoteName(row.table.name)} ${row.alias}`;
  if (navigation.through === undefined) {
    return { from: sql`${named(target)}`, element: target, conditions: [joinCondition(navigation, { source, target, scope })] };
  }
  const link = { alias: scope.alias(), table: tableOf(navigation.through.link()) };
  const starts = joinCondition({ ...navigation, fixed: {} }, { source, target: link, scope });
  return {
    from: sql`${named(target)}`,
    element: target,
    conditions: [
      ...sameTenant(source, target, scope),
      sql`${columnText(target.alias, 'id')} IN (${linkedIds(navigation, { link, conditions: [starts] }, scope)})`,
      ...fixedConditions(navigation, target, scope),
    ],
  };
}

/** Calls of canonical functions. Parts of a DateTimeOffset come from its ticks moved by the offset that its form keeps. */

/** Compiles an operand; handed in, as expressions and calls contain each other. */
type Compile = (e: Expression, scope: Scope) => Fragment;

/** Compiles a call. @throws invalidQueryOption for a malformed regular expression */
function compileCall(call: CallExpression, scope: Scope, value: Compile): Fragment {
  const [first, second] = call.arguments;
  switch (call.function) {
    case 'now':
      return scope.dialect.parameter(NOW_SOURCE, 'ticks');
    case 'mindatetime':
      return raw(`(0 + ${encodeTicks(MIN_DATE_TIME)})`); // a bare number in ORDER BY would name a result column
    case 'maxdatetime':
      return raw(`(0 + ${encodeTicks(MAX_DATE_TIME)})`);
    case 'matchespattern':
      return matches(first!, second!, { scope, value });
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
    case 'minute':
    case 'second':
    case 'fractionalseconds':
    case 'totaloffsetminutes':
    case 'date':
    case 'time':
      return datePart(call.function, first!, { scope, value });
  }
  return scope.dialect.call(
    call.function,
    call.arguments.map((argument) => value(argument, scope)),
  );
}

/** A regular expression that is a constant is checked, and bound in the database's own syntax. */
function matches(text: Expression, pattern: Expression, { scope, value }: { scope: Scope; value: Compile }): Fragment {
  const isConstant = pattern.kind === 'literal' && typeof pattern.value === 'string';
  if (isConstant && compilePattern(pattern.value as string) === null) {
    throw new AppError(
      'invalidQueryOption',
      'The pattern of matchesPattern is no regular expression that can be matched here (look-around and back references cannot).',
    );
  }
  if (!isConstant && pattern.type !== 'null' && scope.dialect.constantPatterns) {
    throw new AppError('unsupportedQueryOption', 'The pattern of matchesPattern must be a constant with this database.');
  }
  const compiled = isConstant ? scope.dialect.parameter(scope.sources.get(pattern) ?? 0, 'pattern') : value(pattern, scope);
  return scope.dialect.call('matchespattern', [value(text, scope), compiled]);
}

/** Where each part stands in the text of an Edm.Date. */
const DATE_TEXT: Partial<Record<FunctionName, string>> = { year: '1, 4', month: '6, 2', day: '9, 2' };

function datePart(name: FunctionName, argument: Expression, { scope, value }: { scope: Scope; value: Compile }): Fragment {
  if (argument.type === 'null') return raw('NULL');
  const own = value(argument, scope);
  if (argument.type === 'Edm.Date') return sql`CAST(substr(${own}, ${DATE_TEXT[name] ?? '1, 10'}) AS INTEGER)`;
  const isTime = argument.type === 'Edm.TimeOfDay';
  if (name === 'fractionalseconds') return scope.dialect.arithmetic('divby', [sql`${own} % 10000000`, raw('10000000')], false);
  const offset = () => {
    const form = dateForm(argument, scope);
    return sql`(CASE WHEN ${form} < 8 THEN 0 ELSE (${form} >> 3) - 841 END)`;
  };
  if (name === 'totaloffsetminutes') return sql`(${offset()} + ${own} * 0)`; // null when the date is
  const seconds = isTime ? sql`(${own} / 10000000)` : sql`(${own} / 10000000 + ${offset()} * 60)`;
  switch (name) {
    case 'hour':
      return sql`(${seconds} % 86400 / 3600)`;
    case 'minute':
      return sql`(${seconds} % 3600 / 60)`;
    case 'second':
      return sql`(${seconds} % 60)`;
    case 'time':
      return sql`(${seconds} % 86400 * 10000000 + ${own} % 10000000)`;
    default:
      return scope.dialect.calendar(name as 'year' | 'month' | 'day' | 'date', seconds);
  }
}

/** The form (offset and digits) of an expression of type DateTimeOffset. */
export function dateForm(e: Expression, scope: Scope): Fragment {
  if (e.kind === 'path') return pathForm(e, scope);
  if (e.kind === 'literal') return e.value === null ? raw('NULL') : scope.dialect.parameter(scope.sources.get(e) ?? 0, 'form');
  if (e.kind === 'binary' && temporalOperation(e) === 'shiftDateTime')
    return sql`(${dateForm(e.left, scope)} | ${String(computedForm(0))})`;
  if (e.kind === 'call' && e.function === 'now') return scope.dialect.parameter(NOW_SOURCE, 'form');
  const fixed = encodeForm(e.kind === 'call' && e.function === 'maxdatetime' ? MAX_DATE_TIME : MIN_DATE_TIME);
  return raw(String(fixed));
}
