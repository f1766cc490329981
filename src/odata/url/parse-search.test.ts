import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { ENCODED_SEMICOLON, parseSearch } from './parse-search.ts';
import { parseWhole } from './scanner.ts';
import type { SearchExpression } from './syntax.ts';

const parse = (text: string): SearchExpression => parseWhole({ text, subject: '$search' }, parseSearch);

const LEVEL = { or: 1, and: 2, not: 3, term: 4, phrase: 4 } as const;
function print(tree: SearchExpression, least = 0): string {
  const group = (text: string): string => (LEVEL[tree.kind] < least ? `(${text})` : text);
  switch (tree.kind) {
    case 'term':
      return tree.text;
    case 'phrase':
      return `"${tree.text}"`;
    case 'not':
      return group(`NOT ${print(tree.operand, 3)}`);
    default:
      return group(`${print(tree.left, LEVEL[tree.kind])} ${tree.kind.toUpperCase()} ${print(tree.right, LEVEL[tree.kind] + 1)}`);
  }
}

const { tree } = fc.letrec<{ tree: SearchExpression }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium' },
    fc.record({ kind: fc.constant('term' as const), text: fc.stringMatching(/^[a-z0-9.*:é][a-z0-9'.*:é-]{0,5}$/) }),
    fc.record({ kind: fc.constant('phrase' as const), text: fc.stringMatching(/^[a-zA-Z0-9 ':()]{1,8}$/) }),
    fc.record({ kind: fc.constant('not' as const), operand: tie('tree') }),
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), left: tie('tree'), right: tie('tree') }),
  ),
}));

const term = (text: string): SearchExpression => ({ kind: 'term', text });

describe('parseSearch', () => {
  it('reads what is printed', () => {
    fc.assert(
      fc.property(tree, (expected) => {
        expect(parse(print(expected))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('throws nothing but AppErrors', () => {
    const text = fc.oneof(
      fc.array(fc.constantFrom('AND', 'OR', 'NOT', ' ', '(', ')', '"', "'", 'x', ';')).map((t) => t.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          expect(parse(input).kind).toBeTypeOf('string');
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('takes the three operators for words where no operand follows', () => {
    expect(parse('AND')).toEqual(term('AND'));
    expect(parse('NOT NOT')).toEqual({ kind: 'not', operand: term('NOT') });
    expect(parse('AND OR NOT')).toEqual({ kind: 'or', left: term('AND'), right: term('NOT') });
    expect(parse('a not b')).toEqual(parse('a AND not AND b'));
    expect(parse('ANDROID ORACLE')).toEqual({ kind: 'and', left: term('ANDROID'), right: term('ORACLE') });
  });

  it("keeps Graph's property prefix inside the phrase, and a text in single quotes whole", () => {
    expect(parse('"displayName:foo"')).toEqual({ kind: 'phrase', text: 'displayName:foo' });
    expect(parse("'(it''s \"'")).toEqual({ kind: 'phrase', text: '(it\'s "' });
  });

  it('C29 a semicolon ends a word, unless it was sent encoded', () => {
    expect(() => parse('a;b')).toThrow(expect.objectContaining({ code: 'invalidQueryOption' }));
    expect(parse(`a${ENCODED_SEMICOLON}b`)).toEqual(term('a;b'));
    expect(parseWhole({ text: 'a;', subject: 'x' }, (s) => [parseSearch(s), s.take(';')])).toEqual([term('a'), true]);
  });

  it('limits depth and length', () => {
    for (const text of ['('.repeat(101), `${'NOT '.repeat(101)}a`, `${'a '.repeat(2000)}a`, `${'a OR '.repeat(2000)}a`]) {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'tooDeep' }));
    }
  });
});
