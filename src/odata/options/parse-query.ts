import { INT32_MAX } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseExpression } from '../url/parse-expression.ts';
import { separated } from '../url/parse-json.ts';
import { parseSearch } from '../url/parse-search.ts';
import { IDENTIFIER_PATTERN, isIdentifier, parseWhole, QUALIFIED_NAME_PATTERN, type Scanner } from '../url/scanner.ts';
import type { SyntaxExpression } from '../url/syntax.ts';
import type { Clauses, ExpandItem, OrderByItem, QueryOptions, SelectItem } from './query-options.ts';
import { type RawOption, splitQuery } from './split-query.ts';

const DIRECTION = /(?:asc|desc)(?![\w.(/])/iy;

function orderByItem(scanner: Scanner): OrderByItem {
  const expression = parseExpression(scanner);
  const end = scanner.position;
  const direction = scanner.skipSpaces() ? scanner.match(DIRECTION)?.toLowerCase() : undefined;
  if (direction === undefined) scanner.position = end;
  return Object.freeze({ expression, descending: direction === 'desc' });
}

/** Reads the value of `$orderby` (ABNF orderby, URL Conventions §5.1.5), as far as it goes. */
function parseOrderBy(scanner: Scanner): readonly OrderByItem[] {
  const items: OrderByItem[] = [];
  do items.push(orderByItem(scanner));
  while (scanner.takeComma());
  return Object.freeze(items);
}

/** Reads one clause's value, as far as it goes. */
type ClauseReader<K extends keyof Clauses> = (scanner: Scanner) => Exclude<Clauses[K], undefined>;

/** The clauses that are allowed somewhere, with what reads their values. */
type ClauseReaders = { readonly [K in keyof Clauses]?: ClauseReader<K> };

/** Reads a whole number from 0 to 2147483647 (ABNF top, skip). */
function parseWholeNumber(scanner: Scanner): number {
  const start = scanner.position;
  const value = Number(scanner.need(/\d+/y, 'a whole number'));
  if (value > INT32_MAX) {
    scanner.position = start;
    scanner.fail(`a whole number of at most ${INT32_MAX}`);
  }
  return value;
}

/** Reads the value of `$count` (ABNF inlinecount). */
const parseCountOption = (scanner: Scanner): boolean => scanner.need(/(?:true|false)/iy, "'true' or 'false'").toLowerCase() === 'true';

/** What `$count(…)` segments allow. */
const countClauses: ClauseReaders = { filter: parseExpression, search: parseSearch };
/** What `$ref` allows. */
const referenceClauses: ClauseReaders = {
  ...countClauses,
  orderBy: parseOrderBy,
  skip: parseWholeNumber,
  top: parseWholeNumber,
  count: parseCountOption,
};

/** Option name in lower case, without `$` → clause. */
const CLAUSE_NAMES: ReadonlyMap<string, keyof Clauses> = new Map([
  ['filter', 'filter'],
  ['orderby', 'orderBy'],
  ['select', 'select'],
  ['expand', 'expand'],
  ['top', 'top'],
  ['skip', 'skip'],
  ['count', 'count'],
  ['search', 'search'],
]);

const OPTION_NAME = /[$@]?\w+/y;
const KNOWN_ELSEWHERE = new Set(['levels', 'compute', 'apply']);

function parseClause(scanner: Scanner, readers: ClauseReaders, read: Clauses): Clauses {
  const start = scanner.position;
  const written = scanner.need(OPTION_NAME, 'a query option such as $select=');
  const name = written.replace('$', '').toLowerCase();
  if (KNOWN_ELSEWHERE.has(name) || written.startsWith('@')) scanner.refuse(`${written} in parentheses`);
  const clause = CLAUSE_NAMES.get(name);
  const reader = clause && readers[clause];
  if (reader === undefined || read[clause!] !== undefined) {
    scanner.position = start;
    scanner.fail(reader === undefined ? 'a query option that is allowed here' : `$${name} only once`);
  }
  scanner.expect('=');
  return { ...read, [clause!]: reader(scanner) };
}

const splitOnce = (option: string): readonly [name: string, value: string] => {
  const equals = option.indexOf('=');
  return [option.slice(0, equals), option.slice(equals + 1)];
};

/**
 * Reads query options in parentheses, separated by semicolons (ABNF expandOption, selectOption).
 * @param readers the clauses that are allowed here
 * @param written takes each option as it was written, `$top=5`
 * @throws unsupportedQueryOption for `$levels`, `$compute` and parameter aliases
 */
function parseClauses(scanner: Scanner, readers: ClauseReaders, written: string[] = []): Clauses {
  scanner.expect('(');
  return scanner.nest(() => {
    let read: Clauses = {};
    do {
      const start = scanner.position;
      read = parseClause(scanner, readers, read);
      const [name, value] = splitOnce(scanner.text.slice(start, scanner.position));
      written.push(`$${name.replace('$', '').toLowerCase()}=${value}`);
    } while (scanner.take(';'));
    if (!scanner.take(')')) scanner.fail("';' or ')'");
    return Object.freeze(read);
  });
}

/** A name, an annotation, or all operations of a namespace (`namespace.*`). */
const NAME = new RegExp(`@?${QUALIFIED_NAME_PATTERN.source}(?:\\.\\*|#${IDENTIFIER_PATTERN.source})?`, 'uy');
const OPTION_AHEAD = /\([$@]|\(\w+=/y;

const selectClauses: ClauseReaders = { ...referenceClauses, select: parseSelect };

function selectItem(scanner: Scanner): SelectItem {
  if (scanner.take('*')) return Object.freeze({ path: Object.freeze(['*']) });
  const names: string[] = [];
  do names.push(scanner.need(NAME, 'a property name or *'));
  while (!names.at(-1)!.endsWith('*') && scanner.take('/'));
  const path = Object.freeze(names);
  if (scanner.peek() !== '(') return Object.freeze({ path });
  OPTION_AHEAD.lastIndex = scanner.position;
  if (OPTION_AHEAD.test(scanner.text)) return Object.freeze({ path, options: parseClauses(scanner, selectClauses) });
  scanner.expect('(');
  const parameters = separated(scanner, ')', () => scanner.need(IDENTIFIER_PATTERN, 'a query option or a parameter name'));
  return Object.freeze({ path, parameters });
}

/** Reads the value of `$select` (ABNF select, URL Conventions §5.1.4), as far as it goes. */
function parseSelect(scanner: Scanner): readonly SelectItem[] {
  const items: SelectItem[] = [];
  do items.push(selectItem(scanner));
  while (scanner.takeComma());
  return Object.freeze(items);
}

const NO_CLAUSES: Clauses = Object.freeze({});
const LEVELS_AHEAD = /\(\$?levels=/iy;

/** What each form of an item allows in parentheses. */
const CLAUSES: Readonly<Record<ExpandItem['form'], ClauseReaders>> = {
  instances: { ...referenceClauses, select: parseSelect, expand: parseExpand },
  references: referenceClauses,
  count: countClauses,
};

function parseForm(scanner: Scanner): ExpandItem['form'] {
  if (scanner.take('/$ref')) return 'references';
  return scanner.take('/$count') ? 'count' : 'instances';
}

function expandItem(scanner: Scanner): ExpandItem {
  if (/[$@]/.test(scanner.peek())) scanner.refuse('a stream or an annotation');
  const names: string[] = [];
  do names.push(scanner.take('*') ? '*' : scanner.need(QUALIFIED_NAME_PATTERN, 'a navigation property or *'));
  while (names.at(-1) !== '*' && !scanner.text.startsWith('/$', scanner.position) && scanner.take('/'));
  const path = Object.freeze(names);
  const form = parseForm(scanner);
  if (names.at(-1) === '*') {
    LEVELS_AHEAD.lastIndex = scanner.position;
    if (LEVELS_AHEAD.test(scanner.text)) scanner.refuse('$levels');
    return Object.freeze({ path, form, options: NO_CLAUSES, written: [] });
  }
  const written: string[] = [];
  const options = scanner.peek() === '(' ? parseClauses(scanner, CLAUSES[form], written) : NO_CLAUSES;
  return Object.freeze({ path, form, options, written: Object.freeze(written) });
}

/**
 * Reads the value of `$expand` (ABNF expand, URL Conventions §5.1.3), as far as it goes.
 * @throws unsupportedQueryOption for `$levels`, `$compute`, streams (`$value`) and annotations
 */
function parseExpand(scanner: Scanner): readonly ExpandItem[] {
  const items: ExpandItem[] = [];
  do items.push(expandItem(scanner));
  while (scanner.takeComma());
  return Object.freeze(items);
}

const READERS: Required<ClauseReaders> = {
  filter: parseExpression,
  orderBy: parseOrderBy,
  select: parseSelect,
  expand: parseExpand,
  top: parseWholeNumber,
  skip: parseWholeNumber,
  count: parseCountOption,
  search: parseSearch,
};
/** An empty value of these counts as absent: clients send `$filter=` for "no filter". An empty `$top=` is a mistake. */
const MAY_BE_EMPTY: ReadonlySet<keyof Clauses> = new Set(['filter', 'orderBy', 'select', 'expand', 'search']);

/** Why a system query option is refused. The names also count without `$`, in any case. */
export const UNSUPPORTED_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['apply', 'aggregation is not offered'],
  ['compute', 'computed properties are not offered'],
  ['deltatoken', 'changes are not tracked'],
  ['id', 'an entity is addressed by its path'],
  ['index', 'no collection has an order of its own'],
  ['schemaversion', 'the model has no versions'],
]);

function refuse(name: string, reason: string): never {
  throw new AppError('unsupportedQueryOption', `The query option '${name}' is not supported: ${reason}. Remove it.`, { target: name });
}

function invalid(name: string, advice: string): never {
  throw new AppError('invalidQueryOption', `The query option '${name}' ${advice}.`, { target: name });
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function addAlias(aliases: Map<string, SyntaxExpression>, { name, value }: RawOption): void {
  const alias = name.slice(1);
  if (!isIdentifier(alias)) invalid(name, 'is no parameter alias. Write @ and an identifier');
  if (value === undefined) invalid(name, 'has no value. Add = and a value');
  if (aliases.has(alias)) invalid(name, 'is given twice. Keep one');
  aliases.set(alias, parseWhole({ text: value, subject: name }, parseExpression));
}

/** Takes one option that has no `@`. @param key its name in lower case, without `$` */
function addOption(
  options: Mutable<QueryOptions>,
  key: string,
  { name, value, isTemplate }: RawOption & { readonly isTemplate: boolean },
): void {
  const clause = CLAUSE_NAMES.get(key);
  if (clause === undefined && key !== 'skiptoken' && key !== 'format') {
    const reason = UNSUPPORTED_OPTIONS.get(key);
    if (reason !== undefined) refuse(name, reason);
    if (name.startsWith('$')) refuse(name, 'this service does not know it');
    return; // a custom option, which is free to mean nothing (Protocol §11.2.1, conformance minimal 6)
  }
  if (value === undefined) invalid(name, 'has no value. Add = and a value');
  if (clause === undefined) {
    if (value === '') invalid(name, 'is empty. Give it a value or remove it');
    options[key === 'format' ? 'format' : 'skipToken'] = value;
  } else if (value !== '' || !MAY_BE_EMPTY.has(clause)) {
    Object.assign(options, { [clause]: parseWhole<unknown>({ text: value, subject: `$${key}`, isTemplate }, READERS[clause]) });
  }
}

/**
 * Reads the query part of a URL (ABNF queryOptions). Option names count with or without `$` and in any case (4.01).
 * @param query as sent, still percent-encoded, without the leading `?`
 * @param isTemplate whether the query is a template, whose slots stand for literals (`literal-slots.ts`)
 * @returns the system query options and the parameter aliases; custom options are left out
 * @throws invalidQueryOption for what is malformed, or given twice
 * @throws unsupportedQueryOption for what is well-formed but not offered, and for unknown options that start with `$`
 */
export function parseQuery(query: string, isTemplate = false): QueryOptions {
  const aliases = new Map<string, SyntaxExpression>();
  const options: Mutable<QueryOptions> = { aliases };
  const seen = new Set<string>();
  for (const option of splitQuery(query)) {
    if (option.name.startsWith('@')) {
      addAlias(aliases, option);
      continue;
    }
    const key = option.name.replace(/^\$/, '').toLowerCase();
    const system = option.name.startsWith('$') || CLAUSE_NAMES.has(key) || key === 'skiptoken' || key === 'format';
    if (system && seen.has(key)) invalid(option.name, 'is given twice. Keep one');
    if (system) seen.add(key);
    addOption(options, key, { ...option, isTemplate });
  }
  return Object.freeze(options);
}
