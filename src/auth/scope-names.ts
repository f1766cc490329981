import type { Access, Permissions } from '../edm/declare.ts';

/** Scripts got permission names of their own in 2025, in place of those of the configuration area; both sets are in use. */
export const SCOPE_NAMES = ['both', 'current', 'pre-2025', 'seeds'] as const;

/** Which of them are accepted. */
export type ScopeNames = (typeof SCOPE_NAMES)[number];

/** What an operation demands of the caller. */
export interface Demand {
  /** Any one of them lets a caller pass. */
  readonly permissions: Permissions;
  /** Whether an application cannot do it without a user. */
  readonly delegatedOnly: boolean;
}

/**
 * What an operation demands where only some of the names are accepted.
 * @param operation its name, and the names that the model has for it
 * @param access what those are from: it says which of them are old and new
 */
export function demandOf(
  operation: { readonly name: string; readonly permissions: Permissions },
  { until2025, since2025, seedCreate }: Access,
  scopeNames: ScopeNames,
): Demand {
  if (scopeNames === 'seeds' && operation.name === 'create' && seedCreate !== undefined) return seedCreate;
  const dropped = { both: undefined, current: until2025, 'pre-2025': since2025, seeds: since2025 }[scopeNames];
  const { permissions } = operation;
  return { permissions: dropped === undefined ? permissions : permissions.filter((name) => !dropped.includes(name)), delegatedOnly: false };
}
