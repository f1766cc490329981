import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { Row } from '../../edm/primitive.ts';
import { Lru } from '../../lib/lru.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';
import { compileCount, compileDelete, compileSelect } from '../sql/compile-plan.ts';
import { type Fragment, LIMIT_SOURCE, NOW_SOURCE, SKIP_SOURCE, type Slot, type SqlValue, TENANT_SOURCE } from '../sql/fragment.ts';
import { type PlanShape, planShape } from '../sql/plan-shape.ts';
import type { SqliteConnection, Statement } from './connection.ts';
import { sqliteDialect } from './dialect.ts';
import { type RowReader, rowReader } from './row-reader.ts';

/** What a statement is bound to besides the plan's values. */
export interface Binding {
  readonly tenant: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

interface PreparedRange {
  readonly statement: Statement;
  readonly slots: readonly Slot[];
}

interface PreparedSelect {
  /** Prepared when first needed. */
  readonly ranges: readonly (() => PreparedRange)[];
  readonly read: RowReader;
}

const STATEMENTS_KEPT = 400;

/** SELECT, COUNT and DELETE of one connection: compiled and prepared once for each shape of plan. */
export class PreparedReads {
  readonly #connection: SqliteConnection;
  readonly #selects = new Lru<PreparedSelect>(STATEMENTS_KEPT);
  readonly #others = new Lru<PreparedRange>(STATEMENTS_KEPT);

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  select(plan: SelectPlan, binding: Binding): Row[] {
    const shape = planShape('select', plan);
    const prepared = this.#selects.get(shape.key) ?? this.#prepareSelect(plan, shape);
    const skipped = plan.after === undefined ? 0 : (plan.skip ?? 0);
    const limit = plan.limit === undefined ? Number.POSITIVE_INFINITY : plan.limit + skipped;
    const rows: Row[] = [];
    for (const range of prepared.ranges) {
      if (rows.length >= limit) break;
      const { statement, slots } = range();
      const bound = bind(slots, shape, { ...binding, limit: limit - rows.length, skip: plan.skip ?? 0 });
      if (limit === 1) {
        const result = statement.get(bound); // a third of the cost of a list of one
        if (result !== undefined) rows.push(prepared.read(result));
      } else for (const result of statement.all(bound)) rows.push(prepared.read(result));
    }
    return skipped === 0 ? rows : rows.slice(skipped);
  }

  count(rows: RowSet, binding: Binding): number {
    const shape = planShape('count', rows);
    const prepared = this.#others.get(shape.key) ?? this.#prepareOther(compileCount(rows, shape, sqliteDialect), shape);
    return Number(prepared.statement.get(bind(prepared.slots, shape, binding))![0]);
  }

  delete(rows: RowSet, binding: Binding): number {
    const shape = planShape('delete', rows);
    const prepared = this.#others.get(shape.key) ?? this.#prepareOther(compileDelete(rows, shape, sqliteDialect), shape);
    return prepared.statement.run(bind(prepared.slots, shape, binding));
  }

  #prepareSelect(plan: SelectPlan, shape: PlanShape): PreparedSelect {
    const { pages, outputs } = compileSelect(plan, shape, sqliteDialect);
    const ranges = pages.map((page) => {
      let prepared: PreparedRange | undefined;
      return () => {
        prepared ??= this.#prepare(page);
        return prepared;
      };
    });
    const prepared = { ranges, read: rowReader(outputs) };
    return isReusable(shape) ? this.#selects.set(shape.key, prepared) : prepared;
  }

  #prepareOther(compiled: Fragment, shape: PlanShape): PreparedRange {
    const prepared = this.#prepare(compiled);
    return isReusable(shape) ? this.#others.set(shape.key, prepared) : prepared;
  }

  #prepare({ text, slots }: Fragment): PreparedRange {
    return { statement: this.#connection.prepare(text), slots };
  }
}

/** A literal object that stands at two places has one slot source; another plan of that shape may have two values there. */
function isReusable(shape: PlanShape): boolean {
  const literals = shape.literals.filter((l) => l !== undefined);
  return new Set(literals).size === literals.length;
}

function bind(
  slots: readonly Slot[],
  shape: PlanShape,
  binding: Binding & { readonly limit?: number; readonly skip?: number },
): SqlValue[] {
  const bound = new Array<SqlValue>(slots.length);
  for (let i = 0; i < slots.length; i++) {
    const { source, encode } = slots[i]!;
    bound[i] =
      source >= 0 ? encode(shape.values[source]!) : source === NOW_SOURCE ? encode(dateTimeOffsetOf(binding.now)) : special(source);
  }
  return bound;

  function special(source: number): SqlValue {
    switch (source) {
      case TENANT_SOURCE:
        return binding.tenant;
      case LIMIT_SOURCE:
        return binding.limit === undefined || binding.limit === Number.POSITIVE_INFINITY ? -1 : binding.limit;
      case SKIP_SOURCE:
        return binding.skip ?? 0;
      default:
        return null;
    }
  }
}
