import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { PRECEDENCE, parseExpression, UNARY_PRECEDENCE } from './parse-expression.ts';
import { parseLiteral } from './parse-literal.ts';
import { parseWhole } from './scanner.ts';
import type { SyntaxBinaryOperator, SyntaxExpression } from './syntax.ts';

const parse = (text: string): SyntaxExpression => parseWhole({ text, subject: '$filter' }, parseExpression);
const errorOf = (text: string): AppError => {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  return expect.fail(`'${text.slice(0, 60)}' was accepted`);
};

/** Writes a tree with as few parentheses as the precedence table allows, or with all of them. */
function print(tree: SyntaxExpression, least: number, all = false): string {
  const inner = (e: SyntaxExpression, level = 1): string => print(e, level, all);
  const group = (text: string, level: number): string => (level < least || (all && least > 0) ? `(${text})` : text);
  switch (tree.kind) {
    case 'literal':
      return tree.text;
    case 'alias':
      return `@${tree.name}`;
    case 'member':
      return [...(tree.source ? [inner(tree.source)] : []), ...tree.path].join('/');
    case 'call': {
      const args = tree.arguments.map(({ name, value }) => (name === undefined ? '' : `${name}=`) + inner(value, 0));
      return `${tree.source ? `${inner(tree.source)}/` : ''}${tree.name}(${args.join(', ')})`;
    }
    case 'type':
      return tree.collection ? `Collection(${tree.name})` : tree.name;
    case 'count':
      return `${inner(tree.source)}/$count${tree.filter ? `($filter=${inner(tree.filter, 0)})` : ''}`;
    case 'lambda':
      return `${inner(tree.source)}/${tree.operator}(${tree.variable === undefined ? '' : `${tree.variable}:${inner(tree.predicate!, 0)}`})`;
    case 'unary':
      return group(
        tree.operator === 'not' ? `not ${inner(tree.operand, UNARY_PRECEDENCE)}` : `-(${inner(tree.operand, 0)})`,
        UNARY_PRECEDENCE,
      );
    case 'in':
      return group(`${inner(tree.operand, 8)} in ${tree.collection.kind === 'list' ? list(tree.collection) : inner(tree.collection)}`, 8);
    case 'list':
      return `[${tree.items.map((i) => inner(i, 0)).join(',')}]`;
    case 'object':
      return `{${tree.members.map((m) => `${JSON.stringify(m.name)}: ${inner(m.value, 0)}`).join(',')}}`;
    default: {
      const level = PRECEDENCE[tree.operator];
      return group(`${inner(tree.left, level)} ${tree.operator} ${inner(tree.right, level + 1)}`, level);
    }
  }
}
const list = (tree: Extract<SyntaxExpression, { kind: 'list' }>): string => `(${tree.items.map((i) => print(i, 1)).join(', ')})`;

const name = fc.oneof(
  fc.stringMatching(/^p[a-zA-Z0-9_é]{0,6}$/),
  fc.constantFrom('deadbeef', 'add', 'eq', 'Ünïcode', 'INFO', 'nullable', 'trueX'),
);
const qualified = fc.tuple(name, name).map(([a, b]) => `${a}.${b}`);
const literal = fc
  .oneof(
    fc.string({ unit: 'grapheme' }).map((s) => `'${s.replaceAll("'", "''")}'`),
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.uuid(),
    fc.constantFrom(
      'null',
      'true',
      'FALSE',
      'INF',
      '-INF',
      '2024-02-29',
      '2024-02-29T23:59:60.1234567+14:00',
      '12:30',
      "duration'-P1DT2.5S'",
    ),
    fc.constantFrom("binary'Zm9v'", "microsoft.graph.runState'success'", "a.b'x,y,-1'", '12345678901234567890', '+7'),
  )
  .map((text) => parseWhole({ text, subject: 'literal' }, (s) => parseLiteral(s) ?? s.fail('a literal')) as SyntaxExpression);

