import type { EntityType } from './declare.ts';
import { shapeOf } from './link.ts';
import type { Row } from './primitive.ts';

/** The column of a document, and its name in rows that were asked for it. */
export const DOCUMENT = '$document';

const builders = new WeakMap<EntityType, (row: Row) => Row>();
const texts = new WeakMap<Row, string>();

/**
 * The JSON text of an entity: every visible property in the order of answers, and nothing else. It is made once for a row object, as
 * what is stored of it, its entity tag and its answer are all made from the text: rows are replaced, never changed.
 */
export function documentText(type: EntityType, row: Row): string {
  const known = texts.get(row) ?? (row[DOCUMENT] as string | undefined);
  if (known !== undefined) return known;
  let build = builders.get(type);
  if (build === undefined) {
    build = rowLiteral(shapeOf(type).written.map(({ name }) => name));
    builders.set(type, build);
  }
  const text = JSON.stringify(build(row));
  texts.set(row, text);
  return text;
}

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
