import type { Row } from '../../edm/primitive.ts';
import { uuidText } from '../../lib/ids.ts';
import { Lru } from '../../lib/lru.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';
import { type Binding, bindShape, isReusable } from '../sql/bind-shape.ts';
import { compileCount, compileDelete, compileSelect } from '../sql/compile-plan.ts';
import type { Fragment, Slot } from '../sql/fragment.ts';
import { type PlanShape, planShape } from '../sql/plan-shape.ts';
import { type Decoders, type RowReader, rowReader } from '../sql/row-reader.ts';
import type { SqliteConnection, Statement } from './connection.ts';
import { sqliteDialect } from './dialect.ts';

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

const decoders: Decoders = {
  uuid: (bytes: Uint8Array) => uuidText(bytes),
  binary: (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  boolean: (number: number) => number !== 0,
};

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
      const bound = bindShape(slots, shape, { ...binding, limit: limit - rows.length, skip: plan.skip ?? 0 });
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
    return Number(prepared.statement.get(bindShape(prepared.slots, shape, binding))![0]);
  }

  delete(rows: RowSet & Pick<SelectPlan, 'limit'>, binding: Binding): number {
    const shape = planShape('delete', rows);
    const prepared = this.#others.get(shape.key) ?? this.#prepareOther(compileDelete(rows, shape, sqliteDialect), shape);
    return prepared.statement.run(bindShape(prepared.slots, shape, rows.limit === undefined ? binding : { ...binding, limit: rows.limit }));
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
    const prepared = { ranges, read: rowReader(outputs, decoders) };
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
