import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PrimitiveName } from '../../src/edm/primitive.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { negotiateVersion } from '../../src/odata/headers/odata-version.ts';
import { parsePrefer } from '../../src/odata/headers/parse-prefer.ts';
import { parseQuery, UNSUPPORTED_OPTIONS } from '../../src/odata/options/parse-query.ts';
import { splitQuery } from '../../src/odata/options/split-query.ts';
import { parseExpression } from '../../src/odata/url/parse-expression.ts';
import { parseJsonString } from '../../src/odata/url/parse-json.ts';
import { parseLiteral } from '../../src/odata/url/parse-literal.ts';
import { parsePath } from '../../src/odata/url/parse-path.ts';
import { parseSearch } from '../../src/odata/url/parse-search.ts';
import { hasEnumForm, hasPrimitiveForm } from '../../src/odata/url/primitive-form.ts';
import { isIdentifier, parseWhole, percentDecode, type Scanner } from '../../src/odata/url/scanner.ts';

import facts from '../facts/grammar.json' with { type: 'json' };
import { sharedFile } from '../support/shared-file.ts';

/**
 * Runs grammar cases against the parsers, by the rule of OASIS's ABNF that each is about: our own, and OASIS's where they lie beside the
 * repository. A case of theirs that does not hold on purpose is listed here with its reason, and printed.
 */

interface Case {
  readonly id: string;
  readonly rule: string;
  readonly input: string;
  readonly valid: boolean;
  readonly use: 'core' | 'optional' | 'out';
  readonly needsModel?: boolean;
}

/** Valid cases that Muster refuses on purpose; docs/odata-conformance.md says the same. */
const REFUSED: Readonly<Record<string, string>> = {
  'core-622': '$index: no collection has an order of its own',
  'core-837': '$schemaversion: the model has no versions',
  'core-839': '$schemaversion: the model has no versions',
};

/** Invalid cases that only a parser bound to a model can refuse. */
const BOUND_LATER: Readonly<Record<string, string>> = {
  'core-263': 'that a type cast stands twice is known only when names are bound',
};

/** Header cases that no request parser of Muster reads. */
const UNREAD_HEADERS: Readonly<Record<string, string>> = {
  'content-id': 'belongs to multipart batches; JSON batches carry ids',
  'odata-entityid': 'a response header',
  'odata-error': 'a response header',
  'odata-isolation': 'snapshot isolation is not offered',
  isolation: 'snapshot isolation is not offered',
  asyncresult: 'asynchronous requests are not offered',
};

const RULES_NOT_READ: Readonly<Record<string, string>> = {
  context: 'context URLs are written, never read',
  'request-id': 'belongs to multipart batches; ids of JSON batches are JSON strings',
};

type Parse = (input: string) => unknown;
const refuse = (text: string): never => {
  throw new AppError('invalidRequest', `refused: ${text}`);
};
const decode = (input: string): string => percentDecode(input, 'invalidQueryOption');
const whole = (read: (scanner: Scanner) => unknown, prefix = '', suffix = ''): Parse => {
  return (input) => parseWhole({ text: prefix + decode(input) + suffix, subject: 'test' }, read);
};
const need = (condition: boolean, text: string): unknown => (condition ? text : refuse(text));

