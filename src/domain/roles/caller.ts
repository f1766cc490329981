/** Who calls, as far as rules and the audit log want to know. */
export interface Caller {
  readonly tenantId: string;
  readonly kind: 'application' | 'delegated';
  readonly clientId: string;
  /** The application's name, where it is known. */
  readonly clientName?: string;
  /** Object id of the user, or of the application where it acts on its own. */
  readonly subject: string;
  /** Absent for an application of its own. */
  readonly userPrincipalName?: string;
  readonly permissions: ReadonlySet<string>;
  /** The scope tags that limit the caller; absent for one who is not limited. */
  readonly scopeTags?: readonly string[];
}

/** Where a change comes from: one request of a caller. */
export interface Origin {
  readonly caller: Caller;
  /** Ties what is written down to the request. A UUID. */
  readonly correlationId: string;
  readonly clientAddress?: string;
}
