import type { EntityType, OperationDeclaration } from '../edm/declare.ts';
import type { ParametersOf, ResultOf } from '../edm/infer.ts';
import type { Row } from '../edm/primitive.ts';
import type { Reader } from '../store/contract.ts';
import type { Change } from './change.ts';
import type { Caller } from './roles/caller.ts';

/** One call of an operation. */
export interface Invocation<O extends OperationDeclaration = OperationDeclaration> {
  readonly parameters: ParametersOf<O>;
  /**
   * The row that the operation is called on. On a collection: the columns that all its rows share (the key of the parent).
   */
  readonly bound: Row;
  /** The type of that row: the operation's, or one that shares its collection. */
  readonly boundType: EntityType;
  readonly caller: Caller;
}

/** One look at what is committed: a snapshot and its time. */
export interface Reading {
  readonly reader: Reader;
  /** When it happens, as a DateTimeOffset. */
  readonly now: string;
}

/** What a declared operation does. One entry per declaration, made by {@link reading} or {@link changing}. */
export type OperationRule =
  | { readonly operation: OperationDeclaration; readonly mode: 'read'; run(reading: Reading, invocation: Invocation): Promise<unknown> }
  | { readonly operation: OperationDeclaration; readonly mode: 'change'; run(change: Change, invocation: Invocation): Promise<unknown> };

/** The rule of a function, or of an action that only looks: it runs in a snapshot, beside writes. */
export const reading = <O extends OperationDeclaration>(
  operation: O,
  run: (reading: Reading, invocation: Invocation<O>) => Promise<ResultOf<O>>,
): OperationRule => ({ operation, mode: 'read', run: run as (reading: Reading, invocation: Invocation) => Promise<unknown> });

/** The rule of an action: it runs in a transaction. */
export const changing = <O extends OperationDeclaration & { readonly kind: 'action' }>(
  operation: O,
  run: (change: Change, invocation: Invocation<O>) => Promise<ResultOf<O>>,
): OperationRule => ({ operation, mode: 'change', run: run as (change: Change, invocation: Invocation) => Promise<unknown> });
