import { UNKNOWN_FUTURE_VALUE } from '../../edm/declare.ts';
import type { CountExpression, SyntaxExpression } from '../../odata/url/syntax.ts';
import { TEMPORAL_RESULT, temporalOperation } from '../../query/evaluate/arithmetic.ts';
import type { BinaryExpression, BinaryOperator, Expression, ExpressionType, LambdaExpression } from '../../query/expression.ts';
import { bindCall, coerce, isNumeric, plainLiteral, typeName } from './call.ts';
import { bindCollection, bindPath } from './path.ts';
import { type Bind, countNodes, deeper, ELEMENT, optionError, type Scope, unsupported, type Variable } from './scope.ts';

/** Binds expression trees to the model: names become columns and navigations, literals take the type of what they meet. */

/** Binds a condition. @throws invalidQueryOption when it is not boolean */
export function bindCondition(syntax: SyntaxExpression, scope: Scope): Expression {
  const bound = bindExpression(syntax, scope);
  if (bound.type !== 'Edm.Boolean' && bound.type !== 'null') {
    throw optionError(`A condition must be true or false, but this one has the type ${typeName(bound.type)}. Compare it with a value.`);
  }
  return bound;
}

/** Binds any expression. @throws invalidQueryOption, unsupportedQueryOption */
export function bindExpression(syntax: SyntaxExpression, outer: Scope): Expression {
  const scope = deeper(outer, syntax);
  switch (syntax.kind) {
    case 'literal':
      if (syntax.type === 'enum') return coerce(syntax, { enumName: syntax.enumType! }, scope);
      return plainLiteral(syntax, syntax.type, scope);
    case 'alias': {
      const value = scope.aliases.get(syntax.name);
      if (value === undefined) return { kind: 'literal', type: 'null', value: null };
      // An alias cannot name itself, however far round.
      const aliases = new Map(scope.aliases);
      aliases.delete(syntax.name);
      return bindExpression(value, { ...scope, aliases });
    }
    case 'member':
      return bindPath(syntax, scope);
    case 'call':
      return bindCall(syntax, scope, bindExpression);
    case 'lambda':
      return bindLambda(syntax, scope, bindCondition);
    case 'binary':
      return bindBinary(syntax, scope);
    case 'unary':
      return bindUnary(syntax, scope);
    case 'in':
      return bindIn(syntax, scope);
    case 'count':
      return bindCount(syntax, scope, bindCondition);
    case 'list':
    case 'object':
    case 'type':
      throw unsupported(`A ${syntax.kind} here`);
  }
}

function bindBinary(syntax: SyntaxExpression & { kind: 'binary' }, scope: Scope): Expression {
  const { operator, left, right } = syntax;
  if (operator === 'and' || operator === 'or') return bindChain(syntax, operator, scope);
  const operands = [bindOperand(left, scope), bindOperand(right, scope)];
  if (ARITHMETIC.has(operator)) return bindArithmetic(operator as BinaryOperator, operands, scope);
  const bound = meet(operands, scope);
  if (operator === 'has') {
    if (typeof bound[0]!.type !== 'object' || bound[0]!.type.kind !== 'enum') throw optionError("'has' needs an enumeration on its left.");
    // None of the enumerations is one of flags: a value has a member when it is that member, whatever bits their numbers share.
    return bindEquality(bound, 'eq', scope);
  }
  if (operator === 'eq' || operator === 'ne') return bindEquality(bound, operator, scope);
  return { kind: 'binary', type: 'Edm.Boolean', operator: operator as BinaryOperator, left: bound[0]!, right: bound[1]! };
}

const ARITHMETIC: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'div', 'divby', 'mod']);

/** Numbers are computed with numbers; dates and durations by the rules of URL Conventions §5.1.1.2. @throws unsupportedQueryOption */
function bindArithmetic(operator: BinaryOperator, operands: readonly Operand[], scope: Scope): Expression {
  const computed = ([left, right]: readonly Expression[], type: ExpressionType): BinaryExpression => ({
    kind: 'binary',
    type,
    operator,
    left: left!,
    right: right!,
  });
  if (operands.map(typeOf).some((type) => TEMPORAL.has(type))) {
    const bound = operands.map((operand) => closed(operand, scope));
    const operation = temporalOperation(computed(bound, 'null'));
    return computed(bound, TEMPORAL_RESULT[operation!]);
  }
  // A text may turn out to be a number when it meets one; anything else is told by its own type.
  checkNumeric(
    operator,
    operands.map(typeOf).filter((type) => type !== 'Edm.String'),
  );
  const bound = meet(operands, scope);
  checkNumeric(
    operator,
    bound.map(({ type }) => type),
  );
  return computed(bound, widest(bound, operator));
}

