import { QUALIFIED_NAME_PATTERN, type Scanner } from '../url/scanner.ts';
import { type ClauseReaders, countClauses, parseClauses, referenceClauses } from './parse-clauses.ts';
import { parseSelect } from './parse-select.ts';
import type { Clauses, ExpandItem } from './query-options.ts';

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

function item(scanner: Scanner): ExpandItem {
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
export function parseExpand(scanner: Scanner): readonly ExpandItem[] {
  const items: ExpandItem[] = [];
  do items.push(item(scanner));
  while (scanner.takeComma());
  return Object.freeze(items);
}
