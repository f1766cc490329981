/**
 * The text of a request's URL as syntax trees: frozen plain data that says what was written, and knows no model. Names are
 * bound to types later, in `api`. May import `query`, `edm` and `lib`. `parse-path.ts` reads paths, `parse-expression.ts`
 * expressions, `parse-search.ts` search expressions; query options are put together in `../options`.
 */

import type { PrimitiveName } from '../../edm/primitive.ts';
import type { AppError } from '../../lib/app-error.ts';

/** What a literal can be by its form alone. A quoted string may still become an enumeration, date or the like when bound (4.01). */
export type LiteralType = PrimitiveName | 'enum' | 'null';

/** A primitive literal (ABNF primitiveLiteral). */
export interface LiteralExpression {
  readonly kind: 'literal';
  /** Whole numbers are Int32, Int64 or Decimal by size, with a fraction Decimal, with an exponent (or INF, NaN) Double. */
  readonly type: LiteralType;
  /** As `PrimitiveValues` holds it; of an enumeration the members' text, of dates and times the text as written. */
  readonly value: string | number | boolean | null;
  /** As written, with quotes and prefix. */
  readonly text: string;
  /** The qualified name before the quotes of an enumeration literal. */
  readonly enumType?: string;
  /** In a template: the number of the literal that takes this place. `value` is null and `text` empty then. */
  readonly slot?: number;
}

/** A parameter alias, `@n` (URL Conventions §5.3). Its value stands among the query options; without one it is null. */
export interface AliasExpression {
  readonly kind: 'alias';
  /** Without the `@`. */
  readonly name: string;
}

/** A path of names: `managedDevice/id`. */
export interface MemberExpression {
  readonly kind: 'member';
  /** What the path starts from, when that is no name: a call, or an alias. */
  readonly source?: SyntaxExpression;
  /**
   * Properties, navigations, type casts and range variables, as written: `['a', 'microsoft.graph.b', 'c']`. The first may be
   * `$it`, `$this` or `$root`; annotations keep their `@`.
   */
  readonly path: readonly string[];
}

/** An argument of a call. */
export interface Argument {
  /** Present in calls with named parameters (bound functions, compound keys). */
  readonly name?: string;
  readonly value: SyntaxExpression;
}

/**
 * A call: of a canonical function (its name in lower case, number of arguments checked), or of a bound function
 * (`source` is what it is bound to, absent for the instance itself), or a key predicate after a collection (`$root/users('x')`).
 */
export interface CallExpression {
  readonly kind: 'call';
  readonly name: string;
  readonly source?: SyntaxExpression;
  readonly arguments: readonly Argument[];
}

/** A type name as the last argument of `cast` and `isof`. */
export interface TypeExpression {
  readonly kind: 'type';
  readonly name: string;
  readonly collection: boolean;
}

/** `path/$count`, with the 4.01 options in parentheses. */
export interface CountExpression {
  readonly kind: 'count';
  readonly source: SyntaxExpression;
  readonly filter?: SyntaxExpression;
  readonly search?: SearchExpression;
}

/** `path/any(v:predicate)`, `path/all(v:predicate)`, `path/any()`. */
export interface LambdaExpression {
  readonly kind: 'lambda';
  readonly operator: 'any' | 'all';
  readonly source: SyntaxExpression;
  readonly variable?: string;
  readonly predicate?: SyntaxExpression;
}

export type ComparisonOperator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';
export type ArithmeticOperator = 'add' | 'sub' | 'mul' | 'div' | 'divby' | 'mod';
export type SyntaxBinaryOperator = 'and' | 'or' | 'has' | ComparisonOperator | ArithmeticOperator;

export interface BinaryExpression {
  readonly kind: 'binary';
  readonly operator: SyntaxBinaryOperator;
  readonly left: SyntaxExpression;
  readonly right: SyntaxExpression;
}

export interface UnaryExpression {
  readonly kind: 'unary';
  readonly operator: 'not' | 'negate';
  readonly operand: SyntaxExpression;
}

/** `operand in collection`; the collection is mostly a list of literals. */
export interface InExpression {
  readonly kind: 'in';
  readonly operand: SyntaxExpression;
  readonly collection: SyntaxExpression;
}

/** `('a','b')` right of `in`, or a JSON array. */
export interface ListExpression {
  readonly kind: 'list';
  readonly items: readonly SyntaxExpression[];
}

/** A JSON object; JSON strings in it are literals of type Edm.String. */
export interface ObjectExpression {
  readonly kind: 'object';
  readonly members: readonly { readonly name: string; readonly value: SyntaxExpression }[];
}

/** An unbound expression (ABNF commonExpr). Parentheses leave no trace but the shape of the tree. */
export type SyntaxExpression =
  | LiteralExpression
  | AliasExpression
  | MemberExpression
  | CallExpression
  | TypeExpression
  | CountExpression
  | LambdaExpression
  | BinaryExpression
  | UnaryExpression
  | InExpression
  | ListExpression
  | ObjectExpression;

/** An unbound search expression (ABNF searchExpr). Words side by side are an `and`. */
export type SearchExpression =
  | { readonly kind: 'term' | 'phrase'; readonly text: string }
  | { readonly kind: 'not'; readonly operand: SearchExpression }
  | { readonly kind: 'and' | 'or'; readonly left: SearchExpression; readonly right: SearchExpression };

/** A value in the parentheses of a path segment. Clients write collections there too, though the standard wants an alias for them. */
export type KeyValue = LiteralExpression | AliasExpression | ListExpression | ObjectExpression;

/** The parentheses of a path segment: `()` is an empty list of named values. */
export type SegmentArguments =
  | { readonly kind: 'single'; readonly value: KeyValue }
  | { readonly kind: 'named'; readonly values: readonly { readonly name: string; readonly value: KeyValue }[] };

/** A segment that names something: a property, a navigation, a type, an operation, or a key as segment. */
export interface NameSegment {
  readonly kind: 'name';
  /** The whole decoded segment: what a key-as-segment is read from. */
  readonly text: string;
  /** Without the parentheses, possibly qualified. Equal to `text` where that is no name with parentheses. */
  readonly name: string;
  readonly arguments?: SegmentArguments;
  /** What is wrong with the parentheses, if this is no key but a name that has some. */
  readonly fault?: AppError;
}

export type SystemSegmentName = '$count' | '$value' | '$ref' | '$metadata' | '$batch';

/** A segment that the protocol names. */
export interface SystemSegment {
  readonly kind: 'system';
  readonly name: SystemSegmentName;
}

export type PathSegment = NameSegment | SystemSegment;
