import type { ComplexType, EnumType } from '../edm/declare.ts';
import type { Navigation, Property } from '../edm/link.ts';
import type { PrimitiveName, Value } from '../edm/primitive.ts';

/**
 * Plans and expressions as frozen plain data, bound to the model: what the store compiles and `evaluate.ts` interprets.
 * Imports `edm` and `lib`. Semantics are those of OData 4.01 URL Conventions §5.1.1 with three-valued logic.
 */

/** The static type of an expression; `null` is the type of the literal null alone. */
export type ExpressionType = PrimitiveName | EnumType | ComplexType | 'null';

/** A constant. An enumeration's value is its member name; a DateTimeOffset's its text. */
export interface Literal {
  readonly kind: 'literal';
  readonly type: ExpressionType;
  readonly value: Value;
  /** In the plan of a template: the number of the literal that takes this place ({@link fillSlots}). `value` is null then. */
  readonly slot?: number;
}

/** The range variable of a guard: no name that a client can write. */
export const TARGET = '$target';

/** A property of the row in question (`variable` absent), or of a lambda's variable. */
export interface PathExpression {
  readonly kind: 'path';
  readonly type: ExpressionType;
  /** The range variable of the enclosing lambda that the path starts from. */
  readonly variable?: string;
  /** Single-valued navigations to follow first; a missing target makes the value null. */
  readonly navigation: readonly Navigation[];
  /** What must hold of the target of each of them, which is called {@link TARGET} there; one for which it does not hold is missing. */
  readonly guards?: readonly (Expression | undefined)[];
  /** The column. Absent for the bare range variable of a lambda over a collection of primitives. */
  readonly property?: Property;
  /** Steps inside a complex value, as property names; `@odata.type` asks for the type annotation. */
  readonly nested: readonly string[];
}

export type BinaryOperator =
  | 'and'
  | 'or'
  | 'eq'
  | 'ne'
  | 'gt'
  | 'ge'
  | 'lt'
  | 'le'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'divby'
  | 'mod'
  | 'has';

export interface BinaryExpression {
  readonly kind: 'binary';
  readonly type: ExpressionType;
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export interface UnaryExpression {
  readonly kind: 'unary';
  readonly type: ExpressionType;
  readonly operator: 'not' | 'negate';
  readonly operand: Expression;
}

export interface InExpression {
  readonly kind: 'in';
  readonly type: 'Edm.Boolean';
  readonly operand: Expression;
  readonly items: readonly Expression[];
}

/** The canonical functions that Muster evaluates (URL Conventions §5.1.1.5–§5.1.1.10). */
export type FunctionName =
  | 'concat'
  | 'contains'
  | 'endswith'
  | 'indexof'
  | 'length'
  | 'startswith'
  | 'substring'
  | 'tolower'
  | 'toupper'
  | 'trim'
  | 'matchespattern'
  | 'date'
  | 'day'
  | 'fractionalseconds'
  | 'hour'
  | 'maxdatetime'
  | 'mindatetime'
  | 'minute'
  | 'month'
  | 'now'
  | 'second'
  | 'time'
  | 'totaloffsetminutes'
  | 'year'
  | 'ceiling'
  | 'floor'
  | 'round';

export interface CallExpression {
  readonly kind: 'call';
  readonly type: ExpressionType;
  readonly function: FunctionName;
  readonly arguments: readonly Expression[];
}

/**
 * `any`/`all` over a collection of primitives or complex values (a property), or over a collection navigation; `count` is how many
 * elements the predicate holds for.
 */
export interface LambdaExpression {
  readonly kind: 'lambda';
  readonly type: 'Edm.Boolean' | 'Edm.Int64';
  readonly operator: 'any' | 'all' | 'count';
  readonly collection: PathExpression | NavigationCollection;
  readonly variable?: string;
  readonly predicate?: Expression;
}

/** A collection-valued navigation of the row in question. */
export interface NavigationCollection {
  readonly kind: 'navigationCollection';
  readonly variable?: string;
  readonly navigation: Navigation;
}

export type Expression = Literal | PathExpression | BinaryExpression | UnaryExpression | InExpression | CallExpression | LambdaExpression;

/** Joins conditions with `and`, leaving out absent ones. */
export const conjunction = (...terms: readonly (Expression | undefined)[]): Expression | undefined =>
  terms
    .filter((t) => t !== undefined)
    .reduce<Expression | undefined>(
      (left, right) => (left === undefined ? right : { kind: 'binary', type: 'Edm.Boolean', operator: 'and', left, right }),
      undefined,
    );
