import { AppError } from '../../lib/app-error.ts';

/**
 * Rules of assignment filters (`rule` of Graph's resource deviceAndAppManagementAssignmentFilter) as trees, such as
 * `(device.manufacturer -eq "Dell Inc.") and not (device.model -startsWith "x")`. `parse-filter-rule.ts` reads a rule,
 * `bind-filter-rule.ts` checks it against the properties of a platform and tests devices. `filter-use.ts` keeps which assignments use a
 * filter, `evaluate-filter.ts` and `filter-status.ts` answer what a filter matches.
 */

/** Operators in their canonical spelling, without the dash that may stand before them. */
const FILTER_OPERATORS = [
  'eq',
  'ne',
  'in',
  'notIn',
  'startsWith',
  'notStartsWith',
  'contains',
  'notContains',
  'gt',
  'ge',
  'lt',
  'le',
] as const;

export type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** The right side of a comparison. A version is written without quotes. */
export type FilterValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'text' | 'version'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] };

/** `device.model -in ["a", "b"]`; names are as written. Positions are offsets in the text, for messages. */
export interface FilterComparison {
  readonly kind: 'comparison';
  /** `device`, or `app` in filters of managed apps. */
  readonly entity: string;
  readonly property: string;
  readonly operator: FilterOperator;
  readonly value: FilterValue;
  readonly at: { readonly property: number; readonly operator: number; readonly value: number };
}

/** A rule. Parentheses leave no trace but the shape of the tree; `and` binds closer than `or`, `not` closest. */
export type FilterRule =
  | FilterComparison
  | { readonly kind: 'and' | 'or'; readonly left: FilterRule; readonly right: FilterRule }
  | { readonly kind: 'not'; readonly operand: FilterRule };

function valueText(value: FilterValue): string {
  switch (value.kind) {
    case 'null':
      return '$null';
    case 'text':
      return `"${value.text}"`;
    case 'version':
      return value.text;
    case 'list':
      return `[${value.items.map((item) => `"${item}"`).join(', ')}]`;
  }
}

/** Writes a rule so that reading it gives the same tree: each comparison in parentheses, as the portal has them. */
export function filterRuleText(rule: FilterRule): string {
  const inner = (part: FilterRule, bare: boolean): string =>
    bare || part.kind === 'comparison' ? filterRuleText(part) : `(${filterRuleText(part)})`;
  switch (rule.kind) {
    case 'comparison':
      return `(${rule.entity}.${rule.property} -${rule.operator} ${valueText(rule.value)})`;
    case 'not':
      return `not ${inner(rule.operand, rule.operand.kind === 'not')}`;
    default:
      return `${inner(rule.left, rule.left.kind === rule.kind)} ${rule.kind} ${inner(rule.right, false)}`;
  }
}

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