/** @throws unsupportedQueryOption for arithmetic on booleans, enumerations and the like */
function checkNumeric(operator: string, types: readonly (ExpressionType | 'enum')[]): void {
  for (const type of types) {
    if (type === 'enum') throw unsupported(`'${operator}' on an enumeration`);
    if (type !== 'null' && !isNumeric(type)) throw unsupported(`'${operator}' on ${typeName(type)}`);
  }
}

const TEMPORAL: ReadonlySet<unknown> = new Set(['Edm.DateTimeOffset', 'Edm.Date', 'Edm.Duration']);

/** `unknownFutureValue` stands for itself and all members behind it, where the client may not name those (Graph, evolvable enumerations). */
function bindEquality([left, right]: readonly Expression[], operator: 'eq' | 'ne', { futureMembers }: Scope): Expression {
  const [one, other] = isUnknownFuture(left!) ? [right!, left!] : [left!, right!];
  if (futureMembers || !isUnknownFuture(other)) return { kind: 'binary', type: 'Edm.Boolean', operator, left: left!, right: right! };
  const behind: Expression = { kind: 'binary', type: 'Edm.Boolean', operator: 'ge', left: one, right: other };
  return operator === 'eq' ? behind : { kind: 'unary', type: 'Edm.Boolean', operator: 'not', operand: behind };
}

const isUnknownFuture = (expression: Expression): boolean =>
  expression.kind === 'literal' && typeof expression.type === 'object' && expression.value === UNKNOWN_FUTURE_VALUE;

/** Binds `a or b or c …` as a tree of little depth: which two are joined first makes no difference. */
function bindChain(syntax: SyntaxExpression, operator: 'and' | 'or', scope: Scope): Expression {
  const operands: SyntaxExpression[] = [];
  let rest = syntax;
  for (; rest.kind === 'binary' && rest.operator === operator; rest = rest.left) operands.unshift(rest.right);
  const bound = [rest, ...operands].map((operand) => bindExpression(operand, scope));
  for (const { type } of bound) {
    if (type !== 'Edm.Boolean' && type !== 'null')
      throw optionError(`'${operator}' joins conditions, but one side has the type ${typeName(type)}.`);
  }
  return joinEvenly(bound, operator);
}

function joinEvenly(operands: readonly Expression[], operator: 'and' | 'or'): Expression {
  if (operands.length === 1) return operands[0]!;
  const middle = Math.ceil(operands.length / 2);
  const [left, right] = [operands.slice(0, middle), operands.slice(middle)].map((half) => joinEvenly(half, operator));
  return { kind: 'binary', type: 'Edm.Boolean', operator, left: left!, right: right! };
}

/** Numbers meet in the wider type; `div` of whole numbers stays whole, `divby` never does. */
function widest(operands: readonly Expression[], operator: string): ExpressionType {
  const order = ['Edm.Int32', 'Edm.Int64', 'Edm.Decimal', 'Edm.Double'] as const;
  const rank = Math.max(...operands.map(({ type }) => order.indexOf(type as (typeof order)[number])), 0);
  return operator === 'divby' && rank < 2 ? 'Edm.Decimal' : order[rank]!;
}

/** Operands may be literals whose type only the other side tells: those stay unbound for {@link meet}. */
type Operand = Expression | { readonly kind: 'open'; readonly literal: SyntaxExpression & { kind: 'literal' } };

function bindOperand(syntax: SyntaxExpression, scope: Scope): Operand {
  if (syntax.kind === 'alias') {
    const value = scope.aliases.get(syntax.name);
    if (value?.kind === 'literal') return bindOperand(value, scope);
  }
  return syntax.kind === 'literal' && syntax.type !== 'null' ? { kind: 'open', literal: syntax } : bindExpression(syntax, scope);
}

const closed = (operand: Operand, scope: Scope): Expression => (operand.kind === 'open' ? bindExpression(operand.literal, scope) : operand);

const typeOf = (operand: Operand): ExpressionType | 'enum' => (operand.kind === 'open' ? operand.literal.type : operand.type);

