import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { EntityType } from '../../edm/declare.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { sparseNames, storedColumns, withSparseValues } from '../../edm/sparse-values.ts';
import type { Clock } from '../../lib/clock.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';
import type { Accumulation, Appender, Key, Reader, Store, Writer } from '../../store/contract.ts';
import { countFromStates } from '../run-states/state-counts.ts';
import { selectMade } from './made-at-read.ts';
import { withoutRemoved } from './soft-delete-filter.ts';

/**
 * The store as requests see it: rows of removed policies are not there (`soft-delete-filter.ts`), values that change while nobody writes are
 * those of now (`made-at-read.ts`), rows have their sparse values (`edm/sparse-values.ts`), and results are counted by counters (`state-counts.ts`).
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
    const live = withoutRemoved(plan);
    return shapeOf(live.from).sparse.length === 0
      ? selectMade(this.#reader, this.#now, live)
      : selectWhole(live, (stored) => this.#reader.select(stored));
  }

  count(rows: RowSet): Promise<number> {
    return countFromStates(this.#reader, withoutRemoved(rows));
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

  constructor(appender: Appender, now: () => string) {
    super(appender, now);
    this.#appender = appender;
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

  constructor(writer: Writer, now: () => string) {
    super(writer, now);
    this.#writer = writer;
  }

  update(type: EntityType, key: Key, changes: Row): Promise<boolean> {
    return this.#writer.update(type, key, changes);
  }

  delete(rows: RowSet, limit?: number): Promise<number> {
    return this.#writer.delete(rows, limit);
  }
}

/** Makes the view. */
export function storeView(store: Store, clock: Clock): Store {
  const now = (): string => dateTimeOffsetOf(clock.now());
  return {
    read: (tenantId, work, options) => store.read(tenantId, (reader) => work(new ViewReader(reader, now)), options),
    write: (tenantId, work) => store.write(tenantId, (writer) => work(new ViewWriter(writer, now))),
    append: (tenantId, { work, ...item }) =>
      store.append(tenantId, { ...item, work: (appender, items) => work(new ViewAppender(appender, now), items) }),
    close: () => store.close(),
  };
}
