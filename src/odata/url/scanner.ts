import { AppError, type ErrorCode } from '../../lib/app-error.ts';

/** Deepest nesting of parentheses, calls, lambdas, JSON literals, nested options and unary operators. */
const MAX_DEPTH = 100;
/** Most operators in one option. A chain of `or` is a tree as deep as it is long, and everything behind recurses over it. */
const MAX_OPERATORS = 1000;

const SPACE = 32;
const TAB = 9;
const IDENTIFIER_START = '[\\p{L}\\p{Nl}_]';
const IDENTIFIER = `${IDENTIFIER_START}[\\p{L}\\p{Nl}\\p{Nd}\\p{Mn}\\p{Mc}\\p{Pc}\\p{Cf}]{0,127}`;
const WHOLE_IDENTIFIER = new RegExp(`^${IDENTIFIER}$`, 'u');

/** One identifier, and identifiers joined by dots (ABNF odataIdentifier, namespace). For {@link Scanner.match}. */
export const IDENTIFIER_PATTERN = new RegExp(IDENTIFIER, 'uy');
export const QUALIFIED_NAME_PATTERN = new RegExp(`${IDENTIFIER}(?:\\.${IDENTIFIER})*`, 'uy');

/** Whether the whole text is one identifier (ABNF odataIdentifier). */
export const isIdentifier = (text: string): boolean => WHOLE_IDENTIFIER.test(text);

/** A position in decoded text, and the ways to move it forward. Every reader of the grammar takes one. */
export class Scanner {
  readonly text: string;
  /** Whether the text is of a template, in which slots stand for literals (`options/literal-slots.ts`). */
  readonly isTemplate: boolean;
  position = 0;
  readonly #subject: string;
  readonly #code: ErrorCode;
  #depth = 0;
  #operators = 0;

  constructor({ text, subject, code = 'invalidQueryOption', isTemplate = false }: Source) {
    this.text = text;
    this.isTemplate = isTemplate;
    this.#subject = subject;
    this.#code = code;
  }

  get done(): boolean {
    return this.position >= this.text.length;
  }

  /** The next character, or the empty string at the end. */
  peek(): string {
    return this.text.charAt(this.position);
  }

  /** Moves over spaces and tabs. @returns whether there were any */
  skipSpaces(): boolean {
    const start = this.position;
    for (;;) {
      const code = this.text.charCodeAt(this.position);
      if (code !== SPACE && code !== TAB) return this.position > start;
      this.position += 1;
    }
  }

  /** Moves over `token` if it comes next. */
  take(token: string): boolean {
    if (!this.text.startsWith(token, this.position)) return false;
    this.position += token.length;
    return true;
  }

  /** Moves over `token`, or fails. */
  expect(token: string): void {
    if (!this.take(token)) this.fail(`'${token}'`);
  }

  /** Moves over what a sticky pattern matches here. @returns the match, or undefined */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  /** Moves over what the pattern matches, or fails. */
  need(pattern: RegExp, expected: string): string {
    return this.match(pattern) ?? this.fail(expected);
  }

  /** Moves over a comma with optional white space around it. */
  takeComma(): boolean {
    const start = this.position;
    this.skipSpaces();
    if (this.take(',')) {
      this.skipSpaces();
      return true;
    }
    this.position = start;
    return false;
  }

  /** Reads something one level deeper. @throws tooDeep */
  nest<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      throw new AppError('tooDeep', `${this.#subject} is nested more than ${MAX_DEPTH} levels deep. Simplify it.`, {
        target: this.#subject,
      });
    }
    const result = read();
    this.#depth -= 1;
    return result;
  }

  /** Counts an operator. @throws tooDeep */
  countOperator(): void {
    if (++this.#operators > MAX_OPERATORS) {
      const advice = "Split the request, or use 'in' with a list of values.";
      throw new AppError('tooDeep', `${this.#subject} has more than ${MAX_OPERATORS} operators. ${advice}`, { target: this.#subject });
    }
  }

  /** Refuses the text: says what was expected, what was found, and where. */
  fail(expected: string): never {
    const rest = this.text.slice(this.position, this.position + 20);
    const found = rest === '' ? 'the end' : `'${rest}'`;
    throw new AppError(this.#code, `${this.#subject}: expected ${expected} but found ${found} at position ${this.position}.`, {
      target: this.#subject,
    });
  }

  /** Refuses something that the grammar allows and this service does not offer. */
  refuse(what: string): never {
    throw new AppError('unsupportedQueryOption', `${this.#subject}: ${what} is not supported. Remove it.`, { target: this.#subject });
  }
}

/** A text to parse. */
interface Source {
  /** Decoded. */
  readonly text: string;
  /** Its name in messages: `$filter`. */
  readonly subject: string;
  /** What a malformed text is reported as; `invalidQueryOption` by default. */
  readonly code?: ErrorCode;
  readonly isTemplate?: boolean;
}

/** Reads all of a text with a reader of the grammar; anything left over is an error. */
export function parseWhole<T>(source: Source, read: (scanner: Scanner) => T): T {
  const scanner = new Scanner(source);
  const result = read(scanner);
  if (!scanner.done) scanner.fail('an operator or the end');
  return result;
}

/**
 * Percent-decodes one path segment or one query option's name or value, after it has been split from its neighbours
 * (URL Conventions §2). A `+` stays a `+`.
 * @param code what a malformed text is reported as
 * @throws `code` for malformed percent-encoding, invalid UTF-8, and the character U+0000, which no stored text may hold
 */
export function percentDecode(text: string, code: ErrorCode): string {
  if (!text.includes('%') && !text.includes('\0')) return text;
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch (cause) {
    throw new AppError(code, `'${text.slice(0, 80)}' is not valid percent-encoded UTF-8. Encode it again.`, { cause });
  }
  if (decoded.includes('\0')) throw new AppError(code, 'The character U+0000 is not allowed in a URL. Remove it.');
  return decoded;
}
