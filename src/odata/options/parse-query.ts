import { AppError } from '../../lib/app-error.ts';
import { parseExpression } from '../url/parse-expression.ts';
import { parseSearch } from '../url/parse-search.ts';
import { isIdentifier, parseWhole } from '../url/scanner.ts';
import type { SyntaxExpression } from '../url/syntax.ts';
import { CLAUSE_NAMES, type ClauseReaders, parseCountOption, parseWholeNumber } from './parse-clauses.ts';
import { parseExpand } from './parse-expand.ts';
import { parseOrderBy } from './parse-orderby.ts';
import { parseSelect } from './parse-select.ts';
import type { Clauses, QueryOptions } from './query-options.ts';
import { type RawOption, splitQuery } from './split-query.ts';

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
