import type { Row } from './primitive.ts';

/**
 * Makes objects of rows: literals with all names in place, which share one hidden class and are written as JSON almost twice as fast as what
 * is filled in a loop or spread. It is generated source, into which only names from the model go.
 * @param names of the properties that are taken over, in this order
 * @param constants stand before them
 */
export function rowLiteral(names: readonly string[], constants: Readonly<Record<string, string>> = {}): (row: Row) => Row {
  const members = [
    ...Object.entries(constants).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`),
    ...names.map((name) => `${JSON.stringify(name)}: r[${JSON.stringify(name)}]`),
  ];
  return new Function('r', `"use strict"; return { ${members.join(', ')} };`) as (row: Row) => Row;
}
