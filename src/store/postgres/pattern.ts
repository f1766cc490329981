import { AppError } from '../../lib/app-error.ts';

/**
 * Regular expressions in RE2's syntax, which clients write and `query/evaluate/text.ts` runs, as PostgreSQL's. Both find a match by
 * automata, in time that grows with the text. What means something else in the two, or nothing, is written out: classes as the
 * characters they hold, `.` as all but the line feed.
 */

const LAST_CODE_POINT = 0x10ffff;
const MOST_REPEATS = 255;

/** Perl's and POSIX' classes, which hold ASCII only in RE2. */
const CLASSES: Readonly<Record<string, string>> = {
  d: '0-9',
  w: '0-9A-Za-z_',
  s: '\\t\\n\\f\\r ',
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\u0001-\\u007f',
  blank: '\\t ',
  cntrl: '\\u0001-\\u001f\\u007f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

const ESCAPES: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

const refuse = (what: string): never => {
  throw new AppError('unsupportedQueryOption', `${what} in a pattern of matchesPattern is not supported with this database.`);
};

const escaped = (code: number): string =>
  code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;

const unicodeClasses = new Map<string, string>();

/** The ranges of a Unicode class, found by asking JavaScript of each character. @param name `Lu`, `Greek`, … */
function unicodeClass(name: string): string {
  const known = unicodeClasses.get(name);
  if (known !== undefined) return known;
  let test: RegExp;
  try {
    test = new RegExp(/^(?:Any|[CLMNPSZ][a-z&]?)$/.test(name) ? `\\p{${name}}` : `\\p{Script=${name}}`, 'u');
  } catch {
    return refuse(`The class \\p{${name}}`);
  }
  let ranges = '';
  for (let code = 1, start = -1; code <= LAST_CODE_POINT + 1; code++) {
    const isIn = code <= LAST_CODE_POINT && (code < 0xd800 || code > 0xdfff) && test.test(String.fromCodePoint(code));
    if (isIn && start < 0) start = code;
    if (!isIn && start >= 0) {
      ranges += start === code - 1 ? escaped(start) : `${escaped(start)}-${escaped(code - 1)}`;
      start = -1;
    }
  }
  unicodeClasses.set(name, ranges);
  return ranges;
}

/** Reads a pattern from the left. */
class Translation {
  readonly #pattern: readonly string[];
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = [...pattern];
  }

  run(): string {
    let written = '';
    while (this.#at < this.#pattern.length) written += this.#next();
    return written;
  }

  get #character(): string | undefined {
    return this.#pattern[this.#at];
  }

  #take(): string {
    return this.#pattern[this.#at++] ?? refuse('An incomplete escape');
  }

  #next(): string {
    const character = this.#take();
    switch (character) {
      case '\\':
        return this.#escape();
      case '[':
        return this.#bracket();
      case '(':
        return this.#group();
      case '.':
        return '[^\\n]';
      case '^':
      case '$':
      case '|':
      case ')':
        return character;
      case '*':
      case '+':
      case '?':
        return `${character}${this.#lazy()}`;
      case '{':
        return this.#repeat();
      default:
        return escaped(character.codePointAt(0)!);
    }
  }

  /** Whether a repetition is lazy does not matter for whether there is a match. */
  #lazy(): string {
    if (this.#character === '?') this.#at++;
    return '';
  }

  #repeat(): string {
    const rest = this.#pattern.slice(this.#at, this.#at + 12).join('');
    const match = /^(\d+)(?:,(\d*))?\}/.exec(rest);
    if (match === null) return escaped('{'.charCodeAt(0));
    this.#at += match[0].length;
    if (Math.max(Number(match[1]), Number(match[2] ?? 0)) > MOST_REPEATS) refuse(`A repetition of more than ${MOST_REPEATS}`);
    return `{${match[0]}${this.#lazy()}`;
  }

  #group(): string {
    if (this.#character !== '?') return '(?:';
    const rest = this.#pattern.slice(this.#at).join('');
    const plain = /^\?(?::|P?<[^>]*>)/.exec(rest);
    if (plain === null) return refuse('A flag');
    this.#at += [...plain[0]].length;
    return '(?:';
  }

  /** What stands behind a backslash, outside of brackets. */
  #escape(): string {
    const letter = this.#character;
    if (letter === 'A') return this.#skip('^');
    if (letter === 'z') return this.#skip('$');
    if (letter === 'b' || letter === 'B') return refuse('A word boundary');
    if (letter === 'C') return refuse('A single byte');
    if (letter === 'Q') return this.#quoted();
    const { negated, members } = this.#member();
    return `[${negated ? '^' : ''}${members}]`;
  }

  #skip(written: string): string {
    this.#at++;
    return written;
  }

  #quoted(): string {
    this.#at++;
    let written = '';
    while (this.#at < this.#pattern.length && !(this.#character === '\\' && this.#pattern[this.#at + 1] === 'E')) {
      written += escaped(this.#take().codePointAt(0)!);
    }
    this.#at += 2;
    return written;
  }

  /** What a backslash makes of the next characters: a class or one character. */
  #member(): { readonly negated: boolean; readonly members: string } {
    const letter = this.#take();
    if ('dws'.includes(letter)) return { negated: false, members: CLASSES[letter]! };
    if ('DWS'.includes(letter)) return { negated: true, members: CLASSES[letter.toLowerCase()]! };
    if (letter === 'p' || letter === 'P') {
      let name = this.#take();
      if (name === '{') {
        name = '';
        while (this.#character !== '}') name += this.#take();
        this.#at++;
      }
      const inverse = name.startsWith('^');
      return { negated: (letter === 'P') !== inverse, members: unicodeClass(inverse ? name.slice(1) : name) };
    }
    return { negated: false, members: escaped(this.#codeOf(letter)) };
  }

  #codeOf(letter: string): number {
    if (letter === 'x') {
      const digits = /^(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/.exec(this.#pattern.slice(this.#at, this.#at + 12).join(''));
      if (digits === null) return refuse('An escape \\x without digits');
      this.#at += digits[0].length;
      return Number.parseInt(digits[1] ?? digits[2]!, 16);
    }
    if (/[0-9]/.test(letter)) return refuse('An octal escape');
    return ESCAPES[letter] ?? letter.codePointAt(0)!;
  }

  #bracket(): string {
    const negated = this.#character === '^';
    if (negated) this.#at++;
    let members = '';
    for (let first = true; first || this.#character !== ']'; first = false) {
      if (this.#character === '[' && this.#pattern[this.#at + 1] === ':') members += this.#posix();
      else members += this.#range();
    }
    this.#at++;
    return `[${negated ? '^' : ''}${members}]`;
  }

  #posix(): string {
    const match = /^\[:(\^?)(\w+):\]/.exec(this.#pattern.slice(this.#at, this.#at + 14).join(''));
    const members = match === null ? undefined : CLASSES[match[2]!];
    if (members === undefined || match![1] === '^') return refuse('This class');
    this.#at += match![0].length;
    return members;
  }

  #range(): string {
    const from = this.#one();
    const isRange = this.#character === '-' && this.#pattern[this.#at + 1] !== ']' && this.#pattern[this.#at + 1] !== undefined;
    if (!isRange || from.length > 10) return from;
    this.#at++;
    return `${from}-${this.#one()}`;
  }

  #one(): string {
    const character = this.#take();
    if (character !== '\\') return escaped(character.codePointAt(0)!);
    const { negated, members } = this.#member();
    return negated ? refuse('A negated class inside of brackets') : members;
  }
}

/** @throws unsupportedQueryOption for what PostgreSQL cannot do */
export const postgresPattern = (pattern: string): string => `***:${new Translation(pattern).run()}`;
