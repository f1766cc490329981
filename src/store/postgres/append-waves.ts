import { setImmediate } from 'node:timers';
import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import type { Accumulation } from '../contract.ts';
import type { SqlValue } from '../sql/fragment.ts';
import type { PostgresConnection } from './connection.ts';
import type { CountRows, OwnedCount } from './count-rows.ts';
import type { InsertRows } from './insert-rows.ts';
import { unavailable } from './postgres-error.ts';
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

const byName = ([a]: readonly [EntityType, unknown], [b]: readonly [EntityType, unknown]): number => (a.name < b.name ? -1 : 1);

/**
 * What the jobs of a group write, collected until all of them wait or have ended, and then sent as one statement for each type. Rows
 * to be added and counts in slots are answered at once: should they fail, the whole group does, and nobody has been told.
 */
export class AppendWaves {
  readonly #parts: WaveParts;
  readonly #rows = new Map<EntityType, SqlValue[][]>();
  readonly #slotted = new Map<EntityType, Map<string, { readonly tenant: number; readonly changes: Accumulation[] }>>();
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
    push(this.#rows, type, this.#parts.inserts.encode(type, { row, tenant }));
  }

  /** Adds to a slot. */
  addToSlot(type: EntityType, change: Accumulation, tenant: number): void {
    this.changed = true;
    let places = this.#slotted.get(type);
    if (places === undefined) {
      places = new Map();
      this.#slotted.set(type, places);
    }
    const place = `${tenant}|${JSON.stringify(change.key)}`;
    const known = places.get(place);
    if (known === undefined) places.set(place, { tenant, changes: [change] });
    else known.changes.push(change);
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
    for (const [type, places] of [...this.#slotted].sort(byName)) {
      this.#watch(...this.#parts.slots.add(type, [...places.values()], this.#parts.connection));
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
    for (const [type, rows] of [...this.#rows].sort(byName)) {
      const { statement, values } = inserts.statement(type, rows, 'fails');
      this.#watch(connection.run(statement, values));
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
          for (const { reject } of all) reject(unavailable(error));
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
