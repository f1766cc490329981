import type { EntityType } from '../../edm/declare.ts';
import type { Column, Columns, Infer } from '../../edm/infer.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { keyOrder } from '../../query/column.ts';
import { type RowSet, withoutMark } from '../../query/plan.ts';
import type { Reader } from '../../store/contract.ts';

/** How many rows are held at a time; fewer of those that can hold files. */
const PAGE = 1000;
const PAGE_OF_FILES = 50;
/** Bytes of their texts. */
const PAGE_BYTES = 16 * 1024 ** 2;

/** How many whole rows of a type are held at a time. */
export const pageSize = (type: EntityType): number =>
  shapeOf(type).properties.some(({ type }) => type === 'Edm.Binary') ? PAGE_OF_FILES : PAGE;

/**
 * Reads rows page by page in key order. A row that the caller changes meanwhile comes once.
 * @param rows `properties` limits the columns; those of the key are read in any case
 */
export function streamRows<T extends EntityType, const K extends Column<T>>(
  reader: Reader,
  rows: RowSet<T> & { readonly properties: readonly K[] },
): AsyncGenerator<Columns<T, K>>;
export function streamRows<T extends EntityType>(reader: Reader, rows: RowSet<T>): AsyncGenerator<Infer<T>>;
export async function* streamRows(reader: Reader, rows: RowSet & { readonly properties?: readonly string[] }): AsyncGenerator<Row> {
  const orderBy = keyOrder(rows.from, rows.scope);
  const names = rows.from.storage!.key.filter((name) => rows.scope[name] === undefined);
  const { properties, ...set } = rows;
  const columns = properties === undefined ? {} : { properties: [...new Set([...names, ...properties])] };
  const limit = properties === undefined ? pageSize(rows.from) : PAGE;
  for (let after: Row[string][] | undefined; ; ) {
    const read = await reader.select({
      ...set,
      ...columns,
      orderBy,
      limit,
      maxBytes: PAGE_BYTES,
      ...(after === undefined ? {} : { after }),
    });
    const { rows: page, endedEarly } = withoutMark(read);
    yield* page;
    if (page.length < limit && !endedEarly) return;
    after = names.map((name) => page.at(-1)![name]!);
  }
}
