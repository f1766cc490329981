import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { EntityType } from '../../edm/declare.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { sparseNames, storedColumns, withSparseValues } from '../../edm/sparse-values.ts';
import type { Clock } from '../../lib/clock.ts';
import { pendingWork } from '../../model/internal.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';
import type { Accumulation, Appender, Key, Reader, Store, Writer } from '../../store/contract.ts';
import { countFromStates } from '../run-states/state-counts.ts';
import { LiveRows } from './live-rows.ts';
import { selectMade } from './made-at-read.ts';

/**
 * The store as requests see it: removals are done at once (`live-rows.ts`), values that change while nobody writes are those of now
 * (`made-at-read.ts`), rows have their sparse values (`edm/sparse-values.ts`), and results are counted by looking at counters (`state-counts.ts`).
 */

// Classes: every request makes one, and objects full of closures cost more.

class ViewReader implements Reader {
  readonly #reader: Reader;
  readonly #now: () => string;

  constructor(reader: Reader, now: () => string) {
    this.#reader = reader;
    this.#now = now;
  }

  select(plan: SelectPlan): Promise<Row[]> {
    return shapeOf(plan.from).sparse.length === 0
      ? selectMade(this.#reader, this.#now, plan)
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

class ViewAppender extends ViewReader implements Appender {
  readonly #appender: Appender;

  constructor(parts: { readonly reader: Reader; readonly writer: Appender; readonly now: () => string }) {
    super(parts.reader, parts.now);
    this.#appender = parts.writer;
  }

  insert(type: EntityType, ...rows: readonly Row[]): Promise<void> {
    return this.#appender.insert(type, ...rows);
  }

  accumulate(type: EntityType, ...changes: readonly Accumulation[]): Promise<Row[]> {
    return this.#appender.accumulate(type, ...changes);
  }
}

class ViewWriter extends ViewAppender implements Writer {
  readonly #writer: Writer;
  readonly #leavesWork: () => void;

  constructor(parts: { readonly reader: Reader; readonly writer: Writer; readonly now: () => string; readonly leavesWork: () => void }) {
    super(parts);
    this.#writer = parts.writer;
    this.#leavesWork = parts.leavesWork;
  }

  override insert(type: EntityType, ...rows: readonly Row[]): Promise<void> {
    if (type === pendingWork) this.#leavesWork();
    return super.insert(type, ...rows);
  }

  update(type: EntityType, key: Key, changes: Row): Promise<boolean> {
    return this.#writer.update(type, key, changes);
  }

  delete(rows: RowSet, limit?: number): Promise<number> {
    return this.#writer.delete(rows, limit);
  }
}

/** Makes the view. @param exclusive whether nobody else writes to the store */
export function storeView(store: Store, { clock, exclusive }: { readonly clock: Clock; readonly exclusive: boolean }): Store {
  const live = new LiveRows(exclusive);
  const now = (): string => dateTimeOffsetOf(clock.now());

  return {
    read: (tenantId, work, signal) =>
      store.read(
        tenantId,
        (given) => afterwards(live.readerFor(tenantId, given, true), (reader) => work(new ViewReader(reader, now))),
        signal,
      ),
    async write(tenantId, work) {
      let ended: (() => void) | undefined;
      const leavesWork = (): void => {
        ended ??= live.disturb(tenantId);
      };
      try {
        return await store.write(tenantId, (writer) =>
          afterwards(live.readerFor(tenantId, writer, false), (reader) => work(new ViewWriter({ reader, writer, now, leavesWork }))),
        );
      } finally {
        ended?.();
      }
    },
    append: (tenantId, { work, ...item }) =>
      store.append(tenantId, {
        ...item,
        work: (writer, items) =>
          afterwards(live.readerFor(tenantId, writer, false), (reader) => work(new ViewAppender({ reader, writer, now }), items)),
      }),
    close: () => store.close(),
  };
}

/** Goes on with what is mostly there at once: a promise less for every request. */
const afterwards = <T, R>(value: T | Promise<T>, next: (value: T) => Promise<R>): Promise<R> =>
  value instanceof Promise ? value.then(next) : next(value);
