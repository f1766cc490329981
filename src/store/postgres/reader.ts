import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import type { Clock } from '../../lib/clock.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';
import type { RowReader } from '../contract.ts';
import type { PostgresConnection } from './connection/connection.ts';
import { storeError } from './errors.ts';
import type { Place, PreparedReads } from './prepared-reads.ts';
import type { LookUps } from './snapshots.ts';
import type { WorkGuard } from './work-guard.ts';

/** What a reader works with. */
export interface ReaderParts {
  readonly reads: PreparedReads;
  readonly clock: Clock;
  readonly connection: PostgresConnection;
  readonly guard: WorkGuard;
  /** What is known already of the same state of the data. */
  readonly lookUps?: LookUps;
  /** Ends what it asks, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** The tenant's number; undefined while it has written nothing. */
  readonly tenant: () => number | undefined;
}

/** The reader that one piece of work is handed. */
export class PostgresReader implements RowReader {
  protected readonly parts: ReaderParts;

  constructor(parts: ReaderParts) {
    this.parts = parts;
  }

  select(plan: SelectPlan): Promise<Row[]> {
    return this.ask(async () => {
      const place = this.placeOf(plan.from);
      if (place === undefined) return [];
      const select = () => this.parts.reads.select(plan, place);
      return this.parts.lookUps === undefined ? select() : this.parts.lookUps.find(plan, place.binding.tenant, select);
    });
  }

  count(rows: RowSet): Promise<number> {
    return this.ask(async () => {
      const place = this.placeOf(rows.from);
      return place === undefined ? 0 : this.parts.reads.count(rows, place);
    });
  }

  /** Where a statement about rows of a type runs; undefined when the tenant has no rows at all. */
  protected placeOf(type: EntityType): Place | undefined {
    const { tenant, clock, connection } = this.parts;
    const number = type.storage?.global === true ? 0 : tenant();
    return number === undefined ? undefined : { connection, binding: { tenant: number, now: clock.now() } };
  }

  protected ask<T>(call: () => Promise<T>): Promise<T> {
    return this.parts.guard.ask(async () => {
      this.parts.signal?.throwIfAborted();
      try {
        return await call();
      } catch (error) {
        throw this.failed(error);
      }
    });
  }

  protected failed(error: unknown): unknown {
    return storeError(error);
  }
}
