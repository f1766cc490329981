import { DOCUMENT } from '../../edm/document.ts';
import type { Row } from '../../edm/primitive.ts';
import type { HttpBody } from '../../lib/http.ts';
import type { JsonObject } from '../../odata/body/write-entity.ts';
import type { Ready } from './ready-rows.ts';

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
