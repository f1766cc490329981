import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { parseQuery, UNSUPPORTED_OPTIONS } from './parse-query.ts';

const errorOf = (query: string): AppError => {
  try {
    parseQuery(query);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  return expect.fail(`'${query}' was accepted`);
};
const nameIs = (text: string) => ({ kind: 'binary', operator: 'eq', left: { path: ['displayName'] }, right: { value: text } });

describe('parseQuery', () => {
  it('reads any text out of a filter and an alias, however much of it is encoded', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((t) => !t.includes('\0'));
    fc.assert(
      fc.property(text, (value) => {
        const quoted = encodeURIComponent(`'${value.replaceAll("'", "''")}'`);
        expect(parseQuery(`$filter=displayName%20eq%20${quoted}`).filter).toMatchObject(nameIs(value));
        expect(parseQuery(`%40n=${quoted}&%24filter=displayName eq @n`).aliases.get('n')).toMatchObject({ value });
      }),
    );
  });

  it('reads what a form encoder writes as it was meant', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((t) => !t.includes('\0')),
        (value) => {
          const query = new URLSearchParams([['$filter', `displayName eq '${value.replaceAll("'", "''")}'`]]).toString();
          expect(parseQuery(query).filter).toMatchObject(nameIs(value));
        },
      ),
    );
  });

  it('C10 takes a plus for a space, and %2B for a plus', () => {
    for (const query of ["$filter=displayName+eq+'a%2Bb'", "$filter=displayName%20eq%20'a%2Bb'", '$filter=displayName+eq+%27a%2Bb%27'])
      expect(parseQuery(query).filter).toMatchObject(nameIs('a+b'));
    expect(parseQuery("$filter=displayName eq 'a+b'").filter).toMatchObject(nameIs('a b'));
    expect(parseQuery('$skiptoken=a+b').skipToken).toBe('a+b');
  });

  it('throws nothing but AppErrors', () => {
    const piece = fc.constantFrom(
      '$filter=',
      '$expand=',
      'select=',
      '$orderby=',
      '$search=',
      '$top=',
      '@a=',
      '&',
      'a',
      '(',
      ')',
      ';',
      ',',
      '/',
      '*',
      "'",
      '"',
      ' ',
      '+',
      '%',
      '$ref',
      '$count',
      '=',
      '1',
      ' desc',
      '#',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((p) => p.join('')),
          fc.webQueryParameters(),
          fc.string({ unit: 'binary' }),
        ),
        (query) => {
          try {
            expect(parseQuery(query).aliases).toBeInstanceOf(Map);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('reads every option, with and without $, in any case, with encoded names', () => {
    const plain = parseQuery(
      '$filter=a&$orderby=b desc,c&$select=d,e/f&$expand=g($select=h;$top=1)&$top=5&$skip=10&$count=true&$search=x&$format=json&$skiptoken=t',
    );
    expect(plain).toMatchObject({
      filter: { path: ['a'] },
      orderBy: [
        { expression: { path: ['b'] }, descending: true },
        { expression: { path: ['c'] }, descending: false },
      ],
      select: [{ path: ['d'] }, { path: ['e', 'f'] }],
      expand: [{ path: ['g'], form: 'instances', options: { select: [{ path: ['h'] }], top: 1 } }],
      top: 5,
      skip: 10,
      count: true,
      search: { kind: 'term', text: 'x' },
      format: 'json',
      skipToken: 't',
    });
    expect(
      parseQuery(
        'Filter=a&ORDERBY=b desc, c&%24Select=d,e/f&Expand=g(Select=h;TOP=1)&top=5&$Skip=10&Count=TRUE&search=x&$format=json&$skipToken=t',
      ),
    ).toEqual(plain);
  });

  it('takes an empty value for an absent option where clients send it', () => {
    expect(parseQuery('$filter=&$orderby=&$select=&$expand=&$search=')).toEqual({ aliases: new Map() });
    expect(parseQuery('')).toEqual({ aliases: new Map() });
    for (const query of ['$top=', '$skip=', '$count=', '$format=', '$skiptoken=', '$count', '@a', '@a='])
      expect(errorOf(query).code).toBe('invalidQueryOption');
  });

  it('leaves custom options alone and refuses unknown system options by name', () => {
    expect(parseQuery('debug=1&x&!y=2&levels=2&%C3%A4=1&&')).toEqual({ aliases: new Map() });
    expect(errorOf('$Nonsense=1')).toMatchObject({ code: 'unsupportedQueryOption', target: '$Nonsense' });
    for (const [name, reason] of UNSUPPORTED_OPTIONS) {
      expect(errorOf(`${name}=1`)).toMatchObject({ code: 'unsupportedQueryOption', target: name });
      expect(errorOf(`$${name}=1`).message).toContain(reason);
    }
  });

  it.each([
    '$filter=a&filter=b',
    '$top=1&$TOP=1',
    '$filter=&$filter=a',
    '@a=1&@a=2',
    '$expand=a($top=1;top=2)',
    '$skiptoken=a&skiptoken=b',
  ])('refuses %s: given twice', (query) => {
    expect(errorOf(query)).toMatchObject({ code: 'invalidQueryOption' });
  });

  it.each([
    '$top=-1',
    '$top=1.5',
    '$top=+1',
    '$top=1e3',
    '$top=2147483648',
    '$skip=x',
    '$count=1',
    '$count=',
    '$orderby=a up',
    '$orderby=a,',
    '$select=a,,b',
    '$select=$ref',
    '$filter=%',
    '$filter=%ff',
    '$filter=a%00',
    '=1',
    '@1=2',
    '$search="a',
    '$filter=a#b',
  ])('refuses %s', (query) => {
    expect(errorOf(query)).toMatchObject({ code: 'invalidQueryOption' });
  });
});

describe('$expand and $select', () => {
  const expand = (text: string) => parseQuery(`$expand=${text}`).expand;
  const select = (text: string) => parseQuery(`$select=${text}`).select;

  it('reads forms, casts and stars', () => {
    expect(expand('a/$ref,b/$count($filter=c eq 1;$search=d),e/f.g/h($expand=i),*,*/$ref,j/*')).toMatchObject([
      { path: ['a'], form: 'references', options: {} },
      { path: ['b'], form: 'count', options: { filter: {}, search: {} } },
      { path: ['e', 'f.g', 'h'], form: 'instances', options: { expand: [{ path: ['i'] }] } },
      { path: ['*'], form: 'instances' },
      { path: ['*'], form: 'references' },
      { path: ['j', '*'], form: 'instances' },
    ]);
    expect(select('*,a,b.*,b.c/d,@e.f,g($select=h,i;$top=2),j.k(l,m)')).toMatchObject([
      { path: ['*'] },
      { path: ['a'] },
      { path: ['b.*'] },
      { path: ['b.c', 'd'] },
      { path: ['@e.f'] },
      { path: ['g'], options: { select: [{ path: ['h'] }, { path: ['i'] }], top: 2 } },
      { path: ['j.k'], parameters: ['l', 'm'] },
    ]);
  });

  it('keeps quotes, parentheses and semicolons inside nested options apart', () => {
    expect(expand("a($filter=b eq ';),(';$orderby=c desc),d")).toMatchObject([
      { options: { filter: { right: { value: ';),(' } }, orderBy: [{}] } },
      { path: ['d'] },
    ]);
  });

  it.each([
    '$expand=a($levels=2)',
    '$expand=*($levels=max)',
    '$expand=a($compute=b as c)',
    '$expand=a(@b=1)',
    '$expand=$value',
    '$expand=@a.b/c',
  ])('refuses %s as unsupported', (query) => {
    expect(errorOf(query)).toMatchObject({ code: 'unsupportedQueryOption', target: '$expand' });
  });

  it.each([
    '$expand=a()',
    '$expand=a/$ref($select=b)',
    '$expand=a/$count($top=1)',
    '$expand=a/',
    '$expand=a/$ref/b',
    '$expand=a($top=1',
    '$expand=a;b',
    '$select=*/a',
    '$select=a($expand=b)',
    '$expand=a($search=b(c)',
  ])('refuses %s as malformed', (query) => {
    expect(errorOf(query)).toMatchObject({ code: 'invalidQueryOption' });
  });

  it('limits the depth of nested options', () => {
    expect(errorOf(`$expand=${'a($expand='.repeat(101)}`).code).toBe('tooDeep');
    expect(errorOf(`$select=${'a($select='.repeat(101)}`).code).toBe('tooDeep');
  });
});
