import type pg from 'pg';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Reader, Store, Writer } from '../contract.ts';
import { CountRows } from './count-rows.ts';
import { InsertRows } from './insert-rows.ts';
import { PreparedReads } from './prepared-reads.ts';
import { ReadQueue } from './read-queue.ts';
import { Slots } from './slots.ts';
import { Tenants } from './tenants.ts';
import { UpdateRow } from './update-row.ts';
import { type GroupObserver, WriteQueue } from './write-queue.ts';

/** What a store is made of. */
export interface PostgresStoreParts {
  /** Connections for reads. */
  readonly readers: pg.Pool;
  /** Connections for groups of writes. */
  readonly writers: pg.Pool;
  readonly lanes: number;
  readonly clock: Clock;
  readonly observer: GroupObserver;
}

/** Slots of a counter: more than processes times lanes are of no use, and fewer make these wait for each other. */
const SLOTS = 16;

/** The store on PostgreSQL. Reads share snapshots (`read-queue.ts`), writes transactions (`write-queue.ts`). */
export class PostgresStore implements Store {
  readonly #parts: PostgresStoreParts;
  readonly #reads = new PreparedReads();
  readonly #tenants = new Tenants();
  readonly #readQueue: ReadQueue;
  readonly #queue: WriteQueue;
  readonly #reading = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(parts: PostgresStoreParts) {
    this.#parts = parts;
    let slot = Math.floor(Math.random() * SLOTS);
    const { readers: pool, clock } = parts;
    this.#readQueue = new ReadQueue({ pool, clock, reads: this.#reads, tenants: this.#tenants });
    this.#queue = new WriteQueue({
      pool: parts.writers,
      lanes: parts.lanes,
      clock,
      observer: parts.observer,
      reads: this.#reads,
      tenants: this.#tenants,
      inserts: new InsertRows(),
      updates: new UpdateRow(),
      counts: new CountRows(),
      slots: new Slots(() => slot++ % SLOTS),
    });
  }

  async read<T>(tenantId: string, work: (reader: Reader) => Promise<T>): Promise<T> {
    this.#refuseWhenClosed();
    const reading = this.#readQueue.submit(tenantId, work);
    this.#reading.add(reading);
    try {
      return await reading;
    } finally {
      this.#reading.delete(reading);
    }
  }

  async write<T>(tenantId: string, work: (writer: Writer) => Promise<T>): Promise<T> {
    this.#refuseWhenClosed();
    return this.#queue.submit({ tenantId, work });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.allSettled([this.#queue.drained(), ...this.#reading]);
    await Promise.all([this.#parts.readers.end(), this.#parts.writers.end()]);
  }

  #refuseWhenClosed(): void {
    if (this.#closed !== undefined) throw new AppError('storeUnavailable', 'The store is closed.');
  }
}