const operators = Object.keys(PRECEDENCE).filter((o) => o !== 'in' && o !== 'has') as SyntaxBinaryOperator[];
const { tree } = fc.letrec<{ tree: SyntaxExpression; path: SyntaxExpression; leaf: SyntaxExpression }>((tie) => ({
  path: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.array(name, { minLength: 1, maxLength: 3 }).map((path) => ({ kind: 'member' as const, path })),
    fc.tuple(qualified, name).map((path) => ({ kind: 'member' as const, path })),
    fc
      .tuple(fc.constantFrom('$it', '$root', '$this'), name, fc.constantFrom('@p.term', '@term#q'))
      .map((path) => ({ kind: 'member' as const, path })),
    fc.record({ kind: fc.constant('alias' as const), name }),
    fc.record({
      kind: fc.constant('call' as const),
      name: fc.oneof(qualified, name),
      arguments: fc.oneof(
        fc.array(fc.record({ value: tie('tree') }), { maxLength: 2 }),
        fc.array(fc.record({ name, value: tie('tree') }), { maxLength: 2 }),
      ),
    }),
    fc.record({
      kind: fc.constant('call' as const),
      name,
      source: tie('path'),
      arguments: fc.array(fc.record({ value: tie('tree') }), { maxLength: 1 }),
    }),
  ),
  leaf: fc.oneof(literal, tie('path')),
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    tie('leaf'),
    fc.record({ kind: fc.constant('binary' as const), operator: fc.constantFrom(...operators), left: tie('tree'), right: tie('tree') }),
    fc.record({
      kind: fc.constant('binary' as const),
      operator: fc.constant('has' as const),
      left: tie('tree'),
      right: fc.constant(parse("a.b'c'")),
    }),
    fc.record({ kind: fc.constant('unary' as const), operator: fc.constantFrom('not' as const, 'negate' as const), operand: tie('tree') }),
    fc.record({
      kind: fc.constant('in' as const),
      operand: tie('tree'),
      collection: fc.oneof(
        tie('path'),
        fc.array(literal, { maxLength: 3 }).map((items) => ({ kind: 'list' as const, items })),
      ),
    }),
    fc.record({
      kind: fc.constant('call' as const),
      name: fc.constant('contains'),
      arguments: fc.tuple(fc.record({ value: tie('tree') }), fc.record({ value: tie('tree') })),
    }),
    fc.record({
      kind: fc.constant('lambda' as const),
      operator: fc.constantFrom('any' as const, 'all' as const),
      source: tie('path'),
      variable: name,
      predicate: tie('tree'),
    }),
    fc.record({ kind: fc.constant('lambda' as const), operator: fc.constant('any' as const), source: tie('path') }),
    fc.record({ kind: fc.constant('count' as const), source: tie('path') }),
    fc.record({ kind: fc.constant('count' as const), source: tie('path'), filter: tie('tree') }),
    fc.array(tie('tree'), { maxLength: 2 }).map((items) => ({ kind: 'list' as const, items })),
    fc
      .array(fc.record({ name: fc.string(), value: tie('tree') }), { maxLength: 2 })
      .map((members) => ({ kind: 'object' as const, members })),
  ),
}));

