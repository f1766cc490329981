import { shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { column } from '../../query/column.ts';
import { foldCase } from '../../query/evaluate/text.ts';
import { type OrderItem, withoutMark } from '../../query/plan.ts';
import type { Reader } from '../../store/contract.ts';
import type { Expand, Query } from '../bind/query.ts';
import { joined } from './locate.ts';

/**
 * What is expanded below many rows, read for all of them together: one query for each expansion instead of one for each row and
 * expansion. Only a short cut: what it leaves out is read row by row.
 */

/** By expansion: the rows below each row, in order, by {@link joinKey}. An expansion that is missing was not read. */
export type ReadExpansions = ReadonlyMap<Expand, ReadonlyMap<string, readonly Row[]>>;

/** What the rows of an expansion are read for. */
interface Reading {
  /** Rows that an answer may still hold. */
  readonly limit: number;
  /** Bytes of their texts that it may still hold. */
  readonly maxBytes: number;
  /** How many rows of an expansion are shown below one row. */
  size(query: Query): number;
  /** The columns that are shown of them, or undefined for all. */
  columns(query: Query): readonly string[] | undefined;
}

/**
 * Reads what can be read together, and what is expanded below that in turn. Where there are more rows than reading row by row would
 * look at, that is left to be done.
 */
export async function readExpansions(
  reader: Reader,
  { rows, expand, ...reading }: Reading & { readonly rows: readonly Row[]; readonly expand: readonly Expand[] },
  known: ReadExpansions = new Map(),
): Promise<ReadExpansions> {
  if (rows.length < 2 || reading.limit <= 0 || reading.maxBytes <= 0) return known;
  // Never added to in place: what is read here is read for these rows alone.
  let read = known;
  for (const one of expand) {
    if (read.has(one) || !isSimple(one)) continue;
    const { navigation, query } = one;
    const scope = sharedScope(one, rows);
    if (scope === undefined) continue;
    const parents = parentOrder(one, scope);
    const wanted = reading.columns(query);
    const limit = Math.min(reading.limit, rows.length * (navigation.collection ? reading.size(query) + 1 : 1));
    const found = await reader.select({
      from: navigation.target,
      scope,
      ...(query.where === undefined ? {} : { where: query.where }),
      orderBy: [...parents, ...query.orderBy],
      orderValues: true,
      limit: limit + 1,
      maxBytes: reading.maxBytes,
      ...(wanted === undefined ? {} : { properties: [...new Set([...wanted, ...Object.keys(navigation.join)])] }),
    });
    const all = withoutMark(found);
    if (all.endedEarly || all.rows.length > limit) continue;
    const own = all.rows.map((row) => withOwnOrder(row, query, parents.length));
    const grouped = Map.groupBy(own, (row) => joinKey(one, row, 'target'));
    read = new Map([...read, [one, grouped]]);
    read = await readExpansions(reader, { ...reading, rows: own, expand: query.expand }, read);
  }
  return read;
}

/** The rows below a row, or undefined where they were not read. */
export const expandedBelow = (read: ReadExpansions | undefined, expand: Expand, row: Row): readonly Row[] | undefined => {
  const rows = read?.get(expand);
  return rows && (rows.get(joinKey(expand, row, 'source')) ?? []);
};

/** Whether equality of columns leads from row to row, and nothing is asked that depends on the single row. */
function isSimple({ navigation, query, form }: Expand): boolean {
  const { join, target, through } = navigation;
  if (through !== undefined || target.storage === undefined || target.storage.view === true || Object.keys(join).length === 0) return false;
  if (Object.keys(join).some((name) => shapeOf(target).property.get(name)!.collection)) return false;
  return form !== 'count' && !query.count && query.skip === undefined;
}

/** The columns of everything below the rows; undefined where a row names several values. Rows between them that belong to none are few. */
function sharedScope({ navigation }: Expand, rows: readonly Row[]): Readonly<Record<string, Value>> | undefined {
  const scope: Record<string, Value> = { ...navigation.fixed };
  for (const [target, source] of Object.entries(navigation.join)) {
    const values = new Set<Value>();
    for (const row of rows) {
      const value = joined(navigation, row).scope[target]!;
      if (!Array.isArray(value)) values.add(value);
      else if (value.length > 0 || row[source] !== null) return undefined;
    }
    scope[target] = padded([...values]);
  }
  return scope;
}

/** Rows of one parent after those of another: so an index gives them in order, and what is too much is noticed before all of it is read. */
const parentOrder = ({ navigation: { join, target } }: Expand, scope: Readonly<Record<string, Value>>): readonly OrderItem[] =>
  Object.keys(join)
    .filter((name) => (scope[name] as readonly Value[]).length > 1)
    .map((name) => ({ expression: column(target, name), descending: false }));

/** A row with the order values of its query alone. */
const withOwnOrder = (row: Row, { orderBy }: Query, others: number): Row =>
  others === 0 ? row : { ...row, ...Object.fromEntries(orderBy.map((_, i) => [`$order${i}`, row[`$order${i + others}`]!])) };

/** A list that is as long as some power of two, by saying the last value again: a statement is compiled for each length. */
function padded(values: readonly Value[]): readonly Value[] {
  if (values.length < 2) return values;
  const length = 2 ** Math.ceil(Math.log2(values.length));
  return [...values, ...Array.from({ length: length - values.length }, () => values.at(-1)!)];
}

/** What a row and those below it have in common, as text. */
function joinKey({ navigation: { join, target } }: Expand, row: Row, end: 'source' | 'target'): string {
  return Object.entries(join)
    .map(([name, source]) => {
      const value = row[end === 'source' ? source : name] ?? null;
      const { caseless, format } = shapeOf(target).property.get(name)!;
      return value === null ? '' : JSON.stringify(caseless === true || format === 'uuid' ? foldCase(String(value)) : value);
    })
    .join();
}
