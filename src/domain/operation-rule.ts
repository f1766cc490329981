import type { EntityType, OperationDeclaration } from '../edm/declare.ts';
import type { Infer, ParametersOf, ResultOf } from '../edm/infer.ts';
import type { Row } from '../edm/primitive.ts';
import type { Reader } from '../store/contract.ts';
import type { Caller } from './roles/caller.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** One call of an operation. */
export interface Invocation<O extends OperationDeclaration = OperationDeclaration> {
  readonly parameters: ParametersOf<O>;
  /**
   * The row that the operation is called on. On a collection: the columns that all its rows share (the key of the parent).
   */
  readonly bound: BoundRow<O>;
  /** The type of that row: the operation's, or one that shares its collection. */
  readonly boundType: EntityType;
  readonly caller: Caller;
}

/** On an entity: its row. On a collection: the columns that all its rows share. */
type BoundRow<O extends OperationDeclaration> = O extends { readonly bindingCollection: true } ? Row : Infer<O['binding']>;

/** A snapshot of committed rows and its time. */
export interface Reading {
  readonly reader: Reader;
  /** When it happens, as a DateTimeOffset. */
  readonly now: string;
}

/** What a declared operation does. One entry per declaration, made by {@link reading} or {@link changing}. */
export type OperationRule =
  | { readonly operation: OperationDeclaration; readonly mode: 'read'; run(reading: Reading, invocation: Invocation): Promise<unknown> }
  | {
      readonly operation: OperationDeclaration;
      readonly mode: 'change';
      run(change: UnitOfWork, invocation: Invocation): Promise<unknown>;
    };

/** The rule of a function, or of an action that only looks: it runs in a snapshot, beside writes. */
export function reading<O extends OperationDeclaration>(
  operation: O,
  run: (reading: Reading, invocation: Invocation<O>) => Promise<ResultOf<O>>,
): OperationRule;
export function reading(
  operation: OperationDeclaration,
  run: (reading: Reading, invocation: Invocation) => Promise<unknown>,
): OperationRule {
  return { operation, mode: 'read', run };
}

/** The rule of an action: it runs in a transaction. */
export function changing<O extends OperationDeclaration & { readonly kind: 'action' }>(
  operation: O,
  run: (change: UnitOfWork, invocation: Invocation<O>) => Promise<ResultOf<O>>,
): OperationRule;
export function changing(
  operation: OperationDeclaration,
  run: (change: UnitOfWork, invocation: Invocation) => Promise<unknown>,
): OperationRule {
  return { operation, mode: 'change', run };
}