describe('parseExpression', () => {
  it('reads what is printed, with as few and with all parentheses', () => {
    fc.assert(
      fc.property(tree, fc.boolean(), (expected, all) => {
        expect(parse(print(expected, 0, all))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('throws nothing but AppErrors', () => {
    const tokens =
      "a b/ ( ) ' '' , : ; = @p $count $it $root/ /any( /all(x: not in has eq and or add - 1 12:3 2024-01-01 T0 .5 e5 INF null x.y x.y' [ ] { } \" \\ \u00e9 \t".split(
        ' ',
      );
    const text = fc.oneof(
      fc.array(fc.constantFrom(...tokens, ' '), { maxLength: 30 }).map((t) => t.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          expect(parse(input).kind).toBeTypeOf('string');
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['a or b and c', 'a or (b and c)'],
    ['a and b or c and d', '(a and b) or (c and d)'],
    ['a eq b and c ne d', '(a eq b) and (c ne d)'],
    ['a eq b gt c', 'a eq (b gt c)'],
    ['a lt b add c mul d', 'a lt (b add (c mul d))'],
    ['a sub b sub c', '(a sub b) sub c'],
    ['a div b mul c', '(a div b) mul c'],
    ['not a eq b', '(not a) eq b'],
    ["not a in ('x')", "not (a in ('x'))"],
    ["not a has b.c'd'", "not (a has b.c'd')"],
    ['-a add b', '(-a) add b'],
    ['- a mul -b', '(-a) mul (-b)'],
    ['a sub -1', 'a sub (-1)'],
    ['A EQ B AND NOT C', 'a eq b and (not c)'],
  ])('%s is %s', (short, long) => {
    const same = (text: string): unknown => JSON.parse(JSON.stringify(parse(text)).toLowerCase());
    expect(same(short)).toEqual(same(long));
  });

  it('lower-cases canonical functions, counts their arguments, and keeps other names', () => {
    expect(parse("StartsWith(displayName,'a')")).toMatchObject({ kind: 'call', name: 'startswith', arguments: [{}, {}] });
    expect(parse('isof(a, microsoft.graph.b)')).toMatchObject({
      name: 'isof',
      arguments: [{}, { value: { kind: 'type', name: 'microsoft.graph.b' } }],
    });
    expect(parse('cast(Collection(Edm.String))')).toMatchObject({ arguments: [{ value: { kind: 'type', collection: true } }] });
    expect(parse('x/Model.F(P=1)/y')).toEqual({
      kind: 'member',
      source: {
        kind: 'call',
        name: 'Model.F',
        source: { kind: 'member', path: ['x'] },
        arguments: [{ name: 'P', value: { kind: 'literal', type: 'Edm.Int32', value: 1, text: '1' } }],
      },
      path: ['y'],
    });
    expect(errorOf('contains(a)').message).toContain('2 unnamed arguments for contains');
    expect(errorOf('cast(a,1)').message).toContain('a type name as the last argument');
  });

  it('accepts operators that touch parentheses, as clients write them', () => {
    expect(parse("(a eq 1)and(not(b in('x')))")).toEqual(parse("(a eq 1) and (not (b in ('x')))"));
  });

  it('says what was expected, what was found and where', () => {
    expect(errorOf('a eq').message).toBe("$filter: expected an operator or the end but found ' eq' at position 1.");
    expect(errorOf("a eq 'b").message).toContain('a closing single quote');
    expect(errorOf('a eq "b"').message).toContain('single quotes');
    expect(errorOf('any(x:x)').message).toContain("a collection before 'any'");
    expect(errorOf("a in ('x',b)").message).toContain('a list of literals');
    expect(errorOf('a eq b)')).toMatchObject({ code: 'invalidQueryOption', target: '$filter' });
    expect(errorOf("a eq 'x'and b").message).toContain('at position 8');
    expect(errorOf(' a')).toMatchObject({ code: 'invalidQueryOption' });
    expect(errorOf('Model.F').message).toContain("'(' after the function name");
    for (const text of ['case(a:1)', "geography'x'", 'a/$filter(b)/$count'])
      expect(errorOf(text)).toMatchObject({ code: 'unsupportedQueryOption' });
  });

  it('limits depth and length, which bound every recursion over the tree', () => {
    const nested = (open: string, close: string, n: number): string => `${open.repeat(n)}a${close.repeat(n)}`;
    expect(parse(nested('(', ')', 100))).toEqual(parse('a'));
    for (const [open, close] of [
      ['(', ')'],
      ['not ', ''],
      ['-', ''],
      ['f(', ')'],
      ['b/any(x:', ')'],
      ['[', ']'],
      ['{"a":', '}'],
      ['b/$count($filter=', ')'],
    ] as const) {
      expect(errorOf(nested(open, close, 101))).toMatchObject({ code: 'tooDeep' });
      expect(errorOf(nested(open, close, 100_000))).toMatchObject({ code: 'tooDeep' });
    }
    expect(errorOf(`${'a or '.repeat(100_000)}a`)).toMatchObject({ code: 'tooDeep' });
    expect(errorOf(`a${'/f()'.repeat(100_000)}`)).toMatchObject({ code: 'tooDeep' });
  });

  it('takes time in proportion to the text', () => {
    const size = 200_000;
    const texts = [
      `'${"''".repeat(size)}`,
      `${'1'.repeat(size)}e`,
      `-${'1'.repeat(size)}-`,
      'a/'.repeat(size),
      'a '.repeat(size),
      ' '.repeat(size),
    ];
    const start = performance.now();
    for (const text of [...texts, `a in (${'1,'.repeat(size)}`, `"${'\\'.repeat(size)}`, `["${'\\'.repeat(size)}`, 'a.'.repeat(size)])
      errorOf(text);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it('freezes what it makes', () => {
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
    for (const text of [
      "a/b in ('x',1) and not c/any(d:d/e has x.y'z') or f(g=[1,{\"h\":@i}])",
      'a/$count($filter=b eq cast(Edm.String))',
    ]) {
      expect(frozen(parse(text))).toBe(true);
    }
  });
});
