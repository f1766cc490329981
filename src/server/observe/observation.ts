import type { HttpBody, HttpRequest, HttpResponse } from '../../lib/http.ts';

/** Everything that the log and the metrics are told. Both read this one union; nothing else writes a log line. */
export type Observation =
  | { readonly kind: 'requestStarted' }
  | RequestFinished
  | RequestAborted
  /** What arrived was no HTTP, or came too slowly. */
  | { readonly kind: 'connectionRefused'; readonly clientAddress: string; readonly cause: unknown }
  /** There were as many connections as there may be: one more was answered 503, or closed. */
  | { readonly kind: 'connectionOverLimit' }
  /** One commit reached the disk; this many writes shared it. */
  | { readonly kind: 'committed'; readonly writes: number; readonly milliseconds: number }
  /** The write-ahead log, which had grown to so many pages, was moved into the database. */
  | { readonly kind: 'checkpointed'; readonly pages: number; readonly milliseconds: number }
  /** A look for what writes have left for later found this much work, of all tenants. */
  | { readonly kind: 'workFound'; readonly works: number }
  /** A piece of it was done. */
  | { readonly kind: 'workDone'; readonly workKind: string; readonly rows: number; readonly milliseconds: number }
  /** The database could be spread over machines by Citus, and is not. */
  | { readonly kind: 'citusUnused' }
  /** The database that servers share takes writes again, takes none, or cannot be reached. */
  | { readonly kind: 'databaseChanged'; readonly condition: 'available' | 'readOnly' | 'unreachable'; readonly cause: unknown }
  /** Something about the settings or the data that the operator should know. */
  | { readonly kind: 'warned'; readonly message: string }
  | { readonly kind: 'ready'; readonly url: string; readonly milliseconds: number }
  /** Lines of the log were dropped, since nobody read them in time. */
  | { readonly kind: 'logLinesDropped'; readonly lines: number }
  | { readonly kind: 'draining'; readonly signal: string }
  | { readonly kind: 'stopped' }
  /** The store takes no writes any more, or for another reason than before; told once for each. */
  | { readonly kind: 'writesFail'; readonly cause: unknown; readonly needsRestart: boolean }
  /** It takes them again. */
  | { readonly kind: 'writesRecovered' }
  /** Something outside of any request went wrong. */
  | { readonly kind: 'failed'; readonly what: string; readonly cause: unknown };

/** A request was answered. */
export interface RequestFinished {
  readonly kind: 'requestFinished';
  readonly request: Pick<HttpRequest, 'method' | 'target' | 'requestId'>;
  readonly response: HttpResponse<HttpBody>;
  /** From when the request began to arrive until its answer was written, or handed over to be written as the client takes it. */
  readonly milliseconds: number;
  readonly clientAddress: string;
}

/** The client went away before its request was complete, or before it had taken an answer in pieces. */
export interface RequestAborted {
  readonly kind: 'requestAborted';
  readonly requestId: string;
  readonly clientAddress: string;
  readonly cause: unknown;
}

/** Takes observations. Must be quick and never throw. */
export type Observe = (observation: Observation) => void;
