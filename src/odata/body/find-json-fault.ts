/** What is wrong with a JSON text, and at which index. */
export type JsonFault =
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
