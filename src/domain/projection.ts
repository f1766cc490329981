import type { EntityType } from '../edm/declare.ts';
import type { Row } from '../edm/primitive.ts';
import type { Reader } from '../store/contract.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** A device state before and after a write: created without the first, removed without the second. */
export type StateChange<R = Row> = readonly [before: R | undefined, after: R | undefined];

/** One difference between a stored value and the value that the rows add up to. */
export interface Discrepancy {
  readonly entity: string;
  readonly id: string;
  readonly column: string;
  readonly stored: Row[string] | undefined;
  readonly counted: Row[string] | undefined;
}

/** Rows that follow the device states of a policy, in the transaction of each change. */
export interface Projection<R = Row> {
  /** Has a `policyId`; its rows go with the policy. */
  readonly type: EntityType;
  /** Refuses a new device state that cannot be, before anything is written. @throws AppError */
  checkNew?(reader: Reader, row: R): Promise<void>;
  /** Called when the device state itself has been written. */
  follow(change: UnitOfWork, states: StateChange<R>): Promise<void>;
  /** Compares the rows with the device states of one policy. */
  recount?(reader: Reader, policyId: string): AsyncGenerator<Discrepancy>;
}
