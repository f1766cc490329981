import type { Scanner } from './scanner.ts';
import type { ListExpression, LiteralExpression, ObjectExpression, SyntaxExpression } from './syntax.ts';

/** Reads an expression; handed to the readers below it so that no two files import each other. */
export type ExpressionReader = (scanner: Scanner) => SyntaxExpression;

const JSON_STRING = /"(?:[^"\\]|\\.)*"/sy;

/** Reads a JSON string (ABNF stringInUrl). @returns a literal of type Edm.String */
export function parseJsonString(scanner: Scanner): LiteralExpression {
  const start = scanner.position;
  const text = scanner.need(JSON_STRING, 'a JSON string in double quotes');
  try {
    return Object.freeze({ kind: 'literal', type: 'Edm.String', value: JSON.parse(text) as string, text });
  } catch {
    scanner.position = start;
    return scanner.fail('a valid JSON string');
  }
}

/**
 * Reads a JSON array or object, in which expressions may stand as values (ABNF arrayOrObject).
 * @param expression reads a value that is no JSON string
 */
export function parseJson(scanner: Scanner, expression: ExpressionReader): ListExpression | ObjectExpression {
  const value = (): SyntaxExpression => (scanner.peek() === '"' ? parseJsonString(scanner) : expression(scanner));
  const member = () => {
    const name = parseJsonString(scanner).value as string;
    scanner.skipSpaces();
    scanner.expect(':');
    scanner.skipSpaces();
    return Object.freeze({ name, value: value() });
  };
  return scanner.nest(() => {
    if (scanner.take('[')) return Object.freeze({ kind: 'list', items: separated(scanner, ']', value) });
    scanner.expect('{');
    return Object.freeze({ kind: 'object', members: separated(scanner, '}', member) });
  });
}

/** Reads items with commas between them up to a closing character, which is moved over. */
export function separated<T>(scanner: Scanner, close: string, item: () => T): readonly T[] {
  const items: T[] = [];
  scanner.skipSpaces();
  if (scanner.take(close)) return Object.freeze(items);
  do items.push(item());
  while (scanner.takeComma());
  scanner.skipSpaces();
  if (!scanner.take(close)) scanner.fail(`',' or '${close}'`);
  return Object.freeze(items);
}
