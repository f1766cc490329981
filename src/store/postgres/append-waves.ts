import { setImmediate } from 'node:timers';
import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import type { Accumulation } from '../contract.ts';
import type { SqlValue } from '../sql/fragment.ts';
import type { PostgresConnection } from './connection/connection.ts';
import type { CountRows, OwnedCount } from './count-rows.ts';
import { lost, storeError } from './errors.ts';
import type { InsertRows } from './insert-rows.ts';
import type { Slots } from './slots.ts';

/** What the waves of a group are written with. */
export interface WaveParts {
  readonly connection: PostgresConnection;
  readonly inserts: InsertRows;
  readonly counts: CountRows;
  readonly slots: Slots;
}

interface WaitingCount extends OwnedCount {
  readonly resolve: (row: Row) => void;
  readonly reject: (error: unknown) => void;
}

/** Adds to a map of lists. */
function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

const byPlace = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
const byName = ([a]: readonly [EntityType, unknown], [b]: readonly [EntityType, unknown]): number => (a.name < b.name ? -1 : 1);

/**
 * What the jobs of a group write, collected until all of them wait or have ended, and then sent as one statement for each type and tenant. Rows
 * to be added and counts in slots are answered at once: should they fail, the whole group does, and nobody has been told.
 */
export class AppendWaves {
  readonly #parts: WaveParts;
  /** By type and tenant. */
  readonly #rows = new Map<string, { readonly type: EntityType; readonly tenant: number; readonly rows: SqlValue[][] }>();
  /** By type and tenant, and in there by row. */
  readonly #slotted = new Map<
    string,
    { readonly type: EntityType; readonly tenant: number; readonly places: Map<string, Accumulation[]> }
  >();
  #counts = new Map<EntityType, WaitingCount[]>();
  #scheduled = false;
  /** Whether anything was asked of this group that changes something. */
  changed = false;
  readonly #sent: Promise<void>[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(parts: WaveParts) {
    this.#parts = parts;
  }

  insert(type: EntityType, row: Row, tenant: number): void {
    this.changed = true;
    const encoded = this.#parts.inserts.encode(type, row);
    const owner = `${type.name}|${tenant}`;
    const known = this.#rows.get(owner);
    if (known === undefined) this.#rows.set(owner, { type, tenant, rows: [encoded] });
    else known.rows.push(encoded);
  }

  /** Adds to a slot. */
  addToSlot(type: EntityType, change: Accumulation, tenant: number): void {
    this.changed = true;
    const owner = `${type.name}|${tenant}`;
    let slotted = this.#slotted.get(owner);
    if (slotted === undefined) {
      slotted = { type, tenant, places: new Map() };
      this.#slotted.set(owner, slotted);
    }
    push(slotted.places, JSON.stringify(change.key), change);
  }

  count(type: EntityType, change: Accumulation, tenant: number): Promise<Row> {
    this.changed = true;
    return new Promise((resolve, reject) => {
      push(this.#counts, type, { tenant, change, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => this.#send());
    });
  }

  /** Sends what is left. */
  finish(): void {
    this.#send();
    for (const [, { type, tenant, places }] of [...this.#slotted].sort(byPlace)) {
      this.#watch(...this.#parts.slots.add(type, { tenant, rows: [...places.values()] }, this.#parts.connection));
    }
    this.#slotted.clear();
  }

  /** Resolves when nothing is under way. @throws what went wrong first */
  async settled(): Promise<void> {
    await Promise.all(this.#sent);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #send(): void {
    this.#scheduled = false;
    const { connection, inserts, counts } = this.#parts;
    for (const [, { type, tenant, rows }] of [...this.#rows].sort(byPlace)) {
      const { statement, values } = inserts.many(type, { tenant, rows });
      const inserted = connection.run(statement, values).then(({ count }) => {
        if (count < rows.length) throw lost(type);
      });
      this.#watch(inserted);
    }
    this.#rows.clear();
    const waiting = [...this.#counts].sort(byName);
    this.#counts = new Map();
    for (const [type, all] of waiting) {
      const answered = counts.run(type, all, connection).then(
        (rows) => {
          for (const [i, { resolve }] of all.entries()) resolve(rows[i]!);
        },
        (error: unknown) => {
          for (const { reject } of all) reject(storeError(error));
          throw error;
        },
      );
      this.#watch(answered);
    }
  }

  #watch(...statements: readonly Promise<unknown>[]): void {
    for (const statement of statements) {
      this.#sent.push(
        statement.then(
          () => undefined,
          (error: unknown) => {
            this.#failure ??= { error };
          },
        ),
      );
    }
  }
}
