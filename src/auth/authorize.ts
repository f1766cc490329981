import { refuse } from './challenge.ts';
import type { Principal } from './principal.ts';
import type { Demand } from './scope-names.ts';

/**
 * Lets a principal pass that holds any one of the permissions. An empty list lets nobody pass.
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
