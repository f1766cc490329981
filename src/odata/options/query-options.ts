/**
 * The query part of a URL as plain data: `parse-query.ts` reads it, with one file for each option that has a grammar of its own.
 * May import `../url`, `query`, `edm` and `lib`. Names are bound to types later, in `api`.
 */

import type { SearchExpression, SyntaxExpression } from '../url/syntax.ts';

/** One term of `$orderby`. */
export interface OrderByItem {
  readonly expression: SyntaxExpression;
  readonly descending: boolean;
}

/** What may be asked of a collection or an instance: at the top and, in parentheses, inside `$expand` and `$select`. */
export interface Clauses {
  readonly filter?: SyntaxExpression;
  readonly orderBy?: readonly OrderByItem[];
  readonly select?: readonly SelectItem[];
  readonly expand?: readonly ExpandItem[];
  readonly top?: number;
  readonly skip?: number;
  readonly count?: boolean;
  readonly search?: SearchExpression;
}

/** One item of `$select`. */
export interface SelectItem {
  /** Properties, type casts, operations, an annotation with its `@`; `['*']` is all, `['namespace.*']` all operations in it. */
  readonly path: readonly string[];
  /** Parameter names of a function overload: `microsoft.graph.f(a,b)`. */
  readonly parameters?: readonly string[];
  /** Options in parentheses (4.01). */
  readonly options?: Clauses;
}

/** One item of `$expand`. */
export interface ExpandItem {
  /** Navigations, complex properties and type casts; the last may be `*`. */
  readonly path: readonly string[];
  /** `nav/$ref` or `nav/$count` in place of the instances. */
  readonly form: 'instances' | 'references' | 'count';
  readonly options: Clauses;
  /** The options as they were written, decoded: `['$top=5']`. Links to the rest of a long collection repeat them. */
  readonly written: readonly string[];
}

/** All system query options of a request, and its parameter aliases. */
export interface QueryOptions extends Clauses {
  readonly skipToken?: string;
  readonly format?: string;
  /** Name without `@` → value. An alias that is used and not here is null (URL Conventions §5.3). */
  readonly aliases: ReadonlyMap<string, SyntaxExpression>;
}
