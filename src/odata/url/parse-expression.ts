import { parseJson, separated } from './parse-json.ts';
import { parseLiteral } from './parse-literal.ts';
import { parseMember } from './parse-member.ts';
import type { Scanner } from './scanner.ts';
import type { InExpression, SyntaxBinaryOperator, SyntaxExpression } from './syntax.ts';

/** How closely each operator binds (URL Conventions §5.1.1.17); all of them are left-associative. */
export const PRECEDENCE: Readonly<Record<SyntaxBinaryOperator | 'in', number>> = {
  or: 1,
  and: 2,
  eq: 3,
  ne: 3,
  gt: 4,
  ge: 4,
  lt: 4,
  le: 4,
  add: 5,
  sub: 5,
  mul: 6,
  div: 6,
  divby: 6,
  mod: 6,
  has: 8,
  in: 8,
};
/** Of `not` and `-`: above arithmetic, below `has` and `in`. */
export const UNARY_PRECEDENCE = 7;

// Only parentheses may touch an operator: `not(…)`, `(…)and(…)` and `in(…)` are not in the ABNF, but clients write them
const OPERATOR = /(?:or|and|eq|ne|gt|ge|lt|le|add|sub|mul|divby|div|mod|has|in)(?=[ \t(])/iy;
const NOT = /not(?=[ \t(])/iy;

/** Moves over an operator that binds at least as closely as `least`. */
function takeOperator(scanner: Scanner, least: number): SyntaxBinaryOperator | 'in' | undefined {
  const start = scanner.position;
  if (scanner.skipSpaces() || scanner.text[start - 1] === ')') {
    const operator = scanner.match(OPERATOR)?.toLowerCase() as SyntaxBinaryOperator | 'in' | undefined;
    if (operator !== undefined && PRECEDENCE[operator] >= least) {
      scanner.countOperator();
      scanner.skipSpaces();
      return operator;
    }
  }
  scanner.position = start;
  return undefined;
}

/** Reads `(…)` right of `in`: a list of literals, or else an expression in parentheses. */
function parseList(scanner: Scanner): InExpression['collection'] {
  const start = scanner.position;
  scanner.expect('(');
  const items = scanner.nest(() => separated(scanner, ')', () => parseLiteral(scanner) ?? parseExpression(scanner)));
  if (items.every((item) => item.kind === 'literal')) return Object.freeze({ kind: 'list', items });
  if (items.length === 1) return items[0]!;
  scanner.position = start;
  return scanner.fail('a list of literals');
}

/** Reads an operand without any operator around it. */
function parseOperand(scanner: Scanner): SyntaxExpression {
  switch (scanner.peek()) {
    case '(':
      return scanner.nest(() => {
        scanner.expect('(');
        scanner.skipSpaces();
        const inner = parseExpression(scanner);
        scanner.skipSpaces();
        if (!scanner.take(')')) scanner.fail("an operator or ')'");
        return inner;
      });
    case '[':
    case '{':
      return parseJson(scanner, parseExpression);
    case '"':
      return scanner.fail('a name or a value (text stands in single quotes)');
    default:
      return parseLiteral(scanner) ?? parseMember(scanner, parseExpression);
  }
}

/** Reads `not x`, `-x` or an operand. */
function parseUnary(scanner: Scanner): SyntaxExpression {
  const minus = scanner.peek() === '-';
  const literal = minus ? parseLiteral(scanner) : undefined; // -1 and -INF are literals
  if (literal !== undefined) return literal;
  if (minus) scanner.expect('-');
  else if (scanner.match(NOT) === undefined) return parseOperand(scanner);
  scanner.countOperator();
  scanner.skipSpaces();
  const operand = scanner.nest(() => parseBinary(scanner, UNARY_PRECEDENCE));
  return Object.freeze({ kind: 'unary', operator: minus ? 'negate' : 'not', operand });
}

/** Reads the right side of an operator. */
function parseRight(scanner: Scanner, operator: SyntaxBinaryOperator | 'in'): SyntaxExpression {
  if (operator === 'in' && scanner.peek() === '(') return parseList(scanner);
  const start = scanner.position;
  const right = parseBinary(scanner, PRECEDENCE[operator] + 1);
  const isEnum = right.kind === 'alias' || (right.kind === 'literal' && (right.type === 'enum' || right.type === 'Edm.String'));
  if (operator === 'has' && !isEnum) {
    scanner.position = start;
    scanner.fail('an enumeration value in single quotes');
  }
  return right;
}

function parseBinary(scanner: Scanner, least: number): SyntaxExpression {
  let left = parseUnary(scanner);
  for (;;) {
    const operator = takeOperator(scanner, least);
    if (operator === undefined) return left;
    const right = parseRight(scanner, operator);
    left = Object.freeze(
      operator === 'in' ? { kind: 'in', operand: left, collection: right } : { kind: 'binary', operator, left, right },
    ) as SyntaxExpression;
  }
}

/**
 * Reads an expression (ABNF commonExpr, boolCommonExpr) by precedence climbing, as far as it goes; what may follow is for the
 * caller to say. Operators and functions are read in any case (4.01).
 * @throws invalidQueryOption naming what was expected, what was found and where
 * @throws unsupportedQueryOption for geo literals, `case(…)` and `$filter` as a path segment
 * @throws tooDeep beyond the limits of `scanner.ts`
 */
export function parseExpression(scanner: Scanner): SyntaxExpression {
  return parseBinary(scanner, 1);
}
