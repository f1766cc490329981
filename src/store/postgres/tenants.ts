import { WeightedCache } from '../../lib/weighted-cache.ts';
import type { PostgresConnection, Statement } from './connection/connection.ts';

/** Bytes for the numbers of tenants: about 50,000 of them. */
export const TENANTS_WEIGHT = 8 * 1024 ** 2;

const FIND: Statement = { text: 'SELECT id FROM tenant WHERE guid = $1', name: 'muster_find_tenant' };
// The update of nothing makes it answer the number, also when another transaction has just made the row.
const MAKE: Statement = {
  text: 'INSERT INTO tenant (guid) VALUES ($1) ON CONFLICT (guid) DO UPDATE SET guid = excluded.guid RETURNING id',
  name: 'muster_make_tenant',
};

/** A table with one row for each tenant, which is beside the tenant's other rows wherever these are (`insert-rows.ts`). */
export const TENANT_HOME = 'tenant_home';
const SETTLE: Statement = {
  text: `INSERT INTO ${TENANT_HOME} (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING`,
  name: 'muster_settle_tenant',
};

/** Numbers of tenants, which never change once they are committed: so every process may remember them. */
export class Tenants {
  readonly #known = new WeightedCache<number>(TENANTS_WEIGHT);

  /** The number as far as it is remembered. */
  known(guid: string): number | undefined {
    return this.#known.get(guid);
  }

  /** The number; undefined when the tenant has never written. Only for what is committed. */
  async find(guid: string, connection: PostgresConnection): Promise<number | undefined> {
    const known = this.#known.get(guid);
    if (known !== undefined) return known;
    const number = (await connection.run(FIND, [guid])).rows[0]?.[0] as number | undefined;
    return number === undefined ? undefined : this.#known.set(guid, number, 8);
  }

  /** The number, made in the running transaction if need be. Call {@link committed} when that is. */
  async make(guid: string, connection: PostgresConnection): Promise<number> {
    const known = this.#known.get(guid);
    if (known !== undefined) return known;
    const number = (await connection.run(MAKE, [guid])).rows[0]![0] as number;
    await connection.run(SETTLE, [number]);
    return number;
  }

  committed(made: Iterable<readonly [string, number]>): void {
    for (const [guid, number] of made) this.#known.set(guid, number, 8);
  }
}

/** The numbers of a transaction's tenants. Others learn of new ones when it commits. */
export class GroupTenants {
  readonly #tenants: Tenants;
  readonly #connection: PostgresConnection;
  readonly #found = new Map<string, number>();
  readonly #made = new Map<string, Promise<number>>();

  constructor(tenants: Tenants, connection: PostgresConnection) {
    this.#tenants = tenants;
    this.#connection = connection;
  }

  /** Finds those that are there. */
  async find(guids: ReadonlySet<string>): Promise<void> {
    for (const guid of guids) {
      const number = this.#tenants.known(guid) ?? (await this.#tenants.find(guid, this.#connection));
      if (number !== undefined) this.#found.set(guid, number);
    }
  }

  numberOf(guid: string): number | undefined {
    return this.#found.get(guid);
  }

  /** The number, made if need be. */
  make(guid: string): Promise<number> {
    let made = this.#made.get(guid);
    if (made === undefined) {
      made = this.#tenants.make(guid, this.#connection);
      this.#made.set(guid, made);
      made.then((number) => this.#found.set(guid, number)).catch(() => undefined);
    }
    return made;
  }

  /** The tenants that were made up to now. */
  get made(): ReadonlySet<string> {
    return new Set(this.#made.keys());
  }

  /** All others that were made have been taken back. */
  forgetBut(kept: ReadonlySet<string>): void {
    for (const guid of this.#made.keys()) {
      if (kept.has(guid)) continue;
      this.#found.delete(guid);
      this.#made.delete(guid);
    }
  }

  committed(): void {
    this.#tenants.committed([...this.#made.keys()].map((guid) => [guid, this.#found.get(guid)!] as const));
  }
}
