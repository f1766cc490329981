import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { parsePath } from './parse-path.ts';

const codeOf = (path: string): string => {
  try {
    parsePath(path);
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return expect.fail(`'${path}' was accepted`);
};

const text = (value: string) => ({ kind: 'literal', type: 'Edm.String', value, text: `'${value.replaceAll("'", "''")}'` });

describe('parsePath', () => {
  it('reads any key back, in parentheses and as a segment', () => {
    const key = fc.string({ unit: 'grapheme', minLength: 1 }).filter((k) => !k.includes('\0'));
    fc.assert(
      fc.property(key, (id) => {
        const inParentheses = parsePath(`/users(${encodeURIComponent(text(id).text)})/manager`);
        expect(inParentheses[0]).toMatchObject({ name: 'users', arguments: { kind: 'single', value: text(id) } });
        if (!id.startsWith('$')) expect(parsePath(`/users/${encodeURIComponent(id)}/manager`)[1]).toMatchObject({ kind: 'name', text: id });
      }),
    );
  });

  it('throws nothing but AppErrors', () => {
    const piece = fc.constantFrom('a', '/', '(', ')', "'", ',', '=', '@', '$count', '$x', '%', '%2', '%27', '%ff', '%00', '.', '1', ';');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((p) => p.join('')),
          fc.webPath(),
          fc.string({ unit: 'binary' }),
        ),
        (path) => {
          try {
            expect(Object.isFrozen(parsePath(path))).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('reads paths as clients send them', () => {
    expect(parsePath("/deviceManagement/hardwareConfigurations('id')/deviceRunStates/$count")).toEqual([
      { kind: 'name', text: 'deviceManagement', name: 'deviceManagement' },
      {
        kind: 'name',
        text: "hardwareConfigurations('id')",
        name: 'hardwareConfigurations',
        arguments: { kind: 'single', value: text('id') },
      },
      { kind: 'name', text: 'deviceRunStates', name: 'deviceRunStates' },
      { kind: 'system', name: '$count' },
    ]);
    expect(parsePath('/deviceManagement/')).toEqual(parsePath('/deviceManagement'));
    expect(parsePath('/')).toEqual([]);
    expect(parsePath('')).toEqual([]);
  });

  it('reads compound keys, parameters, aliases and empty parentheses', () => {
    const segment = (path: string) => parsePath(`/a/${path}`)[1];
    const named = (...values: readonly unknown[]) => ({ kind: 'named', values });
    expect(segment("s(id='a',policyId='b')")).toMatchObject({
      name: 's',
      arguments: named({ name: 'id', value: text('a') }, { name: 'policyId', value: text('b') }),
    });
    expect(segment("microsoft.graph.f(platform='x')")).toMatchObject({
      name: 'microsoft.graph.f',
      arguments: named({ name: 'platform', value: text('x') }),
    });
    expect(segment('s(@p)')).toMatchObject({ arguments: { kind: 'single', value: { kind: 'alias', name: 'p' } } });
    expect(segment('s(id=@p)')).toMatchObject({ arguments: named({ name: 'id', value: { kind: 'alias', name: 'p' } }) });
    expect(segment('assign()')).toMatchObject({ name: 'assign', arguments: named() });
    expect(segment('s(42)')).toMatchObject({ arguments: { kind: 'single', value: { type: 'Edm.Int32', value: 42 } } });
  });

  it.each(["a'b(c)", 'id:with:colons', 'x(y', 'f(a)', "s(id='a',ID='b')", "s('a','b')", 'a b', '1', '😀'])(
    'keeps %s, which may be a key',
    (key) => {
      expect(parsePath(`/users/${encodeURIComponent(key)}`)[1]).toMatchObject({ kind: 'name', text: key, name: key });
    },
  );

  it.each([
    ['/a//b', 'invalidUrl'],
    ['//a', 'invalidUrl'],
    ['/a//', 'invalidUrl'],
    ['/a/%zz', 'invalidUrl'],
    ['/a/%ff', 'invalidUrl'],
    ['/a/%00', 'invalidUrl'],
    ['/a.b', 'invalidUrl'],
    ["/a('b", 'invalidUrl'],
    ["/a('b';c)", 'invalidUrl'],
    ['/$count', 'invalidUrl'],
    ['/a/$count/b', 'invalidUrl'],
    ['/a/$metadata', 'invalidUrl'],
    ['/a/$each', 'unknownSegment'],
    ['/a/$Count', 'unknownSegment'],
  ])('refuses %s as %s', (path, code) => {
    expect(codeOf(path)).toBe(code);
  });
});
