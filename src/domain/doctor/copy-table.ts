import { createHash } from 'node:crypto';
import type { EntityType } from '../../edm/declare.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { model } from '../../model/index.ts';
import { instance, keyHolder } from '../../model/internal.ts';
import { keyOrder } from '../../query/column.ts';
import type { Reader, Store, Writer } from '../../store/contract.ts';
import { pageSize, streamRows } from '../reading/stream-rows.ts';

/** From where to where rows are copied, and whose. */
interface TableCopy {
  readonly source: Pick<Store, 'read'>;
  readonly target: Pick<Store, 'read' | 'write'>;
  readonly tenantId: string;
  /** Told after each page, when it is stored. */
  readonly copied: (rows: number) => void;
}

const keyOf = (type: EntityType, row: Row): readonly Value[] => type.storage!.key.map((name) => row[name]!);

/**
 * Copies the rows of one type and tenant in the order of their keys, a page in each transaction. It goes on behind the last row that the
 * target has: so a copy that was interrupted is simply started again. One page is read while the one before is written.
 * @throws invalidValue when the target cannot hold a row, which it names
 */
export async function copyTable(type: EntityType, { source, target, tenantId, copied }: TableCopy): Promise<void> {
  const orderBy = keyOrder(type);
  const limit = pageSize(type);
  let after = await target.read(tenantId, (reader) => lastKey(type, reader));
  let writing: Promise<void> = Promise.resolve();
  for (let page: readonly Row[] = []; ; ) {
    const from = after === undefined ? {} : { after };
    const reading = source.read(tenantId, (reader) => reader.select({ from: type, scope: {}, orderBy, limit, ...from }));
    // Both are waited for, so that neither fails unheard.
    const [read, written] = await Promise.allSettled([reading, writing]);
    if (written.status === 'rejected') throw written.reason;
    if (page.length > 0) copied(page.length);
    if (read.status === 'rejected') throw read.reason;
    page = read.value;
    if (page.length === 0) return;
    after = keyOf(type, page.at(-1)!);
    const rows = page;
    writing = target.write(tenantId, (writer) => insertAll(type, writer, rows));
  }
}

async function lastKey(type: EntityType, reader: Reader): Promise<readonly Value[] | undefined> {
  const orderBy = keyOrder(type).map((item) => ({ ...item, descending: true }));
  const [last] = await reader.select({ from: type, scope: {}, orderBy, limit: 1, properties: type.storage!.key });
  return last === undefined ? undefined : keyOf(type, last);
}

/** All are sent at once: a database elsewhere need not be waited for row by row. */
async function insertAll(type: EntityType, writer: Writer, rows: readonly Row[]): Promise<void> {
  const insert = async (row: Row): Promise<void> => {
    try {
      await writer.insert(type, row);
    } catch (cause) {
      if (!(cause instanceof AppError) || cause.code !== 'invalidValue') throw cause;
      throw new AppError('invalidValue', `${type.name} ${keyOf(type, row).join('/')} cannot be copied: ${cause.message}`, { cause });
    }
  };
  await Promise.all(rows.map(insert));
}

/**
 * The types whose rows make up a data set: everything that is stored, in the order of their names, but for what makes an installation itself,
 * and the servers that run.
 * Those of no tenant stand apart.
 */
const copied: readonly EntityType[] = model.stored
  .filter((type) => type.storage?.view !== true && type !== instance && type !== keyHolder)
  .toSorted((a, b) => (a.name < b.name ? -1 : 1));

export const dataSet = {
  ofTenants: copied.filter(({ storage }) => storage?.global !== true),
  ofNobody: copied.filter(({ storage }) => storage?.global === true),
} as const;

/** What a table holds for one tenant: two with the same rows have the same digest, whichever database they are in. */
export interface TableDigest {
  readonly rows: number;
  readonly digest: string;
}

/** Reads all rows of a type, in the order of their keys. */
export async function tableDigest(type: EntityType, reader: Reader): Promise<TableDigest> {
  const names = shapeOf(type).properties.map(({ name }) => name);
  const hash = createHash('sha256');
  let rows = 0;
  for await (const row of streamRows(reader, { from: type, scope: {} })) {
    hash.update(JSON.stringify(names.map((name) => row[name] ?? null))).update('\n');
    rows += 1;
  }
  return { rows, digest: hash.digest('hex') };
}
