import { AppError } from '../../lib/app-error.ts';

/**
 * Bodies: JSON bytes in, checked values out, and rows back to JSON (OData JSON Format 4.01). Pure functions; may import
 * `query`, `edm` and `lib`. A request body passes `parse-json.ts`, then `read-entity.ts` or `read-parameters.ts`; an answer
 * is made by `write-entity.ts`, `write-collection.ts` and `write-value.ts`.
 */

const decoder = new TextDecoder('utf-8', { fatal: true }); // drops a byte order mark

/**
 * Reads a JSON text strictly: UTF-8 only, no name twice in one object, no deeper than `maxDepth` arrays and objects.
 * A name like `__proto__` becomes an own property and is plain data. Lone surrogates written as `\ud800` pass here and are
 * refused by the reader of the property that holds them.
 * @returns what JSON.parse makes of it
 * @throws invalidJson, duplicateProperty, tooDeep
 */
export function parseJson(bytes: Uint8Array, limits: { readonly maxDepth: number }): unknown {
  const text = decode(bytes);
  const members = countColons(text, limits.maxDepth);
  const tree = parse(text);
  // Each member of a valid text has one colon outside strings; JSON.parse keeps only the last of equal names.
  if (countKeys(tree) !== members) throw faultError(text, findJsonFault(text));
  return tree;
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new AppError('invalidJson', 'The body is not valid UTF-8. Send JSON encoded as UTF-8.', { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw faultError(text, findJsonFault(text), cause);
  }
}

/** Counts colons outside strings, and refuses depth before anything is built. Ill-formed texts may count wrongly. */
function countColons(text: string, maxDepth: number): number {
  let colons = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        if (at < 0) return colons;
        break;
      case 0x3a: // :
        colons++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > maxDepth) throw new AppError('tooDeep', `The JSON is nested deeper than ${maxDepth} levels ${positionOf(text, at)}.`);
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
  }
  return colons;
}

/** The index of the quote that ends the string starting at `start`, or -1. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (text.charCodeAt(before) === 0x5c) before--;
    if ((quote - before) % 2 === 1) return quote; // an even number of backslashes escapes nothing
  }
  return -1;
}

/** Own names of all objects in a tree that JSON.parse made (for…in is the fastest way over such objects). */
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item);
    return count;
  }
  for (const name in value) {
    const member = (value as Readonly<Record<string, unknown>>)[name];
    count += typeof member === 'object' ? 1 + countKeys(member) : 1;
  }
  return count;
}

function faultError(text: string, fault: JsonFault | undefined, cause?: unknown): AppError {
  if (fault?.kind === 'duplicate') {
    return new AppError('duplicateProperty', `Property '${fault.name}' is sent twice ${positionOf(text, fault.offset)}. Send it once.`, {
      target: fault.name,
    });
  }
  if (text.trim() === '') return new AppError('invalidJson', 'The body is empty. Send a JSON object.', { cause });
  const where = fault === undefined ? '' : ` ${positionOf(text, fault.offset)}: ${fault.expected} expected`;
  return new AppError('invalidJson', `The body is not valid JSON${where}.`, { cause });
}

/** Where an offset is, for people. */
function positionOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `at line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

/** What is wrong with a JSON text, and at which index. */
type JsonFault =
  | { readonly kind: 'syntax'; readonly offset: number; readonly expected: string }
  | { readonly kind: 'duplicate'; readonly offset: number; readonly name: string };

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * Finds the first fault of syntax in a JSON text (RFC 8259), or the first name that stands twice in one object. It takes the
 * care that the fast path has no time for, and runs only on texts that are known to be bad. It recurses as deep as the text
 * nests, so check the depth first.
 * @returns undefined when the text is valid and no object has a name twice
 */
export function findJsonFault(text: string): JsonFault | undefined {
  let at = 0;
  let duplicate: JsonFault | undefined;

  const syntax = (expected: string): JsonFault => ({ kind: 'syntax', offset: at, expected });

  const matches = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };

  const take = (character: string): boolean => {
    if (text[at] !== character) return false;
    at++;
    return true;
  };

  const string = (): JsonFault | undefined => {
    if (!take('"')) return syntax('a string in double quotes');
    for (;;) {
      const code = text.charCodeAt(at); // NaN behind the end
      if (code === 0x22) break;
      if (!(code >= 0x20)) return syntax(at >= text.length ? 'a closing quote' : 'an escape instead of a control character');
      if (code !== 0x5c) at++;
      else if (!matches(ESCAPE)) return syntax('a valid escape');
    }
    at++;
    return undefined;
  };

  const member = (names: Set<string>): JsonFault | undefined => {
    const offset = at;
    const fault = string();
    if (fault !== undefined) return fault;
    const name = JSON.parse(text.slice(offset, at)) as string;
    if (names.has(name)) duplicate ??= { kind: 'duplicate', offset, name };
    names.add(name);
    matches(SPACE);
    return take(':') ? value() : syntax("':'");
  };

  const list = (close: string, item: () => JsonFault | undefined): JsonFault | undefined => {
    at++;
    matches(SPACE);
    if (take(close)) return undefined;
    for (;;) {
      matches(SPACE);
      const fault = item();
      if (fault !== undefined) return fault;
      if (take(close)) return undefined;
      if (!take(',')) return syntax(`',' or '${close}'`);
    }
  };

  const value = (): JsonFault | undefined => {
    matches(SPACE);
    let fault: JsonFault | undefined;
    if (text[at] === '{') {
      const names = new Set<string>();
      fault = list('}', () => member(names));
    } else if (text[at] === '[') fault = list(']', value);
    else if (text[at] === '"') fault = string();
    else if (!matches(SCALAR)) fault = syntax('a value');
    if (fault === undefined) matches(SPACE);
    return fault;
  };

  return value() ?? (at < text.length ? syntax('the end of the text') : duplicate);
}
