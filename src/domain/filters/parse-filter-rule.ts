import { AppError } from '../../lib/app-error.ts';
import { FILTER_OPERATORS, type FilterOperator, type FilterRule, type FilterValue } from './filter-rule.ts';

/** Deepest nesting of parentheses and `not`. */
const MAX_DEPTH = 100;

/** The error for a rule that cannot be what it says. @param position offset in the rule */
export const filterRuleError = (problem: string, position: number): AppError =>
  new AppError('invalidValue', `The rule ${problem} at position ${position}.`, { target: 'rule' });

type TokenKind = 'text' | 'word' | 'version' | 'sign' | 'end';

interface Token {
  readonly kind: TokenKind;
  /** As written; of a text without its quotes. */
  readonly text: string;
  readonly position: number;
}

const SPACE = /\s*/y;
// A text has no escapes, so that it cannot hold a double quote. What is no sign must end before a space or a sign.
const TOKEN = /"([^"]*)"(?=[\s()[\],]|$)|(\$?[a-z_]\w*(?:\.\w+)*|-[a-z]+)(?=[\s()[\],]|$)|(\d+(?:\.\d+)*)(?=[\s()[\],]|$)|([()[\],])/iy;

const operators = new Map<string, FilterOperator>(FILTER_OPERATORS.map((operator) => [operator.toLowerCase(), operator]));

/** `-and` and `and` mean the same, in any case. */
const undashed = ({ text }: Token): string => text.replace(/^-/, '').toLowerCase();

/** Reads a rule by recursive descent, one token ahead. */
class RuleParser {
  readonly #text: string;
  #next: Token;
  #offset = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#next = this.#scan();
  }

  run(): FilterRule {
    const rule = this.#or();
    if (this.#next.kind !== 'end') this.#fail("'and', 'or' or the end");
    return rule;
  }

  #scan(): Token {
    SPACE.lastIndex = this.#offset;
    const position = this.#offset + SPACE.exec(this.#text)![0].length;
    if (position === this.#text.length) return { kind: 'end', text: '', position };
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(this.#text);
    if (match === null) {
      throw filterRuleError(`has '${this.#text.slice(position, position + 20)}', which is no word, text or version,`, position);
    }
    this.#offset = TOKEN.lastIndex;
    const [, text, word, version, sign] = match;
    const kind = text !== undefined ? 'text' : word !== undefined ? 'word' : version !== undefined ? 'version' : 'sign';
    return { kind, text: (text ?? word ?? version ?? sign)!, position };
  }

  #take(): Token {
    const token = this.#next;
    this.#next = this.#scan();
    return token;
  }

  #isSign(sign: string): boolean {
    return this.#next.kind === 'sign' && this.#next.text === sign;
  }

  #isWord(word: string): boolean {
    return this.#next.kind === 'word' && undashed(this.#next) === word;
  }

  #expect(sign: string): void {
    if (!this.#isSign(sign)) this.#fail(`'${sign}'`);
    this.#take();
  }

  #fail(expected: string): never {
    const { kind, position } = this.#next;
    const found = kind === 'end' ? 'the end' : `'${this.#text.slice(position, position + 20)}'`;
    throw filterRuleError(`has ${found} where ${expected} is expected`, position);
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      throw new AppError('tooDeep', `The rule is nested more than ${MAX_DEPTH} levels deep. Simplify it.`, { target: 'rule' });
    }
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #or(): FilterRule {
    let left = this.#and();
    while (this.#isWord('or')) {
      this.#take();
      left = { kind: 'or', left, right: this.#and() };
    }
    return left;
  }

  #and(): FilterRule {
    let left = this.#unary();
    while (this.#isWord('and')) {
      this.#take();
      left = { kind: 'and', left, right: this.#unary() };
    }
    return left;
  }

  #unary(): FilterRule {
    if (this.#isWord('not')) {
      this.#take();
      return this.#nested(() => ({ kind: 'not', operand: this.#unary() }));
    }
    if (!this.#isSign('(')) return this.#comparison();
    this.#take();
    const inner = this.#nested(() => this.#or());
    if (!this.#isSign(')')) this.#fail("'and', 'or' or ')'");
    this.#take();
    return inner;
  }

  #comparison(): FilterRule {
    const name = /^([a-z]+)\.(\w+)$/i.exec(this.#next.text);
    if (this.#next.kind !== 'word' || name === null) this.#fail("a property such as 'device.model'");
    const property = this.#take().position;
    const operator = this.#next.kind === 'word' ? operators.get(undashed(this.#next)) : undefined;
    if (operator === undefined) this.#fail(`an operator (one of ${FILTER_OPERATORS.map((one) => `-${one}`).join(', ')})`);
    const at = { property, operator: this.#take().position, value: this.#next.position };
    return { kind: 'comparison', entity: name[1]!.toLowerCase(), property: name[2]!, operator, value: this.#value(), at };
  }

  #value(): FilterValue {
    if (this.#isSign('[')) return this.#list();
    const { kind, text } = this.#next;
    if (kind === 'word' && /^\$?null$/i.test(text)) {
      this.#take();
      return { kind: 'null' };
    }
    if (kind !== 'text' && kind !== 'version') this.#fail('a text in double quotes, a list such as ["a","b"], a version or $null');
    return { kind, text: this.#take().text };
  }

  /** A comma may stand behind the last item. */
  #list(): FilterValue {
    this.#expect('[');
    const items: string[] = [];
    do {
      if (this.#next.kind !== 'text') this.#fail('a text in double quotes');
      items.push(this.#take().text);
      if (!this.#isSign(',')) break;
      this.#take();
    } while (!this.#isSign(']'));
    if (!this.#isSign(']')) this.#fail("',' or ']'");
    this.#take();
    return { kind: 'list', items };
  }
}

/**
 * Reads a filter's rule. Words count in any case, operators and connectives with or without a dash.
 * @throws invalidValue naming what was expected, what was found and where; tooDeep
 */
export const parseFilterRule = (text: string): FilterRule => new RuleParser(text).run();
