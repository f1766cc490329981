import type { EntityType } from '../edm/declare.ts';
import { DOCUMENT, documentText } from '../edm/document.ts';
import { keyNames, shapeOf } from '../edm/link.ts';
import type { Row, Value } from '../edm/primitive.ts';
import { type JsonObject, writtenAsHeld } from '../odata/body/write-entity.ts';
import type { SelectPlan } from '../query/plan.ts';
import type { Call } from './api-context.ts';
import type { Query } from './bind-clauses.ts';
import { writeContextOf } from './write-context.ts';

/**
 * Answers that need no writing: most rows look in JSON as they are held, and those of busy types are kept as the very text. What
 * clients mostly ask for goes this way; `read-rows.ts` does all the rest.
 */

/** What to read so that the rows are ready: `document` for texts, otherwise exactly the columns of the answer. */
export type Ready = Required<Pick<SelectPlan, 'properties' | 'document'>>;

/** How rows of a query can be read ready for the answer; undefined when they must be written. */
export function readyForm(call: Call, query: Query, inList: boolean): Ready | undefined {
  const { type, select, expand } = query;
  if (expand.length > 0 || type.storage?.view === true || shapeOf(type).secret.length > 0) return undefined;
  const names = writtenAsHeld(writeContextOf(call, type, { ...(select === undefined ? {} : { select }), inList }));
  if (names === undefined) return undefined;
  if (isDocument(type) && select === undefined) return { document: true, properties: inList ? [] : keyNames(type) };
  return inList ? { document: false, properties: names } : undefined;
}

const isDocument = ({ storage }: EntityType): boolean => storage?.document === true;

/** The names of the properties that a query orders by, if it orders by nothing else: then a row itself says where it stands. */
export function orderedBy({ orderBy, type }: Query): readonly string[] | undefined {
  const names: string[] = [];
  for (const { expression: e } of orderBy) {
    const isOwn = e.kind === 'path' && e.variable === undefined && e.navigation.length === 0 && e.nested.length === 0;
    if (!isOwn || e.property === undefined || (isDocument(type) && e.property.internal === true)) return undefined;
    names.push(e.property.name);
  }
  return names;
}

/** Values of a row, be it in a document. */
export function valuesOf(row: Row, names: readonly string[]): readonly Value[] {
  const text = row[DOCUMENT];
  const values = typeof text === 'string' ? (JSON.parse(text) as Row) : row;
  return names.map((name) => values[name] ?? null);
}

/** The text of an entity's answer. @param context none at level none */
export function documentAnswer(type: EntityType, row: Row, context: string | undefined): string {
  const text = documentText(type, row);
  return context === undefined ? text : `{"@odata.context":${JSON.stringify(context)},${text.slice(1)}`;
}

/** The text of a page. @param head the page without its rows, at least one member */
export function pageText(head: JsonObject, rows: readonly Row[]): string {
  const texts = rows.map((row) => row[DOCUMENT] as string);
  return `${JSON.stringify(head).slice(0, -'[]}'.length)}[${texts.join(',')}]}`;
}
