import { parseExpression } from '../url/parse-expression.ts';
import type { Scanner } from '../url/scanner.ts';
import type { OrderByItem } from './query-options.ts';

const DIRECTION = /(?:asc|desc)(?![\w.(/])/iy;

function item(scanner: Scanner): OrderByItem {
  const expression = parseExpression(scanner);
  const end = scanner.position;
  const direction = scanner.skipSpaces() ? scanner.match(DIRECTION)?.toLowerCase() : undefined;
  if (direction === undefined) scanner.position = end;
  return Object.freeze({ expression, descending: direction === 'desc' });
}

/** Reads the value of `$orderby` (ABNF orderby, URL Conventions §5.1.5), as far as it goes. */
export function parseOrderBy(scanner: Scanner): readonly OrderByItem[] {
  const items: OrderByItem[] = [];
  do items.push(item(scanner));
  while (scanner.takeComma());
  return Object.freeze(items);
}
