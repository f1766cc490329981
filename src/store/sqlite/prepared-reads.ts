import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { uuidText } from '../../lib/ids.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';
import { MORE, type RowSet, type SelectPlan } from '../../query/plan.ts';
import { TENANT_COLUMN, tableOf } from '../schema/table.ts';
import { compileCount, compileDelete, compileSelect, isOfAnyLength, WEIGHT } from '../sql/compile-plan.ts';
import type { Dialect } from '../sql/dialect.ts';
import { type Fragment, quoteName, type SqlValue, sql, TENANT_SOURCE } from '../sql/fragment.ts';
import { type Binding, bindShape, isReusable, type PlanShape, planShape, statementWeight } from '../sql/plan-shape.ts';
import { type Decoders, type RowReader, rowReader } from '../sql/row-reader.ts';
import { resultWeight, rowsWithin, type SqliteConnection, type Statement } from './connection.ts';
import { sqliteDialect } from './dialect.ts';

/** A statement, prepared when it is first run here. */
interface PreparedRange extends Fragment {
  statement?: Statement;
  /** Of a plan with `maxBytes` whose rows can be heavy: what all of them weigh together. */
  readonly weights?: PreparedRange;
  /** Of such a plan for rows of one tenant. */
  readonly light?: LightRange | undefined;
}

/** Reads a page without weighing it, which costs nearly as much as to read it. */
interface LightRange {
  /** The same rows, but none where the tenant has a heavy one. */
  readonly page: PreparedRange;
  /** Finds a heavy row of the tenant. */
  readonly heavy: PreparedRange;
}

interface PreparedSelect {
  readonly ranges: readonly PreparedRange[];
  readonly read: RowReader;
}

/** Runs a statement elsewhere. @param maxBytes rows end behind the one by which they weigh so much */
type RunStatement = (
  text: string,
  bound: readonly SqlValue[],
  maxBytes?: number,
) => ReturnType<Statement['all']> | Promise<ReturnType<Statement['all']>>;

/** Bytes for statements that read rows, of each kind. */
const READ_STATEMENTS_WEIGHT = 8 * 1024 ** 2;

