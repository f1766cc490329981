import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { EntityType } from '../../edm/declare.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { sparseNames, storedColumns, withSparseValues } from '../../edm/sparse-values.ts';
import type { Clock } from '../../lib/clock.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';
import {
  type Accumulation,
  type Appender,
  type Key,
  type Reader,
  type RowAppender,
  type RowReader,
  type RowWriter,
  type Store,
  typedAppender,
  typedReader,
  typedWriter,
  type Writer,
} from '../../store/contract.ts';
import { countFromStates } from '../run-states/state-counts.ts';
import { selectComputed } from './computed-columns.ts';
import { withoutRemoved } from './soft-delete-filter.ts';

/**
 * The store as requests see it: rows of removed policies are not there (`soft-delete-filter.ts`), columns that depend on the time are
 * computed (`computed-columns.ts`), sparse values are in their rows (`edm/sparse-values.ts`), and a count of device states reads counters
 * (`state-counts.ts`).
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
    const live = withoutRemoved(plan);
    return shapeOf(live.from).sparse.length === 0
      ? selectComputed(this.#reader, this.#now, live)
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

class DomainAppender extends DomainReader implements RowAppender {
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

class DomainWriter extends DomainAppender implements RowWriter {
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
export function domainStore(store: Store, clock: Clock): Store {
  const now = (): string => dateTimeOffsetOf(clock.now());
  return {
    read: (tenantId, work, options) => store.read(tenantId, (reader) => work(typedReader(new DomainReader(reader, now))), options),
    write: (tenantId, work) => store.write(tenantId, (writer) => work(typedWriter(new DomainWriter(writer, now)))),
    append: (tenantId, { work, ...item }) =>
      store.append(tenantId, { ...item, work: (appender, items) => work(typedAppender(new DomainAppender(appender, now)), items) }),
    close: () => store.close(),
  };
}
