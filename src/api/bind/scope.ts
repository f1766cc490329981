import type { ComplexType, EntityType } from '../../edm/declare.ts';
import type { Model } from '../../edm/link.ts';
import { AppError } from '../../lib/app-error.ts';
import type { KeyValue, PathSegment, SyntaxExpression } from '../../odata/url/syntax.ts';
import type { Expression, ExpressionType } from '../../query/expression.ts';

/** What a range variable stands for. */
export type Variable = { readonly kind: 'entity'; readonly type: EntityType } | { readonly kind: 'value'; readonly type: ExpressionType };

/** The literals of a template while it is bound, and which of them decide what is bound. */
export interface Slots {
  readonly literals: readonly string[];
  /** Slots that have been met in the condition. */
  readonly met: Set<number>;
  /** Slots whose literal was looked at: what is bound holds for this literal alone. */
  readonly pinned: Set<number>;
}

/** What names can mean here. */
export interface Scope {
  readonly model: Model;
  /** The type of the rows in question: what a path without a variable starts from. */
  readonly type: EntityType | ComplexType;
  readonly aliases: ReadonlyMap<string, SyntaxExpression>;
  /** Whether members behind `unknownFutureValue` may be named. */
  readonly futureMembers: boolean;
  readonly variables: ReadonlyMap<string, Variable>;
  /** Whether a path without a variable starts from the element that `$count($filter=…)` is asking of: the variable {@link ELEMENT}. */
  readonly inCount?: boolean;
  /** How deep in the expression this is, in steps of the store's. */
  readonly depth: number;
  /** Shared by everything that is bound for one request. */
  readonly bound: { nodes: number };
  /** Of a template. */
  readonly slots?: Slots;
}

/** The range variable of a counted element: no name that a client can write. */
export const ELEMENT = '$element';

/** The store's statements nest at most 1,000 deep; what remains is for what stands around an expression. */
export const MAX_DEPTH = 900;

/** Aliases can double what they hold again and again, so that the length of a request says nothing about its cost. */
const MAX_NODES = 10_000;

/** How many of the store's steps a kind of expression can take. */
const STEPS: Partial<Record<SyntaxExpression['kind'], number>> = { call: 8, lambda: 40, count: 40, binary: 3, unary: 3, in: 6 };

/** The scope inside an expression. @throws tooDeep */
export function deeper(scope: Scope, { kind }: SyntaxExpression): Scope {
  const depth = scope.depth + (STEPS[kind] ?? 0);
  if (depth > MAX_DEPTH) throw tooDeep('is nested too deep');
  countNodes(scope, 1);
  return depth === scope.depth ? scope : { ...scope, depth };
}

/** Counts what is bound. @throws tooDeep */
export function countNodes({ bound }: Scope, nodes: number): void {
  bound.nodes += nodes;
  if (bound.nodes > MAX_NODES) throw tooDeep(`has more than ${MAX_NODES} parts, counting what its aliases stand for`);
}

export const tooDeep = (problem: string): AppError => new AppError('tooDeep', `The query ${problem}. Simplify it, or split the request.`);

/** An error in what an option says. */
export const optionError = (message: string, target?: string): AppError =>
  new AppError('invalidQueryOption', message, target === undefined ? {} : { target });

/** An error about something that the protocol has and this server does not. */
export const unsupported = (what: string): AppError =>
  new AppError(
    'unsupportedQueryOption',
    `${what} is not supported in expressions. docs/odata-conformance.md lists what is refused and why.`,
  );

/** What is stored encrypted cannot be compared; and a comparison would tell of it without a trace in the audit log. */
export const secretError = (name: string): AppError =>
  new AppError(
    'unsupportedQueryOption',
    `'${name}' is stored encrypted: nothing can be filtered or ordered by it. Use another property, and read '${name}' from the result.`,
    { target: name },
  );

/** Binds an inner expression: handed down, so that the parts of the binder need not know the whole. */
export type Bind = (syntax: SyntaxExpression, scope: Scope) => Expression;

/**
 * Puts the values of parameter aliases into the keys and parameters of a path (URL Conventions §5.3): keys that hold what a path
 * cannot, such as a slash, are written this way. An alias without a literal value stays, and is refused where it is looked at.
 */
export function bindAliases(segments: readonly PathSegment[], aliases: ReadonlyMap<string, SyntaxExpression>): readonly PathSegment[] {
  const bound = (value: KeyValue): KeyValue => {
    const given = value.kind === 'alias' ? aliases.get(value.name) : value;
    return given?.kind === 'literal' ? given : value;
  };
  return segments.map((segment) => {
    if (segment.kind !== 'name' || segment.arguments === undefined) return segment;
    const given = segment.arguments;
    return {
      ...segment,
      arguments:
        given.kind === 'single'
          ? { ...given, value: bound(given.value) }
          : { ...given, values: given.values.map((named) => ({ ...named, value: bound(named.value) })) },
    };
  });
}