/** Gives literals the type of what they are compared with, and checks that the operands can meet. */
function meet(operands: readonly Operand[], scope: Scope): Expression[] {
  const typed = operands.find((operand): operand is Expression => operand.kind !== 'open' && operand.type !== 'null');
  const bound = operands.map((operand): Expression => {
    if (operand.kind !== 'open') return operand;
    return typed === undefined ? closed(operand, scope) : coerce(operand.literal, { type: typed.type }, scope);
  });
  const types = bound.map(({ type }) => type).filter((type) => type !== 'null');
  for (const type of types) {
    const comparable = type === types[0] || (isNumeric(type) && isNumeric(types[0]!));
    if (!comparable) throw optionError(`${typeName(types[0]!)} and ${typeName(type)} cannot be compared or combined.`);
    if (typeof type === 'object' && type.kind === 'complex') throw unsupported('Comparing whole complex values');
  }
  return bound;
}

function bindUnary({ operator, operand }: SyntaxExpression & { kind: 'unary' }, scope: Scope): Expression {
  const bound = operator === 'not' ? bindCondition(operand, scope) : bindExpression(operand, scope);
  if (operator === 'negate' && !['null', 'Edm.Duration'].includes(typeName(bound.type)) && !isNumeric(bound.type))
    throw unsupported(`'-' before ${typeName(bound.type)}`);
  return { kind: 'unary', type: bound.type === 'null' ? 'Edm.Boolean' : bound.type, operator, operand: bound };
}

function bindIn({ operand, collection: given }: SyntaxExpression & { kind: 'in' }, scope: Scope): Expression {
  const collection = withoutAlias(given, scope.aliases);
  if (collection.kind !== 'list') throw unsupported("'in' with anything but a list of values");
  countNodes(scope, collection.items.length);
  const left = bindExpression(operand, scope);
  const items = collection.items.map((item) => meet([left, bindOperand(item, scope)], scope)[1]!);
  const unknown = scope.futureMembers ? undefined : items.find(isUnknownFuture);
  const isIn: Expression = { kind: 'in', type: 'Edm.Boolean', operand: left, items };
  return unknown === undefined ? isIn : joinEvenly([isIn, bindEquality([left, unknown], 'eq', scope)], 'or');
}

/** What an alias stands for; one that only names itself, however far round, stays an alias. */
function withoutAlias(syntax: SyntaxExpression, aliases: Scope['aliases']): SyntaxExpression {
  let value = syntax;
  for (let steps = 0; value.kind === 'alias' && steps <= aliases.size; steps++) value = aliases.get(value.name) ?? value;
  return value;
}

/** Binds what asks of the elements of a collection. */

/** Binds `any` and `all` (URL Conventions §5.1.1.13). */
function bindLambda(syntax: SyntaxExpression & { kind: 'lambda' }, scope: Scope, bindCondition: Bind): LambdaExpression {
  const { operator, source, variable, predicate } = syntax;
  if (source.kind !== 'member') throw unsupported(`'${operator}' of anything but a path`);
  const collection = bindCollection(source, scope);
  const of = { kind: 'lambda', type: 'Edm.Boolean', operator, collection } as const;
  if (variable === undefined || predicate === undefined) return of;
  const inner = { ...scope, variables: new Map([...scope.variables, [variable, elementOf(collection)]]) };
  return { ...of, variable, predicate: bindCondition(predicate, inner) };
}

/** Binds `path/$count` and `path/$count($filter=…)` (URL Conventions §5.1.1.14). In that filter, names without a variable are those of the element. */
function bindCount({ source, filter, search }: CountExpression, scope: Scope, bindCondition: Bind): LambdaExpression {
  if (search !== undefined) throw unsupported("'$search' inside '$count'");
  if (source.kind !== 'member') throw unsupported("'$count' of anything but a path");
  const collection = bindCollection(source, scope);
  const of = { kind: 'lambda', type: 'Edm.Int64', operator: 'count', collection } as const;
  if (filter === undefined) return of;
  const variables = new Map([...scope.variables, [ELEMENT, elementOf(collection)]]);
  return { ...of, variable: ELEMENT, predicate: bindCondition(filter, { ...scope, variables, inCount: true }) };
}

/** What the range variable of a collection stands for. */
const elementOf = (collection: LambdaExpression['collection']): Variable =>
  collection.kind === 'navigationCollection'
    ? { kind: 'entity', type: collection.navigation.target }
    : { kind: 'value', type: collection.type };
