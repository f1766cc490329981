import type { EnumType } from '../../edm/declare.ts';
import type { Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Expression, ExpressionType, Literal } from '../../query/expression.ts';
import type { Table } from '../schema/table.ts';
import type { Dialect } from './dialect.ts';
import { type Fragment, raw } from './fragment.ts';
import { formOf } from './parameter-form.ts';
import { isInlined } from './plan-shape.ts';

/** What names mean at one place of an expression. */
export interface Scope {
  readonly dialect: Dialect;
  /** Index of each bound literal among the plan's values. */
  readonly sources: ReadonlyMap<Literal, number>;
  /** The row in question. */
  readonly row: RowSource;
  /** Range variables of the enclosing lambdas. */
  readonly variables: ReadonlyMap<string, RowSource>;
  /** A table alias not used before in the statement. */
  readonly alias: () => string;
  /** Compiles a condition: handed down, as paths can hold conditions and conditions paths. */
  readonly condition: (e: Expression, scope: Scope) => Fragment;
}

/** Where a path starts: a row of a table, or an element of a JSON array. */
export type RowSource = { readonly alias: string; readonly table: Table } | { readonly alias: string; readonly table?: undefined };

/** The source that a path starts from. */
export function sourceOf(variable: string | undefined, scope: Scope): RowSource {
  if (variable === undefined) return scope.row;
  const source = scope.variables.get(variable);
  if (source === undefined) throw new AppError('internal', `The range variable '${variable}' is not in scope.`);
  return source;
}

/** A constant in the form that values of its type are compared in. */
export function constant(type: ExpressionType, value: Value, at: { readonly source: number; readonly dialect: Dialect }): Fragment {
  if (!isInlined(type, value)) return at.dialect.parameter(at.source, formOf(type));
  if (typeof value === 'boolean') return raw(value ? at.dialect.true : at.dialect.false);
  const number = value === null ? undefined : (type as EnumType).members[String(value)];
  return raw(number === undefined ? 'NULL' : String(number));
}
