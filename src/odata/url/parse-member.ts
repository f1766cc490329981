import { parseCall } from './parse-call.ts';
import type { ExpressionReader } from './parse-json.ts';
import { parseSearch } from './parse-search.ts';
import { IDENTIFIER_PATTERN, QUALIFIED_NAME_PATTERN, type Scanner } from './scanner.ts';
import type { CountExpression, LambdaExpression, SearchExpression, SyntaxExpression } from './syntax.ts';

const VARIABLE = /\$(?:it|this|root)\b/y;
const SYSTEM_NAME = /\$\w*/y;
const ANNOTATION = new RegExp(`@${QUALIFIED_NAME_PATTERN.source}(?:#${IDENTIFIER_PATTERN.source})?`, 'uy');
const COUNT_OPTION = /\$?(filter|search)=/iy;

/** A path as far as it has been read: what it starts from and the names since. */
class Path {
  source: SyntaxExpression | undefined;
  #names: string[] = [];

  add(name: string): void {
    this.#names.push(name);
  }

  /** The only name read so far, if it is the only thing. */
  get single(): string | undefined {
    return this.source === undefined && this.#names.length === 1 ? this.#names[0] : undefined;
  }

  /** Starts over behind a call. */
  restart(source: SyntaxExpression): void {
    this.source = source;
    this.#names = [];
  }

  /** The expression that has been read, or undefined when there is nothing yet. */
  finish(): SyntaxExpression | undefined {
    if (this.#names.length === 0) return this.source;
    const path = Object.freeze(this.#names);
    return Object.freeze(this.source === undefined ? { kind: 'member', path } : { kind: 'member', source: this.source, path });
  }
}

/** Reads the parentheses behind `any` or `all` (ABNF anyExpr, allExpr). */
function parseLambda(
  scanner: Scanner,
  head: Pick<LambdaExpression, 'operator' | 'source'>,
  expression: ExpressionReader,
): LambdaExpression {
  scanner.expect('(');
  return scanner.nest(() => {
    scanner.skipSpaces();
    if (head.operator === 'any' && scanner.take(')')) return Object.freeze({ kind: 'lambda', ...head });
    const variable = scanner.need(IDENTIFIER_PATTERN, 'a range variable');
    scanner.skipSpaces();
    scanner.expect(':');
    scanner.skipSpaces();
    const predicate = expression(scanner);
    scanner.skipSpaces();
    scanner.expect(')');
    return Object.freeze({ kind: 'lambda', ...head, variable, predicate });
  });
}

/** Reads the optional parentheses behind `/$count`. */
function parseCount(scanner: Scanner, source: SyntaxExpression, expression: ExpressionReader): CountExpression {
  if (!scanner.take('(')) return Object.freeze({ kind: 'count', source });
  const options: { filter?: SyntaxExpression; search?: SearchExpression } = {};
  scanner.nest(() => {
    do {
      const start = scanner.position;
      const name = scanner.need(COUNT_OPTION, '$filter= or $search=').toLowerCase().includes('filter') ? 'filter' : 'search';
      if (options[name] !== undefined) {
        scanner.position = start;
        scanner.fail(`$${name} only once`);
      }
      if (name === 'filter') options.filter = expression(scanner);
      else options.search = parseSearch(scanner);
    } while (scanner.take(';'));
    if (!scanner.take(')')) scanner.fail("';' or ')'");
  });
  return Object.freeze({ kind: 'count', source, ...options });
}

/** Reads one name and what its parentheses make of it. @returns the finished expression where nothing may follow */
function parseName(scanner: Scanner, path: Path, expression: ExpressionReader): SyntaxExpression | undefined {
  const start = scanner.position;
  const name = scanner.need(QUALIFIED_NAME_PATTERN, 'a name or a value');
  if (scanner.peek() !== '(') {
    path.add(name);
    return undefined;
  }
  const source = path.finish();
  const operator = name.toLowerCase();
  if (operator === 'any' || operator === 'all') {
    if (source === undefined) {
      scanner.position = start;
      scanner.fail(`a collection before '${operator}', as in 'assignments/${operator}(a:…)'`);
    }
    return parseLambda(scanner, { operator, source }, expression);
  }
  scanner.countOperator(); // a chain of calls is a tree as deep as it is long
  path.restart(parseCall(scanner, source === undefined ? { name } : { name, source }, expression));
  return undefined;
}

/**
 * Reads what starts with a name, `$it`, `$this`, `$root` or `@`: a member path, a call, a lambda, a count, or an alias
 * (ABNF firstMemberExpr, functionExpr, methodCallExpr, rootExpr, parameterAlias).
 * @param expression reads arguments and predicates
 */
export function parseMember(scanner: Scanner, expression: ExpressionReader): SyntaxExpression {
  const path = new Path();
  const variable = scanner.match(VARIABLE);
  if (variable !== undefined) {
    if (variable === '$root' && scanner.peek() !== '/') scanner.fail("'/' after $root");
    path.add(variable);
  } else if (scanner.peek() === '@') {
    const name = scanner.need(ANNOTATION, 'a parameter alias or an annotation');
    if (/[.#]/.test(name)) path.add(name);
    else path.restart(Object.freeze({ kind: 'alias', name: name.slice(1) }));
  } else {
    const lambda = parseName(scanner, path, expression);
    if (lambda !== undefined) return lambda;
  }
  while (scanner.take('/')) {
    if (scanner.peek() === '$') {
      const start = scanner.position;
      const name = scanner.match(SYSTEM_NAME);
      if (name === '$count') return parseCount(scanner, path.finish() as SyntaxExpression, expression);
      if (name === '$filter') scanner.refuse('$filter as a path segment');
      scanner.position = start;
      scanner.fail('a name or $count');
    }
    if (scanner.peek() === '@') path.add(scanner.need(ANNOTATION, 'an annotation'));
    else {
      const lambda = parseName(scanner, path, expression);
      if (lambda !== undefined) return lambda;
    }
  }
  if (path.single?.includes('.') && !path.single.startsWith('@')) scanner.fail(`'/' after the type name or '(' after the function name`);
  return path.finish() as SyntaxExpression;
}
