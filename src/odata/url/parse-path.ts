import { AppError } from '../../lib/app-error.ts';
import { parseJson, separated } from './parse-json.ts';
import { parseLiteral } from './parse-literal.ts';
import { IDENTIFIER_PATTERN, isIdentifier, parseWhole, percentDecode, QUALIFIED_NAME_PATTERN, type Scanner } from './scanner.ts';
import type { KeyValue, NameSegment, PathSegment, SegmentArguments, SystemSegmentName } from './syntax.ts';

/** Where each segment of the protocol may stand: as the whole path, or as the end of one. */
const SYSTEM_SEGMENTS: ReadonlyMap<string, 'alone' | 'last'> = new Map<SystemSegmentName, 'alone' | 'last'>([
  ['$metadata', 'alone'],
  ['$batch', 'alone'],
  ['$count', 'last'],
  ['$value', 'last'],
  ['$ref', 'last'],
]);

const NAMED_VALUE = new RegExp(`${IDENTIFIER_PATTERN.source}(?==)`, 'uy');
const WITH_PARENTHESES = new RegExp(`^(${QUALIFIED_NAME_PATTERN.source})(\\(.*\\))$`, 'su');

function keyValue(scanner: Scanner): KeyValue {
  if (scanner.take('@')) {
    return Object.freeze({ kind: 'alias', name: scanner.need(IDENTIFIER_PATTERN, 'the name of a parameter alias') });
  }
  if (scanner.peek() === '[' || scanner.peek() === '{') return parseJson(scanner, keyValue);
  return parseLiteral(scanner) ?? scanner.fail("a value such as 'text', 1 or @alias");
}

/** Reads a key predicate or the parameters of a function (ABNF keyPredicate, functionParameters). */
function segmentArguments(scanner: Scanner): SegmentArguments {
  scanner.expect('(');
  const values = separated(scanner, ')', () => {
    const name = scanner.match(NAMED_VALUE);
    if (name !== undefined) scanner.expect('=');
    return { name, value: keyValue(scanner) };
  });
  const [first] = values;
  if (values.length === 1 && first!.name === undefined) return Object.freeze({ kind: 'single', value: first!.value });
  const named = values.map(({ name, value }) => Object.freeze({ name: name ?? scanner.fail("'name=' before each value"), value }));
  if (new Set(named.map(({ name }) => name.toLowerCase())).size < named.length) scanner.fail('each name only once');
  return Object.freeze({ kind: 'named', values: Object.freeze(named) });
}

/** Reads a segment as a name with optional parentheses. @throws invalidUrl when the parentheses are malformed */
function nameSegment(text: string): NameSegment {
  const match = WITH_PARENTHESES.exec(text);
  if (match === null) return Object.freeze({ kind: 'name', text, name: text });
  const name = match[1]!;
  const source = { text, subject: `The segment '${text.slice(0, 80)}'`, code: 'invalidUrl' } as const;
  const read = parseWhole(source, (scanner) => {
    scanner.expect(name);
    return segmentArguments(scanner);
  });
  return Object.freeze({ kind: 'name', text, name, arguments: read });
}

const NAMED_KEY = new RegExp(`^${IDENTIFIER_PATTERN.source}=`, 'u');

/**
 * Reads a segment as a compound key without its parentheses, which generated clients send: `/states/id='1',policyId='2'`.
 * @returns undefined for a text that does not look like one
 * @throws invalidUrl
 */
export function parseNamedKey(text: string): SegmentArguments | undefined {
  if (!NAMED_KEY.test(text)) return undefined;
  const source = { text: `(${text})`, subject: `The key '${text.slice(0, 80)}'`, code: 'invalidUrl' } as const;
  return parseWhole(source, segmentArguments);
}

/** As {@link nameSegment}, but what is no well-formed name with parentheses may be a key as segment, such as `a'b(c)`. */
function nameOrKeySegment(text: string): NameSegment {
  try {
    return nameSegment(text);
  } catch (error) {
    if (error instanceof AppError) return Object.freeze({ kind: 'name', text, name: text, fault: error });
    throw error;
  }
}

/** The first segment names an entity set or a singleton: an identifier, and never a key or a qualified name. */
function firstSegment(text: string): NameSegment {
  const segment = nameSegment(text);
  if (isIdentifier(segment.name)) return segment;
  throw new AppError('invalidUrl', `'${text.slice(0, 80)}' cannot start a path. Start with the name of an entity set or singleton.`, {
    target: text,
  });
}

function segmentAt(texts: readonly string[], index: number): PathSegment {
  const text = texts[index]!;
  if (!text.startsWith('$')) return index === 0 ? firstSegment(text) : nameOrKeySegment(text);
  const place = SYSTEM_SEGMENTS.get(text);
  if (place === undefined) {
    throw new AppError('unknownSegment', `The segment '${text.slice(0, 80)}' is not supported. Remove it.`, { target: text });
  }
  if (place === 'alone' ? texts.length > 1 : index === 0 || index < texts.length - 1) {
    const rule = place === 'alone' ? 'must be the only segment' : 'must be the last segment and follow a resource';
    throw new AppError('invalidUrl', `The segment '${text}' ${rule}.`, { target: text });
  }
  return Object.freeze({ kind: 'system', name: text as SystemSegmentName });
}

/**
 * Reads a resource path (ABNF resourcePath; URL Conventions §2: split at `/` first, then percent-decode). Whether a name is a
 * property, a key as segment or an operation is for the resolver to say.
 * @param path what stands behind the version prefix, still percent-encoded, without the query: `/deviceManagement/hardwareConfigurations('id')`
 * @returns the segments; none for the service root. A trailing slash leaves no trace.
 * @throws invalidUrl for empty segments, malformed encoding and malformed parentheses; unknownSegment for other `$` segments
 */
export function parsePath(path: string): readonly PathSegment[] {
  const parts = (path.startsWith('/') ? path.slice(1) : path).split('/');
  if (parts.at(-1) === '') parts.pop();
  const texts = parts.map((part) => {
    if (part === '') throw new AppError('invalidUrl', "The path has an empty segment. Remove the doubled '/'.");
    return percentDecode(part, 'invalidUrl');
  });
  return Object.freeze(texts.map((_, index) => segmentAt(texts, index)));
}
