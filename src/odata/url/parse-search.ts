import type { Scanner } from './scanner.ts';
import type { SearchExpression } from './syntax.ts';

/**
 * Stands for a semicolon that was sent encoded: one as it is ends an option inside parentheses, and is no part of a word anywhere (ABNF
 * searchWord). A noncharacter of Unicode, which no text holds.
 */
export const ENCODED_SEMICOLON = '\ufdd0';

const WORD = /[^\s()"';][^\s()";]*/y;
/** `NOT`, `AND` or `OR`, with white space and the start of an operand behind it: otherwise it is a word like any other. */
const OPERATOR = /(?:NOT|AND|OR)(?=[ \t]+[^\s)';])/y;
const PHRASE = /"[^"]+"/y;
/** The 4.01 form for what a user is still typing: the whole value in single quotes, taken as it is. */
const INCOMPLETE = /'(?:[^']|'')*'/y;

type Frozen = Readonly<SearchExpression>;
const node = (value: SearchExpression): Frozen => Object.freeze(value);
const textNode = (kind: 'term' | 'phrase', text: string): Frozen => node({ kind, text: text.replaceAll(ENCODED_SEMICOLON, ';') });

/** The operator that comes next, if one does. */
function nextOperator(scanner: Scanner): string | undefined {
  OPERATOR.lastIndex = scanner.position;
  return OPERATOR.exec(scanner.text)?.[0];
}

/** Moves over an operator and the white space behind it. */
function takeOperator(scanner: Scanner, name: string): void {
  scanner.countOperator();
  scanner.expect(name);
  scanner.skipSpaces();
}

function operand(scanner: Scanner): SearchExpression {
  if (nextOperator(scanner) === 'NOT') {
    takeOperator(scanner, 'NOT');
    return scanner.nest(() => node({ kind: 'not', operand: operand(scanner) }));
  }
  if (scanner.take('(')) {
    return scanner.nest(() => {
      scanner.skipSpaces();
      const inner = disjunction(scanner);
      scanner.skipSpaces();
      scanner.expect(')');
      return inner;
    });
  }
  const phrase = scanner.match(PHRASE);
  if (phrase !== undefined) return textNode('phrase', phrase.slice(1, -1));
  return textNode('term', scanner.need(WORD, 'a word, a phrase in double quotes, or parentheses'));
}

/** Whether an operand starts here. */
const atOperand = (scanner: Scanner): boolean => !scanner.done && !/[);'\s]/.test(scanner.peek());

function conjunction(scanner: Scanner): SearchExpression {
  let left = operand(scanner);
  for (;;) {
    const start = scanner.position;
    const goesOn = scanner.skipSpaces() && atOperand(scanner);
    const operator = nextOperator(scanner);
    if (!goesOn || operator === 'OR') {
      scanner.position = start;
      return left;
    }
    if (operator === 'AND') takeOperator(scanner, 'AND');
    else scanner.countOperator();
    left = node({ kind: 'and', left, right: operand(scanner) });
  }
}

function disjunction(scanner: Scanner): SearchExpression {
  let left = conjunction(scanner);
  for (;;) {
    const start = scanner.position;
    if (!scanner.skipSpaces() || nextOperator(scanner) !== 'OR') {
      scanner.position = start;
      return left;
    }
    takeOperator(scanner, 'OR');
    left = node({ kind: 'or', left, right: conjunction(scanner) });
  }
}

/**
 * Reads a search expression (ABNF search, URL Conventions §5.1.8): words, "phrases", NOT, AND (also implied), OR, parentheses.
 * NOT binds closest, then AND, then OR; the three are operators in upper case only, and words where no operand follows.
 */
export function parseSearch(scanner: Scanner): SearchExpression {
  scanner.skipSpaces();
  const incomplete = scanner.match(INCOMPLETE);
  if (incomplete !== undefined) return textNode('phrase', incomplete.slice(1, -1).replaceAll("''", "'"));
  return disjunction(scanner);
}
