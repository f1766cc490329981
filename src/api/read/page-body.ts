import { DOCUMENT } from '../../edm/document.ts';
import type { Row } from '../../edm/primitive.ts';
import type { HttpBody } from '../../lib/http.ts';
import type { JsonObject } from '../../odata/body/write-entity.ts';
import type { Ready } from './ready-rows.ts';

/** Characters of a page that is written as one string; a larger one is written in pieces of this size, while its client takes it. */
export const PIECE_LENGTH = 64 * 1024;

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
  const start = `${JSON.stringify(head).slice(0, -'[]}'.length)}[`;
  const texts = ready === undefined ? (rows as readonly JsonObject[]).values().map((row) => JSON.stringify(row)) : documents(ready, rows);
  if (isPart || length < PIECE_LENGTH) return `${start}${texts.toArray().join(',')}]}`;
  return pieces(start, texts);
}

/** The texts of rows that are documents, with their type where clients are told it. */
function documents({ typeName }: Ready, rows: PageParts['rows']): IteratorObject<string> {
  const type = typeName === '' ? '' : `"@odata.type":${JSON.stringify(typeName)},`;
  const texts = (rows as readonly Row[]).values().map((row) => row[DOCUMENT] as string);
  return type === '' ? texts : texts.map((text) => `{${type}${text.slice(1)}`);
}

async function* pieces(start: string, texts: Iterable<string>): AsyncGenerator<string> {
  let piece = start;
  let separator = '';
  for (const text of texts) {
    piece += separator + text;
    separator = ',';
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}]}`;
}