/** How SQLite answers what has not the same form in all databases. */
export const sqliteDecoders: Decoders = {
  uuid: (bytes: Uint8Array) => uuidText(bytes),
  binary: (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  boolean: (number: number) => number !== 0,
};

/** SELECT, COUNT and DELETE of one connection: compiled and prepared once for each shape of plan. */
export class PreparedReads {
  readonly #connection: SqliteConnection;
  readonly #dialect: Dialect;
  /** Finds a heavy row of each type; undefined where none can be found without looking at all. */
  readonly #heavyRows = new Map<EntityType, PreparedRange | undefined>();
  readonly #selects = new WeightedCache<PreparedSelect>(READ_STATEMENTS_WEIGHT);
  readonly #others = new WeightedCache<PreparedRange>(READ_STATEMENTS_WEIGHT);

  constructor(connection: SqliteConnection, dialect: Dialect = sqliteDialect) {
    this.#connection = connection;
    this.#dialect = dialect;
  }

  select(plan: SelectPlan, binding: Binding): Row[] {
    const { shape, ranges, read, skipped, limit } = this.#selectOf(plan);
    const rows: Row[] = [];
    let bytes = plan.maxBytes ?? Number.POSITIVE_INFINITY;
    for (const range of ranges) {
      if (rows.length >= limit) break;
      const left = { ...binding, limit: limit - rows.length, skip: plan.skip ?? 0 };
      if (limit === 1) {
        const result = this.#statementOf(range).get(bindShape(range.slots, shape, left)); // a third of the cost of a list of one
        if (result !== undefined) rows.push(read(result));
        continue;
      }
      const light = isLight(left.limit, bytes) ? this.#lightRows(range.light, shape, left) : undefined;
      if (light !== undefined) {
        for (const result of light) rows.push(read(result));
        continue;
      }
      const statement = this.#statementOf(range);
      const bound = bindShape(range.slots, shape, left);
      const weight = range.weights === undefined ? 0 : this.#weightOf(range.weights, bindShape(range.weights.slots, shape, left));
      if (weight < bytes) {
        bytes -= weight;
        for (const result of statement.all(bound)) rows.push(read(result));
        continue;
      }
      // Rare, and dearer for each row.
      for (const result of rowsWithin(statement, bound, bytes)) rows.push(read(result));
      markLast(rows);
      break;
    }
    return skipped === 0 ? rows : rows.slice(skipped);
  }

  /** The rows of a page, or undefined where some may be heavy. */
  #lightRows(light: LightRange | undefined, shape: PlanShape, binding: Binding): ReturnType<Statement['all']> | undefined {
    if (light === undefined) return undefined;
    const results = this.#statementOf(light.page).all(bindShape(light.page.slots, shape, binding));
    if (results.length > 0) return results;
    const heavy = this.#statementOf(light.heavy).get(bindShape(light.heavy.slots, shape, binding));
    return heavy === undefined ? results : undefined;
  }

  count(rows: RowSet, binding: Binding): number {
    const { shape, range } = this.#countOf(rows);
    return Number(this.#statementOf(range).get(bindShape(range.slots, shape, binding))![0]);
  }

  /** The same as `select`, with statements that run elsewhere. */
  async selectBy(run: RunStatement, plan: SelectPlan, binding: Binding): Promise<Row[]> {
    const { shape, ranges, read, skipped, limit } = this.#selectOf(plan);
    const rows: Row[] = [];
    let bytes = plan.maxBytes ?? Number.POSITIVE_INFINITY;
    for (const { text, slots } of ranges) {
      if (rows.length >= limit) break;
      const bound = bindShape(slots, shape, { ...binding, limit: limit - rows.length, skip: plan.skip ?? 0 });
      for (const result of await run(text, bound, plan.maxBytes === undefined ? undefined : bytes)) {
        rows.push(read(result));
        if (plan.maxBytes !== undefined) bytes -= resultWeight(result);
      }
      if (bytes > 0) continue;
      markLast(rows);
      break;
    }
    return skipped === 0 ? rows : rows.slice(skipped);
  }

  /** The same as `count`, with a statement that runs elsewhere. */
  async countBy(run: RunStatement, rows: RowSet, binding: Binding): Promise<number> {
    const { shape, range } = this.#countOf(rows);
    const [row] = await run(range.text, bindShape(range.slots, shape, binding));
    return Number(row![0]);
  }

  delete(rows: RowSet & Pick<SelectPlan, 'limit'>, binding: Binding): number {
    const shape = planShape('delete', rows);
    const prepared = this.#others.get(shape.key) ?? this.#prepareOther(compileDelete(rows, shape, this.#dialect), shape);
    return this.#statementOf(prepared).run(
      bindShape(prepared.slots, shape, rows.limit === undefined ? binding : { ...binding, limit: rows.limit }),
    );
  }

  /** The statements of a plan, and how many rows they are to find, of which some are skipped here: a page behind values has several statements. */
  #selectOf(plan: SelectPlan) {
    const shape = planShape('select', plan);
    const { ranges, read } = this.#selects.get(shape.key) ?? this.#prepareSelect(plan, shape);
    const skipped = plan.after === undefined ? 0 : (plan.skip ?? 0);
    const limit = plan.limit === undefined ? Number.POSITIVE_INFINITY : plan.limit + skipped;
    return { shape, ranges, read, skipped, limit };
  }

  #countOf(rows: RowSet) {
    const shape = planShape('count', rows);
    return { shape, range: this.#others.get(shape.key) ?? this.#prepareOther(compileCount(rows, shape, this.#dialect), shape) };
  }

  #prepareSelect(plan: SelectPlan, shape: PlanShape): PreparedSelect {
    const { pages, outputs, weighed } = compileSelect(plan, shape, this.#dialect);
    const light = weighed === undefined ? undefined : this.#lightRanges(plan, shape);
    const ranges: readonly PreparedRange[] = pages.map((page, i) =>
      weighed === undefined ? { ...page } : { ...page, weights: totalOf(weighed.weights[i]!), light: light?.[i] },
    );
    const prepared = { ranges, read: rowReader(outputs, sqliteDecoders) };
    return isReusable(shape)
      ? this.#selects.set(
          shape.key,
          prepared,
          statementWeight(ranges.map(({ text, light }) => text + (light === undefined ? '' : light.page.text)).join()),
        )
      : prepared;
  }

  #lightRanges(plan: SelectPlan, shape: PlanShape): readonly LightRange[] | undefined {
    if (!this.#heavyRows.has(plan.from)) this.#heavyRows.set(plan.from, this.#heavyRow(plan.from));
    const heavy = this.#heavyRows.get(plan.from);
    return heavy && compileSelect(plan, shape, emptyWhereHeavy(this.#dialect, heavy)).pages.map((page) => ({ page, heavy }));
  }

  #heavyRow(type: EntityType): PreparedRange | undefined {
    const heavy: PreparedRange | undefined = heavyRow(type);
    try {
      if (heavy !== undefined) this.#statementOf(heavy);
      return heavy;
    } catch {
      return undefined; // a database that no server has opened since there is the index
    }
  }

  #prepareOther(compiled: Fragment, shape: PlanShape): PreparedRange {
    const prepared = { ...compiled };
    return isReusable(shape) ? this.#others.set(shape.key, prepared, statementWeight(compiled.text)) : prepared;
  }

  #weightOf(weights: PreparedRange, bound: readonly SqlValue[]): number {
    return Number(this.#statementOf(weights).get(bound)![0]);
  }

  #statementOf(range: PreparedRange): Statement {
    range.statement ??= this.#connection.prepare(range.text);
    return range.statement;
  }
}

