import { refuse } from './challenge.ts';
import type { Principal } from './principal.ts';

/**
 * Lets a principal pass that holds any one of the permissions. An empty list lets nobody pass.
 * @param permissions what the operation accepts, from the model
 * @throws insufficientScope with an RFC 6750 §3.1 challenge that names them
 */
export function authorize(principal: Principal, permissions: readonly string[]): void {
  if (permissions.some((permission) => principal.permissions.has(permission))) return;
  throw refuse(
    { code: 'insufficientScope', message: `Application must have one of the following scopes: ${permissions.join(', ')}` },
    { error: 'insufficient_scope', scope: permissions.join(' ') },
  );
}
