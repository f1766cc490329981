import type { Access, Permissions } from '../edm/declare.ts';

/** Scripts got permission names of their own in 2025, in place of those of the configuration area; both sets are in use. */
export const SCOPE_NAMES = ['both', 'current', 'pre-2025'] as const;

/** Which of them are accepted. */
export type ScopeNames = (typeof SCOPE_NAMES)[number];

/** Those of the names that are accepted. @param access what the names are from: it says which of them are old and new */
export function acceptedNames(names: Permissions, { until2025, since2025 }: Access, scopeNames: ScopeNames): Permissions {
  const dropped = scopeNames === 'current' ? until2025 : scopeNames === 'pre-2025' ? since2025 : undefined;
  return dropped === undefined ? names : names.filter((name) => !dropped.includes(name));
}