/** What all rows of a page weigh together. */
const totalOf = ({ text, slots }: Fragment): PreparedRange => ({ text: `SELECT total(${WEIGHT}) FROM (${text})`, slots });

/** Marks the last row of an answer that ended early. */
function markLast(rows: Row[]): void {
  const last = rows.pop();
  if (last !== undefined) rows.push({ ...last, [MORE]: true });
}

/** A row whose texts have more bytes is heavy. */
const HEAVY_ROW = 4096;

const indexName = (type: EntityType): string => quoteName(`${type.name}_heavy`);

/** Makes the indexes that hold the heavy rows of each type, and no others. */
export function indexHeavyRows(connection: SqliteConnection, types: readonly EntityType[]): void {
  for (const type of types) {
    const condition = heavyCondition(type);
    if (condition === undefined) continue;
    const on = `${quoteName(type.name)} (${quoteName(TENANT_COLUMN)})`;
    connection.exec(`CREATE INDEX IF NOT EXISTS ${indexName(type)} ON ${on} WHERE ${condition}`);
  }
}

/** Of rows of a tenant; undefined where no row can be heavy. */
function heavyCondition(type: EntityType): string | undefined {
  const { columns, document, tenanted } = tableOf(type);
  const stored = [...(document === undefined ? [] : [document]), ...columns.filter(({ inDocument }) => !inDocument)];
  const sizes = stored.filter(isOfAnyLength).map(({ name }) => `COALESCE(octet_length(${quoteName(name)}), 0)`);
  return sizes.length === 0 || !tenanted || type.storage?.view === true ? undefined : `${sizes.join(' + ')} > ${HEAVY_ROW}`;
}

/** Whether so many rows cannot weigh so many bytes where none is heavy. */
const isLight = (rows: number, bytes: number): boolean => rows * HEAVY_ROW < bytes;

/** Finds a heavy row of a tenant; undefined where no row of the type can be heavy. */
function heavyRow(type: EntityType): Fragment | undefined {
  const condition = heavyCondition(type);
  if (condition === undefined) return undefined;
  const tenant = sqliteDialect.parameter(TENANT_SOURCE, 'integer');
  return sql`SELECT 1 FROM ${quoteName(type.name)} INDEXED BY ${indexName(type)} WHERE ${quoteName(TENANT_COLUMN)} = ${tenant} AND ${condition}`;
}

/**
 * The dialect whose pages are empty where a tenant has a heavy row. The page and the question are one statement: a second one would
 * take and release SQLite's locks again, which costs more than to look.
 */
const emptyWhereHeavy = (dialect: Dialect, heavy: Fragment): Dialect => ({
  ...dialect,
  page: (limit, skip) => dialect.page(limit && sql`CASE WHEN EXISTS (${heavy}) THEN 0 ELSE ${limit} END`, skip),
});
