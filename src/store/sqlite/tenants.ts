import { WeightedCache } from '../../lib/weighted-cache.ts';
import type { SqliteConnection, Statement } from './connection.ts';

/** Bytes for the numbers of tenants: about 50,000 of them. */
export const TENANTS_WEIGHT = 8 * 1024 ** 2;

/**
 * Tenants and their numbers. Numbers given out inside a transaction are `fresh` until it commits: a rollback takes the row
 * back, and then the number must be forgotten too.
 */
export class Tenants {
  readonly #committed = new WeightedCache<number>(TENANTS_WEIGHT);
  readonly #fresh = new Map<string, number>();
  readonly #findWritten: Statement | undefined;
  readonly #findCommitted: Statement;
  readonly #add: Statement | undefined;

  constructor({ reader, writer }: { readonly reader: SqliteConnection; readonly writer?: SqliteConnection }) {
    const find = 'SELECT id FROM tenant WHERE guid = ?';
    this.#findCommitted = reader.prepare(find);
    this.#findWritten = writer?.prepare(find);
    this.#add = writer?.prepare('INSERT INTO tenant (id, guid) SELECT COALESCE(MAX(id), 0) + 1, ? FROM tenant RETURNING id');
  }

  /** The number of a tenant as readers see it; undefined when it has never written. */
  find(guid: string): number | undefined {
    const known = this.#committed.get(guid);
    if (known !== undefined) return known;
    const found = this.#findCommitted.get([guid]);
    return found === undefined ? undefined : this.#committed.set(guid, Number(found[0]), 8);
  }

  /** The number of a tenant inside the running transaction, which makes it if `make` says so. */
  findInside(guid: string, make: boolean): number | undefined {
    const known = this.#committed.get(guid) ?? this.#fresh.get(guid);
    if (known !== undefined) return known;
    const found = this.#findWritten!.get([guid]) ?? (make ? this.#add!.get([guid]) : undefined);
    if (found === undefined) return undefined;
    this.#fresh.set(guid, Number(found[0]));
    return Number(found[0]);
  }

  /** The transaction is on disk. */
  committed(): void {
    for (const [guid, id] of this.#fresh) this.#committed.set(guid, id, 8);
    this.#fresh.clear();
  }

  /** Some or all of the transaction was taken back. */
  rolledBack(): void {
    this.#fresh.clear();
  }
}
