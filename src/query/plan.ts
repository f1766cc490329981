import type { EntityType } from '../edm/declare.ts';
import type { Column, Infer } from '../edm/infer.ts';
import type { Navigation } from '../edm/link.ts';
import type { Row, Value } from '../edm/primitive.ts';
import type { Expression } from './expression.ts';

/** One term of an order. Null sorts below every value (URL Conventions §5.1.5). */
export interface OrderItem {
  readonly expression: Expression;
  readonly descending: boolean;
}

/** What a many-to-many navigation leads to from one entity. */
export interface Linked {
  readonly navigation: Navigation;
  /** Columns of the navigation's link type → the source's values. */
  readonly source: Readonly<Record<string, Value>>;
}

/** Column → value, all of which must hold. An array means any of its values. */
export type Scope<T extends EntityType = EntityType> = T extends unknown
  ? string extends keyof T['properties']
    ? Row
    : { readonly [K in keyof Infer<T>]?: Infer<T>[K] | readonly Infer<T>[K][] }
  : never;

/** Rows with these column values. */
export interface ScopedRows<T extends EntityType = EntityType> {
  readonly from: T;
  /** The store keeps the tenant itself. */
  readonly scope: Scope<T>;
}

/** Which rows: equality on columns, what a link leads to, then a condition. */
export interface RowSet<T extends EntityType = EntityType> extends ScopedRows<T> {
  /**
   * Entities that the rows stand below, each in one of several types: where one of them does not exist there are no rows. The removal of an
   * entity may leave rows below it for later.
   */
  readonly parents?: readonly (readonly ScopedRows[])[];
  readonly linked?: Linked;
  readonly where?: Expression;
}

/** Reads rows in order. */
export interface SelectPlan<T extends EntityType = EntityType> extends RowSet<T> {
  /** A total order: the last item is the key unless at most one row can match. */
  readonly orderBy: readonly OrderItem[];
  /** Keyset paging: only rows behind the one with these values of `orderBy`. */
  readonly after?: readonly Value[];
  readonly skip?: number;
  readonly limit?: number;
  /** Columns to read; all of them when absent. */
  readonly properties?: readonly Column<T>[];
  /** Also answer the JSON text that the row is kept as (`edm/document.ts`), beside the `properties`, of types with documents. */
  readonly document?: boolean;
  /**
   * The answer ends early behind the row by which its texts and bytes weigh this much or more, in bytes as the store holds them. That row
   * then has {@link MORE}.
   */
  readonly maxBytes?: number;
  /** Also answer the value of each order item, as `$order0`, `$order1` …: what `after` takes. */
  readonly orderValues?: boolean;
}

/** The column that says of the last row of an answer that it ended early: there may be more rows. */
export const MORE = '$more';

/** The rows of an answer without the mark of one that ended early, and whether it did. */
export function withoutMark<R>(rows: R[]): { readonly rows: R[]; readonly endedEarly: boolean };
export function withoutMark(rows: Row[]): { readonly rows: Row[]; readonly endedEarly: boolean } {
  const last = rows.at(-1);
  if (last?.[MORE] !== true) return { rows, endedEarly: false };
  const { [MORE]: _, ...row } = last;
  return { rows: [...rows.slice(0, -1), row], endedEarly: true };
}

/**
 * A condition of a plan that many requests share, with the literals of one of them in its slots.
 * @param literals by slot
 */
export function fillSlots(e: Expression, literals: readonly string[]): Expression {
  switch (e.kind) {
    case 'literal':
      return e.slot === undefined ? e : { kind: 'literal', type: e.type, value: literals[e.slot]! };
    case 'path':
      return e;
    case 'binary':
      return { ...e, left: fillSlots(e.left, literals), right: fillSlots(e.right, literals) };
    case 'unary':
      return { ...e, operand: fillSlots(e.operand, literals) };
    case 'in':
      return { ...e, operand: fillSlots(e.operand, literals), items: e.items.map((item) => fillSlots(item, literals)) };
    case 'call':
      return { ...e, arguments: e.arguments.map((argument) => fillSlots(argument, literals)) };
    case 'lambda':
      return e.predicate === undefined ? e : { ...e, predicate: fillSlots(e.predicate, literals) };
  }
}
