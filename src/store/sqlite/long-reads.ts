import { conjunction, type Expression } from '../../query/expression.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';
import { columnNamed, tableOf } from '../schema/table.ts';
import type { Binding } from '../sql/bind-shape.ts';
import { quoteName } from '../sql/fragment.ts';
import { isInlined } from '../sql/plan-shape.ts';
import type { SqliteConnection, Statement } from './connection.ts';
import { type Judge, PreparedReads, type Reach } from './prepared-reads.ts';

/** Most rows that are looked at on the request thread, in a millisecond or two. */
export const SHORT_ROWS = 2000;
/** Most bytes that they weigh. */
const SHORT_BYTES = 4 * 1024 ** 2;
/** Characters of a statement with which {@link SHORT_ROWS} holds. A longer one asks more of each row, so that fewer are few. */
const SHORT_TEXT = 2000;

/** How the rows of one table are found. */
interface Step {
  readonly alias: string;
  /** The columns by which an index finds them, one for each condition that it serves. */
  readonly columns: readonly string[];
  /** Those of them that must be equal to something. */
  readonly equal: readonly string[];
}

/** What tables of subqueries are called. The rows asked for come from `t0`, or from the tables that a view stands on. */
const INNER = /^t[1-9]\d*$/;

/**
 * Says which statements may take long: those that may look at more than {@link SHORT_ROWS} rows. How SQLite finds the rows is asked
 * once for each statement; most read one row, or no more rows than they answer, and are short for good. For the others it is looked
 * with each question how many rows there are where the index leads, and how heavy they are.
 */
export class LongReads implements Judge {
  readonly #connection: SqliteConnection;
  readonly #shortRows: number;
  readonly #looks: PreparedReads;
  readonly #tables = new Map<string, Statement>();

  /** @param shortRows how many rows are few; with 0 every statement is long */
  constructor(connection: SqliteConnection, shortRows = SHORT_ROWS) {
    this.#connection = connection;
    this.#shortRows = shortRows;
    this.#looks = new PreparedReads(connection);
  }

  reach(text: string, plan: RowSet & Partial<SelectPlan>): Reach {
    const details = this.#rows(`EXPLAIN QUERY PLAN ${text}`).map((row) => String(row[3]));
    const steps = details.flatMap(stepOf);
    const outer = steps.filter(({ alias }) => !INNER.test(alias));
    const byIndex = outer
      .map(({ columns }) => columns)
      .reduce((all, columns) => all.filter((name) => columns.includes(name)), outer[0]?.columns ?? []);
    const key = tableOf(plan.from).key.map(({ name }) => name);
    const others = steps.filter(({ alias }) => INNER.test(alias)).flatMap((step) => this.#manyRowed(step, text));
    const few = Math.max(1, Math.floor(this.#shortRows * Math.min(1, SHORT_TEXT / text.length)));
    return {
      // Rows of other tables are looked at for each row.
      few: others.length === 0 ? few : Math.floor(Math.sqrt(few)),
      isOneRow: others.length === 0 && outer.length > 0 && outer.every(({ equal }) => isWithin(key, equal)),
      isExact: details.length === 1 && plan.linked === undefined && narrowed(plan, byIndex).left === 0,
      byIndex,
      others,
    };
  }

  isLong({ isOneRow, isExact, byIndex, others, few }: Reach, plan: RowSet & Partial<SelectPlan>, binding: Binding): boolean {
    if (this.#shortRows === 0) return true;
    if (isOneRow || (isExact && (plan.limit ?? Number.POSITIVE_INFINITY) + (plan.skip ?? 0) <= this.#shortRows)) return false;
    const { rows } = narrowed(plan, byIndex);
    const found = this.#looks.weigh({ ...rows, orderBy: [], limit: few + 1 }, binding);
    return found.rows > few || found.bytes > SHORT_BYTES || others.some((table) => this.#isLarge(table, few));
  }

  /** The table of a step, unless it finds at most one row each time. */
  #manyRowed({ alias, equal }: Step, text: string): readonly string[] {
    const table = new RegExp(`"(\\w+)" ${alias}\\b`).exec(text)?.[1];
    if (table === undefined) return []; // members of a JSON text, or rows that another step has found
    const key = this.#rows('SELECT name FROM pragma_table_info(?) WHERE pk > 0', [table]).map(([name]) => String(name));
    return key.length > 0 && isWithin(key, equal) ? [] : [table];
  }

  #isLarge(table: string, few: number): boolean {
    let look = this.#tables.get(table);
    if (look === undefined) {
      look = this.#connection.prepare(`SELECT 1 FROM ${quoteName(table)} LIMIT 1 OFFSET ?`);
      this.#tables.set(table, look);
    }
    return look.get([few]) !== undefined;
  }

  #rows(text: string, bound: readonly string[] = []): ReturnType<Statement['all']> {
    return this.#connection.prepare(text).all(bound);
  }
}

const isWithin = (some: readonly string[], all: readonly string[]): boolean => some.every((name) => all.includes(name));

/** Reads a line such as `SEARCH t0 USING INDEX thing_made (tenant_id=? AND made>?)`. */
function stepOf(detail: string): readonly Step[] {
  const alias = /^(?:SEARCH|SCAN) (\w+)/.exec(detail)?.[1];
  if (alias === undefined) return [];
  const conditions = /\((.*)\)/.exec(detail)?.[1] ?? '';
  const columns = (pattern: RegExp) => Array.from(conditions.matchAll(pattern), ([, name]) => name!);
  return [{ alias, columns: columns(/(\w+)[=<>]\?/g), equal: columns(/(\w+)=\?/g) }];
}

/**
 * The rows of a plan with no conditions but those that an index serves. `left` counts the others, without the flags and results that
 * `scope` names: these come from the model, which asks for what most rows have.
 */
function narrowed({ from, scope, where }: RowSet, byIndex: readonly string[]): { readonly rows: RowSet; readonly left: number } {
  const free = [...byIndex];
  const take = (name: string | undefined): boolean => {
    const at = name === undefined ? -1 : free.indexOf(name);
    if (at >= 0) free.splice(at, 1);
    return at >= 0;
  };
  const columns = Object.entries(scope);
  const kept = columns.filter(([name]) => take(name));
  const counted = columns.filter(([name, value]) => !isInlined(columnNamed(tableOf(from).column, name, from).property.type, value));
  const terms = where === undefined ? [] : termsOf(where);
  const served = terms.filter((term) => take(comparedColumn(term)));
  const condition = conjunction(...served);
  return {
    rows: { from, scope: Object.fromEntries(kept), ...(condition === undefined ? {} : { where: condition }) },
    left: terms.length - served.length + counted.filter((column) => !kept.includes(column)).length,
  };
}

const termsOf = (e: Expression): readonly Expression[] =>
  e.kind === 'binary' && e.operator === 'and' ? [...termsOf(e.left), ...termsOf(e.right)] : [e];

const COMPARISONS: readonly string[] = ['eq', 'gt', 'ge', 'lt', 'le'];

/** The column that a term compares with constants. */
function comparedColumn(e: Expression): string | undefined {
  const operands =
    e.kind === 'in' ? [e.operand, ...e.items] : e.kind === 'binary' && COMPARISONS.includes(e.operator) ? [e.left, e.right] : [];
  const [own, ...more] = operands.filter(({ kind }) => kind !== 'literal');
  if (own?.kind !== 'path' || more.length > 0) return undefined;
  return own.variable === undefined && own.navigation.length + own.nested.length === 0 ? own.property?.name : undefined;
}
