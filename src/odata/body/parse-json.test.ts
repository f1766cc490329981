import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { findJsonFault, parseJson } from './parse-json.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string, maxDepth = 100): unknown => parseJson(encode(text), { maxDepth });

const failure = (work: () => unknown): AppError => {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  return expect.unreachable('nothing was thrown');
};

/** A text near JSON: a valid one with one character changed, dropped or doubled. */
const almostJson = fc
  .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', '{', '}', '[', ',', ':', '\\', '0', '-', '\n', 'é'))
  .map(([text, at, replacement]) => text.slice(0, at % text.length) + replacement + text.slice((at % text.length) + 1));

describe('parseJson', () => {
  test('gives what JSON.parse gives, for any valid text', () => {
    fc.assert(fc.property(fc.json(), (text) => void expect(parse(text)).toEqual(JSON.parse(text))));
  });

  test('any bytes are read or refused with an AppError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          parseJson(bytes, { maxDepth: 3 });
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
    );
  });

  test('refuses just what JSON.parse refuses, and says where', () => {
    fc.assert(
      fc.property(almostJson, (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(findJsonFault(text)?.kind === 'syntax').toBe(!valid);
        if (valid) return;
        const { code, message } = failure(() => parse(text));
        expect(code).toBe('invalidJson');
        if (text.trim() !== '') expect(message).toMatch(/at line \d+, column \d+: .+ expected/);
      }),
      { numRuns: 1000 },
    );
  });

  test('finds a name sent twice at any depth, however it is escaped', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(5), (name, depth) => {
        const escaped = [...Array(name.length).keys()].map((i) => `\\u${name.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
        const text = `${'{"x":['.repeat(depth)}{${JSON.stringify(name)}:1,"${escaped}":2}${']}'.repeat(depth)}`;
        const error = failure(() => parse(text));
        expect(error.code).toBe('duplicateProperty');
        expect(error.target).toBe(name);
      }),
    );
  });

  test('depth is counted in arrays and objects, before anything is parsed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (depth) => {
        expect(parse('['.repeat(depth) + ']'.repeat(depth), depth)).toBeInstanceOf(Array);
        expect(failure(() => parse('['.repeat(depth + 1), depth)).code).toBe('tooDeep');
      }),
    );
    expect(failure(() => parse('{"a":'.repeat(1_000_000), 50)).code).toBe('tooDeep');
    expect(parse('"[[[[{{{{:::"', 1)).toBe('[[[[{{{{:::');
  });

  test('drops a byte order mark and refuses other encodings', () => {
    expect(parse('\ufeff{"a":1}')).toEqual({ a: 1 });
    expect(failure(() => parseJson(new Uint8Array([0x22, 0xff, 0x22]), { maxDepth: 5 })).code).toBe('invalidJson');
    expect(failure(() => parseJson(new Uint8Array(Buffer.from('{}', 'utf16le')), { maxDepth: 5 })).code).toBe('invalidJson');
  });

  test('names of the prototype are plain data', () => {
    const tree = parse('{"__proto__":{"polluted":true},"constructor":1}') as Record<string, unknown>;
    expect(Object.keys(tree)).toEqual(['__proto__', 'constructor']);
    expect(tree.polluted).toBeUndefined();
    expect(failure(() => parse('{"__proto__":1,"__proto__":2}')).target).toBe('__proto__');
  });

  test.each([
    ['', 'The body is empty. Send a JSON object.'],
    ['{"a":1,}', 'The body is not valid JSON at line 1, column 8: a string in double quotes expected.'],
    ['{\n "a" 1}', "The body is not valid JSON at line 2, column 6: ':' expected."],
    ['[1 2]', "The body is not valid JSON at line 1, column 4: ',' or ']' expected."],
    ['{"a":"x', 'The body is not valid JSON at line 1, column 8: a closing quote expected.'],
    ['1 1', 'The body is not valid JSON at line 1, column 3: the end of the text expected.'],
    ['{"a":01}', "The body is not valid JSON at line 1, column 7: ',' or '}' expected."],
  ])('%j is answered with its position', (text, message) => {
    expect(failure(() => parse(text)).message).toBe(message);
  });
});
