import type { EntityType, Index } from '../edm/declare.ts';
import { shapeOf } from '../edm/link.ts';
import type { Expression } from './expression.ts';
import type { OrderItem, RowSet, SelectPlan } from './plan.ts';

/**
 * How many rows a store looks at to answer a plan, as far as the declared keys and indexes say: an index leads straight to the rows when it
 * serves every term of the condition and the whole order. Stores make an index of each declaration and of the key behind it
 * (`store/schema/ddl.ts`); `test/store/access-paths.test.ts` compares this with the plans that SQLite really chooses.
 * @returns Infinity when that depends on how many rows there are
 */
export function rowsLookedAt(plan: RowSet & Partial<SelectPlan>): number {
  const { from, scope, linked, where, orderBy = [], limit = Number.POSITIVE_INFINITY, skip = 0 } = plan;
  const { storage } = from;
  if (storage === undefined) return Number.POSITIVE_INFINITY;
  const terms = where === undefined ? [] : termsOf(where).map(comparison);
  const compared = terms.filter((term) => term !== undefined);
  const fixed = Object.keys(scope).filter((name) => !Array.isArray(scope[name]));
  const equal = new Set([...fixed, ...compared.filter(({ isEqual }) => isEqual).map(({ name }) => name)]);
  const byKey = rowsByKey(storage.key, equal, scope);
  if (byKey !== undefined) return byKey;
  const isPlain = storage.view !== true && compared.length === terms.length && fixed.length === Object.keys(scope).length;
  if (!isPlain) return Number.POSITIVE_INFINITY;
  const needed = new Set([...compared.map(({ name }) => name), ...fixed.filter((name) => !isFlag(from, name))]);
  const indexes: readonly Index[] = [{ properties: storage.key }, ...(storage.indexes ?? [])];
  const isServed =
    linked === undefined
      ? indexes.some((index) => serves(index, { from, scope, equal, needed, orderBy }))
      : where === undefined && needed.size === 0 && isOrderedBy(storage.key, orderBy, equal);
  return isServed ? limit + skip : Number.POSITIVE_INFINITY;
}

/** Rows that a whole key leads to; undefined where it is not whole. Several values of a column lead to a row each. */
function rowsByKey(key: readonly string[], equal: ReadonlySet<string>, scope: RowSet['scope']): number | undefined {
  let rows = 1;
  for (const name of key) {
    const value = scope[name];
    if (Array.isArray(value)) rows *= value.length;
    else if (!equal.has(name)) return undefined;
  }
  return rows;
}

interface Sought extends Pick<RowSet, 'from' | 'scope'> {
  /** Columns that are equal to something. */
  readonly equal: ReadonlySet<string>;
  /** Columns that the index must narrow. */
  readonly needed: ReadonlySet<string>;
  readonly orderBy: readonly OrderItem[];
}

function serves({ properties, where = {} }: Index, { from, scope, equal, needed, orderBy }: Sought): boolean {
  if (Object.entries(where).some(([name, value]) => scope[name] !== value)) return false;
  const columns = [...properties, ...from.storage!.key.filter((name) => !properties.includes(name))];
  const first = columns.findIndex((name) => !equal.has(name));
  const prefix = first < 0 ? columns : columns.slice(0, first);
  if (prefix.length === 0 && orderBy.length === 0) return false; // then no index is better than none
  // One column behind the equal ones may be compared by a range.
  const narrowed = first < 0 ? prefix : columns.slice(0, first + 1);
  return [...needed].every((name) => narrowed.includes(name)) && isOrderedBy(columns.slice(prefix.length), orderBy, equal);
}

/** Whether rows in the order of these columns are in the order that is asked for. */
function isOrderedBy(columns: readonly string[], orderBy: readonly OrderItem[], equal: ReadonlySet<string>): boolean {
  const items = orderBy.map(({ expression, descending }) => ({ name: ownColumn(expression), descending }));
  const left = items.filter(({ name }) => name === undefined || !equal.has(name));
  const rest = columns.filter((name) => !equal.has(name));
  return left.every(({ name, descending }, i) => name === rest[i] && descending === left[0]!.descending);
}

interface Comparison {
  readonly name: string;
  readonly isEqual: boolean;
}

const termsOf = (e: Expression): readonly Expression[] =>
  e.kind === 'binary' && e.operator === 'and' ? [...termsOf(e.left), ...termsOf(e.right)] : [e];

const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'gt', 'ge', 'lt', 'le']);

/** A term that compares a column with a constant; undefined for any other. */
function comparison(e: Expression): Comparison | undefined {
  if (e.kind !== 'binary' || !COMPARISONS.has(e.operator)) return undefined;
  const [own, other] = e.left.kind === 'literal' ? [e.right, e.left] : [e.left, e.right];
  const name = ownColumn(own);
  return name === undefined || other.kind !== 'literal' ? undefined : { name, isEqual: e.operator === 'eq' };
}

const ownColumn = (e: Expression): string | undefined =>
  e.kind === 'path' && e.variable === undefined && e.navigation.length + e.nested.length === 0 ? e.property?.name : undefined;

/** Whether a column holds a flag that no index has. The model itself asks for these (`shown`), and most rows have them. */
function isFlag(type: EntityType, name: string): boolean {
  if (type.storage!.indexes?.some(({ properties }) => properties.includes(name)) === true) return false;
  const declared = shapeOf(type).property.get(name)?.type;
  return declared === 'Edm.Boolean' || (typeof declared === 'object' && declared.kind === 'enum');
}
