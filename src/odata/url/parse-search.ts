import type { Scanner } from './scanner.ts';
import type { SearchExpression } from './syntax.ts';

/** Which characters may be part of a word. */
interface Words {
  readonly word: RegExp;
  /** `NOT`, `AND` or `OR`, with white space and the start of an operand behind it: otherwise it is a word like any other. */
  readonly operator: RegExp;
}

const words = (excluded: string): Words => ({
  word: new RegExp(`[^\\s()"'${excluded}][^\\s()"${excluded}]*`, 'y'),
  operator: new RegExp(`(?:NOT|AND|OR)(?=[ \\t]+[^\\s)'${excluded}])`, 'y'),
});
const ALONE = words('');
/** Inside the parentheses of `$expand` a semicolon ends the option. */
const NESTED = words(';');
const PHRASE = /"[^"]+"/y;
/** The 4.01 form for what a user is still typing: the whole value in single quotes, taken as it is. */
const INCOMPLETE = /'(?:[^']|'')*'/y;

type Frozen = Readonly<SearchExpression>;
const node = (value: SearchExpression): Frozen => Object.freeze(value);

/** The operator that comes next, if one does. */
function nextOperator(scanner: Scanner, { operator }: Words): string | undefined {
  operator.lastIndex = scanner.position;
  return operator.exec(scanner.text)?.[0];
}

/** Moves over an operator and the white space behind it. */
function takeOperator(scanner: Scanner, name: string): void {
  scanner.countOperator();
  scanner.expect(name);
  scanner.skipSpaces();
}

function operand(scanner: Scanner, kind: Words): SearchExpression {
  if (nextOperator(scanner, kind) === 'NOT') {
    takeOperator(scanner, 'NOT');
    return scanner.nest(() => node({ kind: 'not', operand: operand(scanner, kind) }));
  }
  if (scanner.take('(')) {
    return scanner.nest(() => {
      scanner.skipSpaces();
      const inner = disjunction(scanner, kind);
      scanner.skipSpaces();
      scanner.expect(')');
      return inner;
    });
  }
  const phrase = scanner.match(PHRASE);
  if (phrase !== undefined) return node({ kind: 'phrase', text: phrase.slice(1, -1) });
  return node({ kind: 'term', text: scanner.need(kind.word, 'a word, a phrase in double quotes, or parentheses') });
}

/** Whether an operand starts here. */
const atOperand = (scanner: Scanner): boolean => !scanner.done && !/[);'\s]/.test(scanner.peek());

function conjunction(scanner: Scanner, kind: Words): SearchExpression {
  let left = operand(scanner, kind);
  for (;;) {
    const start = scanner.position;
    const goesOn = scanner.skipSpaces() && atOperand(scanner);
    const operator = nextOperator(scanner, kind);
    if (!goesOn || operator === 'OR') {
      scanner.position = start;
      return left;
    }
    if (operator === 'AND') takeOperator(scanner, 'AND');
    else scanner.countOperator();
    left = node({ kind: 'and', left, right: operand(scanner, kind) });
  }
}

function disjunction(scanner: Scanner, kind: Words): SearchExpression {
  let left = conjunction(scanner, kind);
  for (;;) {
    const start = scanner.position;
    if (!scanner.skipSpaces() || nextOperator(scanner, kind) !== 'OR') {
      scanner.position = start;
      return left;
    }
    takeOperator(scanner, 'OR');
    left = node({ kind: 'or', left, right: conjunction(scanner, kind) });
  }
}

function read(scanner: Scanner, kind: Words): SearchExpression {
  scanner.skipSpaces();
  const incomplete = scanner.match(INCOMPLETE);
  if (incomplete !== undefined) return node({ kind: 'phrase', text: incomplete.slice(1, -1).replaceAll("''", "'") });
  return disjunction(scanner, kind);
}

/**
 * Reads a search expression (ABNF search, URL Conventions §5.1.8): words, "phrases", NOT, AND (also implied), OR, parentheses.
 * NOT binds closest, then AND, then OR; the three are operators in upper case only, and words where no operand follows.
 */
export const parseSearch = (scanner: Scanner): SearchExpression => read(scanner, ALONE);

/** The same inside the parentheses of `$expand`, `$select` and `$count`. */
export const parseNestedSearch = (scanner: Scanner): SearchExpression => read(scanner, NESTED);
