import { canonicalFunction } from './canonical-function.ts';
import { type ExpressionReader, separated } from './parse-json.ts';
import { IDENTIFIER_PATTERN, QUALIFIED_NAME_PATTERN, type Scanner } from './scanner.ts';
import type { Argument, CallExpression, SyntaxExpression, TypeExpression } from './syntax.ts';

/** A call whose name has been read, with the opening parenthesis next. */
export interface CallHead {
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
export function parseCall(scanner: Scanner, head: CallHead, expression: ExpressionReader): CallExpression {
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
