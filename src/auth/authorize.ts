import type { Access, Permissions } from '../edm/declare.ts';
import { refuse } from './challenge.ts';
import type { Principal } from './principal.ts';

/**
 * Checks that a principal has one of the permissions. An empty list refuses everybody.
 * @throws insufficientScope with an RFC 6750 §3.1 challenge that names them
 */
export function authorize(principal: Principal, { permissions, delegatedOnly }: Demand): void {
  if (delegatedOnly && principal.kind === 'application') {
    throw refuse(
      { code: 'insufficientScope', message: 'Applications cannot do this by themselves. Use the token of a signed-in user.' },
      { error: 'insufficient_scope', scope: permissions.join(' ') },
    );
  }
  if (permissions.some((permission) => principal.permissions.has(permission))) return;
  throw refuse(
    { code: 'insufficientScope', message: `Application must have one of the following scopes: ${permissions.join(', ')}` },
    { error: 'insufficient_scope', scope: permissions.join(' ') },
  );
}

/** Scripts got permission names of their own in 2025, in place of those of the configuration area; both sets are in use. */
export const SCOPE_NAMES = ['both', 'current', 'pre-2025', 'seeds'] as const;

/** Which of them are accepted. */
export type ScopeNames = (typeof SCOPE_NAMES)[number];

/** The permissions that an operation demands. */
export interface Demand {
  /** Any one of them lets a caller pass. */
  readonly permissions: Permissions;
  /** Whether an application cannot do it without a user. */
  readonly delegatedOnly: boolean;
}

/**
 * The demand of an operation when only some of the permission names are accepted.
 * @param operation its name and its permissions in the model
 * @param access of the same declaration: says which permissions are old and which are new
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
