import { INT32_MAX } from '../../edm/primitive.ts';
import { parseExpression } from '../url/parse-expression.ts';
import { parseSearch } from '../url/parse-search.ts';
import type { Scanner } from '../url/scanner.ts';
import { parseOrderBy } from './parse-orderby.ts';
import type { Clauses } from './query-options.ts';

/** Reads one clause's value, as far as it goes. */
type ClauseReader<K extends keyof Clauses> = (scanner: Scanner) => Exclude<Clauses[K], undefined>;

/** The clauses that are allowed somewhere, with what reads their values. */
export type ClauseReaders = { readonly [K in keyof Clauses]?: ClauseReader<K> };

/** Reads a whole number from 0 to 2147483647 (ABNF top, skip). */
export function parseWholeNumber(scanner: Scanner): number {
  const start = scanner.position;
  const value = Number(scanner.need(/\d+/y, 'a whole number'));
  if (value > INT32_MAX) {
    scanner.position = start;
    scanner.fail(`a whole number of at most ${INT32_MAX}`);
  }
  return value;
}

/** Reads the value of `$count` (ABNF inlinecount). */
export const parseCountOption = (scanner: Scanner): boolean =>
  scanner.need(/(?:true|false)/iy, "'true' or 'false'").toLowerCase() === 'true';

/** What `$count(…)` segments allow. */
export const countClauses: ClauseReaders = { filter: parseExpression, search: parseSearch };
/** What `$ref` allows. */
export const referenceClauses: ClauseReaders = {
  ...countClauses,
  orderBy: parseOrderBy,
  skip: parseWholeNumber,
  top: parseWholeNumber,
  count: parseCountOption,
};

/** Option name in lower case, without `$` → clause. */
export const CLAUSE_NAMES: ReadonlyMap<string, keyof Clauses> = new Map([
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
export function parseClauses(scanner: Scanner, readers: ClauseReaders, written: string[] = []): Clauses {
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
