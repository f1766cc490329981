import { separated } from '../url/parse-json.ts';
import { IDENTIFIER_PATTERN, QUALIFIED_NAME_PATTERN, type Scanner } from '../url/scanner.ts';
import { type ClauseReaders, parseClauses, referenceClauses } from './parse-clauses.ts';
import type { SelectItem } from './query-options.ts';

/** A name, an annotation, or all operations of a namespace (`namespace.*`). */
const NAME = new RegExp(`@?${QUALIFIED_NAME_PATTERN.source}(?:\\.\\*|#${IDENTIFIER_PATTERN.source})?`, 'uy');
const OPTION_AHEAD = /\([$@]|\(\w+=/y;

const selectClauses: ClauseReaders = { ...referenceClauses, select: parseSelect };

function item(scanner: Scanner): SelectItem {
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
export function parseSelect(scanner: Scanner): readonly SelectItem[] {
  const items: SelectItem[] = [];
  do items.push(item(scanner));
  while (scanner.takeComma());
  return Object.freeze(items);
}
