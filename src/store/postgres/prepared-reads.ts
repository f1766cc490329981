import type { Row } from '../../edm/primitive.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';
import { MORE, type RowSet, type SelectPlan } from '../../query/plan.ts';
import { compileCount, compileDelete, compileSelect, WEIGHT } from '../sql/compile-plan.ts';
import { BYTES_SOURCE, type Fragment, type Slot, sql } from '../sql/fragment.ts';
import { type Binding, bindShape, isReusable, type PlanShape, planShape, statementWeight } from '../sql/plan-shape.ts';
import { type Decoders, type RowReader, rowReader } from '../sql/row-reader.ts';
import { NamedStatement, numbered, type PostgresConnection, type Result } from './connection/connection.ts';
import { postgresDialect } from './dialect.ts';

interface PreparedRange {
  readonly statement: NamedStatement;
  readonly slots: readonly Slot[];
  /** Whether the last column says what the rows up to each one weigh. */
  readonly isWeighed: boolean;
}

interface PreparedSelect {
  readonly ranges: readonly PreparedRange[];
  readonly read: RowReader;
}

/** Where a statement is run: on which connection, for whom. */
export interface Place {
  readonly connection: PostgresConnection;
  readonly binding: Binding;
}

/** Bytes for statements that read rows, of each kind. */
export const READ_STATEMENTS_WEIGHT = 8 * 1024 ** 2;

/** How values arrive that have another form in SQLite. */
export const postgresDecoders: Decoders = {
  uuid: (text: string) => text,
  binary: (bytes: Buffer) => bytes.toString('base64'),
  boolean: (value: boolean) => value,
};

/** SELECT, COUNT and DELETE: compiled once for each shape of plan, for all connections. */
export class PreparedReads {
  readonly #selects = new WeightedCache<PreparedSelect>(READ_STATEMENTS_WEIGHT);
  readonly #others = new WeightedCache<PreparedRange>(READ_STATEMENTS_WEIGHT);

  async select(plan: SelectPlan, { connection, binding }: Place): Promise<Row[]> {
    const shape = planShape('select', plan);
    const { ranges, read } = this.#selects.get(shape.key) ?? this.#prepareSelect(plan, shape);
    const skipped = plan.after === undefined ? 0 : (plan.skip ?? 0);
    const limit = plan.limit === undefined ? Number.POSITIVE_INFINITY : plan.limit + skipped;
    const rows: Row[] = [];
    let bytes = plan.maxBytes ?? Number.POSITIVE_INFINITY;
    for (const { statement, slots, isWeighed } of ranges) {
      if (rows.length >= limit) break;
      const bound = bindShape(slots, shape, { ...binding, limit: limit - rows.length, skip: plan.skip ?? 0, bytes });
      const results = (await connection.run(statement.next(), bound)).rows;
      for (const result of results) rows.push(read(result));
      if (isWeighed && results.length > 0) bytes -= results.at(-1)!.at(-1) as number;
      if (bytes > 0) continue;
      rows.push({ ...rows.pop()!, [MORE]: true });
      break;
    }
    return skipped === 0 ? rows : rows.slice(skipped);
  }

  async count(rows: RowSet, { connection, binding }: Place): Promise<number> {
    const shape = planShape('count', rows);
    const { statement, slots } = this.#others.get(shape.key) ?? this.#prepareOther(compileCount(rows, shape, postgresDialect), shape);
    const result = await connection.run(statement.next(), bindShape(slots, shape, binding));
    return result.rows[0]![0] as number;
  }

  delete(rows: RowSet & Pick<SelectPlan, 'limit'>, { connection, binding }: Place): Promise<Result> {
    const shape = planShape('delete', rows);
    const { statement, slots } = this.#others.get(shape.key) ?? this.#prepareOther(compileDelete(rows, shape, postgresDialect), shape);
    const limited = rows.limit === undefined ? binding : { ...binding, limit: rows.limit };
    return connection.run(statement.next(), bindShape(slots, shape, limited));
  }

  #prepareSelect(plan: SelectPlan, shape: PlanShape): PreparedSelect {
    const { outputs, weighed, ...compiled } = compileSelect(plan, shape, postgresDialect);
    const pages = weighed === undefined ? compiled.pages : weighed.pages.map(endingEarly);
    const prepared = { ranges: pages.map((page) => prepare(page, weighed !== undefined)), read: rowReader(outputs, postgresDecoders) };
    return isReusable(shape) ? this.#selects.set(shape.key, prepared, statementWeight(pages.map(({ text }) => text).join())) : prepared;
  }

  #prepareOther(compiled: Fragment, shape: PlanShape): PreparedRange {
    const prepared = prepare(compiled);
    return isReusable(shape) ? this.#others.set(shape.key, prepared, statementWeight(compiled.text)) : prepared;
  }
}

const prepare = (fragment: Fragment, isWeighed = false): PreparedRange => ({
  statement: new NamedStatement(numbered(fragment)),
  slots: fragment.slots,
  isWeighed,
});

/** A page up to the row by which it weighs as much as it may. Its order is that of the rows inside; only sizes of long texts are looked at. */
function endingEarly(page: Fragment): Fragment {
  const running = sql`SELECT *, sum(${WEIGHT}) OVER (ROWS UNBOUNDED PRECEDING) AS muster_running FROM (${page}) AS page`;
  return sql`SELECT * FROM (${running}) AS weighed WHERE muster_running - ${WEIGHT} < ${postgresDialect.parameter(BYTES_SOURCE, 'rows')}`;
}
