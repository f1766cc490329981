import { type ExpressionReader, separated } from './parse-json.ts';
import { parseSearch } from './parse-search.ts';
import { IDENTIFIER_PATTERN, QUALIFIED_NAME_PATTERN, type Scanner } from './scanner.ts';
import type {
  Argument,
  CallExpression,
  CountExpression,
  LambdaExpression,
  SearchExpression,
  SyntaxExpression,
  TypeExpression,
} from './syntax.ts';

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

/** A call whose name has been read, with the opening parenthesis next. */
interface CallHead {
  readonly name: string;
  /** What it is bound to; absent for the first part of a path. */
  readonly source?: SyntaxExpression;
}

const PARAMETER_NAME = new RegExp(`${IDENTIFIER_PATTERN.source}(?==)`, 'uy');

/** Reads one argument, `value` or `name=value`. */
function argument(scanner: Scanner, expression: ExpressionReader): Argument {
  const name = scanner.match(PARAMETER_NAME);
  if (name === undefined) return Object.freeze({ value: expression(scanner) });
  scanner.expect('=');
  return Object.freeze({ name, value: expression(scanner) });
}

/** Reads a type name, `Collection(…)` included, if the closing parenthesis follows it. Graph's documentation puts it in quotes. */
function typeName(scanner: Scanner): TypeExpression | undefined {
  const start = scanner.position;
  const isQuoted = scanner.take("'");
  const collection = scanner.take('Collection(');
  const name = scanner.match(QUALIFIED_NAME_PATTERN);
  if (name !== undefined && (!collection || scanner.take(')')) && (!isQuoted || scanner.take("'"))) {
    const end = scanner.position;
    scanner.skipSpaces();
    if (scanner.peek() === ')') {
      scanner.position = end;
      return Object.freeze({ kind: 'type', name, collection });
    }
  }
  scanner.position = start;
  return undefined;
}

/** Reads the arguments of `cast` and `isof`: an optional expression, then a type name. */
function typeArguments(scanner: Scanner, expression: ExpressionReader): readonly Argument[] {
  const read = separated(scanner, ')', () => Object.freeze({ value: typeName(scanner) ?? expression(scanner) }));
  if (read.at(-1)?.value.kind !== 'type') {
    scanner.position -= 1;
    scanner.fail('a type name as the last argument');
  }
  return read;
}

/**
 * Reads the arguments of a call (ABNF methodCallExpr, functionExprParameters, castExpr, isofExpr).
 * @throws invalidQueryOption also when a canonical function has too few or too many arguments
 */
function parseCall(scanner: Scanner, head: CallHead, expression: ExpressionReader): CallExpression {
  const start = scanner.position;
  const canonical = head.source === undefined ? canonicalFunction(head.name) : undefined;
  const name = canonical?.name ?? head.name;
  if (head.source === undefined && name.toLowerCase() === 'case') scanner.refuse("the function 'case'");
  scanner.expect('(');
  const read = scanner.nest(() =>
    canonical?.name === 'cast' || canonical?.name === 'isof'
      ? typeArguments(scanner, expression)
      : separated(scanner, ')', () => argument(scanner, expression)),
  );
  if (
    canonical !== undefined &&
    (read.length < canonical.least || read.length > canonical.most || read.some((a) => a.name !== undefined))
  ) {
    scanner.position = start;
    const { least, most } = canonical;
    scanner.fail(`${least === most ? least : `${least} to ${most}`} unnamed argument${most === 1 ? '' : 's'} for ${name}`);
  }
  return Object.freeze({ kind: 'call', name, arguments: read, ...(head.source && { source: head.source }) });
}

/** Least and most arguments of each canonical function (URL Conventions §5.1.1.5–§5.1.1.12). `cast` and `isof` end with a type name. */
const ARITY: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ['concat', [2, 2]],
  ['contains', [2, 2]],
  ['endswith', [2, 2]],
  ['indexof', [2, 2]],
  ['length', [1, 1]],
  ['startswith', [2, 2]],
  ['substring', [2, 3]],
  ['tolower', [1, 1]],
  ['toupper', [1, 1]],
  ['trim', [1, 1]],
  ['matchespattern', [2, 2]],
  ['hassubset', [2, 2]],
  ['hassubsequence', [2, 2]],
  ['date', [1, 1]],
  ['day', [1, 1]],
  ['fractionalseconds', [1, 1]],
  ['hour', [1, 1]],
  ['maxdatetime', [0, 0]],
  ['mindatetime', [0, 0]],
  ['minute', [1, 1]],
  ['month', [1, 1]],
  ['now', [0, 0]],
  ['second', [1, 1]],
  ['time', [1, 1]],
  ['totaloffsetminutes', [1, 1]],
  ['totalseconds', [1, 1]],
  ['year', [1, 1]],
  ['ceiling', [1, 1]],
  ['floor', [1, 1]],
  ['round', [1, 1]],
  ['geo.distance', [2, 2]],
  ['geo.intersects', [2, 2]],
  ['geo.length', [1, 1]],
  ['cast', [1, 2]],
  ['isof', [1, 2]],
]);

/** A canonical function: its name in lower case and how many arguments it takes. */
interface CanonicalFunction {
  readonly name: string;
  readonly least: number;
  readonly most: number;
}

/** Finds a canonical function by name, without regard to case (4.01). */
function canonicalFunction(name: string): CanonicalFunction | undefined {
  const lower = name.toLowerCase();
  const arity = ARITY.get(lower);
  return arity && { name: lower, least: arity[0], most: arity[1] };
}
