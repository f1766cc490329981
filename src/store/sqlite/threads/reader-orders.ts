import type { SqlValue } from '../../sql/fragment.ts';

/** What a reading thread is started with. */
export interface ReaderStart {
  readonly path: string;
  /** One number, in memory that threads share: 1 while statements are to stop. */
  readonly stop: Int32Array;
}

/** A statement, and what is bound to it. */
export interface StatementOrder {
  readonly text: string;
  readonly bound: readonly SqlValue[];
  /** Rows end behind the one by which they weigh so much. */
  readonly maxBytes?: number;
}

/** What a reading thread answers: whether it is there, that it has taken a snapshot, what a statement finds in it. */
export type ReaderQuestion = 'hello' | 'begin' | StatementOrder;

/** What it is told: those, to let go of the snapshot, to end. */
export type ReaderOrder = ReaderQuestion | 'release' | 'end';

/** Result rows, as arrays. */
export type ResultRows = readonly (readonly SqlValue[])[];

/** What it answers, in order: rows, or what is left of an error on the way between threads. */
export type ReaderAnswer = ResultRows | { readonly message: string; readonly errcode?: number };
