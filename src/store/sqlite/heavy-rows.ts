import type { EntityType } from '../../edm/declare.ts';
import { TENANT_COLUMN, tableOf } from '../schema/table.ts';
import { quoteName } from '../sql/fragment.ts';
import type { SqliteConnection, Statement } from './connection.ts';

/** A document with more bytes makes its row heavy. */
const HEAVY_DOCUMENT = 4096;

const indexName = (type: EntityType): string => quoteName(`${type.name}_heavy`);

/** Makes the indexes that hold the heavy rows of each type with documents, and no others. */
export function indexHeavyRows(connection: SqliteConnection, types: readonly EntityType[]): void {
  for (const type of types) {
    const condition = heavyCondition(type);
    if (condition === undefined) continue;
    const on = `${quoteName(type.name)} (${quoteName(TENANT_COLUMN)})`;
    connection.exec(`CREATE INDEX IF NOT EXISTS ${indexName(type)} ON ${on} WHERE ${condition}`);
  }
}

function heavyCondition(type: EntityType): string | undefined {
  const { document } = tableOf(type);
  return document === undefined ? undefined : `octet_length(${quoteName(document.name)}) > ${HEAVY_DOCUMENT}`;
}

/** Tells pages that cannot weigh much from others: to weigh a page costs nearly as much as to read it. */
export class HeavyRows {
  readonly #connection: SqliteConnection;
  /** Finds a heavy row of a tenant; undefined where none can be found without looking at all. */
  readonly #finders = new Map<EntityType, Statement | undefined>();

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** Whether so many rows of a type cannot weigh so many bytes. @param tenant its number */
  isLight(type: EntityType, tenant: number, page: { readonly rows: number; readonly bytes: number }): boolean {
    if (page.rows * HEAVY_DOCUMENT >= page.bytes) return false;
    if (!this.#finders.has(type)) this.#finders.set(type, this.#finder(type));
    const finder = this.#finders.get(type);
    return finder !== undefined && finder.get([tenant]) === undefined;
  }

  #finder(type: EntityType): Statement | undefined {
    const condition = heavyCondition(type);
    if (condition === undefined) return undefined;
    const from = `${quoteName(type.name)} INDEXED BY ${indexName(type)}`;
    try {
      return this.#connection.prepare(`SELECT 1 FROM ${from} WHERE ${quoteName(TENANT_COLUMN)} = ? AND ${condition} LIMIT 1`);
    } catch {
      return undefined; // a database that no server has opened since there is the index
    }
  }
}
