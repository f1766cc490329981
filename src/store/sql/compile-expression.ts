import { AppError } from '../../lib/app-error.ts';
import { isIntegerDivision, temporalOperation } from '../../query/evaluate/arithmetic.ts';
import { isCaseless, isUuidColumn } from '../../query/evaluate/text.ts';
import type {
  BinaryExpression,
  BinaryOperator,
  Expression,
  InExpression,
  LambdaExpression,
  PathExpression,
} from '../../query/expression.ts';
import { compileCall, dateForm } from './compile-call.ts';
import { type Asked, compileLambda } from './compile-lambda.ts';
import { pathStored, pathValue } from './compile-path.ts';
import { type Fragment, joinFragments, raw, sql } from './fragment.ts';
import { constant, type Scope } from './scope.ts';

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
export function value(e: Expression, scope: Scope): Fragment {
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
