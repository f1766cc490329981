import type { EntityType } from '../edm/declare.ts';
import type { Model } from '../edm/link.ts';
import { AppError } from '../lib/app-error.ts';
import type { SyntaxExpression } from '../odata/url/syntax.ts';
import type { Expression, ExpressionType } from '../query/expression.ts';

/** What a range variable stands for. */
export type Variable = { readonly kind: 'entity'; readonly type: EntityType } | { readonly kind: 'value'; readonly type: ExpressionType };

/** What names can mean here. */
export interface Scope {
  readonly model: Model;
  /** The type of the rows in question: what a path without a variable starts from. */
  readonly type: EntityType;
  readonly aliases: ReadonlyMap<string, SyntaxExpression>;
  readonly variables: ReadonlyMap<string, Variable>;
}

/** An error in what an option says. */
export const optionError = (message: string, target?: string): AppError =>
  new AppError('invalidQueryOption', message, target === undefined ? {} : { target });

/** An error about something that the protocol has and this server does not. */
export const unsupported = (what: string): AppError =>
  new AppError(
    'unsupportedQueryOption',
    `${what} is not supported in expressions. docs/odata-conformance.md lists what is refused and why.`,
  );

/** Binds an inner expression: handed down, so that the parts of the binder need not know the whole. */
export type Bind = (syntax: SyntaxExpression, scope: Scope) => Expression;