/** A literal of one of the types, or a quoted string with the form of the first (4.01). */
const literal = (...types: readonly (PrimitiveName | 'enum')[]): Parse => {
  return (input) => {
    const read = parseWhole({ text: decode(input), subject: 'test' }, (s) => parseLiteral(s) ?? s.fail('a literal'));
    const [type] = types;
    const hasForm = (text: string): boolean => (type === 'enum' ? hasEnumForm(text) : hasPrimitiveForm(type!, text));
    const isCast = read.type === 'Edm.String' && hasForm(String(read.value));
    return need(types.some((t) => t === read.type) || isCast, input);
  };
};
const value = (type: PrimitiveName): Parse => {
  return (input) => need(hasPrimitiveForm(type, input), input);
};
const oneOption: Parse = (input) => (splitQuery(input).length === 1 ? parseQuery(input) : refuse(input));
const relative: Parse = (input) => {
  const [path, ...query] = input.replace(/^(\$metadata)#.*/, '$1').split('?'); // clients keep fragments to themselves
  return [parsePath(`/${path}`), parseQuery(query.join('?'))];
};
const SERVICE_ROOT = /^https?:\/\/(?:services\.odata\.org\/OData\/OData\.svc|host\/service|serviceRoot|[^/]*\/MyService)\//;
const absolute: Parse = (input) => (SERVICE_ROOT.test(input) ? relative(input.replace(SERVICE_ROOT, '')) : refuse(input));
const headerName = (input: string): string => input.slice(0, input.indexOf(':')).toLowerCase();
const header: Parse = (input) => {
  const content = input.slice(input.indexOf(':') + 1);
  if (headerName(input) === 'prefer') return parsePrefer(content);
  return negotiateVersion(headerName(input) === 'odata-version' ? { version: content } : { maxVersion: content });
};
const expression = whole(parseExpression);
const numeric = ['Edm.Decimal', 'Edm.Double', 'Edm.Int32', 'Edm.Int64'] as const;

const RULES: Readonly<Record<string, Parse>> = {
  anyExpr: whole(parseExpression, 'Items/'),
  binaryLiteral: literal('Edm.Binary'),
  boolCommonExpr: expression,
  boolean: literal('Edm.Boolean'),
  booleanValue: value('Edm.Boolean'),
  commonExpr: expression,
  compute: oneOption,
  customQueryOption: oneOption,
  date: literal('Edm.Date'),
  dateTimeOffsetLiteral: literal('Edm.DateTimeOffset'),
  dateTimeOffsetValue: value('Edm.DateTimeOffset'),
  decimalValue: value('Edm.Decimal'),
  doubleValue: value('Edm.Double'),
  durationLiteral: literal('Edm.Duration'),
  durationValue: value('Edm.Duration'),
  enumLiteral: literal('enum'),
  enumValue: (input) => need(hasEnumForm(input), input),
  expand: oneOption,
  filter: oneOption,
  firstMemberExpr: expression,
  functionParameter: whole(parseExpression, 'f(', ')'),
  guid: literal('Edm.Guid'),
  header,
  includeAnnotationsPreference: parsePrefer,
  int16Literal: literal('Edm.Int32'),
  int32Literal: literal('Edm.Int32'),
  int32Value: value('Edm.Int32'),
  int64Literal: literal(...numeric),
  int64Value: value('Edm.Int64'),
  isofExpr: expression,
  maxpagesizePreference: (input) => need(parsePrefer(input).maxPageSize !== undefined, input),
  notExpr: expression,
  odataIdentifier: (input) => need(isIdentifier(decode(input)), input),
  odataRelativeUri: relative,
  odataUri: absolute,
  orderBy: oneOption,
  orderby: oneOption,
  prefer: (input) => parsePrefer(input.replace(/^Prefer:/, '')),
  preference: parsePrefer,
  primitiveLiteral: literal('Edm.String', ...numeric),
  primitiveValue: (input) => need(hasEnumForm(input) || hasPrimitiveForm('Edm.Guid', input), input),
  propertyPathExpr: expression,
  queryOptions: parseQuery,
  resourcePath: (input) => parsePath(input),
  sbyteValue: value('Edm.Int32'),
  search: oneOption,
  searchExpr: whole(parseSearch),
  select: oneOption,
  skiptoken: oneOption,
  stringInUrl: whole(parseJsonString),
  stringLiteral: literal('Edm.String'),
  systemQueryOption: oneOption,
  timeOfDayLiteral: literal('Edm.TimeOfDay'),
  timeOfDayValue: value('Edm.TimeOfDay'),
};

/** What a parser makes of an input; anything but an AppError is a defect and passes through. */
function outcome(parse: Parse, input: string): 'accepted' | AppError {
  try {
    parse(input);
    return 'accepted';
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** Why a case is not run, if it is not. */
function skipReason(row: Case): string | undefined {
  if (row.needsModel === true && !row.valid) return 'refused only by a parser bound to the sample names';
  if (row.rule === 'header' && UNREAD_HEADERS[headerName(row.input)] !== undefined) return UNREAD_HEADERS[headerName(row.input)];
  return RULES_NOT_READ[row.rule] ?? BOUND_LATER[row.id];
}

const parserOf = (rule: string): Parse => RULES[rule] ?? (() => expect.fail(`the rule ${rule} is mapped to no parser`));

const grammar: Readonly<Record<string, { readonly accepts: readonly string[]; readonly refuses: readonly string[] }>> = facts.grammar;

describe.each(Object.entries(grammar))('grammar of %s', (rule, { accepts, refuses }) => {
  it.each(accepts)('accepts %s', (input) => expect(outcome(parserOf(rule), input)).toBe('accepted'));
  it.each(refuses)('refuses %s', (input) => expect(outcome(parserOf(rule), input)).toBeInstanceOf(AppError));
});

it.each(facts.notOffered)('refuses what is not offered: %s', (option) =>
  expect(outcome(parseQuery, option)).toMatchObject({ code: 'unsupportedQueryOption' }),
);

it('each rule has cases that are accepted and cases that are refused', () => {
  const covered = Object.keys(grammar).filter((rule) => grammar[rule]!.accepts.length > 0 && grammar[rule]!.refuses.length > 0);
  expect(Object.keys(RULES).filter((rule) => !covered.includes(rule) && rule !== 'compute')).toEqual([]);
});

it('refuses no query option that the documentation does not list', () => {
  const page = readFileSync(new URL('../../docs/odata-conformance.md', import.meta.url), 'utf8');
  for (const [name, reason] of UNSUPPORTED_OPTIONS) expect(page).toMatch(new RegExp(`\\| \`\\$${name}\`.* \\| ${reason} \\|`));
});

const text = sharedFile('odata/abnf-cases.json');

describe("OASIS's cases", () => {
  const cases = text === undefined ? [] : (JSON.parse(text) as { readonly cases: readonly Case[] }).cases;
  const core = cases.filter(({ use }) => use === 'core');
  const run = core.filter((row) => skipReason(row) === undefined);

  it.each(run)('$id $rule $input', ({ id, rule, input, valid }) => {
    const result = outcome(parserOf(rule), input);
    if (REFUSED[id] !== undefined) expect(result).toMatchObject({ code: 'unsupportedQueryOption' });
    else if (valid) expect(result).toBe('accepted');
    else expect(result).toBeInstanceOf(AppError);
  });

  it.skipIf(text === undefined)('optional ones are parsed or refused, and never break', () => {
    const optional = cases.filter((row) => row.use === 'optional' && skipReason(row) === undefined);
    const results = optional.map((row) => outcome(parserOf(row.rule), row.input));
    const accepted = results.filter((result) => result === 'accepted').length;
    process.stdout.write(`ABNF optional cases: ${accepted} of ${optional.length} accepted, the others refused.\n`);
    expect(results.every((result) => result === 'accepted' || result instanceof AppError)).toBe(true);
  });

  it.skipIf(text === undefined)('more than nine in ten are run, and it is said why the others are left out', () => {
    const left = core.filter((row) => skipReason(row) !== undefined);
    for (const row of left) process.stdout.write(`  ${row.id} ${row.rule} ${row.input}: ${skipReason(row)}\n`);
    for (const [id, reason] of Object.entries(REFUSED)) process.stdout.write(`  ${id}: refused on purpose: ${reason}\n`);
    process.stdout.write(`ABNF core cases: ${run.length} run, ${left.length} left out for the reasons above.\n`);
    expect(run.length / core.length).toBeGreaterThan(0.9);
  });
});
