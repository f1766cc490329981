import type { EntityType } from '../../edm/declare.ts';
import { DOCUMENT } from '../../edm/document.ts';
import { keyNames, shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import type { HttpBody } from '../../lib/http.ts';
import { type AsHeld, type JsonObject, writtenAsHeld } from '../../odata/body/write-entity.ts';
import type { SelectPlan } from '../../query/plan.ts';
import type { Query } from '../bind/query.ts';
import { type Call, writeContextOf } from '../request/context.ts';

/** Characters of a page that is written as one string; a larger one is written in pieces of this size, while its client takes it. */
export const PIECE_LENGTH = 256 * 1024;

/** A page of a collection, on its way to JSON. */
export interface PageParts {
  /** The page without its rows: `value` is its last member, and empty. */
  readonly head: JsonObject;
  /** Rows that are documents (`ready` says how), or written objects. */
  readonly rows: readonly Row[] | readonly JsonObject[];
  /** Of documents. */
  readonly ready: Ready | undefined;
  /** About the characters of all rows. */
  readonly length: number;
}

/** The body of a page. @param isPart whether the answer is a part of another, which needs it whole */
export function pageBody({ head, rows, ready, length }: PageParts, isPart: boolean): HttpBody {
  const isWhole = isPart || length < PIECE_LENGTH;
  if (ready === undefined && isWhole) return JSON.stringify({ ...head, value: rows });
  const start = `${JSON.stringify(head).slice(0, -'[]}'.length)}[`;
  if (ready === undefined) return pieces(start, rows, JSON.stringify);
  const text = documentText(ready);
  return isWhole ? `${start}${(rows as readonly Row[]).map(text).join(',')}]}` : pieces(start, rows as readonly Row[], text);
}

/** The text of a row that is a document, with its type where clients are told it. */
function documentText({ typeName }: Ready): (row: Row) => string {
  if (typeName === '') return (row) => row[DOCUMENT] as string;
  const start = `{"@odata.type":${JSON.stringify(typeName)},`;
  return (row) => start + (row[DOCUMENT] as string).slice(1);
}

async function* pieces<R>(start: string, rows: readonly R[], text: (row: R) => string): AsyncGenerator<string> {
  let piece = start;
  let separator = '';
  for (const row of rows) {
    piece += separator + text(row);
    separator = ',';
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}]}`;
}

/**
 * Answers that need no writing: most rows look in JSON as they are held, and those of busy types are kept as the very text. What
 * clients mostly ask for goes this way; `read-rows.ts` does all the rest.
 */

/** How rows are read so that they are ready for the answer. */
export interface Ready extends Pick<AsHeld, 'typeName' | 'object'> {
  /** What a plan asks for: texts (`document`), exactly the properties of the answer, or, of a single row without a text, all of it. */
  readonly columns: Pick<SelectPlan, 'properties' | 'document'>;
}

/** How the rows of a query can be read ready; undefined when they must be written. */
export function readyForm(call: Call, query: Query, inList: boolean): Ready | undefined {
  const { type, select, expand } = query;
  if (expand.length > 0 || type.storage?.view === true || type.variant !== undefined || shapeOf(type).secret.length > 0) return undefined;
  const held = writtenAsHeld(writeContextOf(call, type, { ...(select === undefined ? {} : { select }), inList }));
  if (held === undefined) return undefined;
  const { properties, ...writing } = held;
  if (isDocument(type) && select === undefined)
    return { columns: { document: true, properties: inList ? [] : keyNames(type) }, ...writing };
  if (inList) return { columns: { properties }, ...writing };
  return select === undefined ? { columns: {}, ...writing } : undefined;
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

/** Values of a row, be it a document. */
export function valuesOf(row: Row, names: readonly string[]): readonly Value[] {
  const text = row[DOCUMENT];
  const values = typeof text === 'string' ? (JSON.parse(text) as Row) : row;
  return names.map((name) => values[name] ?? null);
}

/** The text of an entity's answer. @param context none at level none */
export function documentAnswer({ typeName }: Ready, text: string, context: string | undefined): string {
  const annotations = `${context === undefined ? '' : `"@odata.context":${JSON.stringify(context)},`}${typeMember(typeName)}`;
  return annotations === '' ? text : `{${annotations}${text.slice(1)}`;
}

/** The objects of a page of rows. */
export const pageObjects = ({ object }: Ready, rows: readonly Row[]): readonly JsonObject[] => rows.map(object);

const typeMember = (typeName: string): string => (typeName === '' ? '' : `"@odata.type":${JSON.stringify(typeName)},`);
