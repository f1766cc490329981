import type { EntityType } from '../edm/declare.ts';
import type { Navigation } from '../edm/link.ts';
import type { Value } from '../edm/primitive.ts';
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

/** Which rows: equality on columns, what a link leads to, then a condition. */
export interface RowSet {
  readonly from: EntityType;
  /** Column → value, all of which must hold; the store keeps the tenant itself. An array means any of its values. */
  readonly scope: Readonly<Record<string, Value>>;
  readonly linked?: Linked;
  readonly where?: Expression;
}

/** Reads rows in order. */
export interface SelectPlan extends RowSet {
  /** A total order: the last item is the key unless at most one row can match. */
  readonly orderBy: readonly OrderItem[];
  /** Keyset paging: only rows behind the one with these values of `orderBy`. */
  readonly after?: readonly Value[];
  readonly skip?: number;
  readonly limit?: number;
  /** Columns to read; all of them when absent. */
  readonly properties?: readonly string[];
  /** Also answer the JSON text that the row is kept as (`edm/document.ts`), beside the `properties`, of types with documents. */
  readonly document?: boolean;
  /** Also answer the value of each order item, as `$order0`, `$order1` …: what `after` takes. */
  readonly orderValues?: boolean;
}

/** Whether a condition or an order of a plan may look at rows of other types, along navigations. */
export const reachesOut = ({ where, orderBy = [] }: RowSet & Partial<SelectPlan>): boolean => where !== undefined || orderBy.length > 0;
