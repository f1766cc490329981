import type { Row, Value } from '../../edm/primitive.ts';
import {
  type BinaryExpression,
  type BinaryOperator,
  type Expression,
  type ExpressionType,
  type LambdaExpression,
  type PathExpression,
  TARGET,
  type UnaryExpression,
} from '../expression.ts';
import { arithmetic } from './arithmetic.ts';
import { evaluateCall } from './call.ts';
import { type Comparable, comparable, compareComparables, withoutCase } from './compare.ts';
import { durationOfTicks, durationTicks } from './duration.ts';
import { foldUuid, isCaseless, isUuidColumn } from './text.ts';

/**
 * Interprets expressions over plain objects: the oracle that every store must agree with. A navigation's target stands in the
 * row under the navigation's name. `evaluate-*.ts` hold the rules by kind of value; `store/sql` compiles the same expressions.
 */

/** What an expression needs besides the row. */
export interface EvaluationContext {
  /** What `now()` is: milliseconds since the Unix epoch. */
  readonly now: number;
  /** Range variables of the enclosing lambdas. */
  readonly variables?: Readonly<Record<string, Value>>;
}

/** The value of an expression for a row; a condition holds when it is `true` (false and null do not). */
export function evaluate(expression: Expression, row: Row, context: EvaluationContext): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'path':
      return pathValue(expression, row, context);
    case 'binary':
      return binary(expression, row, context);
    case 'unary':
      return unary(expression, evaluate(expression.operand, row, context));
    case 'in': {
      const { operand, items } = expression;
      const value = evaluate(operand, row, context);
      return items.some((item) => equal([operand, item], [value, evaluate(item, row, context)]));
    }
    case 'call': {
      const values = expression.arguments.map((argument) => evaluate(argument, row, context));
      return evaluateCall(expression, values, context.now);
    }
    case 'lambda':
      return lambda(expression, row, context);
  }
}

const step = (value: Value, name: string): Value =>
  value !== null && typeof value === 'object' && Object.hasOwn(value, name) ? ((value as Row)[name] ?? null) : null;

const startOf = (variable: string | undefined, row: Row, context: EvaluationContext): Value =>
  variable === undefined ? row : (context.variables?.[variable] ?? null);

function pathValue(path: PathExpression, row: Row, context: EvaluationContext): Value {
  const target = path.navigation.reduce(
    (source, { name }, i) => {
      const found = step(source, name);
      const guard = path.guards?.[i];
      if (guard === undefined) return found;
      return evaluate(guard, row, { ...context, variables: { ...context.variables, [TARGET]: found } }) === true ? found : null;
    },
    startOf(path.variable, row, context),
  );
  return [...(path.property === undefined ? [] : [path.property.name]), ...path.nested].reduce(step, target);
}

function binary(e: BinaryExpression, row: Row, context: EvaluationContext): Value {
  const left = evaluate(e.left, row, context);
  if (e.operator === 'and' || e.operator === 'or') {
    const absorbing = e.operator === 'or';
    if (left === absorbing) return left;
    const right = evaluate(e.right, row, context);
    return right === absorbing ? right : left === null || right === null ? null : !absorbing;
  }
  const right = evaluate(e.right, row, context);
  switch (e.operator) {
    case 'eq':
      return equal([e.left, e.right], [left, right]);
    case 'ne':
      return !equal([e.left, e.right], [left, right]);
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le':
      return left !== null && right !== null && inOrder(e.operator, ...comparables([e.left, e.right], [left, right]));
    case 'has':
      return left === null || right === null ? null : hasFlags(comparedAs(e.left, e.right, left), comparedAs(e.right, e.left, right));
    default:
      return left === null || right === null ? null : arithmetic(e, left, right);
  }
}

const typeOf = (expression: Expression, other: Expression): ExpressionType => (expression.type === 'null' ? other.type : expression.type);

const comparedAs = (expression: Expression, other: Expression, value: Value): Comparable => comparable(value, typeOf(expression, other));

type Operands = readonly [Expression, Expression];
type Values = readonly [Value, Value];

/** What two values are compared by. A caseless column makes case mean nothing on the other side either. */
function comparables([left, right]: Operands, [a, b]: Values): [Comparable, Comparable] {
  const fold = isCaseless(left) || isCaseless(right) ? withoutCase : (value: Value) => value;
  return [comparedAs(left, right, fold(a)), comparedAs(right, left, fold(b))];
}

function equal([left, right]: Operands, [a, b]: Values): boolean {
  const fold = isUuidColumn(left) || isUuidColumn(right) ? foldUuid : (value: Value) => value;
  const [one, other] = comparables([left, right], [fold(a), fold(b)]);
  return one === other;
}

function inOrder(operator: BinaryOperator, a: Comparable, b: Comparable): boolean {
  if (a === null || b === null) return false;
  const order = compareComparables(a, b);
  if (operator === 'gt') return order > 0;
  if (operator === 'ge') return order >= 0;
  return operator === 'lt' ? order < 0 : order <= 0;
}

const hasFlags = (value: Comparable, flags: Comparable): boolean => (Number(value) & Number(flags)) === Number(flags);

function unary(e: UnaryExpression, value: Value): Value {
  if (value === null) return null;
  if (e.operator === 'not') return !value;
  if (typeof value === 'number') return -value;
  const ticks = durationTicks(value as string);
  return ticks === null ? null : durationOfTicks(-ticks);
}

/** Never null: a predicate that is null does not hold. */
function lambda(e: LambdaExpression, row: Row, context: EvaluationContext): boolean | number {
  const { collection, variable, predicate } = e;
  const items =
    collection.kind === 'path'
      ? pathValue(collection, row, context)
      : step(startOf(collection.variable, row, context), collection.navigation.name);
  if (!Array.isArray(items)) return e.operator === 'count' ? 0 : e.operator === 'all';
  const holds = (item: Value): boolean =>
    predicate === undefined ||
    evaluate(predicate, row, variable === undefined ? context : { ...context, variables: { ...context.variables, [variable]: item } }) ===
      true;
  if (e.operator === 'count') return items.filter(holds).length;
  return e.operator === 'any' ? items.some(holds) : items.every(holds);
}
