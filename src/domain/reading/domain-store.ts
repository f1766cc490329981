import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { EntityType } from '../../edm/declare.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { sparseNames, storedColumns, withSparseValues } from '../../edm/sparse-values.ts';
import type { Clock } from '../../lib/clock.ts';
import { pendingWork } from '../../model/internal.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';
import {
  type Accumulation,
  type Key,
  type Reader,
  type RowReader,
  type RowWriter,
  type Store,
  typedReader,
  typedWriter,
  type Writer,
} from '../../store/contract.ts';
import { countFromStates } from '../run-states/state-counts.ts';
import { selectComputed } from './computed-columns.ts';
import { SoftDeleteFilter } from './soft-delete-filter.ts';

/**
 * The store as requests see it (docs/adr/0017-work-in-the-background.md). Rows below deleted policies are hidden (`soft-delete-filter.ts`),
 * columns that depend on the time are computed (`computed-columns.ts`), sparse values are in their rows (`edm/sparse-values.ts`), and a
 * count of device states reads counters (`state-counts.ts`).
 */

// Classes: every request makes one, and objects full of closures cost more.

class DomainReader implements RowReader {
  readonly #reader: Reader;
  readonly #now: () => string;

  constructor(reader: Reader, now: () => string) {
    this.#reader = reader;
    this.#now = now;
  }

  select(plan: SelectPlan): Promise<Row[]> {
    return shapeOf(plan.from).sparse.length === 0
      ? selectComputed(this.#reader, this.#now, plan)
      : selectWhole(plan, (stored) => this.#reader.select(stored));
  }

  count(rows: RowSet): Promise<number> {
    return countFromStates(this.#reader, rows);
  }
}

/** Rows with their sparse values. */
async function selectWhole(plan: SelectPlan, select: (stored: SelectPlan) => Promise<Row[]>): Promise<Row[]> {
  const { from, properties } = plan;
  const rows = await select(properties === undefined ? plan : { ...plan, properties: storedColumns(from, properties) });
  if (properties !== undefined && !properties.some((name) => sparseNames(from).has(name))) return rows;
  return rows.map((row) => withSparseValues(from, row, properties));
}

class DomainWriter extends DomainReader implements RowWriter {
  readonly #writer: Writer;
  readonly #leavesWork: () => void;

  constructor(parts: { readonly reader: Reader; readonly writer: Writer; readonly now: () => string; readonly leavesWork: () => void }) {
    super(parts.reader, parts.now);
    this.#writer = parts.writer;
    this.#leavesWork = parts.leavesWork;
  }

  insert(type: EntityType, row: Row): Promise<void> {
    if (type === pendingWork) this.#leavesWork();
    return this.#writer.insert(type, row);
  }

  update(type: EntityType, key: Key, changes: Row): Promise<boolean> {
    return this.#writer.update(type, key, changes);
  }

  accumulate(type: EntityType, accumulation: Accumulation): Promise<Row> {
    return this.#writer.accumulate(type, accumulation);
  }

  delete(rows: RowSet, limit?: number): Promise<number> {
    return this.#writer.delete(rows, limit);
  }
}

/** Makes the view. @param exclusive whether nobody else writes to the store */
export function domainStore(store: Store, { clock, exclusive }: { readonly clock: Clock; readonly exclusive: boolean }): Store {
  const live = new SoftDeleteFilter(exclusive);
  const now = (): string => dateTimeOffsetOf(clock.now());

  return {
    read: (tenantId, work, signal) =>
      store.read(
        tenantId,
        (given) => afterwards(live.readerFor(tenantId, given, true), (reader) => work(typedReader(new DomainReader(reader, now)))),
        signal,
      ),
    async write(tenantId, work) {
      let ended: (() => void) | undefined;
      const leavesWork = (): void => {
        ended ??= live.disturb(tenantId);
      };
      try {
        return await store.write(tenantId, (writer) =>
          afterwards(live.readerFor(tenantId, writer, false), (reader) =>
            work(typedWriter(new DomainWriter({ reader, writer, now, leavesWork }))),
          ),
        );
      } finally {
        ended?.();
      }
    },
    close: () => store.close(),
  };
}

/** Continues with a value that is mostly there at once, which saves every request a promise. */
const afterwards = <T, R>(value: T | Promise<T>, next: (value: T) => Promise<R>): Promise<R> =>
  value instanceof Promise ? value.then(next) : next(value);
