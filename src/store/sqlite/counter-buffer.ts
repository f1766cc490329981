import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { type RowSet, reachesOut, type SelectPlan } from '../../query/plan.ts';
import { changed, startRow } from '../accumulated-row.ts';
import type { Accumulation, Key } from '../contract.ts';
import { type Table, tableOf } from '../schema/table.ts';

/** What a buffer reads and writes through. */
export interface CounterTable {
  find(type: EntityType, key: Key, tenant: number): Row | undefined;
  /** Writes the whole row, there or not. */
  put(type: EntityType, row: Row, tenant: number): void;
}

/** One row of counters as it is now. Rows are replaced, never changed, so that an earlier one can be put back. */
interface Counters {
  readonly place: string;
  readonly type: EntityType;
  readonly tenant: number;
  row: Row;
  /** Whether the database has another row, or none. */
  dirty: boolean;
}

/** Rows of a type that are kept between groups, to spare reading them again: enough for the summaries of busy policies. */
const KEPT = 100;

/**
 * Rows that very many writers add to (`storage.slotted`), held in memory while the jobs of a group do so, so that each is written once
 * for a group instead of once for a job: sixty results of one policy make one write of its summary. The writer of the same transaction tells it before
 * it reads or changes such rows otherwise. Rows stay known until something else changes them, as nobody else writes to the file.
 */
export class CounterBuffer {
  readonly #table: CounterTable;
  /** By type, then place. */
  readonly #known = new Map<EntityType, Map<string, Counters>>();
  // These two are made anew instead of being emptied: the garbage collector would go from an old table to each that replaced it.
  #dirty = new Set<Counters>();
  /** Rows that the running job has touched, as they were before it; undefined: read in the job. */
  #beforeJob = new Map<Counters, Pick<Counters, 'row' | 'dirty'> | undefined>();

  constructor(table: CounterTable) {
    this.#table = table;
  }

  /** Does what {@link Accumulation} says. @returns the row afterwards */
  accumulate(type: EntityType, change: Accumulation, tenant: number): Row {
    const table = tableOf(type);
    const known = this.#knownOf(type);
    const place = placeOf(table, change.key, tenant);
    let counters = known.get(place);
    if (counters === undefined) {
      const stored = this.#table.find(type, change.key, tenant);
      counters = { place, type, tenant, row: stored ?? startRow(table, change), dirty: stored === undefined };
      this.#beforeJob.set(counters, undefined);
      known.set(place, counters);
      if (stored === undefined) {
        this.#dirty.add(counters);
        return counters.row;
      }
    }
    this.#remember(counters);
    counters.row = changed(counters.row, change);
    counters.dirty = true;
    this.#dirty.add(counters);
    return counters.row;
  }

  /** Call before rows are read: they must hold what was counted. */
  beforeReading(plan: RowSet & Partial<SelectPlan>): void {
    if (this.#dirty.size === 0) return;
    if (reachesOut(plan) || this.#known.has(plan.from)) this.flush();
  }

  /** Call before rows are changed otherwise. @param key of the one row that is; absent when it may be any */
  beforeChanging(type: EntityType, key: Key | undefined, tenant: number): void {
    const known = this.#known.get(type);
    if (known === undefined) return;
    const place = key === undefined ? undefined : placeOf(tableOf(type), key, tenant);
    if (place !== undefined && !known.has(place)) return;
    this.flush();
    if (place === undefined) known.clear();
    else known.delete(place);
  }

  /** Writes what the database does not have yet. */
  flush(): void {
    for (const counters of this.#dirty) {
      this.#remember(counters);
      this.#table.put(counters.type, counters.row, counters.tenant);
      counters.dirty = false;
    }
    this.#dirty = new Set();
  }

  /** A job begins: what it does can be undone until the next one begins. */
  beginJob(): void {
    if (this.#beforeJob.size > 0) this.#beforeJob = new Map();
  }

  /** The job's changes of the database were taken back; takes back those that are only here, too. */
  undoJob(): void {
    // Backwards: a place may have been forgotten in the job, and become known again.
    for (const [counters, before] of [...this.#beforeJob].reverse()) {
      const known = this.#knownOf(counters.type);
      this.#dirty.delete(counters);
      if (before === undefined) known.delete(counters.place);
      else {
        Object.assign(counters, before);
        known.set(counters.place, counters);
        if (before.dirty) this.#dirty.add(counters);
      }
    }
    this.#beforeJob = new Map();
  }

  /** The group's transaction is on disk. */
  committed(): void {
    for (const known of this.#known.values()) {
      for (const place of known.keys()) {
        if (known.size <= KEPT) break;
        known.delete(place);
      }
    }
  }

  /** The group's transaction was taken back. */
  rolledBack(): void {
    this.#known.clear();
    this.#dirty = new Set();
    this.#beforeJob = new Map();
  }

  #knownOf(type: EntityType): Map<string, Counters> {
    let known = this.#known.get(type);
    if (known === undefined) {
      known = new Map();
      this.#known.set(type, known);
    }
    return known;
  }

  #remember(counters: Counters): void {
    if (!this.#beforeJob.has(counters)) this.#beforeJob.set(counters, { row: counters.row, dirty: counters.dirty });
  }
}

function placeOf(table: Table, key: Key, tenant: number): string {
  let place = String(tenant);
  for (const { name, encoding } of table.key) {
    const value = String(key[name]);
    place += `|${encoding === 'uuid' ? value.toLowerCase() : value}`;
  }
  return place;
}
